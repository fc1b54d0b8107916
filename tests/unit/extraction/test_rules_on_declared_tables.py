"""Lists from tables whose cells the file declares: sheets, office tables, HTML, CSV."""

from collections.abc import Sequence
from html import escape

import pytest
from examples.piles.mails import invoice_html
from examples.piles.offices import invoice_docx, invoice_xlsx, statement_csv, statement_xlsx
from examples.piles.truth import Truth

from docmill.domain.results import Extraction
from docmill.engines.extraction.rules import extract_by_rules
from docmill.engines.reading import read
from docmill.engines.types import load_shipped

Row = Sequence[str]


def html(*tables: Sequence[Row], facts: str = "") -> bytes:
    written = (
        "<table>"
        + "".join("<tr>" + "".join(f"<td>{escape(text)}</td>" for text in row) + "</tr>" for row in rows)
        + "</table><p></p>"
        for rows in tables
    )
    return f"<html><body><h1>Bank statement</h1>{facts}{''.join(written)}</body></html>".encode()


def statement(data: bytes, name: str = "statement.html") -> Extraction:
    return extract_by_rules(read(data, name), load_shipped()["bank_statement"])


def invoice(data: bytes, name: str) -> Extraction:
    return extract_by_rules(read(data, name), load_shipped()["invoice"])


def cells(found: Extraction, path: str, *names: str) -> list[tuple[str, ...]]:
    def text(value: object) -> str:
        return str(value["amount"] if isinstance(value, dict) else value)

    return [tuple(text(row[name]) for name in names) for row in found.value[path]]


def same_rows(found: Extraction, path: str, truth: Truth, *names: str) -> bool:
    expected = [tuple(row[name] for name in names) for row in truth.rows]
    return [tuple(map(plain, row)) for row in cells(found, path, *names)] == [
        tuple(map(plain, row)) for row in expected
    ]


def plain(text: str) -> str:
    """1.50 and 1.5 are one number."""
    number = "." in text and text.replace(".", "", 1).lstrip("-").isdigit()
    return text.rstrip("0").rstrip(".") if number else text


OPENED = ("01.03.2026", "", "Anfangssaldo", "", "", "1.000,00")
HEAD = ("Datum", "Wert", "Verwendungszweck", "Soll", "Haben", "Saldo")
CLOSED = ("31.03.2026", "", "Endsaldo", "", "", "1.330,00")
BOOKED: tuple[Row, ...] = (
    ("02.03.2026", "02.03.2026", "Total Energies 24,90 vom 01.03.", "20,00", "", "980,00"),
    ("03.03.2026", "", "Gutschrift Rechnung 2026-17", "", "400,00", "1.380,00"),
    ("05.03.2026", "05.03.2026", "", "50,00", "", "1.330,00"),
)


def test_empty_cells_leave_their_neighbours_where_they_are() -> None:
    found = statement(html([HEAD, OPENED, *BOOKED, CLOSED]))
    assert found.completeness["transactions"].holds, found.completeness
    assert cells(found, "transactions", "date", "value_date", "description", "amount", "balance") == [
        ("2026-03-02", "2026-03-02", "Total Energies 24,90 vom 01.03.", "-20.00", "980.00"),
        ("2026-03-03", "None", "Gutschrift Rechnung 2026-17", "400.00", "1380.00"),
        ("2026-03-05", "2026-03-05", "None", "-50.00", "1330.00"),
    ]


def test_a_row_without_its_amount_is_missed() -> None:
    broken = ("04.03.2026", "", "Gebühr", "", "", "1.380,00")
    found = statement(html([HEAD, OPENED, *BOOKED[:2], broken, BOOKED[2], CLOSED]))
    contract = found.completeness["transactions"]
    assert (contract.expected, contract.returned) == (4, 3)
    assert not contract.holds


def test_a_table_that_begins_anew_goes_on_and_another_one_does_not() -> None:
    other = [("Zinssatz", "Betrag"), ("1,00 %", "77,00")]
    found = statement(html([HEAD, OPENED, *BOOKED[:2]], [HEAD, BOOKED[2], CLOSED], other))
    assert len(found.value["transactions"]) == 3
    assert found.completeness["transactions"].holds


@pytest.mark.parametrize("language", ["de", "en", "fr", "it"])
def test_invoices_of_office_programs_are_exact(language: str) -> None:
    names = ("description", "quantity", "unit_price", "amount")
    for make, name in ((invoice_xlsx, "a.xlsx"), (invoice_docx, "a.docx"), (invoice_html, "a.html")):
        data, truth = make(language=language, items=9, seed=3)
        found = invoice(data, name)
        assert found.completeness["line_items"].holds, name
        assert same_rows(found, "line_items", truth, *names), name
        assert found.value["invoice_number"] == truth.fields["invoice_number"], name
        assert found.value["seller"]["name"] == truth.fields["seller_name"], name
        buyer = found.value["buyer"]
        assert buyer["name"] == truth.fields["buyer_name"], name
        assert truth.fields["invoice_number"] not in (buyer["address"] or "")


@pytest.mark.parametrize("language", ["de", "en"])
def test_statements_of_many_pages_come_complete(language: str) -> None:
    for make, name in ((statement_xlsx, "a.xlsx"), (statement_csv, "a.csv")):
        data, truth = make(500, 4, language=language)
        reading = read(data, name)
        assert len(reading.pages) > 3
        found = statement(data, name)
        assert found.completeness["transactions"].holds, (name, found.completeness)
        assert same_rows(
            found, "transactions", truth, "date", "value_date", "description", "amount", "balance"
        )
        assert found.value["iban"] == truth.fields["account_iban"], name
        assert plain(found.value["closing_balance"]["amount"]) == plain(str(truth.fields["closing_balance"]))
        last = found.metadata["transactions[499].balance"].citations[0]
        assert last.cell is not None
        assert last.cell.startswith("E5")


def test_a_number_that_is_wider_than_its_column_stays_one() -> None:
    rows = [HEAD, OPENED, *BOOKED]
    balance = 1_330
    for _ in range(400):  # the widths of the columns come from the first rows
        balance += 1
        rows.append(("06.03.2026", "06.03.2026", "Gutschrift von Hand zu Hand", "", "1,00", f"{balance},00"))
    closing = f"{20_000_000_000 + balance:,}".replace(",", ".") + ",00"
    rows.append(("31.03.2026", "31.03.2026", "Verkauf", "", "20.000.000.000,00", closing))
    rows.append(("31.03.2026", "", "Endsaldo", "", "", closing))
    found = statement("\n".join(";".join(row) for row in rows).encode(), "a.csv")
    assert found.completeness["transactions"].holds, found.completeness
    assert found.value["closing_balance"]["amount"] == f"{20_000_000_000 + balance}.00"
    assert found.metadata["closing_balance"].raw_text == closing


def test_what_an_item_is_called_makes_it_no_discount() -> None:
    page = (
        "<h1>Invoice</h1><p>Invoice number: INV-17</p><table>"
        "<tr><td>Description</td><td>Qty</td><td>Unit price</td><td>Amount</td></tr>"
        "<tr><td>Oak worktop</td><td>1</td><td>100.00</td><td>100.00</td></tr>"
        "<tr><td>Discount card</td><td>2</td><td>25.00</td><td>50.00</td></tr>"
        "<tr><td>Total</td><td></td><td></td><td>150.00</td></tr></table>"
    )
    found = invoice(page.encode(), "a.html")
    assert [row["description"] for row in found.value["line_items"]] == ["Oak worktop", "Discount card"]
    assert found.completeness["line_items"].holds


def test_hidden_rows_are_missed_by_the_balance() -> None:
    data, truth = statement_xlsx(120, 4, hide=3)
    found = statement(data, "a.xlsx")
    contract = found.completeness["transactions"]
    assert contract.returned == len(truth.rows) - 3
    assert not contract.holds


def test_a_value_stands_in_the_cell_beside_its_label() -> None:
    facts = "<table><tr><td>Account holder</td><td>Ada Lovelace</td><td>IBAN</td><td>DE89 3704 0044 0532 0130 00</td></tr></table>"
    found = statement(html([HEAD, OPENED, *BOOKED, CLOSED], facts=facts))
    assert found.value["account_holder"] == "Ada Lovelace"
    assert found.value["iban"] == "DE89370400440532013000"


def test_no_buyer_is_nobody_and_lives_nowhere() -> None:
    letter = (
        "<h2>Acme Consulting GmbH</h2><p>Industriestraße 12<br>80331 München</p><h1>Invoice</h1>"
        "<p>Invoice number: INV-17</p><p>VAT ID: DE136695976</p><table><tr><td>Description</td><td>Amount</td></tr>"
        "<tr><td>Consulting</td><td>100.00</td></tr><tr><td>Total EUR</td><td>100.00</td></tr></table>"
    )
    found = invoice(letter.encode(), "a.html")
    assert found.value["seller"]["name"] == "Acme Consulting GmbH"
    assert found.value["buyer"] == {"name": None, "address": None, "vat_id": None}
