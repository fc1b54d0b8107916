"""Invoices and statements as office programs save them: cells that hold numbers and dates, merged cells, hidden rows."""

import csv
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO, StringIO
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import docx
import xlsxwriter
from docx.document import Document
from docx.shared import Pt

from .invoices import Invoice, make_invoice
from .languages import WORDS, Words, number, quantity, short_date
from .people import spaced
from .statements import Statement, make_statement
from .truth import Truth

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

SAVED = datetime(2026, 1, 2, 3, 4, 4, tzinfo=UTC)
"""Files say when they were saved: always at the same time, so that equal seeds give equal bytes."""
HIDDEN, SHOWN_FIRST = 3, 5
"""Rows that are hidden, and those above them that are not."""
_MONEY, _DAYS = "#,##0.00", {"de": "dd.mm.yyyy", "en": "dd/mm/yyyy", "fr": "dd/mm/yyyy", "it": "dd/mm/yyyy"}


def invoice_xlsx(language: str = "de", *, items: int = 7, seed: int = 1) -> tuple[bytes, Truth]:
    """One sheet: letterhead in merged cells, numbers as numbers, and the sums under the table."""
    invoice = make_invoice(language, items=items, seed=seed)
    words = WORDS[language]
    out = BytesIO()
    book = _workbook(out)
    sheet = book.add_worksheet(words.invoice[0])
    sheet.set_column(1, 1, 46)
    sheet.set_column(2, 6, 14)
    bold = book.add_format({"bold": True})
    large = book.add_format({"bold": True, "font_size": 16})
    days = book.add_format({"num_format": _DAYS[language], "align": "left"})
    sheet.merge_range(0, 0, 0, 6, invoice.seller.name, large)
    sheet.write(1, 0, f"{invoice.seller.street}, {invoice.seller.town_line}")
    for row, line in enumerate((invoice.buyer.name, invoice.buyer.street, invoice.buyer.town_line), 3):
        sheet.write(row, 0, line)
    sheet.write(7, 0, words.invoice[0], large)
    facts = (
        (words.number[0], invoice.number),
        (words.issued[0], invoice.issued),
        (words.due[0], invoice.due),
    )
    for row, (label, value) in enumerate(facts, 8):
        sheet.write(row, 0, label)
        if isinstance(value, date):
            sheet.write_datetime(row, 2, datetime.combine(value, datetime.min.time()), days)
        else:
            sheet.write_string(row, 2, value)
    top = _item_rows(sheet, invoice, words, bold, book.add_format({"num_format": _MONEY}))
    _sums(sheet, invoice, words, top, book)
    book.close()
    return out.getvalue(), invoice.truth()


def _item_rows(sheet: "Worksheet", invoice: Invoice, words: Words, bold: object, money: object) -> int:
    """The table with its titles; return the row under it."""
    titles = (words.position, words.description[0], words.quantity[0], words.unit, words.price[0], words.rate, words.amount[0])  # fmt: skip
    for column, title in enumerate(titles):
        sheet.write_string(12, column, title, bold)
    row = 13
    for item in invoice.items:
        sheet.write_number(row, 0, item.position)
        sheet.write_string(row, 1, item.description)
        sheet.write_number(row, 2, float(item.quantity))
        sheet.write_string(row, 3, words.units[item.unit])
        sheet.write_number(row, 4, float(item.price), money)
        sheet.write_string(row, 5, f"{quantity(invoice.language, item.rate)} %")
        sheet.write_number(row, 6, float(item.amount), money)
        row += 1
    return row


def _sums(sheet: "Worksheet", invoice: Invoice, words: Words, row: int, book: "Workbook") -> None:
    money = book.add_format({"num_format": _MONEY})
    total = book.add_format({"num_format": _MONEY, "bold": True, "top": 1})
    sheet.write(row, 4, words.net[0])
    sheet.write_number(row, 6, float(invoice.net), money)
    for tax in invoice.taxes:
        row += 1
        sheet.write(row, 4, words.tax[1].format(rate=quantity(invoice.language, tax.rate), basis=""))
        sheet.write_number(row, 6, float(tax.tax), money)
    row += 1
    sheet.write(row, 4, f"{words.gross[0]} {invoice.currency}")
    sheet.write_number(row, 6, float(invoice.gross), total)
    sheet.write(row + 2, 0, f"{words.vat_id[0]}: {invoice.seller.vat_id}")
    if invoice.seller.tax_number:
        sheet.write(row + 3, 0, f"{words.tax_number}: {invoice.seller.tax_number}")
    sheet.write(row + 4, 0, f"IBAN: {spaced(invoice.seller.iban)}   BIC: {invoice.seller.bic}")


def invoice_docx(language: str = "en", *, items: int = 5, seed: int = 1) -> tuple[bytes, Truth]:
    """A letter with one table, whose last rows are the sums in merged cells."""
    invoice = make_invoice(language, items=items, seed=seed)
    words = WORDS[language]
    letter = docx.Document()
    letter.core_properties.created = letter.core_properties.modified = SAVED
    letter.styles["Normal"].font.size = Pt(10)
    letter.add_heading(invoice.seller.name, level=1)
    letter.add_paragraph(f"{invoice.seller.street}, {invoice.seller.town_line}")
    letter.add_paragraph(words.buyer[0])
    letter.add_paragraph(f"{invoice.buyer.name}\n{invoice.buyer.street}\n{invoice.buyer.town_line}")
    letter.add_heading(words.invoice[0], level=2)
    for label, value in (
        (words.number[0], invoice.number),
        (words.issued[0], short_date(language, invoice.issued)),
        (words.due[0], short_date(language, invoice.due)),
    ):
        letter.add_paragraph(f"{label}: {value}")
    _docx_table(letter, invoice, words)
    letter.add_paragraph()
    letter.add_paragraph(
        words.pay.format(due=short_date(language, invoice.due), iban=spaced(invoice.seller.iban))
    )
    tax = f"   {words.tax_number}: {invoice.seller.tax_number}" if invoice.seller.tax_number else ""
    letter.add_paragraph(f"{words.vat_id[0]}: {invoice.seller.vat_id}{tax}")
    out = BytesIO()
    letter.save(out)
    return _saved_then(out.getvalue()), invoice.truth()


def _docx_table(letter: Document, invoice: Invoice, words: Words) -> None:
    language = invoice.language
    titles = (words.position, words.description[0], words.quantity[0], words.unit, words.price[0], words.rate, words.amount[0])  # fmt: skip
    rows = [titles]
    rows += [
        (
            str(item.position),
            item.description,
            quantity(language, item.quantity),
            words.units[item.unit],
            number(language, item.price),
            f"{quantity(language, item.rate)}%",
            number(language, item.amount),
        )
        for item in invoice.items
    ]
    table = letter.add_table(rows=0, cols=len(titles), style="Table Grid")
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    sums = [(words.net[0], invoice.net)]
    sums += [
        (words.tax[1].format(rate=quantity(language, tax.rate), basis=""), tax.tax) for tax in invoice.taxes
    ]
    sums.append((f"{words.gross[0]} {invoice.currency}", invoice.gross))
    for label, amount in sums:
        cells = table.add_row().cells
        cells[0].merge(cells[-2]).text = label
        cells[-1].text = number(language, amount)


def statement_xlsx(
    rows: int = 500, seed: int = 1, *, language: str = "de", hide: int = 0
) -> tuple[bytes, Truth]:
    """A statement of `rows` transactions in one sheet; ``hide`` of them are rows that the program does not show.

    A statement whose rows are hidden does not account for its balance, and somebody has to look.
    """
    statement = make_statement(rows, seed=seed, language=language)
    out = BytesIO()
    book = _workbook(out)
    sheet = book.add_worksheet("Umsätze" if language == "de" else "Transactions")
    sheet.set_column(2, 2, 60)
    days = book.add_format({"num_format": _DAYS[language], "align": "left"})
    money = book.add_format({"num_format": _MONEY})
    for row, cells in enumerate(_statement_rows(statement)):
        for column, cell in enumerate(cells):
            if isinstance(cell, date):
                sheet.write_datetime(row, column, datetime.combine(cell, datetime.min.time()), days)
            elif isinstance(cell, str):
                sheet.write_string(row, column, cell)
            elif cell is not None:
                sheet.write_number(row, column, float(cell), money)
    first = len(_facts(statement)) + 3 + SHOWN_FIRST
    for index in range(hide):
        sheet.set_row(first + index, None, None, {"hidden": True})
    book.close()
    return out.getvalue(), statement.truth()


def hidden_rows_xlsx(rows: int = 60, seed: int = 1) -> tuple[bytes, Truth]:
    """A statement of which three rows are hidden; its truth is what a person sees, who has to be asked."""
    data, truth = statement_xlsx(rows, seed, hide=HIDDEN)
    seen = (*truth.rows[:SHOWN_FIRST], *truth.rows[SHOWN_FIRST + HIDDEN :])
    fields = {**truth.fields, "transaction_count": len(seen)}
    return data, replace(truth, fields=fields, rows=seen, status=("needs_review",))


def statement_csv(rows: int = 500, seed: int = 1, *, language: str = "de") -> tuple[bytes, Truth]:
    """The same as text, with semicolons and the country's way to write numbers and dates."""
    statement = make_statement(rows, seed=seed, language=language)
    out = StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    for cells in _statement_rows(statement):
        writer.writerow([_as_text(language, cell) for cell in cells])
    return out.getvalue().encode("utf-8-sig"), statement.truth()


def _facts(statement: Statement) -> list[tuple[object, ...]]:
    german = statement.language == "de"
    period = " - ".join(short_date(statement.language, day) for day in (statement.first, statement.last))
    return [
        (statement.holder.bank,),
        ("Kontoauszug" if german else "Bank statement",),
        ("Kontoinhaber" if german else "Account holder", statement.holder.name),
        ("IBAN", spaced(statement.holder.iban)),
        ("Auszug-Nr." if german else "Statement number", statement.number),
        ("Zeitraum" if german else "Statement period", period),
    ]


def _statement_rows(statement: Statement) -> list[tuple[object, ...]]:
    german = statement.language == "de"
    titles = ("Buchung", "Wert", "Verwendungszweck", "Betrag", "Saldo") if german else ("Date", "Value date", "Description", "Amount", "Balance")  # fmt: skip
    opening = "Anfangssaldo" if german else "Opening balance"
    closing = "Endsaldo" if german else "Closing balance"
    return [
        *_facts(statement),
        (),
        titles,
        (statement.first, None, opening, None, statement.opening),
        *(
            (entry.booked, entry.value, f"{entry.kind} {entry.purpose}", entry.amount, entry.balance)
            for entry in statement.transactions
        ),
        (statement.last, None, closing, None, statement.closing),
    ]


def _as_text(language: str, cell: object) -> str:
    if isinstance(cell, date):
        return short_date(language, cell)
    return "" if cell is None else cell if isinstance(cell, str) else number(language, cell)  # type: ignore[arg-type]


def _workbook(out: BytesIO) -> "Workbook":
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties({"created": SAVED.replace(tzinfo=None)})
    return book


def _saved_then(data: bytes) -> bytes:
    """The same package, its members dated `SAVED`."""
    out = BytesIO()
    with ZipFile(BytesIO(data)) as old, ZipFile(out, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(ZipInfo(name, date_time=SAVED.timetuple()[:6]), old.read(name), ZIP_DEFLATED)
    return out.getvalue()
