"""Whether a picture shows what a text says: shapes of characters, told apart without OCR.

Pure compute on pixels. `shapes.py` turns the picture of one character into numbers, `letters.py` says how
likely each character looks like that, `verdict.py` decides about a word.
"""
