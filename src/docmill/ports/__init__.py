"""What the stages need from the outside, one Protocol a file.

The docstring is the guarantee, not the mechanics.
"""
