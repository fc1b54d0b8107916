"""Two ways to draw a bank statement: signed amounts in one column, or "paid out" beside "paid in"."""

from abc import ABC, abstractmethod
from decimal import Decimal
from typing import TYPE_CHECKING

from reportlab.lib.colors import HexColor

from .languages import number, short_date
from .layouts.sheet import BOLD, Sheet, width_of, wrap
from .people import spaced

if TYPE_CHECKING:
    from .statements import Statement, Transaction

Title = tuple[float, str, str]

_BLUE, _PURPLE = HexColor("#0b4f6c"), HexColor("#5a2a6e")
_BOTTOM = 770


def draw_statement(statement: "Statement") -> bytes:
    """The statement as PDF, drawn twice, since "page 1 of 59" needs to know the number of pages."""
    pages = SignedColumn if statement.language == "de" else TwoColumns
    count = pages(statement, pages=0).fill().page
    return pages(statement, pages=count).fill().finish()


class StatementPages(ABC):
    """Turns the pages: the balance is carried over the break, between whole transactions."""

    size, leading, wrap_width = 8.5, 10.5, 235.0

    def __init__(self, statement: "Statement", *, pages: int) -> None:
        self.statement = statement
        self.sheet = Sheet(title=f"Statement {statement.number}", author=statement.holder.bank, pages=pages)

    @abstractmethod
    def head(self, *, first: bool) -> float:
        """Draw letterhead and column titles; return the baseline of the first row."""

    @abstractmethod
    def row(self, y: float, entry: "Transaction", lines: list[str]) -> None:
        """Draw one transaction, its purpose in lines."""

    @abstractmethod
    def balance(self, y: float, kind: str, amount: Decimal) -> None:
        """Draw a line of the balance alone: ``opening``, ``carried``, ``brought`` or ``closing``."""

    def fill(self) -> Sheet:
        y = self.head(first=True)
        self.balance(y, "opening", self.statement.opening)
        y += 16
        before = self.statement.opening
        for entry in self.statement.transactions:
            # Wrapping costs more than all the drawing; most purposes fit as they are.
            fits = width_of(entry.purpose, size=self.size) <= self.wrap_width
            lines = [entry.purpose] if fits else wrap(entry.purpose, self.wrap_width, size=self.size)
            height = self.leading * (1 + len(lines)) + 5
            if y + height > _BOTTOM:
                self.balance(y, "carried", before)
                self.sheet.next_page()
                y = self.head(first=False)
                self.balance(y, "brought", before)
                y += 16
            self.row(y, entry, lines)
            y += height
            before = entry.balance
        self.sheet.rule(46, y - 8, 549, y - 8, line=0.8)
        self.balance(y + 6, "closing", self.statement.closing)
        return self.sheet

    def facts(self, x: float, value_x: float, facts: list[tuple[str, str]]) -> None:
        for index, (label, value) in enumerate(facts):
            self.sheet.text(x, 110 + index * 13.5, label)
            self.sheet.text(value_x, 110 + index * 13.5, value)

    def holder_lines(self) -> None:
        holder = self.statement.holder
        self.sheet.lines(50, 110, [holder.name, holder.street, holder.town_line], size=10, leading=13.5)


class SignedColumn(StatementPages):
    """German: booking and value date, purpose, signed amount, balance."""

    titles: tuple[Title, ...] = (
        (50, "Buchung", "left"),
        (103, "Wert", "left"),
        (156, "Vorgang / Verwendungszweck", "left"),
        (460, "Betrag EUR", "right"),
        (545, "Saldo EUR", "right"),
    )

    def head(self, *, first: bool) -> float:
        sheet, statement, holder = self.sheet, self.statement, self.statement.holder
        sheet.logo(50, 34, 30, shape=0, colour=_BLUE)
        sheet.text(90, 56, holder.bank, font=BOLD, size=15, colour=_BLUE)
        sheet.text(545, 50, f"Kontoauszug {statement.number}", font=BOLD, size=11, align="right")
        sheet.text(545, 64, f"Blatt {sheet.page} von {sheet.pages}", size=8.5, align="right")
        y = 188.0 if first else 104.0
        if first:
            self.holder_lines()
            period = f"{short_date('de', statement.first)} - {short_date('de', statement.last)}"
            facts = [("IBAN:", spaced(holder.iban)), ("BIC:", holder.bic)]
            self.facts(330, 395, [*facts, ("Auszug-Nr.:", statement.number), ("Zeitraum:", period)])
        else:
            sheet.text(50, 84, f"{holder.name}   IBAN {spaced(holder.iban)}", size=8.5)
        sheet.box(46, y - 11, 503, 16, fill=HexColor("#dfe9ee"))
        for x, title, align in self.titles:
            sheet.text(x, y, title, font=BOLD, size=self.size, align=align)
        return y + 18

    def row(self, y: float, entry: "Transaction", lines: list[str]) -> None:
        sheet, size = self.sheet, self.size
        sheet.text(50, y, short_date("de", entry.booked), size=size)
        sheet.text(103, y, short_date("de", entry.value), size=size)
        sheet.lines(156, y, [entry.kind, *lines], size=size, leading=self.leading)
        sign = "-" if entry.amount < 0 else "+"
        sheet.text(460, y, f"{sign}{number('de', abs(entry.amount))}", size=size, align="right")
        sheet.text(545, y, number("de", entry.balance), size=size, align="right")

    def balance(self, y: float, kind: str, amount: Decimal) -> None:
        label = {
            "opening": f"Anfangssaldo am {short_date('de', self.statement.first)}",
            "closing": f"Endsaldo am {short_date('de', self.statement.last)}",
        }.get(kind, "Übertrag")
        self.sheet.text(156, y, label, font=BOLD, size=self.size)
        self.sheet.text(545, y, number("de", amount), font=BOLD, size=self.size, align="right")


class TwoColumns(StatementPages):
    """English: the sign of an amount is the column that it stands in."""

    size, wrap_width = 9.0, 215.0
    titles: tuple[Title, ...] = (
        (50, "Date", "left"),
        (108, "Description", "left"),
        (390, "Paid out (£)", "right"),
        (465, "Paid in (£)", "right"),
        (545, "Balance (£)", "right"),
    )

    def head(self, *, first: bool) -> float:
        sheet, statement, holder = self.sheet, self.statement, self.statement.holder
        sheet.text(50, 58, holder.bank, font="Times-Bold", size=19, colour=_PURPLE)
        sheet.text(545, 52, "Business current account", size=10, align="right")
        sheet.text(545, 66, f"Page {sheet.page} of {sheet.pages}", size=8.5, align="right")
        y = 190.0 if first else 104.0
        if first:
            self.holder_lines()
            period = f"{short_date('en', statement.first)} to {short_date('en', statement.last)}"
            facts = [("Statement number", statement.number), ("Statement period", period)]
            self.facts(300, 400, [*facts, ("IBAN", spaced(holder.iban)), ("BIC", holder.bic)])
        sheet.rule(46, y - 12, 549, y - 12, line=1, colour=_PURPLE)
        for x, title, align in self.titles:
            sheet.text(x, y, title, font=BOLD, size=self.size, align=align, colour=_PURPLE)
        sheet.rule(46, y + 5, 549, y + 5, line=1, colour=_PURPLE)
        return y + 20

    def row(self, y: float, entry: "Transaction", lines: list[str]) -> None:
        sheet, size = self.sheet, self.size
        sheet.text(50, y, short_date("en", entry.booked), size=size)
        sheet.lines(108, y, [entry.kind, *lines], size=size, leading=self.leading)
        column = 390 if entry.amount < 0 else 465
        sheet.text(column, y, number("en", abs(entry.amount)), size=size, align="right")
        sheet.text(545, y, number("en", entry.balance), size=size, align="right")

    def balance(self, y: float, kind: str, amount: Decimal) -> None:
        label = {
            "opening": "Opening balance",
            "carried": "Balance carried forward",
            "brought": "Balance brought forward",
            "closing": "Closing balance",
        }[kind]
        self.sheet.text(108, y, label, font=BOLD, size=self.size)
        self.sheet.text(545, y, number("en", amount), font=BOLD, size=self.size, align="right")
