"""Words as full-text search compares them: without case and accents, cut at all that is no letter or digit.

It is done here and not by the database, because PostgreSQL's parser takes ``INV-2024-001`` for a
word and two negative numbers, and its ``unaccent`` is not on every server.
"""

import re
import unicodedata

from docmill.domain.limits.search import TERM_CHARS_MAX

_TERM = re.compile(r"[^\W_]+")
# English, German, French, Spanish, Italian, folded as the terms are.
_FUNCTION_WORDS = frozenset(
    """
    a about an and are at by for from has have how i in is it me my of on or our that the their this to
    was we what when where which who with you your am auf aus bei das dem den der des die ein eine einem
    einen einer es fur hat ich ihr im ist mit nach oder sie sind uber um und uns vom von war welche
    welcher wer wie wir wo zu zum zur au aux avec ce ces dans de du elle en est et il je la le les leur
    ma mon nous ou par pas pour que quel quelle qui sa son sont sur un une vos votre vous al como con
    cual cuando del desde donde el ella esta este las lo los mi nos para por quien se su sus una y alla
    che chi come cosa da dal dalla dei della delle di dove e gli nel nella per quale quali quando sono
    sul sulla uno
    """.split()  # noqa: SIM905 - reads as what it is, a text of words
)


def terms(text: str) -> list[str]:
    """Return the folded terms in order: ``"Größe: INV-2024"`` gives ``grosse inv 2024``."""
    return _TERM.findall(_fold(text))


def _fold(text: str) -> str:
    """Compatibility forms, accents and case removed; ``ß`` becomes ``ss``."""
    if text.isascii():
        return text.lower()
    # Apart first: styled letters such as U+1D468 become capitals only then; folding makes new pairs.
    split = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    marks = filter(unicodedata.combining, set(split))
    return unicodedata.normalize("NFC", split.translate(dict.fromkeys(map(ord, marks))))


def phrases(query: str) -> tuple[tuple[str, ...], ...]:
    """Return the words of a query, each as the terms that have to stand side by side (``inv 2024 001``).

    Articles and the like are left out, unless there is nothing else; so are terms that no index keeps.
    """
    words = (tuple(term for term in terms(word) if len(term) <= TERM_CHARS_MAX) for word in query.split())
    every = tuple(dict.fromkeys(word for word in words if word))
    return tuple(word for word in every if not _FUNCTION_WORDS.issuperset(word)) or every
