"""Text to typed values: dates, amounts, identifiers and currencies, as five languages print them.

Start with ``parse_date``/``find_dates`` and ``parse_amount``/``find_amounts``; ``parse_*`` reads one
cell, ``find_*`` looks through running text and says where. Nothing here guesses: None is an answer.
"""
