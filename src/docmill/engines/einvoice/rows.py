"""Finding the printed row of each line item: first its words, then the numbers beside them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from docmill.domain.types import FieldSpec, Kind
from docmill.engines.einvoice.printed import Place, PrintedPages

ROW_LINES_MAX = 6
"""Printed lines that one row may take before the next row is found."""
CLEAR_VOTES = 1.5
"""The text of a row, or two of its amounts, on one line."""
SEARCH_LINES_MAX = 250
"""Printed lines below the row before in which a row is looked for: a few pages."""

_Anchor = int | None


def places_of_rows(
    pages: PrintedPages, rows: Sequence[Mapping[str, Any]], columns: Sequence[FieldSpec]
) -> list[dict[str, list[Place]]]:
    """Return for each row the places of its columns that are printed; rows are looked for downwards."""
    printed = [spec for spec in columns if spec.options.get("from_layout", True)]
    kinds = {spec.path.rpartition("[].")[2]: spec.kind for spec in printed}
    anchors: list[_Anchor] = []
    from_line = 0
    for row in rows:
        anchor = _anchor(pages, row, kinds, from_line)
        anchors.append(anchor)
        from_line = anchor + 1 if anchor is not None else from_line
    return [_row(pages, row, kinds, anchors, index) for index, row in enumerate(rows)]


def _anchor(
    pages: PrintedPages, row: Mapping[str, Any], kinds: Mapping[str, Kind], from_line: int
) -> _Anchor:
    """Return the first line that shows most of the row's amounts and its text."""
    window = range(from_line, from_line + SEARCH_LINES_MAX)
    votes: dict[int, float] = {}
    for name, kind in kinds.items():
        value = row.get(name)
        if value is None:
            continue
        if kind is Kind.AMOUNT:
            for place in pages.amounts_on(Decimal(value["amount"]), window):
                votes[place.line] = votes.get(place.line, 0) + 1
        elif kind is Kind.TEXT and name == "description":
            for place in pages.text(value, after_line=from_line, lines_max=SEARCH_LINES_MAX)[:1]:
                votes[place.line] = votes.get(place.line, 0) + CLEAR_VOTES
    best = max(votes.values(), default=0.0)
    line = next((number for number in sorted(votes) if votes[number] == best), None)
    if line is not None and best < CLEAR_VOTES and line >= from_line + 2 * ROW_LINES_MAX:
        return None  # one number far below is a coincidence, and would take the next rows with it
    return line


def _row(
    pages: PrintedPages,
    row: Mapping[str, Any],
    kinds: Mapping[str, Kind],
    anchors: Sequence[_Anchor],
    index: int,
) -> dict[str, list[Place]]:
    anchor = anchors[index]
    if anchor is None:
        return {}
    later = (other for other in anchors[index + 1 :] if other is not None)
    end = min(next(later, len(pages.lines)), anchor + ROW_LINES_MAX, len(pages.lines))
    found: dict[str, list[Place]] = {}
    taken: set[tuple[int, int]] = set()
    # The money of a row stands at its right, from the row's amount leftwards; counts stand left of it.
    order = sorted(kinds, key=lambda name: (name != "amount", kinds[name] is not Kind.AMOUNT))
    for name in order:
        value = row.get(name)
        places = [] if value is None else _candidates(pages, kinds[name], value, range(anchor, end))
        free = [place for place in places if (place.line, place.start) not in taken]
        if not free:
            continue
        if kinds[name] in (Kind.TEXT, Kind.IDENTIFIER):
            found[name] = free
        else:
            rightmost = kinds[name] is Kind.AMOUNT
            nearest = min(place.line for place in free)
            on_line = [place for place in free if place.line == nearest]
            found[name] = [on_line[-1 if rightmost else 0]]
        taken.update((place.line, place.start) for place in found[name])
    return found


def _candidates(pages: PrintedPages, kind: Kind, value: Any, lines: range) -> list[Place]:
    if kind is Kind.AMOUNT:
        return pages.amounts_on(Decimal(value["amount"]), lines)
    if kind in (Kind.NUMBER, Kind.INTEGER):
        return pages.numbers(Decimal(value), lines)
    return pages.text(str(value), after_line=lines.start, lines_max=len(lines))
