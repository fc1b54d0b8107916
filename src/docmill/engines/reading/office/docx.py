"""Word files: paragraphs, lists, tables, text boxes, headers, footers and notes, in the order of the text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from docmill.domain.pages import Hidden
from docmill.engines.reading.office.colours import PAPER, Colour
from docmill.engines.reading.office.docx_styles import (
    Numbering,
    Style,
    Styles,
    number,
    numbering_of,
    on,
    paper_of,
    size_of,
    why_hidden,
)
from docmill.engines.reading.office.package import Package, child, local, value
from docmill.engines.reading.typesetting import Block, CellText, Grid, PageBreak, Paragraph, Run, Stop

_NESTED_MAX = 40
_BODY_LEVEL = 3
_WRAPPERS = frozenset(
    {
        "ins",
        "moveTo",
        "hyperlink",
        "smartTag",
        "customXml",
        "sdtContent",
        "fldSimple",
        "dir",
        "bdo",
        "rubyBase",
    }
)
_DROPPED = frozenset({"del", "moveFrom", "Fallback", "rt", "pPr", "rPr", "instrText", "delText", "sdtPr"})
_SYMBOLS = {
    "f0fe": True,
    "f052": True,
    "f0fd": True,
    "f0fc": True,
    "f0a8": False,
    "f06f": False,
    "f071": False,
}
"""Boxes of the fonts Wingdings and Wingdings 2, by which forms are ticked."""
_REFERENCE = re.compile(rb"""(header|footer)Reference\b[^>]*?:id=["']([^"']{1,80})["']""")
_SIZE_PT = 10.0


def docx_blocks(package: Package) -> Iterator[Block]:
    """Headers stand before the text, footers and notes after it. Raises Rejected with the package's code."""
    name = package.document
    relations = package.relations(name)
    parts = dict(relations.values())
    document = _Document(
        Styles(package.tree(parts["styles"]) if "styles" in parts else None),
        Numbering(package.tree(parts["numbering"]) if "numbering" in parts else None),
    )
    data = package.part(name)
    framed = {"header": list[str](), "footer": list[str]()}
    for kind, key in _REFERENCE.findall(data):
        target = relations.get(key.decode("utf-8", "replace"), ("", ""))[1]
        if target and target in package and target not in framed[kind.decode()]:
            framed[kind.decode()].append(target)
    for part in framed["header"]:
        yield from _whole(package, part, document)
    for element in package.elements(data, _BODY_LEVEL):
        yield from document.blocks(element)
    for kind in ("footnotes", "endnotes"):
        if kind in parts and parts[kind] in package:
            yield from _notes(package, parts[kind], document, kind)
    for part in framed["footer"]:
        yield from _whole(package, part, document)


def _whole(package: Package, part: str, document: "_Document") -> Iterator[Block]:
    for element in package.stream(part, 2):
        yield from document.blocks(element)


def _notes(package: Package, part: str, document: "_Document", kind: str) -> Iterator[Block]:
    for note in package.stream(part, 2):
        if value(note, "type") or value(note, "id") not in document.noted[kind]:
            continue  # the line above the notes, and notes that no text refers to
        for element in note:
            for block in document.blocks(element):
                if isinstance(block, Paragraph):
                    label = Run(f"{document.noted[kind][value(note, 'id')]} ")
                    yield Paragraph((label, *_runs_of(block)), 8.0)
                else:
                    yield block


def _runs_of(paragraph: Paragraph) -> tuple[Run, ...]:
    return (Run(paragraph.text),) if isinstance(paragraph.text, str) else paragraph.text


@dataclass(slots=True)
class _Text:
    """What is found in one paragraph. ``boxes``: text boxes that are anchored in it."""

    runs: list[Run] = field(default_factory=list)
    boxes: list[Block] = field(default_factory=list)
    pieces: list[tuple[Run, ...]] = field(default_factory=list)  # before each page break in it
    size_pt: float | None = None
    field_names: list[str] = field(default_factory=list)


class _Document:
    def __init__(self, styles: Styles, numbering: Numbering) -> None:
        self._styles, self._numbering = styles, numbering
        self.noted: dict[str, dict[str, int]] = {"footnotes": {}, "endnotes": {}}
        self._depth = 0
        self._paper: Colour | None = PAPER  # what the text stands on; None where that is not known
        self._style = Style()  # the paragraph's

    def blocks(self, element: etree._Element) -> Iterator[Block]:
        match local(element):
            case "p":
                yield from self._paragraph(element)
            case "tbl":
                if self._depth < _NESTED_MAX:
                    self._depth += 1
                    yield self._table(element)
                    self._depth -= 1
            case "sdt":
                content = child(element, "sdtContent")
                for inner in content if content is not None else ():
                    yield from self.blocks(inner)
            case "AlternateContent":
                choice = child(element, "Choice")
                for inner in choice if choice is not None else ():
                    yield from self.blocks(inner)
            case name if name in _WRAPPERS:
                for inner in element:
                    yield from self.blocks(inner)

    def _paragraph(self, element: etree._Element) -> Iterator[Block]:
        properties = child(element, "pPr")
        named = child(properties, "pStyle")
        style = self._styles.style(value(named, "val") if named is not None else "")
        if on(properties, "pageBreakBefore"):
            yield PageBreak()
        text = _Text()
        hidden = Hidden.SWITCHED_OFF if style.hidden else None
        around = self._paper, self._style
        self._paper, self._style = paper_of(properties, self._paper), style
        self._collect(element, text, bold=bool(style.bold), hidden=hidden, depth=0)
        self._paper, self._style = around
        numbered = numbering_of(properties) or style.numbering
        label = self._numbering.label(*numbered) if numbered else ""
        level = numbered[1] if numbered and label else 0
        if label:
            text.runs[:0] = [Run(label + " ")]
        yield from text.boxes
        indent = number(child(properties, "ind"), "left") or number(child(properties, "ind"), "start") or 0
        jc = child(properties, "jc")
        align = {"right": "right", "end": "right", "center": "center"}.get(
            value(jc, "val") if jc is not None else ""
        )
        pieces = [*text.pieces, tuple(text.runs)]
        for place, runs in enumerate(pieces):
            if place:
                yield PageBreak()
            yield Paragraph(
                runs,
                text.size_pt or style.size_pt or self._styles.size_pt,
                indent_pt=max(0.0, min(200.0, indent / 20 + 12 * level)),
                align="right" if align == "right" else "center" if align == "center" else "left",
                stops=_stops(properties),
            )

    def _collect(
        self, element: etree._Element, text: _Text, *, bold: bool, hidden: Hidden | None, depth: int
    ) -> None:
        if depth > 2 * _NESTED_MAX:
            return
        for each in element:
            name = local(each)
            if name in _DROPPED:
                continue
            if name == "r":
                properties = child(each, "rPr")
                called = child(properties, "rStyle")
                style = self._style if called is None else self._styles.style(value(called, "val"))
                unseen = why_hidden(properties, style, self._paper, hidden)
                heavy = on(properties, "b")
                text.size_pt = text.size_pt or size_of(properties)
                self._run(each, text, bold=bold if heavy is None else heavy, hidden=unseen, depth=depth)
            elif name == "sdt":
                self._control(each, text, bold=bold, hidden=hidden, depth=depth)
            elif name in _WRAPPERS or name in ("AlternateContent", "Choice", "ruby"):
                self._collect(each, text, bold=bold, hidden=hidden, depth=depth + 1)

    def _control(
        self, element: etree._Element, text: _Text, *, bold: bool, hidden: Hidden | None, depth: int
    ) -> None:
        tick = child(element, "sdtPr", "checkbox")
        if tick is not None:
            checked = child(tick, "checked")
            state = checked is not None and value(checked, "val", "1") not in ("0", "false")
            text.runs.append(Run(" ", hidden=hidden, ticked=state))
            return
        content = child(element, "sdtContent")
        if content is not None:
            self._collect(content, text, bold=bold, hidden=hidden, depth=depth + 1)

    def _run(
        self, run: etree._Element, text: _Text, *, bold: bool, hidden: Hidden | None, depth: int
    ) -> None:
        for each in run:
            match local(each):
                case "t":
                    text.runs.append(
                        Run((each.text or "").replace("\n", " ").replace("\t", " "), bold, hidden)
                    )
                case "tab" | "ptab":
                    text.runs.append(Run("\t"))
                case "br" if value(each, "type") == "page":
                    text.pieces.append(tuple(text.runs))
                    text.runs = []
                case "br" | "cr":
                    text.runs.append(Run("\n"))
                case "noBreakHyphen":
                    text.runs.append(Run("-", bold, hidden))
                case "sym":
                    ticked = _SYMBOLS.get(value(each, "char").lower())
                    text.runs.append(Run(" " if ticked is not None else "•", bold, hidden, ticked))
                case "fldChar":
                    tick = child(each, "ffData", "checkBox")
                    if tick is not None:
                        state = on(tick, "checked")
                        state = on(tick, "default") if state is None else state
                        text.runs.append(Run(" ", hidden=hidden, ticked=bool(state)))
                case "footnoteReference" | "endnoteReference" as name:
                    seen = self.noted[name.removesuffix("Reference") + "s"]
                    text.runs.append(Run(f"[{seen.setdefault(value(each, 'id'), len(seen) + 1)}]"))
                case "drawing" | "pict" | "object":
                    self._boxes(each, text, depth)
                case "AlternateContent":
                    for choice in each:
                        if local(choice) == "Choice":
                            self._run(choice, text, bold=bold, hidden=hidden, depth=depth + 1)
                case "ruby":
                    self._collect(each, text, bold=bold, hidden=hidden, depth=depth + 1)

    def _boxes(self, drawing: etree._Element, text: _Text, depth: int) -> None:
        if self._depth >= _NESTED_MAX or depth > _NESTED_MAX:
            return
        self._depth += 1
        around, self._paper = self._paper, None  # shapes have colours and pictures of their own
        for content in drawing.iter():
            if local(content) == "txbxContent" and not _inner_box(content, drawing):
                for inner in content:
                    text.boxes.extend(self.blocks(inner))
        self._paper = around
        self._depth -= 1

    def _table(self, table: etree._Element) -> Grid:
        properties = child(table, "tblPr")
        named = child(properties, "tblStyle")
        style = self._styles.style(value(named, "val") if named is not None else "")
        around = self._paper
        self._paper = None if style.shaded else paper_of(properties, around)
        rows: list[list[CellText]] = []
        above: dict[int, tuple[int, int]] = {}  # column: where the cell is that goes on downwards
        for row in _inside(table, "tr"):
            rows.append(self._row(row, rows, above))
        self._paper = around
        grid = child(table, "tblGrid")
        widths = tuple(max(0, number(column, "w") or 0) / 20 for column in (grid if grid is not None else ()))
        ruled = style.ruled or any(local(each) in ("tblBorders", "tcBorders") for each in table.iter())
        return Grid(rows, ruled=ruled, widths_pt=widths, size_pt=_SIZE_PT)

    def _row(
        self, row: etree._Element, rows: list[list[CellText]], above: dict[int, tuple[int, int]]
    ) -> list[CellText]:
        properties = child(row, "trPr")
        header, hidden = bool(on(properties, "tblHeader")), bool(on(properties, "hidden"))
        if child(properties, "del") is not None:
            return []
        before = number(child(properties, "gridBefore")) or 0
        cells = [CellText() for _ in range(min(before, 100))]
        column = before
        for cell in _inside(row, "tc"):
            facts = child(cell, "tcPr")
            across = max(1, number(child(facts, "gridSpan")) or 1)
            merged = child(facts, "vMerge")
            if merged is not None and value(merged, "val") != "restart" and column in above:
                place, index = above[column]
                first = rows[place][index]
                rows[place][index] = _spanning(first, len(rows) - place + 1)
            else:
                above.pop(column, None)
                if merged is not None:
                    above[column] = len(rows), len(cells)
                cells.append(
                    CellText(
                        column_span=across,
                        header=header,
                        hidden=Hidden.SWITCHED_OFF if hidden else None,
                        blocks=self._cell(cell, hidden=hidden),
                    )
                )
            column += across
        return cells

    def _cell(self, cell: etree._Element, *, hidden: bool) -> tuple[Paragraph | Grid, ...]:
        found: list[Paragraph | Grid] = []
        around, self._paper = self._paper, paper_of(child(cell, "tcPr"), self._paper)
        for element in cell:
            found += [block for block in self.blocks(element) if isinstance(block, Paragraph | Grid)]
        self._paper = around
        while len(found) > 1 and isinstance(found[-1], Paragraph) and not found[-1].text:
            found.pop()  # Word asks for a paragraph after a nested table
        if hidden:
            found = [_unseen(block) for block in found if isinstance(block, Paragraph)]
        return tuple(found)


def _inner_box(content: etree._Element, drawing: etree._Element) -> bool:
    """True for a text box within a text box, and for the older form of one that comes twice."""
    for parent in content.iterancestors():
        if parent is drawing:
            return False
        if local(parent) in ("txbxContent", "Fallback"):
            return True
    return False


def _inside(element: etree._Element, name: str) -> Iterator[etree._Element]:
    """Rows of a table or cells of a row, also in content controls and insertions."""
    for each in element:
        if local(each) == name:
            yield each
        elif local(each) in ("sdt", "sdtContent", "ins", "customXml"):
            yield from _inside(each, name)


def _spanning(cell: CellText, rows: int) -> CellText:
    return CellText(
        row_span=rows,
        column_span=cell.column_span,
        header=cell.header,
        hidden=cell.hidden,
        blocks=cell.blocks,
    )


def _unseen(paragraph: Paragraph) -> Paragraph:
    return Paragraph(paragraph.text, paragraph.size_pt, hidden=Hidden.SWITCHED_OFF)


def _stops(properties: etree._Element | None) -> tuple[Stop, ...]:
    tabs = child(properties, "tabs")
    stops = [
        Stop((number(tab, "pos") or 0) / 20, value(tab, "val") in ("right", "decimal", "end"))
        for tab in (tabs if tabs is not None else ())
        if value(tab, "val") != "clear"
    ]
    return tuple(sorted(stop for stop in stops if stop.at_pt > 0))
