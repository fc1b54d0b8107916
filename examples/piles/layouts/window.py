"""A business letter for a window envelope: labels left of their values, a bank line in three columns at the foot."""

from reportlab.lib.colors import HexColor

from examples.piles.invoices import Invoice
from examples.piles.people import spaced

from .layout import Column, Layout, TableStyle
from .sheet import BOLD, Sheet, wrap

_INK = HexColor("#1f4e79")


class Window(Layout):
    columns = (
        Column("position", 57, 24),
        Column("description", 84, 196),
        Column("quantity", 318, 40, "right"),
        Column("unit", 325, 26),
        Column("price", 424, 60, "right"),
        Column("rate", 468, 40, "right"),
        Column("amount", 538, 66, "right"),
    )
    style = TableStyle(rule=HexColor("#c8c8c8"), head_fill=HexColor("#e8eef4"))
    first_top, bottom = 345, 735

    def head(self, sheet: Sheet, invoice: Invoice) -> None:
        words, seller, buyer = self.words(invoice), invoice.seller, invoice.buyer
        sheet.logo(500, 38, 38, shape=len(seller.name), colour=_INK)
        sheet.text(490, 62, seller.name, font=BOLD, size=15, align="right", colour=_INK)
        sheet.text(57, 128, f"{seller.name} · {seller.street} · {seller.town_line}", size=6.5)
        sheet.rule(57, 131, 285, 131, line=0.3)
        sheet.lines(
            57, 148, [buyer.name, buyer.contact, buyer.street, buyer.town_line], size=10, leading=13.5
        )
        facts = [
            (self.label(words.number), invoice.number),
            (self.label(words.issued), self.date(invoice, invoice.issued)),
            (self.label(words.customer), invoice.customer),
            (self.label(words.order), invoice.order),
            (self.label(words.delivered), self.date(invoice, invoice.delivered)),
            (self.label(words.due), self.date(invoice, invoice.due)),
            (words.contact, seller.contact),
        ]
        y = 140.0
        for label, value in facts:
            sheet.text(345, y, f"{label}:")
            sheet.text(538, y, value, align="right")
            y += 13
        sheet.text(57, 285, f"{self.label(words.invoice)} {invoice.number}", font=BOLD, size=13)
        sheet.text(57, 308, words.thanks, size=9.5)

    def totals(self, sheet: Sheet, invoice: Invoice, y: float) -> None:
        words = self.words(invoice)
        y += 6
        lines = [(self.label(words.net), self.money(invoice, invoice.net)), *self.tax_lines(invoice)]
        for label, amount in lines:
            sheet.text(330, y, label)
            sheet.text(538, y, amount, align="right")
            y += 13
        sheet.rule(330, y - 8, 538, y - 8)
        sheet.text(330, y + 4, f"{self.label(words.gross)} {invoice.currency}", font=BOLD, size=10.5)
        sheet.text(538, y + 4, self.money(invoice, invoice.gross), font=BOLD, size=10.5, align="right")
        sheet.rule(330, y + 8, 538, y + 8, line=1.2)
        text = words.pay.format(due=self.date(invoice, invoice.due), iban=spaced(invoice.seller.iban))
        sheet.lines(57, y + 34, wrap(text, 470))

    def foot(self, sheet: Sheet, invoice: Invoice) -> None:
        words, seller = self.words(invoice), invoice.seller
        grey = HexColor("#555555")
        sheet.rule(57, 766, 538, 766, line=0.4, colour=grey)
        left = [seller.name, seller.street, seller.town_line, seller.phone]
        tax = [f"{words.tax_number}: {seller.tax_number}"] if seller.tax_number else []
        middle = [
            f"{self.label(words.vat_id)}: {seller.vat_id}",
            *tax,
            f"info@{seller.domain}",
            f"www.{seller.domain}",
        ]
        right = [f"{words.bank}: {seller.bank}", f"IBAN {spaced(seller.iban)}", f"BIC {seller.bic}"]
        for x, texts in ((57, left), (220, middle), (372, right)):
            sheet.lines(x, 777, texts, size=7, leading=9, colour=grey)
        sheet.text(538, 826, words.page.format(n=sheet.page, of=sheet.pages), size=7.5, align="right")
