"""Invoices in layouts, languages and currencies that no sample has: right, or left to a person."""

from typing import Any

import pytest
from tests.unit.layout.printed import reading_of

from docmill.domain.results import Extraction
from docmill.engines.extraction.rules import extract_by_rules
from docmill.engines.types import load_shipped

AMERICAN = """
ACME Supply Co.                                              Invoice
500 Main St, Springfield, IL 62701

Bill To                       Ship To                    Invoice #   10445
Jane Doe Consulting           Jane Doe Warehouse         Date        03/04/2025
12 Elm Ave                    99 Dock Rd                 Due Date    04/03/2025
Austin, TX 78701              Austin, TX 78702           P.O. #      PO-7781

DESCRIPTION                         QTY      RATE      AMOUNT
Paper towels, case of 12              5    $18.00      $90.00
Hand soap                             3     $7.25      $21.75
Subtotal                                              $111.75
Sales Tax (8.25%)                                       $9.22
Total                                                 $120.97
"""
GOODS = """
Gizmo Ltd
1 High Road, York YO1 1AA

Invoice no. G-11            Date: 3 October 2025
{extra}
Description            Qty      Price      Amount
Gizmo                    2      10.00       20.00
{row}
Widget                   3       5.00       15.00
Net                                         35.00
VAT (20%)                                    7.00
Grand total                                 42.00
"""


def extract(text: str) -> Extraction:
    return extract_by_rules(reading_of(text), load_shipped()["invoice"])


def goods(*, extra: str = "", row: str = "") -> Extraction:
    text = GOODS.format(extra=extra, row=row)
    return extract("\n".join(line for line in text.splitlines() if line.strip() or not row))


def amount(found: Extraction, path: str) -> Any:
    value = found.value[path]
    return value and value["amount"]


def test_an_american_address_puts_the_month_first() -> None:
    value = extract(AMERICAN).value
    assert (value["issue_date"], value["due_date"]) == ("2025-03-04", "2025-04-03")


def test_towns_side_by_side_are_no_sender() -> None:
    assert extract(AMERICAN).value["seller"]["name"] == "ACME Supply Co."


def test_a_date_that_may_be_two_days_is_left_to_a_person() -> None:
    text = AMERICAN.replace(", IL 62701", "").replace(", TX 78701", "").replace(", TX 78702", "")
    plain = extract(text.replace("Sales Tax", "Tax"))
    confidence = plain.metadata["issue_date"].confidence
    assert confidence is not None
    assert confidence < 0.5


def test_a_row_without_a_readable_amount_is_missed_by_the_list() -> None:
    contract = goods(row="Gadget                   1                   free").completeness["line_items"]
    assert (contract.expected, contract.returned) == (3, 2)


def test_net_alone_names_the_net_total() -> None:
    found = goods()
    assert [amount(found, path) for path in ("net_total", "tax_total", "gross_total")] == [
        "35.00", "7.00", "42.00"
    ]  # fmt: skip
    assert found.completeness["line_items"].holds


def test_a_name_ends_where_its_place_begins_on_the_same_line() -> None:
    buyer = goods(extra="Bill to: Fab Shop, 2 Low Road, York YO1 2BB").value["buyer"]
    assert (buyer["name"], buyer["address"]) == ("Fab Shop", "2 Low Road, York YO1 2BB")


def test_the_dot_of_a_company_form_belongs_to_the_name() -> None:
    assert goods(extra="Customer: Editorial Norte S.L.").value["buyer"]["name"] == "Editorial Norte S.L."


def test_a_label_is_no_name() -> None:
    text = "Adressée à :\nHôtel du Lac\n1 quai des Cygnes\n74000 Annecy\n"
    assert goods(extra=text).value["buyer"]["name"] == "Hôtel du Lac"


@pytest.mark.parametrize(
    ("extra", "code"),
    [("GST/HST No. 123456789 RT0001", "CAD"), ("ABN 51 824 753 556", "AUD"), ("All sums in USD", "USD"), ("", "USD")],
)  # fmt: skip
def test_a_dollar_is_that_of_the_documents_country(extra: str, code: str) -> None:
    value = extract(GOODS.format(extra=extra, row="").replace("42.00", "$42.00")).value
    assert value["gross_total"] == {"amount": "42.00", "currency": code}
    assert value["currency"] == code


def test_a_credit_note_has_its_own_number_and_date_not_those_of_its_invoice() -> None:
    text = """
Krause Werkzeuge GmbH
Am Bahnhof 1, 44137 Dortmund

Rechnungskorrektur Nr. RK-55
Datum: 14.02.2025
zu Rechnung Nr. 2025-300 vom 10.01.2025

Gesamtbetrag                             71,40 EUR
"""
    value = extract(text).value
    assert (value["invoice_number"], value["issue_date"]) == ("RK-55", "2025-02-14")


def test_a_sum_under_an_unknown_name_is_no_row() -> None:
    found = extract(GOODS.format(extra="", row="").replace("Net  ", "Merchandise"))
    assert [row["description"] for row in found.value["line_items"]] == ["Gizmo", "Widget"]


def test_tax_that_is_included_is_no_total() -> None:
    text = GOODS.format(extra="", row="").split("Net ")[0]
    value = extract(text + "Total inc GST                 35.00\nIncludes GST of                3.18\n").value
    assert (value["gross_total"]["amount"], value["tax_total"]["amount"]) == ("35.00", "3.18")


def test_an_address_above_another_is_not_the_head_of_it() -> None:
    text = """
Sonne GmbH
Hauptstr. 5, 50667 Köln

Restaurant Zum Anker
Rheinufer 12
50668 Köln

Rechnung Nr. 34
Gesamtbetrag                             71,40 EUR
"""
    value = extract(text).value
    assert (value["seller"]["name"], value["buyer"]["name"]) == ("Sonne GmbH", "Restaurant Zum Anker")
