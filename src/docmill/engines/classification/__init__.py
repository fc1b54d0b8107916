"""What kind of document this is, from the words that its types name, and an honest "don't know".

``classify`` knows nothing of invoices: the evidence is data of the types (key ``classify``).
"""

from docmill.engines.classification.classify import Guess, classify

__all__ = ["Guess", "classify"]
