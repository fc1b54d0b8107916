"""camelot: tables by the lines that are drawn (`lattice`, its default) and by how text is aligned (`stream`)."""

from importlib.metadata import version

import camelot
from telling import Found, Peer, tell


class Camelot(Peer):
    version = version("camelot-py")
    note = '`read_pdf(pages="all")` with `lattice` (its default) and with `stream`'

    def __init__(self) -> None:
        super().__init__()
        self.read = {
            "tables": lambda path: _tables(path, "lattice"),
            "aligned_tables": lambda path: _tables(path, "stream"),
        }


def _tables(path: str, flavor: str) -> Found:
    """A spanning cell's text stands in one of its places and the others are empty: no spans are told."""
    tables = camelot.read_pdf(path, pages="all", flavor=flavor, suppress_stdout=True)
    return [[table.page, _cells(table.df.values.tolist())] for table in tables]


def _cells(rows: list[list[str]]) -> Found:
    return [[row, column, 1, 1, text] for row, texts in enumerate(rows) for column, text in enumerate(texts)]


tell(Camelot)
