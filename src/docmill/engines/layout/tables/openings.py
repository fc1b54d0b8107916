"""What a row's first words say of it: a total, a carried sum, a discount, or an entry."""

import re

from docmill.engines.layout.phrases import Phrases, phrase_key
from docmill.engines.layout.rows import Row
from docmill.engines.layout.tables.model import TableWords


class Openings:
    """The phrases of one kind of table that open rows which are no entries."""

    def __init__(self, words: TableWords) -> None:
        payloads = {phrase_key(phrase): "end" for phrase in words.ends}
        payloads |= {phrase_key(phrase): "apart" for phrase in words.apart}
        payloads |= {phrase_key(phrase): "carried" for phrase in words.carried}
        payloads |= {phrase_key(phrase): "adjusts" for phrase in words.adjusts}
        self._phrases = Phrases(payloads)

    def of(self, row: Row) -> str:
        """Return "end", "apart", "carried", "adjusts", or "" when the row may be an entry.

        The words must be most of what stands before the row's first number: "Tax 19 %" ends a
        table, "Tax consulting in March" is sold in one.
        """
        for segment in row.segments[:3]:
            found = self._phrases.find(segment.text[:80])
            if not found or any(char.isalnum() for char in segment.text[: found[0].start]):
                continue
            if found[0].payload == "adjusts":
                # "plus 19 % VAT" is charged on the whole, not on the entry above it.
                return "end" if any(match.payload == "end" for match in found[1:]) else "adjusts"
            words = sum(map(str.isalpha, re.split(r"\d", segment.text)[0]))
            if sum(map(str.isalpha, segment.text[found[0].start : found[-1].end])) >= 0.6 * words:
                return found[0].payload
        return ""
