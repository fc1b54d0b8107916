"""`python -m docmill.entrypoints.cli`: the same as `docmill`."""

from docmill.entrypoints.cli import main

main()
