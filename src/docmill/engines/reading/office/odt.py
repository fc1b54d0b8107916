"""OpenDocument texts: paragraphs, lists, tables, frames and notes."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from lxml import etree

from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.pages import Hidden
from docmill.domain.reading_limits import ReadingLimits
from docmill.engines.reading.office.colours import PAPER, colour_of, is_lost
from docmill.engines.reading.office.package import Package, child, local, value
from docmill.engines.reading.typesetting import Block, CellText, Grid, PageBreak, Paragraph, Run
from docmill.engines.reading.typesetting.blocks import Align

_BODY_LEVEL = 4
_NESTED_MAX = 60
_MANIFEST = "META-INF/manifest.xml"
_LISTED = frozenset({"list-item", "list-header"})
_HOLDERS = frozenset(
    {"section", "index-body", "table-of-content", "illustration-index", "table-index", "object-index",
     "user-index", "alphabetical-index", "bibliography", "index-title", "text-box", "frame", "g", "a"}
)  # fmt: skip
_DROPPED = frozenset(
    {
        "tracked-changes",
        "annotation",
        "annotation-end",
        "ruby-text",
        "forms",
        "sequence-decls",
        "desc",
        "title",
    }
)
_BLANKS_MAX = 200
_TINY_PT = 2.0


@dataclass(frozen=True, slots=True)
class _Style:
    hidden: bool = False
    bold: bool = False
    size_pt: float | None = None
    align: Align = "left"
    breaks: bool = False
    lost: Hidden | None = None
    """In the colour of its paper, or tiny."""


def odt_blocks(package: Package, allowed: ReadingLimits) -> Iterator[Block]:
    """Raises Rejected(password_required) for an encrypted file, and with the package's codes."""
    if _MANIFEST in package and b"encryption-data" in package.part(_MANIFEST):
        raise Rejected(ErrorCode.PASSWORD_REQUIRED, "the file is encrypted")
    text = _Text(allowed)
    frame: dict[str, list[Block]] = {"header": [], "footer": []}
    if "styles.xml" in package:
        for element in package.stream("styles.xml", _BODY_LEVEL):
            text.learn(element)
            if local(element) in frame:
                for inner in element:
                    frame[local(element)] += text.blocks(inner)
    yield from frame["header"]
    for element in package.stream("content.xml", _BODY_LEVEL):
        parent = element.getparent()
        if parent is not None and local(parent) == "text":
            yield from text.blocks(element)
        else:
            text.learn(element)
    yield from text.notes
    yield from frame["footer"]


def _lost(properties: etree._Element, points: float | None) -> Hidden | None:
    if points is not None and points < _TINY_PT:
        return Hidden.TINY
    paper = colour_of(value(properties, "background-color")) or PAPER
    return Hidden.WHITE if is_lost(colour_of(value(properties, "color")), paper) else None


class _Text:
    def __init__(self, allowed: ReadingLimits) -> None:
        self._allowed = allowed
        self._cells_left = allowed.table_cells_max
        self._styles: dict[str, _Style] = {}
        self._numbered: set[str] = set()
        self._shaded = False  # some text stands on a colour, and which of it is not followed
        self._depth = 0
        self.notes: list[Block] = []
        self._boxes: list[Block] = []

    def learn(self, element: etree._Element) -> None:
        """Take a style's properties in."""
        parent = element.getparent()
        if parent is None:
            return
        name, kind = value(parent, "name"), local(element)
        old = self._styles.get(name, _Style())
        if kind == "text-properties":
            size = value(element, "font-size")
            points = (
                float(size[:-2])
                if size.endswith("pt") and size[:-2].replace(".", "", 1).isdecimal()
                else None
            )
            self._styles[name] = _Style(
                value(element, "display") == "none",
                value(element, "font-weight") == "bold",
                None if points is None else max(6.0, min(28.0, points)),
                old.align,
                old.breaks,
                _lost(element, points),
            )
        elif kind == "paragraph-properties":
            align: Align = {"end": "right", "right": "right", "center": "center"}.get(  # type: ignore[assignment]
                value(element, "text-align"), "left"
            )
            breaks = value(element, "break-before") == "page"
            self._styles[name] = replace(old, align=align, breaks=breaks)
        if kind != "text-properties" and colour_of(value(element, "background-color")) not in (None, PAPER):
            self._shaded = True
        elif kind == "list-level-style-number" and value(element, "num-format"):
            self._numbered.add(name)

    def blocks(self, element: etree._Element, *, list_style: str = "") -> Iterator[Block]:
        name = local(element)
        if name in _DROPPED or self._depth > _NESTED_MAX:
            return
        self._depth += 1
        if name in ("p", "h"):
            yield from self._paragraph(element)
        elif name == "table":
            yield self._table(element)
        elif name == "list":
            yield from self._list(element, value(element, "style-name") or list_style)
        elif name in _HOLDERS:
            for inner in element:
                yield from self.blocks(inner)
        self._depth -= 1

    def _list(self, element: etree._Element, style: str) -> Iterator[Block]:
        count = 0
        for item in element:
            if local(item) not in _LISTED:
                continue
            count += local(item) == "list-item"
            label = f"{count}. " if style in self._numbered else "• "
            for inner in item:
                for block in self.blocks(inner, list_style=style):
                    if isinstance(block, Paragraph) and local(inner) in ("p", "h"):
                        runs = block.text if isinstance(block.text, tuple) else (Run(block.text),)
                        text = (Run(label if local(item) == "list-item" else ""), *runs)
                        yield Paragraph(text, block.size_pt, bold=block.bold, indent_pt=12.0)
                        label = ""
                    else:
                        yield block

    def _paragraph(self, element: etree._Element) -> Iterator[Block]:
        style = self._styles.get(value(element, "style-name"), _Style())
        outer, self._boxes = self._boxes, []
        runs: list[Run] = []
        hidden = Hidden.SWITCHED_OFF if style.hidden else self._lost(style)
        self._collect(element, runs, (style.bold, hidden), 0)
        boxes, self._boxes = self._boxes, outer
        if style.breaks and self._depth == 1:
            yield PageBreak()
        yield from boxes
        heading = 13.0 if local(element) == "h" else 10.0
        yield Paragraph(tuple(runs), style.size_pt or heading, align=style.align, bold=local(element) == "h")

    def _collect(
        self, element: etree._Element, runs: list[Run], look: tuple[bool, Hidden | None], depth: int
    ) -> None:
        """``look``: bold, and why hidden."""
        bold, hidden = look
        if element.text:
            runs.append(Run(_spaced(element.text), bold, hidden))
        for each in element:
            name = local(each)
            match name:
                case "s":
                    count = value(each, "c", "1")
                    runs.append(
                        Run(" " * min(_BLANKS_MAX, int(count) if count.isdecimal() and len(count) < 6 else 1))
                    )
                case "tab":
                    runs.append(Run("\t"))
                case "line-break":
                    runs.append(Run("\n"))
                case "note":
                    self._note(each, runs)
                case "frame" | "custom-shape" | "g" | "rect" | "text-box":
                    self._box(each)
                case _ if name not in _DROPPED and depth < 2 * _NESTED_MAX:
                    style = self._styles.get(value(each, "style-name"), _Style())
                    unseen = Hidden.SWITCHED_OFF if style.hidden or name == "hidden-text" else hidden
                    unseen = unseen or self._lost(style)
                    self._collect(each, runs, (bold or style.bold, unseen), depth + 1)
            if each.tail:
                runs.append(Run(_spaced(each.tail), bold, hidden))

    def _lost(self, style: _Style) -> Hidden | None:
        return None if style.lost is Hidden.WHITE and self._shaded else style.lost

    def _note(self, note: etree._Element, runs: list[Run]) -> None:
        citation, body = child(note, "note-citation"), child(note, "note-body")
        label = "".join(map(str, citation.itertext()))[:20] if citation is not None else ""
        runs.append(Run(f"[{label}]"))
        for inner in body if body is not None else ():
            for block in self.blocks(inner):
                text = block.text if isinstance(block, Paragraph) else ()
                self.notes.append(
                    Paragraph((Run(label + " "), *(text if isinstance(text, tuple) else ())), 8.0)
                )

    def _box(self, frame: etree._Element) -> None:
        for inner in frame:
            self._boxes += self.blocks(inner)

    def _table(self, table: etree._Element) -> Grid:
        rows: list[list[CellText]] = []
        for row, header in _rows(table, header=False, depth=0):
            off = value(row, "visibility") in ("collapse", "filter")
            cells = self._row(row, header=header, hidden=off)
            if any(cell.blocks for cell in cells):
                count = _repeated(row, "number-rows-repeated")
                self._take(count * len(cells))
                rows += [cells] * count
            else:
                rows.append(cells)  # any number of empty rows tells no more than one
        return Grid(rows)

    def _row(self, row: etree._Element, *, header: bool, hidden: bool) -> list[CellText]:
        cells: list[CellText] = []
        for cell in row:
            if local(cell) != "table-cell":
                continue
            found = [
                block for inner in cell for block in self.blocks(inner) if isinstance(block, Paragraph | Grid)
            ]
            if hidden:
                found = [
                    Paragraph(block.text, block.size_pt, hidden=Hidden.SWITCHED_OFF)
                    for block in found
                    if isinstance(block, Paragraph)
                ]
            if not any(isinstance(block, Grid) or block.text for block in found):
                found = []
            count = _repeated(cell, "number-columns-repeated")
            self._take(count if found else 1)
            down, across = _repeated(cell, "number-rows-spanned"), _repeated(cell, "number-columns-spanned")
            if found:
                cells += [CellText("", down, across, header, blocks=tuple(found))] * count
            else:
                cells += [CellText("", down, across, header)] * min(count, 50)
        while (
            cells
            and not cells[-1].blocks
            and cells[-1].row_span == cells[-1].column_span == 1
            and len(cells) > 50
        ):
            cells.pop()
        return cells

    def _take(self, cells: int) -> None:
        """Repeated cells are written once and seen a million times."""
        self._cells_left -= cells
        if self._cells_left < 0:
            raise Rejected(ErrorCode.TOO_MANY_PAGES, f"more than {self._allowed.table_cells_max} cells")


def _rows(table: etree._Element, *, header: bool, depth: int) -> Iterator[tuple[etree._Element, bool]]:
    for each in table:
        name = local(each)
        if name == "table-row":
            yield each, header
        elif name in ("table-header-rows", "table-rows", "table-row-group") and depth < _NESTED_MAX:
            yield from _rows(each, header=header or name == "table-header-rows", depth=depth + 1)


def _repeated(element: etree._Element, name: str) -> int:
    text = value(element, name, "1")
    return max(1, int(text[:12])) if text.isdecimal() else 1


def _spaced(text: str) -> str:
    return text.replace("\n", " ").replace("\t", " ").replace("\r", " ")
