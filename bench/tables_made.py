"""Tables with exact truth, drawn as PDFs: twelve layouts, everything by seed."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from reportlab.lib.colors import Color
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

WIDTH, HEIGHT = 595.0, 842.0
MARGIN = 50.0
FONTS = (("Helvetica", "Helvetica-Bold"), ("Times-Roman", "Times-Bold"), ("Courier", "Courier-Bold"))


class MadeCell(NamedTuple):
    """``row`` and ``column`` count from 0. ``text`` has single blanks; a cell without text is left out."""

    row: int
    column: int
    row_span: int
    column_span: int
    text: str


@dataclass(frozen=True)
class MadeTable:
    """A table as it stands on one page (from 1); a table over two pages is two, each with its header."""

    page: int
    rows: int
    columns: int
    cells: tuple[MadeCell, ...]


@dataclass(frozen=True)
class Truth:
    """``layout`` names how the tables are drawn; ``tables`` are in reading order."""

    layout: str
    pages: int
    tables: tuple[MadeTable, ...]


@dataclass
class Plan:
    """A table before it is drawn: texts by place, spans by the place of their first cell."""

    head: list[list[str]]
    body: list[list[str]]
    align: str  # one letter per column: l, r or c
    widths: list[float]
    spans: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)

    @property
    def rows(self) -> list[list[str]]:
        return [*self.head, *self.body]


@dataclass
class Style:
    font: tuple[str, str] = FONTS[0]
    size: float = 9.0
    grid: bool = False
    level: str = ""  # "all" under every row, "head" above and under the header and at the end
    zebra: bool = False
    bold_head: bool = True
    pad: float = 4.0
    gap: float = 3.0  # between the lines of two rows


def made_tables(folder: Path, seed: int, count: int) -> list[tuple[Path, Truth]]:
    """Write ``count`` PDFs into ``folder`` and return each with its truth.

    The layouts of `LAYOUTS` take turns. Truth is a `Truth`: by page the tables, by table its cells as (row,
    column, row_span, column_span, text). Equal seeds give equal files. `bench.tables.cell_counts` compares.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = list(LAYOUTS)
    out = []
    for number in range(count):
        layout = names[number % len(names)]
        draw = random.Random(f"{seed} {number}")
        path = folder / f"{number:03d}_{layout}.pdf"
        canvas = Canvas(str(path), pagesize=(WIDTH, HEIGHT), invariant=1)
        sheet = Sheet(canvas, draw, Style(font=draw.choice(FONTS), size=draw.choice((8.0, 9.0, 10.0))))
        LAYOUTS[layout](sheet)
        canvas.showPage()
        canvas.save()
        out.append((path, Truth(layout, sheet.page, tuple(sheet.tables))))
    return out


class Sheet:
    """A canvas with a place to go on from, and what was drawn on it."""

    def __init__(self, canvas: Canvas, draw: random.Random, style: Style) -> None:
        self.canvas, self.draw, self.style = canvas, draw, style
        self.page, self.top = 1, 60.0
        self.tables: list[MadeTable] = []

    def new_page(self) -> None:
        self.canvas.showPage()
        self.page, self.top = self.page + 1, 60.0

    def heading(self) -> None:
        self.canvas.setFont(self.style.font[1], self.style.size + 5)
        self.canvas.drawString(MARGIN, HEIGHT - self.top, self.draw.choice(_HEADINGS))
        self.top += 26

    def prose(self, lines: int) -> None:
        font, size = self.style.font[0], self.style.size
        self.canvas.setFont(font, size)
        words = iter(_prose(self.draw))
        for _ in range(lines):
            text = next(words)
            while stringWidth(f"{text} ", font, size) < WIDTH - 2 * MARGIN - 70:
                text += f" {next(words)}"
            self.canvas.drawString(MARGIN, HEIGHT - self.top, text)
            self.top += size * 1.3
        self.top += 14

    def table(self, plan: Plan, style: Style | None = None) -> None:
        style = style or self.style
        x = MARGIN + self.draw.choice((0.0, 0.0, 20.0))
        heights = self._draw(plan, style, x)
        self.top += sum(heights) + 18 + style.size
        cells = tuple(
            MadeCell(row, column, *plan.spans.get((row, column), (1, 1)), " ".join(text.split()))
            for row, texts in enumerate(plan.rows)
            for column, text in enumerate(texts)
            if text.strip()
        )
        self.tables.append(MadeTable(self.page, len(plan.rows), len(plan.widths), cells))

    def _draw(self, plan: Plan, style: Style, x: float) -> list[float]:
        lines = {
            (row, column): _wrapped(
                text, self._room(plan, style, row, column), self._font(plan, style, row), style.size
            )
            for row, texts in enumerate(plan.rows)
            for column, text in enumerate(texts)
        }
        leading = style.size * 1.2
        heights = []
        for row, texts in enumerate(plan.rows):
            own = [
                len(lines[row, column])
                for column in range(len(texts))
                if plan.spans.get((row, column), (1, 1))[0] == 1
            ]
            heights.append(max([1, *own]) * leading + 2 * style.gap)
        edges = [x]
        for width in plan.widths:
            edges.append(edges[-1] + width)
        tops = [self.top]
        for height in heights:
            tops.append(tops[-1] + height)
        if style.zebra:
            self._stripes(plan, edges, tops)
        self._lines(plan, style, edges, tops)
        for (row, column), texts in lines.items():
            _, columns = plan.spans.get((row, column), (1, 1))
            room = (edges[column] + style.pad, edges[column + columns] - style.pad)
            self._cell(
                texts,
                room,
                tops[row] + style.gap + style.size * 0.95,
                plan=plan,
                style=style,
                at=(row, column),
            )
        return heights

    def _room(self, plan: Plan, style: Style, row: int, column: int) -> float:
        _, columns = plan.spans.get((row, column), (1, 1))
        return sum(plan.widths[column : column + columns]) - 2 * style.pad

    def _font(self, plan: Plan, style: Style, row: int) -> str:
        return style.font[1] if row < len(plan.head) and style.bold_head else style.font[0]

    def _cell(
        self,
        lines: Sequence[str],
        room: tuple[float, float],
        top: float,
        *,
        plan: Plan,
        style: Style,
        at: tuple[int, int],
    ) -> None:
        self.canvas.setFont(self._font(plan, style, at[0]), style.size)
        align = "c" if plan.spans.get(at, (1, 1))[1] > 1 and at[0] < len(plan.head) else plan.align[at[1]]
        for number, text in enumerate(lines):
            y = HEIGHT - top - number * style.size * 1.2
            if align == "r":
                self.canvas.drawRightString(room[1], y, text)
            elif align == "c":
                self.canvas.drawCentredString(sum(room) / 2, y, text)
            else:
                self.canvas.drawString(room[0], y, text)

    def _stripes(self, plan: Plan, edges: list[float], tops: list[float]) -> None:
        self.canvas.setFillColor(Color(0.9, 0.93, 0.97))
        for row in range(0, len(plan.rows), 2):
            self.canvas.rect(
                edges[0],
                HEIGHT - tops[row + 1],
                edges[-1] - edges[0],
                tops[row + 1] - tops[row],
                stroke=0,
                fill=1,
            )
        self.canvas.setFillColor(Color(0, 0, 0))

    def _lines(self, plan: Plan, style: Style, edges: list[float], tops: list[float]) -> None:
        self.canvas.setLineWidth(self.draw.choice((0.4, 0.7, 1.0)))
        if style.grid:
            inner = {
                (row + r, column + c): (row, column)
                for (row, column), (rows, columns) in plan.spans.items()
                for r in range(rows)
                for c in range(columns)
            }
            for row in range(len(plan.rows) + 1):
                for column in range(len(plan.widths)):
                    above, below = (row - 1, column), (row, column)
                    if 0 < row < len(plan.rows) and inner.get(above, above) == inner.get(below, below):
                        continue
                    self.canvas.line(edges[column], HEIGHT - tops[row], edges[column + 1], HEIGHT - tops[row])
            for column in range(len(plan.widths) + 1):
                for row in range(len(plan.rows)):
                    left, right = (row, column - 1), (row, column)
                    if 0 < column < len(plan.widths) and inner.get(left, left) == inner.get(right, right):
                        continue
                    self.canvas.line(edges[column], HEIGHT - tops[row], edges[column], HEIGHT - tops[row + 1])
        if style.level:
            wanted = range(len(tops)) if style.level == "all" else (0, len(plan.head), len(tops) - 1)
            for row in wanted:
                self.canvas.line(edges[0], HEIGHT - tops[row], edges[-1], HEIGHT - tops[row])


def _wrapped(text: str, room: float, font: str, size: float) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and stringWidth(f"{lines[-1]} {word}", font, size) <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines or [""]


_HEADINGS = (
    "Quarterly overview",
    "Delivery note 20418",
    "Statement of stock",
    "Annex B",
    "Price list",
    "Ledger extract",
)
_PROSE = (  # noqa: SIM905 (read as prose)
    "the figures below were taken from the books of the company and cover all branches that reported in time "
    "please check each line and tell us within ten days what you find to be wrong otherwise we take the list as "
    "agreed amounts are in euro unless a line says something else and do not include transport or insurance"
).split()
_THINGS = (
    "Copper pipe", "Floor tile", "Desk lamp", "Garden hose", "Oak board", "Paint roller", "Steel bolt M8", "Window seal",
    "Cable drum", "Water filter", "Door handle", "Roof lath", "Drill bit set", "Work gloves", "Sand paper", "Ladder",
)  # fmt: skip
_MORE = (
    "with brass fittings and a spare gasket", "galvanised for outdoor use in wet places", "in a box of twelve pieces",
    "matching the colour of the sample that was sent", "cut to length on request of the customer",
    "including assembly at the place of delivery",
)  # fmt: skip
_PLACES = (
    "Lyon",
    "Graz",
    "Turin",
    "Leeds",
    "Ghent",
    "Porto",
    "Malmo",
    "Brno",
    "Cork",
    "Bonn",
    "Nice",
    "Aarhus",
)
_PEOPLE = ("A. Meyer", "J. Novak", "L. Rossi", "P. Dubois", "K. Olsen", "M. Silva", "T. Baker", "S. Weber")
_COLUMN = {
    "article": ("l", 110, ("Article", "Item", "Description")),
    "long": ("l", 150, ("Description", "Details", "Remarks")),
    "place": ("l", 70, ("Branch", "Place", "City")),
    "person": ("l", 75, ("Contact", "Clerk", "Name")),
    "date": ("l", 65, ("Date", "Delivered", "Booked on")),
    "code": ("l", 65, ("Code", "Order no.", "Reference")),
    "count": ("r", 45, ("Qty", "Pieces", "Units")),
    "price": ("r", 65, ("Price", "Unit price", "Rate")),
    "sum": ("r", 75, ("Amount", "Total", "Value")),
    "share": ("r", 50, ("VAT", "Share", "Disc.")),
}


def _prose(draw: random.Random) -> Iterator[str]:
    at = draw.randrange(len(_PROSE))
    while True:
        yield _PROSE[at % len(_PROSE)]
        at += 1


def _text(kind: str, draw: random.Random) -> str:
    cents = draw.randrange(100, 2_000_000)
    match kind:
        case "article":
            return draw.choice(_THINGS)
        case "long":
            return f"{draw.choice(_THINGS)} {draw.choice(_MORE)}"
        case "place":
            return draw.choice(_PLACES)
        case "person":
            return draw.choice(_PEOPLE)
        case "date":
            return f"{draw.randrange(1, 29):02d}.{draw.randrange(1, 13):02d}.20{draw.randrange(18, 27)}"
        case "code":
            return f"{draw.choice('ABKX')}-{draw.randrange(1000, 99999)}"
        case "count":
            return str(draw.randrange(1, 500))
        case "share":
            return f"{draw.choice((5, 7, 10, 19, 20, 21))} %"
        case "price":
            return f"{cents / 10_000:,.2f}"
        case _:
            return f"{cents / 100:,.2f}"


def _plan(draw: random.Random, kinds: Sequence[str], rows: int) -> Plan:
    heads = [draw.choice(_COLUMN[kind][2]) for kind in kinds]
    body = [[_text(kind, draw) for kind in kinds] for _ in range(rows)]
    align = "".join(_COLUMN[kind][0] for kind in kinds)
    return Plan([heads], body, align, [_COLUMN[kind][1] + draw.choice((0, 8, 14)) for kind in kinds])


_NARROW = (
    ("code", "article", "count", "price", "sum"), ("date", "code", "article", "sum"),
    ("article", "place", "count", "sum"), ("code", "person", "place", "date", "sum"),
    ("place", "count", "count", "share", "sum"), ("code", "article", "date", "count", "share", "sum"),
)  # fmt: skip


def _usual(sheet: Sheet, rows: tuple[int, int] = (4, 18)) -> Plan:
    return _plan(sheet.draw, sheet.draw.choice(_NARROW), sheet.draw.randint(*rows))


def _around(inner: Callable[[Sheet], None]) -> Callable[[Sheet], None]:
    def drawn(sheet: Sheet) -> None:
        sheet.heading()
        sheet.prose(sheet.draw.randint(2, 4))
        inner(sheet)
        sheet.prose(sheet.draw.randint(1, 3))

    return drawn


def _styled(**changes: object) -> Callable[[Sheet], None]:
    def drawn(sheet: Sheet) -> None:
        sheet.table(_usual(sheet), _with(sheet.style, **changes))

    return drawn


def _with(style: Style, **changes: object) -> Style:
    return Style(**{**vars(style), **changes})


def _level(sheet: Sheet) -> None:
    sheet.table(_usual(sheet), _with(sheet.style, level=sheet.draw.choice(("all", "head"))))


def _wrapped_cells(sheet: Sheet) -> None:
    kinds = sheet.draw.choice(
        (
            ("code", "long", "count", "sum"),
            ("date", "long", "place", "sum"),
            ("long", "count", "price", "sum"),
        )
    )
    sheet.table(
        _plan(sheet.draw, kinds, sheet.draw.randint(4, 9)),
        _with(sheet.style, level=sheet.draw.choice(("all", ""))),
    )


def _multi_line(sheet: Sheet) -> None:
    kinds = sheet.draw.choice(
        (("code", "long", "person", "sum"), ("long", "long", "date"), ("place", "long", "count", "price"))
    )
    sheet.table(_plan(sheet.draw, kinds, sheet.draw.randint(3, 8)), _with(sheet.style, grid=True))


def _spanning(sheet: Sheet) -> None:
    plan = _plan(sheet.draw, ("place", "count", "sum", "count", "sum"), sheet.draw.randint(4, 12))
    first, second = sheet.draw.sample(("2024", "2025", "North", "South", "Planned", "Actual"), 2)
    lower = ["", "Units", "Value", "Units", "Value"]
    plan.head = [[plan.head[0][0], first, "", second, ""], lower]
    plan.spans = {(0, 0): (2, 1), (0, 1): (1, 2), (0, 3): (1, 2)}
    sheet.table(plan, _with(sheet.style, grid=True))


def _numbers(sheet: Sheet) -> None:
    kinds = sheet.draw.choice(
        (
            ("place", "count", "price", "share", "sum", "sum"),
            ("article", "sum", "sum", "sum"),
            ("date", "price", "price", "sum", "sum"),
        )
    )
    sheet.table(
        _plan(sheet.draw, kinds, sheet.draw.randint(8, 25)),
        _with(sheet.style, gap=sheet.draw.choice((1.0, 2.0))),
    )


def _two_tables(sheet: Sheet) -> None:
    for _ in range(2):
        style = sheet.draw.choice(({"grid": True}, {"level": "all"}, {}))
        sheet.table(_usual(sheet, (4, 9)), _with(sheet.style, **style))
        sheet.prose(2)


def _page_break(sheet: Sheet) -> None:
    plan = _usual(sheet, (30, 40))
    style = _with(sheet.style, **sheet.draw.choice(({"grid": True}, {"level": "all"}, {"level": "head"})))
    cut = sheet.draw.randint(16, 24)
    sheet.table(Plan(plan.head, plan.body[:cut], plan.align, plan.widths), style)
    sheet.new_page()
    sheet.table(Plan(plan.head, plan.body[cut:], plan.align, plan.widths), style)


def _totals(sheet: Sheet) -> None:
    kinds = sheet.draw.choice(
        (("code", "article", "count", "price", "sum"), ("date", "code", "article", "sum"))
    )
    plan = _plan(sheet.draw, kinds, sheet.draw.randint(4, 12))
    first, last = len(plan.rows), len(kinds) - 1
    for number, label in enumerate(("Net total", "VAT 20 %", "Total due")):
        plan.body.append([label, *[""] * (last - 1), _text("sum", sheet.draw)])
        plan.spans[first + number, 0] = (1, last)
    sheet.table(plan, _with(sheet.style, grid=True))


def _empty(sheet: Sheet) -> None:
    plan = _usual(sheet, (6, 16))
    for row in plan.body:
        for column in range(1, len(row)):
            if sheet.draw.random() < 0.25:
                row[column] = ""
    sheet.table(plan, _with(sheet.style, **sheet.draw.choice(({"grid": True}, {"level": "all"}, {}))))


LAYOUTS: dict[str, Callable[[Sheet], None]] = {
    "ruled": _around(_styled(grid=True)),
    "unruled": _around(_styled()),
    "level_rules": _around(_level),
    "zebra": _around(_styled(zebra=True)),
    "wrapped": _around(_wrapped_cells),
    "spanning": _around(_spanning),
    "multi_line": _around(_multi_line),
    "numbers": _around(_numbers),
    "two_tables": _around(_two_tables),
    "page_break": _around(_page_break),
    "totals": _around(_totals),
    "empty_cells": _around(_empty),
}
"""How each layout is drawn, by its name."""
