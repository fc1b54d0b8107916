"""PowerPoint files: a slide is a page, with its texts and tables where they stand on it.

Notes for the speaker are not on the slide and are left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from lxml import etree

from docmill.domain.pages import Hidden
from docmill.engines.reading.office.package import Package, child, local, value
from docmill.engines.reading.typesetting import Block, CellText, Frame, Grid, Paragraph, Run, Slide

_EMU_PER_PT = 12_700
_NESTED_MAX = 60
_INSET_PT = 7.2
_SIZE_PT = 14.0
_NAME_CHARS = 100
_SIDE_PT_MAX = 14_400.0


@dataclass(frozen=True, slots=True)
class _Place:
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class _Turn:
    """How the coordinates within a group become those of the slide."""

    x: float = 0.0
    y: float = 0.0
    across: float = 1.0
    down: float = 1.0

    def of(self, place: _Place) -> _Place:
        return _Place(
            self.x + place.x * self.across,
            self.y + place.y * self.down,
            place.width * self.across,
            place.height * self.down,
        )


def pptx_blocks(package: Package) -> Iterator[Block]:
    name = package.document
    relations = package.relations(name)
    presentation = package.tree(name)
    size = child(presentation, "sldSz")
    width = _points(size, "cx", 720.0) if size is not None else 720.0
    height = _points(size, "cy", 540.0) if size is not None else 540.0
    slides = child(presentation, "sldIdLst")
    ids = [key for each in (slides if slides is not None else ()) for key in _relation_ids(each)]
    layouts: dict[str, dict[tuple[str, str], _Place]] = {}
    for key in dict.fromkeys(ids):  # a slide that is named a hundred thousand times is one
        kind, part = relations.get(key, ("", ""))
        if kind == "slide" and part in package:
            root = package.tree(part)
            if root is not None:
                known = _placeholders(package, part, layouts)
                yield _Reader(known, width, height).slide(root)


def _relation_ids(element: etree._Element) -> list[str]:
    return [str(text) for name, text in element.attrib.items() if str(name).endswith("}id")]


def _points(element: etree._Element, name: str, default: float = 0.0) -> float:
    try:
        points = int(value(element, name)) / _EMU_PER_PT
    except ValueError:
        return default
    return max(-_SIDE_PT_MAX, min(_SIDE_PT_MAX, points))


def _place(shape: etree._Element) -> _Place | None:
    properties = child(shape, "spPr")
    transform = child(properties if properties is not None else shape, "xfrm")
    offset, extent = child(transform, "off"), child(transform, "ext")
    if offset is None or extent is None:
        return None
    return _Place(
        _points(offset, "x"),
        _points(offset, "y"),
        max(0.0, _points(extent, "cx")),
        max(0.0, _points(extent, "cy")),
    )


def _placeholder(shape: etree._Element) -> tuple[str, str] | None:
    for holder in shape:
        found = child(holder, "nvPr", "ph")
        if found is not None:
            return value(found, "type", "body"), value(found, "idx")
    return None


def _placeholders(
    package: Package, part: str, known: dict[str, dict[tuple[str, str], _Place]]
) -> dict[tuple[str, str], _Place]:
    """Where the slide's layout, or else its master, puts what has no place of its own."""
    chain: list[str] = []
    for kind in ("slideLayout", "slideMaster"):
        part = next((target for each, target in package.relations(part).values() if each == kind), "")
        if part not in package:
            break
        chain.append(part)
    places: dict[tuple[str, str], _Place] = {}
    for name in reversed(chain):
        if name not in known:
            root = package.tree(name)
            tree = child(root, "cSld", "spTree")
            known[name] = {
                key: place
                for shape in (tree if tree is not None else ())
                if (key := _placeholder(shape)) and (place := _place(shape))
            }
        places |= {(kind, ""): place for (kind, _), place in known[name].items()} | known[name]
    return places


class _Reader:
    def __init__(self, known: dict[tuple[str, str], _Place], width: float, height: float) -> None:
        self._known, self._width, self._height = known, width, height
        self._frames: list[Frame] = []
        self._below = 20.0
        self._title = ""

    def slide(self, root: etree._Element) -> Slide:
        tree = child(root, "cSld", "spTree")
        hidden = Hidden.SWITCHED_OFF if value(root, "show", "1") in ("0", "false") else None
        for shape in tree if tree is not None else ():
            self._shape(shape, _Turn(), hidden, 0)
        return Slide(self._title[:_NAME_CHARS], self._width, self._height, tuple(self._frames))

    def _shape(self, shape: etree._Element, turn: _Turn, hidden: Hidden | None, depth: int) -> None:
        if depth > _NESTED_MAX:
            return
        match local(shape):
            case "sp" | "cxnSp":
                body = child(shape, "txBody")
                if body is not None:
                    blocks = _paragraphs(body, hidden)
                    holder = _placeholder(shape)
                    if holder and holder[0] in ("title", "ctrTitle") and not self._title:
                        self._title = " ".join(_plain(block) for block in blocks).strip()
                    self._put(shape, tuple(blocks), turn, holder)
            case "graphicFrame":
                table = child(shape, "graphic", "graphicData", "tbl")
                if table is not None:
                    self._put(shape, (_table(table, hidden),), turn, None)
            case "grpSp":
                inner = _inside(shape, turn)
                for each in shape:
                    self._shape(each, inner, hidden, depth + 1)
            case "AlternateContent":
                choice = child(shape, "Choice")
                for each in choice if choice is not None else ():
                    self._shape(each, turn, hidden, depth + 1)

    def _put(
        self,
        shape: etree._Element,
        blocks: tuple[Paragraph | Grid, ...],
        turn: _Turn,
        holder: tuple[str, str] | None,
    ) -> None:
        if all(isinstance(block, Paragraph) and not block.text for block in blocks):
            return
        place = _place(shape)
        place = turn.of(place) if place else None
        if place is None and holder is not None:
            place = self._known.get(holder) or self._known.get((holder[0], ""))
        if place is None:
            place = _Place(20.0, self._below, self._width - 40, 0.0)
            self._below += 14.0 * 1.25 * len(blocks) + 10
        width = max(30.0, place.width - 2 * _INSET_PT)
        self._frames.append(Frame(place.x + _INSET_PT, place.y + _INSET_PT / 2, width, blocks))


def _inside(group: etree._Element, turn: _Turn) -> _Turn:
    transform = child(group, "grpSpPr", "xfrm")
    offset, extent = child(transform, "off"), child(transform, "ext")
    start, size = child(transform, "chOff"), child(transform, "chExt")
    if offset is None or extent is None or start is None or size is None:
        return turn
    across = _points(extent, "cx") / (_points(size, "cx") or 1.0) or 1.0
    down = _points(extent, "cy") / (_points(size, "cy") or 1.0) or 1.0
    across, down = max(0.01, min(100.0, across)), max(0.01, min(100.0, down))
    x = _points(offset, "x") - _points(start, "x") * across
    y = _points(offset, "y") - _points(start, "y") * down
    return _Turn(turn.x + x * turn.across, turn.y + y * turn.down, turn.across * across, turn.down * down)


def _paragraphs(body: etree._Element, hidden: Hidden | None) -> list[Paragraph]:
    return [_paragraph(each, hidden) for each in body if local(each) == "p"]


def _paragraph(element: etree._Element, hidden: Hidden | None) -> Paragraph:
    runs: list[Run] = []
    size: float | None = None
    for each in element:
        match local(each):
            case "r" | "fld":
                properties, text = child(each, "rPr"), child(each, "t")
                bold = properties is not None and value(properties, "b") in ("1", "true")
                size = size or _font_size(properties)
                runs.append(Run((text.text or "") if text is not None else "", bold, hidden))
            case "br":
                runs.append(Run("\n"))
    facts = child(element, "pPr")
    align = {"r": "right", "ctr": "center"}.get(value(facts, "algn") if facts is not None else "")
    return Paragraph(
        tuple(run for run in runs if run.text),
        size or _SIZE_PT,
        align="right" if align == "right" else "center" if align == "center" else "left",
    )


def _font_size(properties: etree._Element | None) -> float | None:
    text = value(properties, "sz") if properties is not None else ""
    return max(6.0, min(44.0, int(text) / 100)) if text.isdecimal() and len(text) < 7 else None


def _table(table: etree._Element, hidden: Hidden | None) -> Grid:
    facts = child(table, "tblPr")
    first_row = facts is not None and value(facts, "firstRow") in ("1", "true")
    rows: list[list[CellText]] = []
    for row in table:
        if local(row) != "tr":
            continue
        cells: list[CellText] = []
        for cell in row:
            # Places under a span have cells of their own in the file, which say so.
            if (
                local(cell) != "tc"
                or value(cell, "hMerge") in ("1", "true")
                or value(cell, "vMerge") in ("1", "true")
            ):
                continue
            body = child(cell, "txBody")
            blocks = _paragraphs(body, hidden) if body is not None else []
            down, across = value(cell, "rowSpan", "1"), value(cell, "gridSpan", "1")
            cells.append(
                CellText(
                    row_span=int(down) if down.isdecimal() and len(down) < 6 else 1,
                    column_span=int(across) if across.isdecimal() and len(across) < 6 else 1,
                    header=first_row and not rows,
                    blocks=tuple(replace(block, size_pt=min(block.size_pt, 14.0)) for block in blocks),
                )
            )
        rows.append(cells)
    grid = child(table, "tblGrid")
    widths = tuple(max(0.0, _points(column, "w")) for column in (grid if grid is not None else ()))
    return Grid(rows, ruled=True, widths_pt=widths)


def _plain(paragraph: Paragraph) -> str:
    return paragraph.text if isinstance(paragraph.text, str) else "".join(run.text for run in paragraph.text)
