"""Input that nobody would think of, for every parser of docmill's own.

`make test` looks at a few of each; `make fuzz SECONDS=600` goes on for that long with other ones each time.
"""
