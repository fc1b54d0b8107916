"""A party as found, and how lines of print become one: name, wrapped name, address."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from docmill.engines.extraction.rules.names import (
    has_legal_form,
    is_bare_form,
    is_contact,
    is_salutation,
    is_street,
    is_town,
    may_be_name,
)
from docmill.engines.layout import Row, Segment

BLOCK_LINES_MAX = 8
"""Lines of an address block."""
LARGER = 1.15
"""A line whose letters are so much higher than those of the line above it is a heading."""
LABELLED = re.compile(r"[^\W\d][^:\d]{2,40}:(?:\s|$)")
HEADING_ROWS = 12
"""Rows below a heading in which its party is looked for."""


@dataclass(frozen=True, slots=True)
class Party:
    """Segments that name somebody, and those of the address. ``score`` says how plain the place is."""

    role: str
    name: tuple[Segment, ...]
    address: tuple[Segment, ...]
    score: float


def from_lines(role: str, lines: Sequence[Segment], score: float) -> Iterator[Party]:
    kept = list(lines)
    while len(kept) > 1 and (is_salutation(kept[0].text) or is_contact(kept[0].text)):
        kept.pop(0)
    if kept and may_be_name(kept[0].text):
        lines_of_name = name_lines(kept)
        formed = any(has_legal_form(line.text) for line in kept[:lines_of_name])
        yield Party(
            role,
            tuple(kept[:lines_of_name]),
            address_of(kept[lines_of_name:]),
            score + (0.1 if formed else 0.0),
        )


def name_lines(lines: Sequence[Segment]) -> int:
    """Return the lines of a name: a long one wraps in a narrow column.

    The next line ends it when the first has no company form yet, or none in full.
    """
    if len(lines) < 2 or not may_be_name(lines[0].text):
        return 1
    first, second = lines[0].text, lines[1].text
    if is_bare_form(second) or first.rstrip().endswith(("&", "+", " und", " and", " et", " e")):
        return 2
    alike = abs(lines[0].box.height - lines[1].box.height) < 0.2 * lines[1].box.height
    short = alike and second.count(" ") <= 3 and not any(map(str.isdigit, second)) and not is_street(second)
    heading = " " not in first and len(first) < 5
    return 2 if short and not heading and has_legal_form(second) and not has_legal_form(first) else 1


def address_of(lines: Sequence[Segment]) -> tuple[Segment, ...]:
    """Leave out persons between name and street; stop at contact data."""
    address: list[Segment] = []
    for number, line in enumerate(lines):
        if is_contact(line.text):
            break
        digits = any(map(str.isdigit, line.text))
        ahead = any(any(map(str.isdigit, other.text)) for other in lines[number + 1 : number + 3])
        if not address and not digits and not is_street(line.text) and ahead:
            continue
        if (
            address
            and not digits
            and len(address) > 1
            and not is_town(address[-1].text)
            and not is_street(line.text)
        ):
            break
        if any(is_town(other.text) for other in address) and _starts_anew(address[-1], line):
            break
        address.append(line)
    return tuple(address)


def _starts_anew(last: Segment, line: Segment) -> bool:
    """Whether a line below a town is a heading in larger letters or names what it holds ("Date: …")."""
    return line.box.height > LARGER * last.box.height or LABELLED.match(line.text) is not None


def lines_below(rows: Sequence[Row], heading: Segment) -> list[Segment]:
    """Return the lines of the block that starts under the heading.

    They are left-aligned with each other, without a wide gap.
    """
    lines: list[Segment] = []
    last = heading
    for row in rows:
        height = max(last.box.height, row.height)
        anchor = lines[0].box.x0 if lines else heading.box.x0
        reach = 1.5 * height if lines else 4 * height
        segment = next((s for s in row.segments if abs(s.box.x0 - anchor) < reach), None)
        if segment is None:
            if lines and segment_gap(last, row) > 2.2 * height:
                break
            continue
        if segment.box.y0 - last.box.y1 > (2.0 if lines else 2.6) * height or len(lines) == BLOCK_LINES_MAX:
            break
        lines.append(segment)
        last = segment
    return lines


def segment_gap(last: Segment, row: Row) -> float:
    return row.centre - last.box.centre_y


def is_place(text: str) -> bool:
    """Whether a line is a street or a town rather than a name."""
    return any(map(str.isdigit, text)) and (is_street(text) or is_town(text))
