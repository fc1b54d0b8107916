"""The rooms of `make demo`: platform, tenants, files and what is expected of them, progress, and what is shown at the end."""
