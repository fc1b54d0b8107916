"""Every limit that docmill keeps, with its unit last in its name; `docs/limits.md` is made from these
files."""
