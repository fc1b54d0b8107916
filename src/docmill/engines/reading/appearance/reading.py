"""What OCR read on a doubtful picture, against what the text says."""

from docmill.domain.appearance import Seen
from docmill.engines.reading.appearance.letters import ALIKE
from docmill.engines.reading.parts import Recognized

SURE = 0.9
"""OCR's confidence in a line from which on a difference is one."""


def judged(text: str, found: Recognized | None) -> Seen:
    """``found`` is None where OCR could not be asked."""
    if found is None or not found.words:
        return Seen.UNSURE
    if folded(text) == folded("".join(word.text for word in found.words)):
        return Seen.SAME
    sure = min(word.confidence or 0.0 for word in found.words) >= SURE
    return Seen.DIFFERENT if sure else Seen.UNSURE


def folded(text: str) -> str:
    """Characters that look alike made one, blanks and case left out."""
    return "".join(_FOLD.get(sign, sign) for sign in text.translate(_SIGNS).casefold() if not sign.isspace())


_SIGNS = str.maketrans(
    {"\u2019": "'", "\u2018": "'", "\u2013": "-", "\u2014": "-", "\u2212": "-", "\u2011": "-"}
)
_FOLD = {sign: group[0].casefold() for group in ALIKE for sign in group.casefold() if group[0].isdigit()}
