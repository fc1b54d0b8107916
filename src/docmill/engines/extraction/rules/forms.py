"""Values in cells.

In drawn forms the label stands at the top of a cell and its value in the rest of it; in tables that the file
declares the value stands in the cell beside its label.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from docmill.domain.pages import Page, Word
from docmill.domain.types import FieldSpec, Kind
from docmill.engines.extraction.rules.candidates import Candidate, values_in
from docmill.engines.extraction.rules.labels import Hit, LabelBook
from docmill.engines.extraction.rules.lines import Line, line_of
from docmill.engines.layout import Layout, Row
from docmill.engines.layout.rows import box_around, segment_of
from docmill.engines.layout.structure import Pair, forms
from docmill.engines.layout.structure.lines import lines_of

FORM_CELL = 1.6
"""Score of a value that shares a cell with nothing but its label: no other place says so plainly."""
LABEL_MIDST = -0.5
"""What a label loses that is only a part of the cell's: "Address of registrant" is not "registrant"."""
LABEL_WORDS_MAX = 6
"""Words of a cell that may be the label of the cell beside it."""
_NUMBERING = re.compile(r"\W*(?:\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})\s?[.)])?\s*", re.IGNORECASE)
_LINES = (Kind.ADDRESS,)
_WORDS = (Kind.NAME, Kind.TEXT, Kind.ADDRESS)
VALUE_LINES_MAX = 2
"""Lines of a cell that holds a date, an amount or a number."""


def form_candidates(
    specs: Sequence[FieldSpec], layout: Layout, book: LabelBook, *, order: str, mark: str | None
) -> dict[str, list[Candidate]]:
    """Return candidates by field path from the form cells of all pages."""
    by_path = {spec.path: spec for spec in specs}
    found: dict[str, list[Candidate]] = {}
    rows = {id(word): row.number for row in layout.rows for word in row.words} if _celled(layout) else {}
    for page in layout.pages.values():
        pairs = [*forms(page), *_side_by_side(page)]
        if not pairs:
            continue
        for pair in pairs:
            named = dict(_labelled(page, pair, book, order, mark))
            kinds = {path: by_path[path].kind for path in named}
            lines = [[page.words[index] for index in line.words] for line in lines_of(page, pair.value)]
            for path, (score, opens, closes) in named.items():
                whole = closes or (opens and kinds[path] is Kind.DATE)  # "Date of report" is a date
                if not (pair.form_cell or (opens and closes)):
                    continue  # a cell that only mentions the label
                if kinds[path] not in _WORDS and not (whole and len(lines) <= VALUE_LINES_MAX):
                    continue  # a number in a block of other text, or behind a label of something else
                own = _share(lines, kinds, kinds[path])
                if not pair.form_cell and (kinds[path] not in _WORDS or own[0][0].cell):
                    own = [[word for some in own for word in some]]  # only the page's width has parted it
                texts = [_line(some, page.number, rows.get(id(some[0]), 0), order, mark) for some in own]
                options = found.setdefault(path, [])
                options.extend(value.scored(score) for value in _values(kinds[path], texts))
    return found


def _celled(layout: Layout) -> bool:
    return any(page.tables or page.strokes for page in layout.pages.values())


def _side_by_side(page: Page) -> Iterator[Pair]:
    """Each cell of a declared table with the next one in its row that is not empty."""
    for table in page.tables:
        before: tuple[int, tuple[int, ...]] | None = None
        for cell in sorted(table.cells, key=lambda one: (one.row, one.column)):
            words = tuple(index for index in cell.words if page.words[index].hidden is None)
            if words and before is not None and before[0] == cell.row and _may_label(page, before[1]):
                yield Pair(before[1], words, cell.box)
            before = (cell.row, words) if words else before


def _may_label(page: Page, words: Sequence[int]) -> bool:
    return len(words) <= LABEL_WORDS_MAX and not any(
        char.isdigit() for index in words for char in page.words[index].text
    )


def _share(lines: Sequence[list[Word]], kinds: Mapping[str, Kind], kind: Kind) -> list[list[Word]]:
    """The lines of a cell that are a field's own: "Name and title" has a name and then something else.

    On a single line the first comma parts them.
    """
    if kind in _LINES:
        return [[word for line in lines for word in line]]
    if len(kinds) < 2 or set(kinds.values()) != {Kind.NAME, Kind.TEXT}:
        return list(lines)
    if len(lines) == 1:
        (line,) = lines
        cut = next((n for n, word in enumerate(line, 1) if word.text.endswith(",")), len(line))
        lines = [line[:cut], line[cut:]] if cut < len(line) else lines
    return list(lines[:1]) if kind is Kind.NAME else list(lines[1:])


def _labelled(
    page: Page, pair: Pair, book: LabelBook, order: str, mark: str | None
) -> Iterator[tuple[str, tuple[float, bool, bool]]]:
    """Yield the fields that the cell's label names: the score of its words, whether it begins and ends so."""
    words = [page.words[index] for index in pair.label]
    if not words or not pair.value:
        return
    line = _line(words, page.number, 0, order, mark)
    start = _NUMBERING.match(line.text)
    for hit in book.hits(line)[:1]:
        opens = start is not None and hit.start <= start.end()
        for path in hit.paths:
            yield path, (_score(hit, path, opens=opens), opens, hit.closes)


def _score(hit: Hit, path: str, *, opens: bool) -> float:
    words = 0.25 * min(hit.tokens, 4) - 0.02 * min(hit.rank[path], 20)
    return FORM_CELL + words + (0.0 if opens else LABEL_MIDST)


def _values(kind: Kind, lines: Sequence[Line]) -> Iterator[Candidate]:
    for place, line in enumerate(lines):
        for value in values_in(kind, line, 0, len(line.text)):
            yield value.scored(-0.3 * place)


def _line(words: Sequence[Word], page: int, number: int, order: str, mark: str | None) -> Line:
    box = box_around(words)
    row = Row(number, page, box.centre_y, box.height, (segment_of(words, page, number),))
    return line_of(row, order, mark)
