"""Rules over invoices: labels and places, totals that must agree, parties, and nothing that nobody sees."""

from dataclasses import replace
from typing import Any

import pytest
from tests.unit.layout.printed import reading_of, word_at

from docmill.domain.pages import Hidden, Page, Reading
from docmill.domain.results import Extraction, NullReason, Source
from docmill.engines.extraction.rules import extract_by_rules
from docmill.engines.types import load_shipped

LETTER = """
Muster GmbH                               Invoice no.: 2026-117
Weg 4                                     Invoice date: 3 May 2026
80333 Berlin                              Due date: 2 June 2026
VAT no.: DE136695976

Bill to
Acme Ltd
12 High Street
Exeter EX4 3RP
VAT no.: GB980780684

Description            Qty   Unit price     Amount
Oak board                2        50.00     100.00
Screws                  10         2.00      20.00
Subtotal                                    120.00
VAT 20%                                      24.00
Total                                   EUR 144.00
"""


def extract(*pages: str) -> Extraction:
    return extract_by_rules(reading_of(*pages), load_shipped()["invoice"])


def amount(extraction: Extraction, path: str) -> Any:
    value = extraction.value[path]
    return value and value["amount"]


def test_an_invoice_gives_its_fields() -> None:
    found = extract(LETTER)
    assert found.value["invoice_number"] == "2026-117"
    assert found.value["issue_date"] == "2026-05-03"
    assert found.value["due_date"] == "2026-06-02"
    assert found.value["currency"] == "EUR"
    assert found.value["gross_total"] == {"amount": "144.00", "currency": "EUR"}
    assert [amount(found, path) for path in ("net_total", "tax_total")] == ["120.00", "24.00"]


def test_each_party_keeps_its_own_name_address_and_tax_id() -> None:
    value = extract(LETTER).value
    assert value["seller"]["name"] == "Muster GmbH"
    assert value["buyer"]["name"] == "Acme Ltd"
    assert value["buyer"]["address"] == "12 High Street, Exeter EX4 3RP"
    assert (value["seller"]["vat_id"], value["buyer"]["vat_id"]) == ("DE136695976", "GB980780684")


def test_lines_account_for_themselves_against_the_net_total() -> None:
    found = extract(LETTER)
    assert [row["description"] for row in found.value["line_items"]] == ["Oak board", "Screws"]
    assert found.completeness["line_items"].holds


def test_lines_that_do_not_sum_to_the_total_say_so_and_name_the_row() -> None:
    found = extract(LETTER.replace("20.00\nSub", "21.00\nSub"))
    contract = found.completeness["line_items"]
    assert not contract.holds
    assert "121.00" in contract.reason
    assert "row 2" in contract.reason


def test_every_value_is_cited_where_it_stands_on_the_page() -> None:
    reading = reading_of(LETTER)
    found = extract_by_rules(reading, load_shipped()["invoice"])
    words = {word.text: word.box for word in reading.pages[0].words}
    meta = found.metadata["gross_total"]
    assert meta.raw_text == "EUR 144.00"
    (citation,) = meta.citations
    assert citation.box == words["EUR"].union(words["144.00"])
    assert (citation.page, citation.unit, citation.page_size) == (1, "pt", (595.0, 842.0))
    assert meta.source is Source.RULES
    assert not meta.calibrated


def test_there_is_metadata_for_every_leaf_nulls_included() -> None:
    found = extract("Total 5.00")
    for path in ("invoice_number", "seller.name", "payment.iban", "due_date"):
        assert found.metadata[path].reason is NullReason.NOT_FOUND
    assert found.metadata["gross_total"].reason is None


def with_hidden(text: str, *, column: int, line: int) -> Reading:
    reading = reading_of(LETTER.replace("Total                                   EUR 144.00", ""))
    page: Page = reading.pages[0]
    white = tuple(
        word_at(part, column + 12 * at, line, hidden=Hidden.WHITE) for at, part in enumerate(text.split())
    )
    return replace(reading, pages=(replace(page, words=page.words + white),))


def test_a_total_that_nobody_sees_is_not_taken() -> None:
    found = extract_by_rules(with_hidden("Total: 999.00", column=0, line=18), load_shipped()["invoice"])
    assert found.value["gross_total"] is None
    assert found.metadata["gross_total"].reason is NullReason.NOT_VISIBLE


@pytest.mark.parametrize(
    "text",
    [
        "Rechnung Nr. 471102 vom 05.06.2018",
        "Handelsrechnung (380) Nr. 471102 vom 05.06.2018",
        "Rechnungsnummer        Rechnungsdatum\n471102                 05.06.2018",
        "Numéro de facture : 471102     Date de facture : 05/06/2018",
        "Factura n.º 471102 de fecha 05/06/2018",
        "Fattura n. 471102 del 05/06/2018",
        "INVOICENO: 471102\nINVOICEDATE: 05/06/2018",
    ],
)
def test_number_and_date_are_found_right_of_below_and_within_a_sentence(text: str) -> None:
    value = extract(text).value
    assert (value["invoice_number"], value["issue_date"]) == ("471102", "2018-06-05")


@pytest.mark.parametrize(
    ("net", "tax", "gross"),
    [
        ("Rechnungssumme ohne USt.", "Steuerbetrag", "Bruttosumme"),
        ("Summe netto", "zzgl. 19% MwSt.", "Rechnungsbetrag"),
        ("Total HT", "TVA 20 %", "Total TTC"),
        ("Base imponible", "IVA 21 %", "Total a pagar"),
        ("Totale imponibile", "IVA 22%", "Totale fattura"),
        ("Total excl. VAT", "VAT @ 20%", "Total incl. VAT"),
    ],
)
def test_net_tax_and_gross_are_told_apart_in_five_languages(net: str, tax: str, gross: str) -> None:
    found = extract(f"{net:40}100.00\n{tax:40}20.00\n{gross:40}120.00\n{'Zahlbetrag':40}70.00")
    totals = [amount(found, path) for path in ("net_total", "tax_total", "gross_total")]
    assert totals == ["100.00", "20.00", "120.00"]


def test_tax_printed_by_rate_only_is_added_up_and_said_to_be_derived() -> None:
    found = extract(
        "Summe netto            100.00\nUSt. 7 %                 3.50\nUSt. 19 %                9.50\nGesamtbetrag           113.00"
    )
    assert amount(found, "tax_total") == "13.00"
    assert found.metadata["tax_total"].source is Source.DERIVED


def test_one_rate_of_the_tax_is_not_taken_for_the_tax() -> None:
    found = extract(
        "Summe netto            100.00\nUSt. 7 %                 3.50\nGesamtbetrag           113.00"
    )
    assert amount(found, "tax_total") is None


def test_nothing_falls_due_before_it_is_issued() -> None:
    value = extract("Invoice date: 3 May 2026\nDue date: 2 May 2026").value
    assert value["issue_date"] == "2026-05-03"
    assert value["due_date"] is None


def test_the_sender_line_names_the_seller_and_the_window_below_it_the_buyer() -> None:
    value = extract(
        "Acme GmbH | Europa-Allee 1980 | 60486 Frankfurt\n\nHerr\nKarl Coyote\nUferstraße 113\n88045 Friedrichshafen"
    ).value
    assert value["seller"]["name"] == "Acme GmbH"
    assert value["buyer"]["name"] == "Karl Coyote"


def test_a_postal_code_is_no_currency() -> None:
    assert extract("Exeter EX4 3RP\nTotal due GBP 789.08").value["currency"] == "GBP"


def test_poorly_read_words_lower_the_confidence() -> None:
    def confidence(read: float) -> float:
        reading = reading_of("Total: 144.00")
        page = reading.pages[0]
        words = tuple(replace(word, confidence=read) for word in page.words)
        shaky = replace(reading, pages=(replace(page, words=words),))
        found = extract_by_rules(shaky, load_shipped()["invoice"]).metadata["gross_total"].confidence
        assert found is not None
        return found

    assert confidence(0.95) > confidence(0.6) > 0


def test_an_empty_document_gives_nulls_and_no_error() -> None:
    found = extract_by_rules(Reading("application/pdf", ()), load_shipped()["invoice"])
    assert found.value["gross_total"] is None


HEADLESS = """
Oak board                 2     10.00      20.00
Screws                   10      0.50       5.00
Total excl. VAT                            25.00
VAT 20%                                     5.00
Total incl. VAT                            30.00
"""


def test_lines_without_a_header_are_believed_when_they_add_up() -> None:
    found = extract(HEADLESS)
    assert [row["description"] for row in found.value["line_items"]] == ["Oak board", "Screws"]
    assert found.completeness["line_items"].holds


def test_lines_without_a_header_that_do_not_add_up_are_no_list_and_said_so() -> None:
    found = extract(HEADLESS.replace("0.50       5.00", "0.50       6.00"))
    assert found.value["line_items"] is None
    assert found.completeness["line_items"].returned == 0
    assert not found.completeness["line_items"].holds
