"""A coloured band with white letters on top, facts below it with labels above their values, a zebra table."""

from reportlab.lib.colors import HexColor, white

from examples.piles.invoices import Invoice
from examples.piles.people import spaced

from .layout import Column, Layout, TableStyle
from .sheet import BOLD, Sheet, wrap

_BAND = HexColor("#264653")
_GREY = HexColor("#6b7075")


class Band(Layout):
    columns = (
        Column("description", 50, 240),
        Column("quantity", 345, 50, "right"),
        Column("price", 420, 70, "right"),
        Column("rate", 468, 45, "right"),
        Column("amount", 545, 70, "right"),
    )
    style = TableStyle(
        size=9, leading=12, gap=8, head_fill=_BAND, head_colour=white, zebra=HexColor("#f1f4f5")
    )
    left, right = 50.0, 545.0
    first_top, next_top, bottom = 330, 90, 765
    variant = 1
    long_dates = True
    signs = True

    def head(self, sheet: Sheet, invoice: Invoice) -> None:
        words, seller = self.words(invoice), invoice.seller
        sheet.box(0, 0, sheet.width, 96, fill=_BAND)
        sheet.logo(50, 30, 36, shape=invoice.issued.day, colour=HexColor("#e9c46a"))
        sheet.text(100, 54, seller.name, font=BOLD, size=17, colour=white)
        sheet.text(545, 56, self.label(words.invoice), font=BOLD, size=22, align="right", colour=white)
        contact = f"{seller.street}, {seller.town_line}  |  {seller.phone}  |  {seller.domain}"
        sheet.text(545, 80, contact, size=8, align="right", colour=white)
        facts = [
            (self.label(words.number), invoice.number),
            (self.label(words.issued), self.date(invoice, invoice.issued)),
            (self.label(words.due), self.date(invoice, invoice.due)),
            (self.label(words.order), invoice.order),
        ]
        for index, (label, value) in enumerate(facts):
            x = 50 + index * 126
            sheet.text(x, 128, label.upper() if invoice.language == "en" else label, size=7.5, colour=_GREY)
            sheet.text(x, 143, value, font=BOLD, size=10.5)
        sheet.rule(50, 158, 545, 158, line=0.5, colour=_GREY)
        self._parties(sheet, invoice)
        sheet.text(50, 296, words.thanks, size=9, colour=_GREY)

    def _parties(self, sheet: Sheet, invoice: Invoice) -> None:
        words, seller, buyer = self.words(invoice), invoice.seller, invoice.buyer
        sheet.text(50, 178, self.label(words.buyer), size=8, colour=_GREY)
        sheet.lines(
            50, 193, [buyer.name, f"{buyer.contact}", buyer.street, buyer.town_line], size=10, leading=13.5
        )
        sheet.text(302, 178, self.label(words.seller), size=8, colour=_GREY)
        y = sheet.lines(302, 193, [seller.name, seller.street, seller.town_line], size=10, leading=13.5)
        sheet.text(302, y, f"{self.label(words.vat_id)} {seller.vat_id}", size=9)

    def totals(self, sheet: Sheet, invoice: Invoice, y: float) -> None:
        words = self.words(invoice)
        y += 12
        for label, amount in [
            (self.label(words.net), self.money(invoice, invoice.net)),
            *self.tax_lines(invoice),
        ]:
            sheet.text(440, y, label, align="right", colour=_GREY)
            sheet.text(545, y, amount, align="right")
            y += 15
        sheet.box(310, y - 7, 239, 25, fill=_BAND)
        sheet.text(440, y + 9, self.label(words.gross), font=BOLD, size=11, align="right", colour=white)
        sheet.text(
            545, y + 9, self.money(invoice, invoice.gross), font=BOLD, size=11, align="right", colour=white
        )
        text = words.pay.format(due=self.date(invoice, invoice.due), iban=spaced(invoice.seller.iban))
        sheet.lines(50, y + 42, wrap(text, 495))

    def foot(self, sheet: Sheet, invoice: Invoice) -> None:
        seller = invoice.seller
        text = f"{seller.bank}  ·  IBAN {spaced(seller.iban)}  ·  BIC {seller.bic}"
        sheet.text(50, 818, text, size=7.5, colour=_GREY)
        sheet.text(
            545,
            818,
            self.words(invoice).page.format(n=sheet.page, of=sheet.pages),
            size=7.5,
            align="right",
            colour=_GREY,
        )
