"""A freelancer's page: much white, the amount to pay in large figures first, two address columns, hairlines."""

from reportlab.lib.colors import HexColor

from examples.piles.invoices import Invoice
from examples.piles.people import spaced

from .layout import Column, Layout, TableStyle
from .sheet import BOLD, Sheet, wrap

_GREY = HexColor("#777777")
_ACCENT = HexColor("#b5482a")


class Plain(Layout):
    columns = (
        Column("quantity", 96, 36, "right"),
        Column("unit", 104, 30),
        Column("description", 142, 230),
        Column("price", 452, 70, "right"),
        Column("amount", 535, 75, "right"),
    )
    style = TableStyle(size=9.5, leading=13, gap=9, head_font="Helvetica", rule=HexColor("#dcdcdc"))
    left, right = 60.0, 535.0
    first_top, next_top, bottom = 352, 100, 765
    variant = 2
    signs = True

    def head(self, sheet: Sheet, invoice: Invoice) -> None:
        words, seller, buyer = self.words(invoice), invoice.seller, invoice.buyer
        sheet.text(60, 72, self.label(words.invoice).lower(), size=26, colour=_ACCENT)
        sheet.text(535, 60, f"{self.label(words.gross)}", size=9, align="right", colour=_GREY)
        sheet.text(535, 84, self.money(invoice, invoice.gross), font=BOLD, size=20, align="right")
        for x, title, party in (
            (60, self.label(words.seller), seller),
            (300, self.label(words.buyer), buyer),
        ):
            sheet.text(x, 128, title, size=8.5, colour=_GREY)
            y = sheet.lines(x, 144, [party.name], font=BOLD, size=10)
            y = sheet.lines(x, y, [party.street, party.town_line], size=10, leading=13.5)
            sheet.text(x, y, f"{self.label(words.vat_id)}: {party.vat_id}", size=9)
        facts = [
            (self.label(words.number), invoice.number),
            (self.label(words.issued), self.date(invoice, invoice.issued)),
            (self.label(words.due), self.date(invoice, invoice.due)),
            (self.label(words.delivered), self.date(invoice, invoice.delivered)),
        ]
        y = 238.0
        for label, value in facts:
            sheet.text(60, y, label, colour=_GREY, size=9.5)
            sheet.text(190, y, value, size=9.5)
            y += 15
        sheet.text(60, 318, words.thanks, size=9.5)

    def totals(self, sheet: Sheet, invoice: Invoice, y: float) -> None:
        words = self.words(invoice)
        y += 8
        for label, amount in [
            (self.label(words.net), self.money(invoice, invoice.net)),
            *self.tax_lines(invoice),
        ]:
            sheet.text(330, y, label, size=9.5, colour=_GREY)
            sheet.text(535, y, amount, size=9.5, align="right")
            y += 15
        sheet.box(322, y - 9, 221, 24, fill=HexColor("#f4e4df"))
        sheet.text(330, y + 6, self.label(words.gross), font=BOLD, size=11)
        sheet.text(535, y + 6, self.money(invoice, invoice.gross), font=BOLD, size=11, align="right")
        text = words.pay.format(due=self.date(invoice, invoice.due), iban=spaced(invoice.seller.iban))
        sheet.lines(60, y + 44, wrap(text, 470, size=9.5), size=9.5)

    def foot(self, sheet: Sheet, invoice: Invoice) -> None:
        seller = invoice.seller
        text = f"{seller.contact} · {seller.phone} · info@{seller.domain} · {seller.bank} · BIC {seller.bic}"
        sheet.text(60, 812, text, size=8, colour=_GREY)
        sheet.text(
            535,
            826,
            self.words(invoice).page.format(n=sheet.page, of=sheet.pages),
            size=8,
            align="right",
            colour=_GREY,
        )
