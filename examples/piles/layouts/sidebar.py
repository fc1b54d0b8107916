"""A tinted column at the left holds every fact, each label above its value; the table stands to its right."""

from reportlab.lib.colors import HexColor

from examples.piles.invoices import Invoice
from examples.piles.people import spaced

from .layout import Column, Layout, TableStyle
from .sheet import BOLD, Sheet, wrap

_TINT = HexColor("#eef3ea")
_GREEN = HexColor("#3a6b35")


class Sidebar(Layout):
    columns = (
        Column("description", 196, 158),
        Column("quantity", 392, 36, "right"),
        Column("price", 450, 56, "right"),
        Column("rate", 488, 36, "right"),
        Column("amount", 556, 66, "right"),
    )
    style = TableStyle(size=8.5, leading=11, gap=6, rule=HexColor("#cfd8ca"))
    left, right = 196.0, 556.0
    first_top, next_top, bottom = 238, 90, 770
    variant = 2
    signs = True

    def head(self, sheet: Sheet, invoice: Invoice) -> None:
        words, buyer = self.words(invoice), invoice.buyer
        self._side(sheet, invoice)
        sheet.text(196, 74, self.label(words.invoice), font="Times-Roman", size=30, colour=_GREEN)
        sheet.text(196, 112, self.label(words.buyer), font=BOLD, size=8, colour=_GREEN)
        sheet.lines(
            196, 127, [buyer.name, buyer.street, buyer.town_line, buyer.vat_id], size=10, leading=13.5
        )
        sheet.lines(196, 200, wrap(words.thanks, 350), size=9)

    def _side(self, sheet: Sheet, invoice: Invoice) -> None:
        words, seller = self.words(invoice), invoice.seller
        sheet.box(0, 0, 176, sheet.height, fill=_TINT)
        sheet.logo(28, 34, 44, shape=2, colour=_GREEN)
        y = sheet.lines(28, 106, wrap(seller.name, 140, font=BOLD, size=12), font=BOLD, size=12, leading=15)
        y = sheet.lines(
            28, y, [seller.street, seller.town_line, seller.phone, seller.domain], size=8, leading=11
        )
        facts = [
            (self.label(words.number), invoice.number),
            (self.label(words.issued), self.date(invoice, invoice.issued)),
            (self.label(words.delivered), self.date(invoice, invoice.delivered)),
            (self.label(words.due), self.date(invoice, invoice.due)),
            (self.label(words.customer), invoice.customer),
            (self.label(words.order), invoice.order),
            (self.label(words.vat_id), seller.vat_id),
            ("IBAN", spaced(seller.iban)),
            ("BIC", seller.bic),
        ]
        y += 16
        for label, value in facts:
            sheet.text(28, y, label, font=BOLD, size=7.5, colour=_GREEN)
            y = sheet.lines(28, y + 12, wrap(value, 140), size=9.5, leading=12) + 8

    def next_head(self, sheet: Sheet, invoice: Invoice) -> None:
        sheet.box(0, 0, 176, sheet.height, fill=_TINT)
        sheet.lines(
            28,
            66,
            [invoice.seller.name, f"{self.label(self.words(invoice).number)}", invoice.number],
            size=8,
            leading=12,
        )

    def totals(self, sheet: Sheet, invoice: Invoice, y: float) -> None:
        words = self.words(invoice)
        y += 10
        for label, amount in [
            (self.label(words.net), self.money(invoice, invoice.net)),
            *self.tax_lines(invoice),
        ]:
            sheet.text(330, y, label)
            sheet.text(556, y, amount, align="right")
            y += 14
        sheet.rule(330, y - 9, 556, y - 9, line=1, colour=_GREEN)
        sheet.text(330, y + 6, self.label(words.gross), font=BOLD, size=12, colour=_GREEN)
        sheet.text(
            556, y + 6, self.money(invoice, invoice.gross), font=BOLD, size=12, align="right", colour=_GREEN
        )
        text = words.pay.format(due=self.date(invoice, invoice.due), iban=spaced(invoice.seller.iban))
        sheet.lines(196, y + 38, wrap(text, 355), size=9)

    def foot(self, sheet: Sheet, invoice: Invoice) -> None:
        sheet.text(
            556, 822, self.words(invoice).page.format(n=sheet.page, of=sheet.pages), size=7.5, align="right"
        )
