"""pdfplumber with its defaults: words, and tables by the lines that are drawn."""

from importlib.metadata import version

import pdfplumber
from telling import Found, Peer, tell

_BY_TEXT = {"vertical_strategy": "text", "horizontal_strategy": "text"}


class Pdfplumber(Peer):
    version = version("pdfplumber")
    note = "`extract_words`, `find_tables`, its defaults"

    def __init__(self) -> None:
        super().__init__()
        self.read = {
            "words": self._words,
            "tables": lambda path: self._tables(path, {}),
            "aligned_tables": lambda path: self._tables(path, _BY_TEXT),
        }

    def _words(self, path: str) -> Found:
        with pdfplumber.open(path) as pdf:
            return [
                [
                    [word["text"], word["x0"], word["top"], word["x1"], word["bottom"]]
                    for word in page.extract_words()
                ]
                for page in pdf.pages
            ]

    def _tables(self, path: str, settings: dict[str, str]) -> Found:
        with pdfplumber.open(path) as pdf:
            return [
                [page.page_number, _cells(table)]
                for page in pdf.pages
                for table in page.find_tables(settings)
            ]


def _cells(table: pdfplumber.table.Table) -> Found:
    """Spans are told by the edges: how many of the table's columns and rows a cell goes over."""
    boxes = [cell for row in table.rows for cell in row.cells if cell is not None]
    lefts, tops = sorted({box[0] for box in boxes}), sorted({box[1] for box in boxes})
    found = []
    for row, texts in zip(table.rows, table.extract(), strict=True):
        for box, text in zip(row.cells, texts, strict=True):
            if box is None:
                continue
            columns = sum(box[0] <= left < box[2] for left in lefts)
            rows = sum(box[1] <= top < box[3] for top in tops)
            found.append([tops.index(box[1]), lefts.index(box[0]), rows, columns, text or ""])
    return found


tell(Pdfplumber)
