"""Parties without a heading: the sender's line over an address window, the letterhead, an address block."""

import re
from collections.abc import Iterator, Sequence

from docmill.engines.extraction.rules.names import (
    has_legal_form,
    is_bare_form,
    is_contact,
    is_salutation,
    is_street,
    is_town,
    may_be_name,
)
from docmill.engines.extraction.rules.parties.model import (
    BLOCK_LINES_MAX,
    HEADING_ROWS,
    Party,
    from_lines,
    is_place,
    name_lines,
)
from docmill.engines.layout import Block, Layout, Row, Segment, blocks_of

HEAD_GAP = 2.5
"""Letter heights between a name set in larger letters and the address under it."""
STREET_FIRST = 0.1
"""Score of a sender's line whose first part looks like a street: a letterhead with the name above it."""
_SENDER = re.compile(r"\s*[|●•·∙*]\s*|\s+[-–—]\s+|,\s+")


def sender_and_window(rows: Sequence[Row], layout: Layout) -> Iterator[Party]:
    """The small line over an address window holds the sender; the window below it holds the receiver."""
    for index, row in enumerate(rows):
        page = layout.pages[row.page]
        if row.page != 1 or row.centre > 0.45 * page.height:
            return
        left = [segment for segment in row.segments if segment.box.x0 < 0.45 * page.width]
        parts = [
            part for part in _SENDER.split(" ".join(segment.text for segment in left).strip(" ,")) if part
        ]
        if (
            len(parts) < 3
            or not any(is_town(part) for part in parts[1:])
            or not may_be_name(parts[0])
            or is_place(parts[0])
        ):
            continue
        first = left[0]
        if is_town(first.text) and len(_SENDER.split(first.text)) < 3:
            continue  # towns side by side are the last lines of two address blocks
        name_words = first.words[: len(parts[0].split())]
        name = Segment(name_words, parts[0], first.box, first.page, first.row)
        yield Party("seller", (name,), (), STREET_FIRST if _only_street(parts[0]) else 1.0)
        window = [other for other in rows[index + 1 : index + 1 + HEADING_ROWS] if other.page == row.page]
        yield from from_lines("buyer", _window(window, first), 1.0)
        return


def _only_street(text: str) -> bool:
    return is_street(text) and not has_legal_form(text)


def _window(rows: Sequence[Row], sender: Segment) -> list[Segment]:
    """The address window keeps its rows even where an empty line is left between name and street."""
    lines: list[Segment] = []
    for row in rows:
        anchor = lines[0].box.x0 if lines else sender.box.x0
        segment = row.segments[0]
        if abs(segment.box.x0 - anchor) > (1.5 if lines else 6) * max(segment.box.height, 8.0):
            continue
        if lines and segment.box.y0 - lines[-1].box.y1 > 5 * segment.box.height:
            break
        lines.append(segment)
        if is_town(segment.text) or len(lines) == BLOCK_LINES_MAX:
            break
    return lines


def unheaded_blocks(rows: Sequence[Row], layout: Layout, headed: Sequence[Party]) -> Iterator[Party]:
    """Return address blocks without any heading.

    The letterhead is the higher or the one with a tax id, the other the buyer.
    """
    first = [row for row in rows if row.page == 1]
    if not first:
        return
    page = layout.pages[1]
    every = blocks_of(first)
    found = [_with_head(block, every) for block in every if _is_address(block)]
    buying = {
        id(segment) for party in headed if party.role != "seller" for segment in (*party.name, *party.address)
    }
    top = [block for block in found if block.box.y0 < 0.5 * page.height]
    theirs = [block for block in top if any(id(segment) in buying for segment in block.segments)]
    top = [block for block in top if block not in theirs]
    owners = [block for block in top if any(is_contact(segment.text) for segment in block.segments)]
    seller = next(iter(owners or top), None)
    if seller is not None:
        yield from from_lines("seller", _from_name(seller), 0.3)
    buyers = [block for block in top if block is not seller]
    left = [block for block in buyers if block.box.x0 < 0.5 * page.width]
    for block in (left or buyers or top)[:1]:
        yield from from_lines("buyer", _from_name(block), 0.2 if buyers else 0.05)
    for row in first:
        for segment in row.segments:
            if (
                has_legal_form(segment.text)
                and not is_bare_form(segment.text)
                and len(segment.text) < 60
                and may_be_name(segment.text)
            ):
                high = row.centre < 0.25 * page.height
                yield Party("seller", (segment,), (), 0.15 if high else -0.2)


def _with_head(block: Block, blocks: Sequence[Block]) -> Block:
    """Put the lines that stand over an address with a little more room before it.

    They are the name, often in larger letters.
    """
    top = block.segments[0].box
    for other in blocks:
        low = other.segments[-1].box
        near = 0 < top.y0 - low.y1 < HEAD_GAP * max(low.height, top.height)
        alone = len(other.segments) <= 2 and not _is_address(other)
        if other is not block and near and alone and abs(low.x0 - top.x0) < low.height:
            return Block([*other.segments, *block.segments])
    return block


def _from_name(block: Block) -> list[Segment]:
    """Start at the line that names: the company's, else the first that may be a name."""
    lines = block.segments
    town = next((i for i, line in enumerate(lines) if is_town(line.text)), len(lines))
    formed = next((i for i, line in enumerate(lines[:town]) if has_legal_form(line.text)), None)
    if formed is not None and formed > 0 and name_lines(lines[formed - 1 :]) == 2:
        formed -= 1
    if formed is not None:
        return lines[formed:]
    plain = (
        i
        for i, line in enumerate(lines[:town])
        if may_be_name(line.text) and not is_salutation(line.text) and not is_place(line.text)
    )
    start = next(plain, None)
    return [] if start is None else lines[start:]


def _is_address(block: Block) -> bool:
    texts = [segment.text for segment in block.segments]
    return len(texts) >= 2 and any(is_town(text) and len(text) < 60 for text in texts[1:])
