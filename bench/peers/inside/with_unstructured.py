"""Unstructured's `fast` strategy: pdfminer.six, its own grouping and classes."""

from importlib.metadata import version

import spacy
from telling import Found, Peer, tell
from unstructured.nlp import tokenize


def _no_model() -> spacy.language.Language:
    """Stand in for en_core_web_sm, which is fetched from GitHub when it is first needed.

    Without it `fast` returns no element at all, silently. The real one costs more time than this.
    """
    language = spacy.blank("en")
    language.add_pipe("sentencizer")
    return language


class Unstructured(Peer):
    version = version("unstructured")
    note = '`strategy="fast"`'

    def __init__(self) -> None:
        super().__init__()
        try:
            spacy.load("en_core_web_sm")
        except OSError:
            tokenize._load_spacy_model = _no_model
            self.note += "; a blank spaCy pipeline stands in for en_core_web_sm"
        from unstructured.partition.pdf import partition_pdf

        self._partition = partition_pdf
        self.read = {"elements": self._elements, "tables": self._tables}

    def _elements(self, path: str) -> Found:
        pages: dict[int, Found] = {}
        for element in self._partition(path, strategy="fast"):
            place = element.metadata.coordinates
            box = [] if place is None else [*place.points[0], *place.points[2]]
            pages.setdefault(element.metadata.page_number or 1, []).append([element.text, *map(float, box)])
        return [pages.get(number, []) for number in range(1, max(pages, default=0) + 1)]

    def _tables(self, path: str) -> Found:
        """`fast` has no tables; elements of the class Table would carry HTML, and there is none."""
        elements = self._partition(path, strategy="fast")
        assert not [element for element in elements if element.category == "Table"]
        return []


tell(Unstructured)
