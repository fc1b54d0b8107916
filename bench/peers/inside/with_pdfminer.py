"""pdfminer.six with its own layout analysis: lines, whose characters are put together to words here."""

from collections.abc import Iterator
from importlib.metadata import version

from pdfminer.high_level import extract_pages
from pdfminer.layout import LTChar, LTContainer, LTTextLine
from telling import Found, Peer, tell


class Pdfminer(Peer):
    version = version("pdfminer.six")
    note = "`extract_pages`, its defaults"

    def __init__(self) -> None:
        super().__init__()
        self.read = {"words": self._words}

    def _words(self, path: str) -> Found:
        return [
            [word for line in _lines(page) for word in _words(line, page.height)]
            for page in extract_pages(path)
        ]


def _lines(container: LTContainer) -> Iterator[LTTextLine]:
    for each in container:
        if isinstance(each, LTTextLine):
            yield each
        elif isinstance(each, LTContainer):
            yield from _lines(each)


def _words(line: LTTextLine, height: float) -> Iterator[list]:
    chars: list[LTChar] = []
    for each in line:
        if isinstance(each, LTChar) and not each.get_text().isspace():
            chars.append(each)
        elif chars:
            yield _word(chars, height)
            chars = []
    if chars:
        yield _word(chars, height)


def _word(chars: list[LTChar], height: float) -> list:
    text = "".join(char.get_text() for char in chars)
    x0, x1 = min(char.x0 for char in chars), max(char.x1 for char in chars)
    return [text, x0, height - max(char.y1 for char in chars), x1, height - min(char.y0 for char in chars)]


tell(Pdfminer)
