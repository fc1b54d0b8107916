from typing import Any

import pytest
from tests.unit.einvoice import samples

from docmill.domain.results import Extraction, NullReason, Source
from docmill.engines.einvoice.extract import extract_einvoice
from docmill.engines.einvoice.find import find_einvoice
from docmill.engines.types import load_shipped

INVOICE = load_shipped()["invoice"]


def extracted(xml: str) -> Extraction:
    found = find_einvoice(samples.plain(xml))
    assert found is not None
    return extract_einvoice(found, INVOICE)


def euros(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}


COMMON: dict[str, Any] = {
    "issue_date": "2026-01-31",
    "due_date": "2026-03-02",
    "invoice_type_code": "380",
    "currency": "EUR",
    "net_total": euros("100.00"),
    "tax_total": euros("19.00"),
    "gross_total": euros("119.00"),
    "amount_due": euros("119.00"),
    "seller": {
        "name": "Bakery Miller GmbH",
        "address": "Mill Lane 4, 80331 Munich, DE",
        "vat_id": "DE136695976",
        "tax_id": "201/113/40209",
    },
    "tax_breakdown": [{"rate": "19", "basis": euros("100.00"), "tax": euros("19.00")}],
}


@pytest.mark.parametrize(("xml", "number"), [(samples.cii(), "INV-7"), (samples.UBL, "INV-8")])
def test_cii_and_ubl_give_the_same_values(xml: str, number: str) -> None:
    value = extracted(xml).value
    assert {name: value[name] for name in COMMON} == COMMON
    assert value["invoice_number"] == number
    assert value["buyer"]["name"] == "Hotel Post AG"


def test_line_items_have_every_column() -> None:
    assert extracted(samples.cii()).value["line_items"][0] == {
        "position": "1",
        "article_number": "A-1",
        "description": "Rye bread",
        "quantity": "2",
        "unit": "H87",
        "unit_price": euros("25.00"),
        "price_base_quantity": None,
        "amount": euros("50.00"),
        "tax_rate": "19",
    }


def test_fatturapa_totals_are_the_sums_over_its_tax_rates() -> None:
    found = extracted(samples.FATTURAPA.format(bodies=samples.FATTURAPA_BODY))
    assert found.value["net_total"] == euros("150.00")
    assert found.value["tax_total"] == euros("9.00")
    assert found.value["gross_total"] == euros("159.00")
    assert found.metadata["tax_total"].source is Source.DERIVED
    assert len(found.metadata["tax_total"].citations) == 2
    assert found.value["seller"]["vat_id"] == "IT00743110157"
    assert found.value["seller"]["address"] == "Via Roma 4, 20100 Milano MI, IT"
    assert found.value["buyer"]["name"] == "Anna Bianchi"
    assert found.completeness["line_items"].holds
    assert found.blockers == ()


def test_a_file_with_two_invoices_is_not_taken_for_one() -> None:
    found = extracted(samples.FATTURAPA.format(bodies=samples.FATTURAPA_BODY * 2))
    assert [blocker.rule for blocker in found.blockers] == ["several_invoices"]


def test_every_value_names_its_element_and_every_null_its_reason() -> None:
    found = extracted(samples.cii())
    number = found.metadata["invoice_number"]
    assert number.source is Source.E_INVOICE
    assert number.raw_text == "INV-7"
    assert number.citations[0].xpath == "/rsm:CrossIndustryInvoice/rsm:ExchangedDocument/ram:ID"
    second = found.metadata["line_items[1].amount"].citations[0].xpath or ""
    assert "IncludedSupplyChainTradeLineItem[2]/" in second
    assert found.metadata["payment.iban"].reason is NullReason.NOT_IN_XML
    assert found.value["payment"]["iban"] is None


def test_the_xpath_of_a_default_namespace_can_be_used() -> None:
    from lxml import etree

    found = extracted(samples.UBL)
    xpath = found.metadata["invoice_number"].citations[0].xpath or ""
    root = etree.fromstring(samples.UBL.encode())
    names = {prefix: uri for prefix, uri in root.nsmap.items() if prefix}
    assert [hit.text for hit in root.xpath(xpath, namespaces=names)] == ["INV-8"]


def test_a_date_that_is_a_month_is_unreadable_and_not_guessed() -> None:
    xml = samples.cii().replace('format="102">20260131', 'format="610">202601')
    found = extracted(xml)
    assert found.value["issue_date"] is None
    assert found.metadata["issue_date"].reason is NullReason.UNREADABLE
    assert found.metadata["issue_date"].raw_text == "202601"


@pytest.mark.parametrize("raw", ["1e5", "1.000,00", "NaN", "", "9" * 60])
def test_an_amount_that_is_no_xml_decimal_is_null(raw: str) -> None:
    assert extracted(samples.cii(gross=raw)).value["gross_total"] is None


def test_lost_rows_do_not_reconcile() -> None:
    rows = [("Rye bread", "2", "25", "50.00")]
    state = extracted(samples.cii(rows=rows)).completeness["line_items"]
    assert (state.expected, state.returned, state.holds) == (1, 1, False)


def test_rows_with_tax_included_reconcile_with_the_gross_total() -> None:
    rows = [("Rye bread", "2", "25", "59.50"), ("White bread", "1", "50", "59.50")]
    assert extracted(samples.cii(rows=rows)).completeness["line_items"].holds


def test_groups_and_remarks_are_no_rows() -> None:
    group = samples.CII_LINE.format(
        position="0",
        name="Bread",
        quantity="3",
        price="1",
        amount="100.00",
        status="<ram:LineStatusReasonCode>GROUP</ram:LineStatusReasonCode>",
    )
    xml = samples.cii().replace(
        "<ram:ApplicableHeaderTradeAgreement>", f"{group}<ram:ApplicableHeaderTradeAgreement>", 1
    )
    found = extracted(xml)
    assert len(found.value["line_items"]) == 2
    assert found.completeness["line_items"].holds


def test_ten_thousand_rows_are_all_there_in_order() -> None:
    rows = [(f"Thing {number}", "1", "1", "0.01") for number in range(10_000)]
    found = extracted(samples.cii(rows=rows, net="100.00"))
    items = found.value["line_items"]
    assert [item["description"] for item in items] == [row[0] for row in rows]
    assert found.completeness["line_items"].holds


def test_a_breakdown_that_the_profile_leaves_out_is_null_and_not_an_empty_list() -> None:
    xml = samples.cii()
    start, end = xml.index("<ram:ApplicableTradeTax><ram:Calc"), xml.index("<ram:SpecifiedTradePaymentTerms>")
    found = extracted(xml[:start] + xml[end:])
    assert found.value["tax_breakdown"] is None
    assert found.metadata["tax_breakdown"].reason is NullReason.NOT_IN_XML
    assert "tax_breakdown" not in found.completeness
