"""A form of boxes: facts in a ruled row with the labels as header, a fully ruled table, totals in a row of boxes."""

from reportlab.lib.colors import HexColor, black

from examples.piles.invoices import Invoice
from examples.piles.languages import number, quantity
from examples.piles.people import spaced

from .layout import Column, Layout, TableStyle
from .sheet import BOLD, REGULAR, Sheet, wrap

_HEAD = HexColor("#dddddd")


class Grid(Layout):
    columns = (
        Column("article", 44, 52),
        Column("description", 98, 190),
        Column("unit", 300, 34),
        Column("quantity", 370, 40, "right"),
        Column("price", 447, 72, "right"),
        Column("rate", 482, 32, "right"),
        Column("amount", 552, 68, "right"),
    )
    style = TableStyle(size=8.5, leading=11, gap=5, head_fill=_HEAD, frame=True)
    left, right = 44.0, 552.0
    first_top, next_top, bottom = 300, 190, 690
    totals_height = 140.0

    def head(self, sheet: Sheet, invoice: Invoice) -> None:
        words, seller, buyer = self.words(invoice), invoice.seller, invoice.buyer
        self._letterhead(sheet, invoice)
        sheet.box(310, 118, 246, 82, stroke=black)
        sheet.text(316, 130, f"{self.label(words.buyer)} :", size=7.5)
        sheet.lines(
            316,
            145,
            [buyer.name, buyer.street, buyer.town_line, buyer.vat_id],
            size=10,
            leading=13,
            font="Courier",
        )
        sheet.lines(
            44,
            145,
            [
                f"{self.label(words.vat_id)} : {seller.vat_id}",
                f"Tél./Tel. {seller.phone}",
                f"{seller.domain}",
            ],
            size=8.5,
        )
        facts = [
            (self.label(words.number), invoice.number, 118.0),
            (self.label(words.issued), self.date(invoice, invoice.issued), 98.0),
            (self.label(words.customer), invoice.customer, 82.0),
            (self.label(words.order), invoice.order, 108.0),
            (self.label(words.due), self.date(invoice, invoice.due), 110.0),
        ]
        self._boxes(sheet, 40, 222, facts)

    def _letterhead(self, sheet: Sheet, invoice: Invoice) -> None:
        words, seller = self.words(invoice), invoice.seller
        sheet.logo(44, 40, 40, shape=1, colour=HexColor("#8c2f39"))
        sheet.text(96, 56, seller.name, font="Times-Bold", size=16)
        sheet.text(96, 72, f"{seller.street} - {seller.town_line}", font="Times-Roman", size=10)
        sheet.text(556, 62, self.label(words.invoice).upper(), font=BOLD, size=18, align="right")

    def _boxes(self, sheet: Sheet, x: float, y: float, facts: list[tuple[str, str, float]]) -> None:
        for label, value, width in facts:
            sheet.box(x, y, width, 16, fill=_HEAD, stroke=black)
            sheet.box(x, y + 16, width, 20, stroke=black)
            sheet.text(x + width / 2, y + 11, label, font=BOLD, size=8, align="center")
            sheet.text(x + width / 2, y + 30, value, size=9.5, align="center")
            x += width

    def next_head(self, sheet: Sheet, invoice: Invoice) -> None:
        words = self.words(invoice)
        self._letterhead(sheet, invoice)
        facts = [
            (self.label(words.number), invoice.number, 140.0),
            (self.label(words.issued), self.date(invoice, invoice.issued), 110.0),
            (self.label(words.customer), invoice.customer, 90.0),
        ]
        self._boxes(sheet, 40, 112, facts)

    def totals(self, sheet: Sheet, invoice: Invoice, y: float) -> None:
        words = self.words(invoice)
        y += 12
        self._breakdown(sheet, invoice, y)
        rows = [
            (self.label(words.net), invoice.net),
            (words.rate, invoice.tax),
            (f"{self.label(words.gross)} {invoice.currency}", invoice.gross),
        ]
        for index, (label, value) in enumerate(rows):
            font = BOLD if index == len(rows) - 1 else REGULAR
            top = y + 18 * index
            sheet.box(340, top, 128, 18, stroke=black, fill=_HEAD)
            sheet.box(468, top, 88, 18, stroke=black)
            sheet.text(345, top + 12, label, font=font)
            sheet.text(551, top + 12, number(invoice.language, value), font=font, align="right")
        text = words.pay.format(due=self.date(invoice, invoice.due), iban=spaced(invoice.seller.iban))
        sheet.lines(44, y + 80, wrap(text, 505), size=9)

    def _breakdown(self, sheet: Sheet, invoice: Invoice, y: float) -> None:
        words, language = self.words(invoice), invoice.language
        rows = [(words.rate, self.label(words.net), f"{words.rate} {invoice.currency}")]
        for tax in invoice.taxes:
            rate = f"{quantity(language, tax.rate)} %"
            rows.append((rate, number(language, tax.basis), number(language, tax.tax)))
        for index, (rate, basis, amount) in enumerate(rows):
            font = REGULAR if index else BOLD
            baseline = y + 11 + 13 * index
            sheet.text(66, baseline, rate, size=8, align="center", font=font)
            sheet.text(160, baseline, basis, size=8, align="right", font=font)
            sheet.text(240, baseline, amount, size=8, align="right", font=font)
        sheet.box(40, y, 210, 16 + 13 * len(invoice.taxes), stroke=black)

    def foot(self, sheet: Sheet, invoice: Invoice) -> None:
        seller, words = invoice.seller, self.words(invoice)
        text = f"{seller.name} - {seller.street} - {seller.town_line} - {self.label(words.vat_id)} {seller.vat_id}"
        sheet.rule(40, 795, 556, 795, line=0.4)
        sheet.text(298, 806, text, size=7, align="center")
        sheet.text(
            298, 816, f"{seller.bank} - IBAN {spaced(seller.iban)} - BIC {seller.bic}", size=7, align="center"
        )
        sheet.text(556, 830, words.page.format(n=sheet.page, of=sheet.pages), size=7.5, align="right")
