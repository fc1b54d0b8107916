"""What all invoice layouts share: a table that goes on over pages, with repeated headers and carried sums."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from decimal import Decimal

from reportlab.lib.colors import Color, black

from examples.piles.invoices import Invoice, Item
from examples.piles.languages import WORDS, Words, long_date, number, quantity, short_date, variant

from .sheet import BOLD, REGULAR, Sheet, wrap

CURRENCY_SIGNS = {"EUR": "€", "GBP": "£"}


@dataclass(frozen=True, slots=True)
class Column:
    """``x`` is the left edge for left-aligned cells and the right edge for others; ``width`` is where text wraps."""

    key: str
    x: float
    width: float
    align: str = "left"


@dataclass(frozen=True, slots=True)
class TableStyle:
    """How rows look. ``frame`` draws a ruled grid, ``zebra`` fills every second row."""

    size: float = 9
    leading: float = 12
    gap: float = 5
    font: str = REGULAR
    head_font: str = BOLD
    head_fill: Color | None = None
    head_colour: Color = black
    rule: Color | None = None
    zebra: Color | None = None
    frame: bool = False


class Layout(ABC):
    """One way to draw an invoice. Subclasses say where things stand; this class turns the pages."""

    columns: tuple[Column, ...]
    style = TableStyle()
    left, right = 57.0, 538.0
    first_top, next_top, bottom = 340.0, 110.0, 740.0
    totals_height = 110.0
    variant = 0  # which label words are used
    long_dates = False
    signs = False  # amounts of the totals carry the currency's sign

    def draw(self, invoice: Invoice) -> bytes:
        """Draw twice, since "page 1 of 2" needs to know the number of pages."""
        pages = self._draw(invoice, pages=0).page
        return self._draw(invoice, pages=pages).finish()

    @abstractmethod
    def head(self, sheet: Sheet, invoice: Invoice) -> None:
        """The first page above the table."""

    @abstractmethod
    def totals(self, sheet: Sheet, invoice: Invoice, y: float) -> None:
        """Everything after the table, from ``y`` down."""

    def next_head(self, sheet: Sheet, invoice: Invoice) -> None:
        """Further pages above the table."""
        words = self.words(invoice)
        text = f"{variant(words.invoice, 0)} {invoice.number}, {self.date(invoice, invoice.issued)}"
        sheet.text(self.left, 60, text, font=self.style.font, size=9)

    def foot(self, sheet: Sheet, invoice: Invoice) -> None:
        """The bottom of every page."""
        text = self.words(invoice).page.format(n=sheet.page, of=sheet.pages)
        sheet.text(self.right, 815, text, font=self.style.font, size=8, align="right")

    def words(self, invoice: Invoice) -> Words:
        return WORDS[invoice.language]

    def label(self, words: tuple[str, ...]) -> str:
        return variant(words, self.variant)

    def date(self, invoice: Invoice, day: object) -> str:
        return (long_date if self.long_dates else short_date)(invoice.language, day)  # type: ignore[arg-type]

    def money(self, invoice: Invoice, value: Decimal) -> str:
        text = number(invoice.language, value)
        if not self.signs:
            return text
        sign = CURRENCY_SIGNS[invoice.currency]
        return f"{sign}{text}" if invoice.language == "en" else f"{text} {sign}"

    def tax_lines(self, invoice: Invoice) -> list[tuple[str, str]]:
        """Label and amount of each rate of the breakdown."""
        form = self.label(self.words(invoice).tax)
        return [
            (
                form.format(
                    rate=quantity(invoice.language, tax.rate), basis=number(invoice.language, tax.basis)
                ),
                self.money(invoice, tax.tax),
            )
            for tax in invoice.taxes
        ]

    def titles(self, invoice: Invoice) -> dict[str, str]:
        words = self.words(invoice)
        return {
            "position": words.position,
            "article": words.article,
            "description": self.label(words.description),
            "quantity": self.label(words.quantity),
            "unit": words.unit,
            "price": self.label(words.price),
            "rate": words.rate,
            "amount": self.label(words.amount),
        }

    def cells(self, invoice: Invoice, item: Item) -> dict[str, str]:
        language = invoice.language
        return {
            "position": str(item.position),
            "article": item.article,
            "description": item.description,
            "quantity": quantity(language, item.quantity),
            "unit": self.words(invoice).units[item.unit],
            "price": number(language, item.price),
            "rate": f"{quantity(language, item.rate)} %" if language != "en" else f"{item.rate}%",
            "amount": number(language, item.amount),
        }

    def _draw(self, invoice: Invoice, *, pages: int) -> Sheet:
        title = f"{variant(self.words(invoice).invoice, 0)} {invoice.number}"
        sheet = Sheet(title=title, author=invoice.seller.name, pages=pages)
        self.head(sheet, invoice)
        self.foot(sheet, invoice)
        y = self._header(sheet, invoice, self.first_top)
        carried = Decimal("0.00")
        for index, item in enumerate(invoice.items):
            height = self._height(invoice, item)
            if y + height + self.style.leading * 1.6 > self.bottom:
                y = self._turn(sheet, invoice, y, carried)
            if self.style.zebra is not None and index % 2:
                top = y - self.style.size - self.style.gap / 2 + 1
                sheet.box(self.left - 4, top, self.right - self.left + 8, height, fill=self.style.zebra)
            self._row(sheet, y, self.cells(invoice, item))
            y += height
            carried += item.amount
            if self.style.rule is not None:
                at = y - self.style.size - self.style.gap / 2 + 0.5
                sheet.rule(self.left, at, self.right, at, line=0.4, colour=self.style.rule)
        if y + self.totals_height > self.bottom + 40:
            self._close(sheet, y)
            y = self._new_page(sheet, invoice)
        else:
            self._close(sheet, y)
        self.totals(sheet, invoice, y)
        return sheet

    def _turn(self, sheet: Sheet, invoice: Invoice, y: float, carried: Decimal) -> float:
        """End a page in the middle of the table: the sum so far stands at its bottom and on top of the next."""
        words = self.words(invoice)
        self._carry(sheet, y + 2, self.label(words.carried), number(invoice.language, carried))
        self._close(sheet, y + self.style.leading)
        before = sheet.page
        y = self._header(sheet, invoice, self._new_page(sheet, invoice, header=False))
        text = self.label(words.brought).format(n=before)
        self._carry(sheet, y, text, number(invoice.language, carried))
        return y + self.style.leading + self.style.gap

    def _new_page(self, sheet: Sheet, invoice: Invoice, *, header: bool = False) -> float:
        sheet.next_page()
        self.next_head(sheet, invoice)
        self.foot(sheet, invoice)
        return self._header(sheet, invoice, self.next_top) if header else self.next_top

    def _header(self, sheet: Sheet, invoice: Invoice, top: float) -> float:
        style = self.style
        if style.head_fill is not None:
            sheet.box(
                self.left - 4,
                top - style.size - 4,
                self.right - self.left + 8,
                style.size + 11,
                fill=style.head_fill,
            )
        titles = self.titles(invoice)
        for column in self.columns:
            sheet.text(
                column.x,
                top,
                titles[column.key],
                font=style.head_font,
                size=style.size,
                align=column.align,
                colour=style.head_colour,
            )
        if style.head_fill is None or style.frame:
            sheet.rule(self.left - 4, top + 5, self.right + 4, top + 5, line=0.8)
        self._table_top = top - style.size - 4
        return top + style.leading + style.gap + 4

    def _row(self, sheet: Sheet, y: float, cells: dict[str, str]) -> None:
        style = self.style
        for column in self.columns:
            if column.key == "description":
                lines = wrap(cells["description"], column.width, font=style.font, size=style.size)
                sheet.lines(column.x, y, lines, size=style.size, leading=style.leading, font=style.font)
            else:
                sheet.text(
                    column.x, y, cells[column.key], font=style.font, size=style.size, align=column.align
                )

    def _carry(self, sheet: Sheet, y: float, label: str, amount: str) -> None:
        first = next(column for column in self.columns if column.key == "description")
        last = self.columns[-1]
        sheet.text(first.x, y, label, font=self.style.head_font, size=self.style.size)
        sheet.text(last.x, y, amount, font=self.style.head_font, size=self.style.size, align=last.align)

    def _close(self, sheet: Sheet, y: float) -> None:
        """Draw the outer frame and the column rules of a ruled table."""
        if not self.style.frame:
            return
        bottom = y - self.style.size + 2
        sheet.box(
            self.left - 4, self._table_top, self.right - self.left + 8, bottom - self._table_top, stroke=black
        )
        for column in self.columns[1:]:
            x = column.x - 4 if column.align == "left" else column.x - column.width
            sheet.rule(x, self._table_top, x, bottom, line=0.4)

    def _height(self, invoice: Invoice, item: Item) -> float:
        column = next(column for column in self.columns if column.key == "description")
        text = self.cells(invoice, item)["description"]
        lines = len(wrap(text, column.width, font=self.style.font, size=self.style.size))
        return lines * self.style.leading + self.style.gap
