"""Unicode made plain without moving a character: offsets into the result are offsets into the original."""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

T = TypeVar("T")

_MINUS = "‐‑‒–—―−⁻﹣－"
_APOSTROPHES = "‘’‛′ʼ`´"
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad"  # these stay characters, but read as a blank


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """A value at ``text[start:end]`` of what was searched.

    ``weak``: the form alone does not prove it (eight digits in a row, a number with no decimals).
    """

    value: T
    start: int
    end: int
    weak: bool = False


@lru_cache(maxsize=4096)
def _plain(char: str) -> str:
    if char in _MINUS:
        return "-"
    if char in _APOSTROPHES:
        return "'"
    if char.isspace() or char in _INVISIBLE:
        return " "
    compatible = unicodedata.normalize("NFKC", char)
    return compatible if len(compatible) == 1 else char


@lru_cache(maxsize=4096)
def _folded(char: str) -> str:
    base = unicodedata.normalize("NFKD", _plain(char))[:1] or char
    lower = base.lower()
    return lower if len(lower) == 1 else base


def plain(text: str) -> str:
    """One kind of blank, minus and apostrophe, full-width forms narrowed; equal length."""
    return text if text.isascii() and "`" not in text else "".join(map(_plain, text))


def folded(text: str) -> str:
    """``plain``, lower-case and without accents; equal length."""
    return text.lower() if text.isascii() and "`" not in text else "".join(map(_folded, text))


def comparable(text: str) -> str:
    """Case-folded letters and digits alone: spelling of case, blanks and punctuation does not count."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return "".join(char for char in decomposed if char.isalnum())
