"""The print-out of an old ledger program: one typewriter font, dotted leaders, dashed rules, no colour."""

from reportlab.lib.colors import HexColor

from examples.piles.invoices import Invoice
from examples.piles.people import spaced

from .layout import Column, Layout, TableStyle
from .sheet import Sheet, wrap

_FONT, _BOLD = "Courier", "Courier-Bold"
_DASHES = HexColor("#333333")


class Ledger(Layout):
    columns = (
        Column("position", 50, 22),
        Column("article", 76, 40),
        Column("description", 131, 182),
        Column("quantity", 362, 48, "right"),
        Column("unit", 369, 30),
        Column("price", 462, 60, "right"),
        Column("amount", 545, 78, "right"),
    )
    style = TableStyle(size=9, leading=11.5, gap=2, font=_FONT, head_font=_BOLD)
    left, right = 50.0, 545.0
    first_top, next_top, bottom = 330, 100, 760
    variant = 3

    def head(self, sheet: Sheet, invoice: Invoice) -> None:
        words, seller, buyer = self.words(invoice), invoice.seller, invoice.buyer
        sheet.text(50, 60, seller.name.upper(), font=_BOLD, size=14)
        contact = [
            f"{seller.street}, {seller.town_line}",
            f"Tel. {seller.phone}",
            f"{self.label(words.vat_id)} {seller.vat_id}",
        ]
        sheet.lines(50, 76, contact, font=_FONT, size=9, leading=12)
        sheet.text(50, 142, self.label(words.buyer), font=_FONT, size=9)
        sheet.lines(50, 160, [buyer.name, buyer.street, buyer.town_line], font=_FONT, size=10.5, leading=13)
        sheet.text(50, 232, f"{self.label(words.invoice).upper()}", font=_BOLD, size=13)
        facts = [
            (self.label(words.number), invoice.number),
            (self.label(words.issued), self.date(invoice, invoice.issued)),
            (self.label(words.customer), invoice.customer),
            (self.label(words.due), self.date(invoice, invoice.due)),
        ]
        for index, (label, value) in enumerate(facts):
            column, row = divmod(index, 2)
            dots = "." * max(2, 22 - len(label))
            sheet.text(50 + column * 255, 254 + row * 14, f"{label}{dots}: {value}", font=_FONT, size=9.5)
        self._dashes(sheet, 312)

    def next_head(self, sheet: Sheet, invoice: Invoice) -> None:
        words = self.words(invoice)
        sheet.text(50, 60, invoice.seller.name.upper(), font=_BOLD, size=11)
        sheet.text(
            545, 60, f"{self.label(words.number)}: {invoice.number}", font=_FONT, size=9, align="right"
        )

    def totals(self, sheet: Sheet, invoice: Invoice, y: float) -> None:
        words = self.words(invoice)
        self._dashes(sheet, y)
        y += 16
        lines = [(self.label(words.net), self.money(invoice, invoice.net)), *self.tax_lines(invoice)]
        for label, amount in lines:
            sheet.text(300, y, f"{label} ", font=_FONT, size=9)
            sheet.text(545, y, amount, font=_FONT, size=9, align="right")
            y += 12
        sheet.text(300, y + 4, f"{self.label(words.gross).upper()} {invoice.currency}", font=_BOLD, size=10)
        sheet.text(545, y + 4, self.money(invoice, invoice.gross), font=_BOLD, size=10, align="right")
        self._dashes(sheet, y + 12, x=300)
        self._dashes(sheet, y + 15, x=300)
        text = words.pay.format(due=self.date(invoice, invoice.due), iban=spaced(invoice.seller.iban))
        sheet.lines(50, y + 40, wrap(text, 490, font=_FONT, size=9), font=_FONT, size=9, leading=12)

    def foot(self, sheet: Sheet, invoice: Invoice) -> None:
        seller = invoice.seller
        sheet.text(50, 800, f"{seller.bank} IBAN {spaced(seller.iban)} BIC {seller.bic}", font=_FONT, size=8)
        sheet.text(
            545,
            815,
            self.words(invoice).page.format(n=sheet.page, of=sheet.pages),
            font=_FONT,
            size=8,
            align="right",
        )

    def _dashes(self, sheet: Sheet, y: float, *, x: float = 50) -> None:
        sheet.canvas.setDash(4, 3)
        sheet.rule(x, y, 545, y, line=0.7, colour=_DASHES)
        sheet.canvas.setDash()
