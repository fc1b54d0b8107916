"""What docmill is about, pure and synchronous.

No I/O, no clock, no library but the standard one and python-statemachine.
"""
