"""docmill itself, asked like the others: through its locked child, and its engine alone.

Runs in docmill's environment, with the repository's root on the path.
"""

import asyncio
import os
import sys
from importlib.metadata import version
from pathlib import Path

from bench.accounts import ZYGOTE, cpu_seconds
from bench.bare import pdf_words
from telling import Found, Peer, tell

from docmill import __version__
from docmill.adapters.sandbox import SandboxedReader
from docmill.domain.pages import Page, Reading, Table
from docmill.engines.reading import read


class Docmill(Peer):
    """``words`` is the way of the service: a forked child for each file. ``engine`` is this process.

    ``bare`` is no docmill: the library below it in a plain loop.
    """

    def __init__(self) -> None:
        super().__init__()
        self.version = version("pypdfium2") if sys.argv[1] == "bare" else __version__
        self._loop = asyncio.new_event_loop()
        self._reader = SandboxedReader()
        self._children_s = 0.0
        self.read = {
            "words": self._words,
            "engine": lambda path: _words(read(Path(path).read_bytes(), "")),
            "bare": lambda path: [
                [list(word) for word in page] for page in pdf_words(Path(path).read_bytes())
            ],
            "tables": self._tables,
        }

    def elsewhere_s(self) -> float:
        return self._children_s + cpu_seconds(os.getpid()).get(ZYGOTE, 0.0)

    def close(self) -> None:
        self._loop.run_until_complete(self._reader.close())
        self._loop.close()

    def _words(self, path: str) -> Found:
        return _words(self._reading(path))

    def _reading(self, path: str) -> Reading:
        reading = self._loop.run_until_complete(self._reader.read(Path(path).read_bytes(), ""))
        self._children_s += reading.cpu_seconds
        return reading

    def _tables(self, path: str) -> Found:
        from docmill.engines.layout.structure import structure

        pages = self._reading(path).pages
        return [[page.number, _cells(page, table)] for page in pages for table in structure(page).tables]


def _cells(page: Page, table: Table) -> Found:
    return [
        [
            cell.row,
            cell.column,
            cell.row_span,
            cell.column_span,
            " ".join(page.words[i].text for i in cell.words),
        ]
        for cell in table.cells
    ]


def _words(reading: Reading) -> Found:
    return [[[word.text, *word.box] for word in page.words] for page in reading.pages]


tell(Docmill)
