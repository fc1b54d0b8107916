"""Characters that pass for others: put right and marked, in words that may be amounts, dates or ids.

Only words with a digit are looked at. Text that is written in Cyrillic, Greek or Arabic throughout is
what it looks like, and stays as it is.
"""

import re
from collections.abc import Iterable
from dataclasses import replace

from docmill.domain.pages import Page, Trick, Word

_TURNING = re.compile("[\u202d\u202e]")
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u180b-\u180e\u200b-\u200d\u2060-\u2064\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\U000e0000-\U000e01ef]"
)
_OVERLAID = re.compile("([0-9.,])[\u0300-\u036f\u0488\u0489\u1ab0-\u1aff\u20d0-\u20f0]+")
"""A digit with a mark that is laid over it; U+20E3 draws a key around a digit, which is honest in a text."""
_UNSEEN_INSIDE = re.compile(rf"(?<=[!-~]){_UNSEEN.pattern}+(?=[!-~])")
_TURNED = re.compile("\u202e([^\u202c]*)\u202c?")
_LATIN = re.compile("[A-Za-z]")
_ASCII_DIGIT = re.compile("[0-9]")
_AMOUNT = re.compile(r"[-+(]?[€$£]?[0-9][0-9.,'’]*[0-9][€$£]?\)?-?")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{0,30}")
_AMOUNT_DIGITS_MIN = 3

_LETTERS = dict(
    zip(
        "АВЕКМНОРСТУХІЅЈаеорсухіѕјԁԛԝ" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧονρ",
        "ABEKMHOPCTYXISJaeopcyxisjdqw" + "ABEZHIKMNOPTYXovp",
        strict=True,
    )
)
_AS_DIGITS = {"О": "0", "о": "0", "З": "3", "з": "3", "б": "6", "Ο": "0", "ο": "0", "Ⅰ": "1", "ⅼ": "1"}
_AS_POINTS = {
    "\u201a": ",",
    "\u066b": ",",
    "\u066c": ",",
    "\u2024": ".",
    "\ufe52": ".",
    "\ufe50": ",",
    "\u0589": ":",
}
_FULL_WIDTH = {chr(code + 0xFEE0): chr(code) for code in range(0x21, 0x7F)}
_MATHEMATICAL = {chr(0x1D7CE + n): chr(0x30 + n % 10) for n in range(50)} | {
    chr(0x1D400 + n): ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"[n % 52]) for n in range(676)
}
_OTHER_DIGITS = {
    chr(zero + n): str(n) for zero in (0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xE50) for n in range(10)
}
_SHAPES = str.maketrans(_LETTERS | _FULL_WIDTH | _MATHEMATICAL | _OTHER_DIGITS)
_DIGIT_SHAPES = str.maketrans(_AS_DIGITS | _AS_POINTS)
_POSING = re.compile(
    r"(?=.*[lIO])(?=(?:[^0-9]*[0-9]){3})[0-9lIO]{1,3}(?:[.,'][0-9lIO]{3})*[.,][0-9lIO][0-9IO]"
)
"""An amount with letters for digits, as only a liar writes it: what has such a point is no id."""
_POSED = str.maketrans("lIO", "110")


def unmasked(page: Page, *, drawn: bool) -> Page:
    """The page with its words as a person takes them. ``drawn``: they stand in the order of the drawing.

    In a file that is drawn (PDF, pictures) signs of direction turn nothing; elsewhere a viewer obeys them.
    """
    if _all_plain(page.words):
        return page
    return replace(page, words=tuple(_unmasked(word, drawn=drawn) for word in page.words))


def as_taken(text: str, *, drawn: bool = True) -> tuple[str, Trick | None]:
    """Return the text that a person takes ``text`` for, and which trick makes that differ."""
    if text.isascii():
        return (text.translate(_POSED), Trick.HOMOGLYPH) if _POSING.fullmatch(text) else (text, None)
    if not any(sign.isdigit() for sign in text):
        return _without_signs(text, drawn=drawn), None
    trick: Trick | None = None
    if _TURNING.search(text) or _DIRECTION.search(text.strip(_SIGNS_AROUND)):
        trick = Trick.BIDI
    elif _UNSEEN_INSIDE.search(text):
        trick = Trick.ZERO_WIDTH
    bare = _OVERLAID.sub(r"\1", text)
    if bare != text:
        text, trick = bare, trick or Trick.HOMOGLYPH
    plain = _without_signs(text, drawn=drawn)
    shown = _shown(plain)
    return (plain, trick) if shown is None else (shown, trick or Trick.HOMOGLYPH)


def _shown(text: str) -> str | None:
    """What stands there at a glance; None for text that is what it looks like."""
    if text.isascii():
        return None
    as_amount = text.translate(_DIGIT_SHAPES).translate(_SHAPES)
    if as_amount != text and _AMOUNT.fullmatch(as_amount) and _has_two_kinds(text, as_amount):
        return as_amount
    as_id = text.translate(_SHAPES)
    if as_id == text or not as_id.isascii():
        return None
    foreign = [sign for sign in text if sign in _LETTERS]
    mixed = bool(_LATIN.search(text)) and bool(foreign)
    digits = bool(_ASCII_DIGIT.search(text)) and any(sign in _OTHER_DIGITS for sign in text)
    wide = any(sign in _FULL_WIDTH for sign in text) and any(
        sign.isascii() and sign.isalnum() for sign in text
    )
    drawn = any(sign in _MATHEMATICAL for sign in text)
    iban = bool(foreign) and _IBAN.fullmatch(as_id) is not None and len(as_id) >= _IBAN_CHARS_MIN
    return as_id if mixed or digits or wide or drawn or iban else None


_IBAN_CHARS_MIN = 15
_SIGNS_AROUND = "\u061c\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069"
"""Signs of direction that honest programs put before and after numbers."""


def _has_two_kinds(text: str, amount: str) -> bool:
    """Digits of one alphabet among those of another; an amount in Arabic digits alone is what it says."""
    digits = sum(sign.isdigit() for sign in amount)
    return digits >= _AMOUNT_DIGITS_MIN and (
        bool(_ASCII_DIGIT.search(text)) or any(sign in _MATHEMATICAL for sign in text)
    )


def _without_signs(text: str, *, drawn: bool) -> str:
    if not drawn:
        text = _TURNED.sub(lambda found: found[1][::-1], text)
    return (
        _UNSEEN.sub("", _DIRECTION.sub("", text))
        if any(s.isdigit() for s in text)
        else _DIRECTION.sub("", text)
    )


def _unmasked(word: Word, *, drawn: bool) -> Word:
    text, trick = as_taken(word.text, drawn=drawn)
    if text == word.text and trick is None:
        return word
    return replace(word, text=text or word.text, trick=word.trick or trick)


def _all_plain(words: Iterable[Word]) -> bool:
    return all(word.text.isascii() and not _POSING.fullmatch(word.text) for word in words)
