"""Parties under a heading: "Bill to" over a block, "Kunde: Muster GmbH", or a heading over labelled lines."""

from collections.abc import Iterator, Sequence

from docmill.domain.types import FieldSpec, Kind
from docmill.engines.extraction.rules.labels import phrases_of
from docmill.engines.extraction.rules.names import is_street, is_town, may_be_name
from docmill.engines.extraction.rules.parties.model import (
    HEADING_ROWS,
    Party,
    address_of,
    from_lines,
    lines_below,
    name_lines,
)
from docmill.engines.extraction.rules.vocabulary import ADDRESS_LABELS, NAME_LABELS, PARTY_HEADINGS
from docmill.engines.layout import Row, Segment
from docmill.engines.layout.phrases import Phrases, keyed, phrase_key
from docmill.engines.layout.rows import box_around


def headings_of(specs: Sequence[FieldSpec]) -> Phrases[str]:
    payloads = keyed(
        (phrase, str(spec.options["party"]))
        for spec in specs
        if spec.kind is Kind.NAME
        for phrase in phrases_of(spec)
    )
    for role, phrases in PARTY_HEADINGS.items():
        for phrase in phrases:
            payloads.setdefault(phrase_key(phrase), role)
    return Phrases(payloads)


def starts(rows: Sequence[Row], headings: Phrases[str]) -> list[tuple[int, Segment, str, str]]:
    """Return (row index, segment, role, what follows on the same line) of every heading."""
    found_heads: list[tuple[int, Segment, str, str]] = []
    for index, row in enumerate(rows):
        for segment in row.segments:
            found = headings.find(segment.text)
            if not found or segment.text[: found[0].start].strip(" -*#•|"):
                continue
            rest = segment.text[
                found[-1].end if len(found) > 1 and found[-1].payload == found[0].payload else found[0].end :
            ]
            if not rest.strip(" :.)/") or rest.lstrip().startswith(":"):
                found_heads.append((index, segment, found[0].payload, rest.lstrip(" :.)/").rstrip(" :/")))
    return found_heads


def under_headings(rows: Sequence[Row], specs: Sequence[FieldSpec]) -> Iterator[Party]:
    heads = starts(rows, headings_of(specs))
    for number, (index, segment, role, rest) in enumerate(heads):
        end = next(
            (other[0] for other in heads[number + 1 :] if other[2] != role and other[0] > index), len(rows)
        )
        yield from _heading(rows, index, segment, role, rest=rest, end=min(end, index + 1 + HEADING_ROWS))


def _heading(
    rows: Sequence[Row], index: int, segment: Segment, role: str, *, rest: str, end: int
) -> Iterator[Party]:
    within = [row for row in rows[index + 1 : end] if row.page == segment.page]
    labelled = _labelled(within, role)
    if labelled is not None:
        yield labelled
        return
    right = [other for other in rows[index].segments if other.box.x0 > segment.box.x1]
    lines = lines_below(within, segment)
    if rest and may_be_name(rest):
        name, place = _beside_each_other(segment, rest)
        yield Party(role, (name,), (place,) if place else address_of(lines), 1.2)
    elif rest:
        return
    elif lines and (
        not right
        or not _close(right[0], segment)
        or lines[0].box.y0 - segment.box.y1 < 1.5 * segment.box.height
    ):
        yield from from_lines(role, lines, 1.3)
    elif right and may_be_name(right[0].text):
        yield from from_lines(role, [right[0], *lines_below(within, right[0])], 1.1)


def _beside_each_other(segment: Segment, rest: str) -> tuple[Segment, Segment | None]:
    """Part "Muster GmbH, Weg 4, 80333 Berlin" where the place begins."""
    words = tuple(segment.words[-len(rest.split()) :])
    parts = rest.split(", ")
    at = next((n for n, part in enumerate(parts) if n and (is_street(part) or is_town(part))), None)
    if at is None or not any(map(str.isdigit, ", ".join(parts[at:]))):
        return Segment(words, rest, segment.box, segment.page, segment.row), None
    name, place = ", ".join(parts[:at]), ", ".join(parts[at:])
    cut = len(name.split())
    return (
        Segment(words[:cut], name, box_around(words[:cut]), segment.page, segment.row),
        Segment(words[cut:], place, box_around(words[cut:]), segment.page, segment.row),
    )


def _close(right: Segment, segment: Segment) -> bool:
    return right.box.x0 - segment.box.x1 < 25 * segment.box.height


def _labelled(rows: Sequence[Row], role: str) -> Party | None:
    """ "Name: …" and "Address: …" below the heading; the address goes on below its first line."""
    names, addresses = (
        Phrases(keyed((phrase, "name") for phrase in NAME_LABELS)),
        Phrases(keyed((phrase, "address") for phrase in ADDRESS_LABELS)),
    )
    name: list[Segment] = []
    address: list[Segment] = []
    for number, row in enumerate(rows):
        if len(row.segments) < 2:
            continue
        label, value = row.segments[0], row.segments[1]
        if not name and _whole(names, label.text):
            lines = [value, *_continuing(rows[number + 1 :], value)]
            name = lines[: name_lines(lines)]
        elif name and not address and _whole(addresses, label.text):
            address = [value, *_continuing(rows[number + 1 :], value)]
    if not name:
        return None
    return Party(role, tuple(name), tuple(address), 1.6)


def _whole(phrases: Phrases[str], text: str) -> bool:
    found = phrases.find(text)
    return bool(found) and not any(map(str.isalnum, text[: found[0].start] + text[found[0].end :]))


def _continuing(rows: Sequence[Row], value: Segment) -> Iterator[Segment]:
    for row in rows[:4]:
        if len(row.segments) > 1 or abs(row.segments[0].box.x0 - value.box.x0) > 3 * value.box.height:
            return
        yield row.segments[0]
