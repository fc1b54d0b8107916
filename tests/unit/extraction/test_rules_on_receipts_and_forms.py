"""Rules over receipts, and over types that a tenant brings without a single label word."""

from dataclasses import replace

import pytest
from tests.unit.layout.printed import page_of, reading_of

from docmill.domain.pages import Reading, Stroke
from docmill.domain.types import DocumentType, parse_document_type
from docmill.engines.extraction.rules import extract_by_rules
from docmill.engines.types import load_shipped

RECEIPT = """
     KEDAI KOPI MAJU SDN BHD
          (123456-X)
     NO. 4, JALAN BESAR 2,
     43300 SERI KEMBANGAN, SELANGOR
     TEL: 03-1234567
     TAX INVOICE
DATE: 19/10/2018 20:49
2 X TEH           2.20      4.40
SUBTOTAL                    4.40
GST 6%                      0.26
TOTAL                       4.66
ROUNDING ADJ               -0.01
TOTAL ROUNDED               4.65
CASH                       10.00
CHANGE                      5.35
GST SUMMARY     AMOUNT       TAX
SR 6%             4.40      0.26
"""


def receipt(text: str) -> dict[str, object]:
    value = extract_by_rules(reading_of(text), load_shipped()["receipt"]).value
    return value | {"total": value["total"] and value["total"]["amount"]}


def test_a_receipt_gives_company_address_date_and_total() -> None:
    value = receipt(RECEIPT)
    assert value["company"] == "KEDAI KOPI MAJU SDN BHD"
    assert value["address"] == "NO. 4, JALAN BESAR 2, 43300 SERI KEMBANGAN, SELANGOR"
    assert value["date"] == "2018-10-19"
    assert value["total"] == "4.65"


@pytest.mark.parametrize(
    ("lines", "total"),
    [
        ("SUBTOTAL 28.70\nCASH 100.00\nCHANGE 71.30", "28.70"),
        ("TOTAL 106.00\nCASH 110.00\nCHANGE 4.00\nGST SUMMARY\nTOTAL 100.00 6.00", "106.00"),
        ("TOTAL (EXCLUDING GST) 6.33\nGST PAYABLE 0.37\nTOTAL (INCLUSIVE OF GST) 6.70", "6.70"),
        ("TOTAL 106.00\nCASH 110.00\nCHANGE 4.00\nTOTAL 100.00", "106.00"),
        ("NET AMT : 53.55\nRECEIVED 60.00\nCHANGE 6.45", "53.55"),
        ("Zwischensumme 9,00\nSumme 9,90\nGegeben 10,00\nRückgeld 0,10", "9.90"),
    ],
)
def test_the_total_is_what_was_paid_not_what_was_given_back_or_comes_before_tax(
    lines: str, total: str
) -> None:
    assert receipt(f"SHOP SDN BHD\n{lines}")["total"] == total


def test_a_company_that_wraps_before_its_form_is_named_whole() -> None:
    assert (
        receipt("PASAR RAYA MEGA\n(SEMENYIH) SDN BHD\nTOTAL 5.00")["company"]
        == "PASAR RAYA MEGA (SEMENYIH) SDN BHD"
    )


def tenant_type(**kinds: str) -> DocumentType:
    properties = {name: {"x-docmill": {"kind": kind}} for name, kind in kinds.items()}
    return parse_document_type(
        {"name": "order", "date_order": "mdy", "schema": {"type": "object", "properties": properties}}
    )


def test_a_type_without_labels_is_looked_for_by_the_words_of_its_fields_names() -> None:
    text = """
Contract No.: 4711-B        Advertiser: Friends of Trees
Flight Dates: 10/03/2012 - 10/09/2012
Gross Amount                $1,250.00
"""
    wanted = tenant_type(
        contract_num="identifier",
        advertiser="name",
        gross_amount="amount",
        flight_from="date",
        flight_to="date",
    )
    value = extract_by_rules(reading_of(text), wanted).value
    assert value["contract_num"] == "4711-B"
    assert value["advertiser"] == "Friends of Trees"
    assert value["gross_amount"]["amount"] == "1250.00"
    assert (value["flight_from"], value["flight_to"]) == ("2012-10-03", "2012-10-09")


def test_of_two_periods_on_one_line_the_one_behind_its_label_is_taken() -> None:
    wanted = tenant_type(flight_from="date", flight_to="date")
    text = "Invoice Period   03/30/2020 - 04/20/2020   Order Flight   04/14/2020 - 04/19/2020"
    value = extract_by_rules(reading_of(text), wanted).value
    assert (value["flight_from"], value["flight_to"]) == ("2020-04-14", "2020-04-19")


def test_a_field_of_a_tenants_own_list_is_read_by_its_name_too() -> None:
    wanted = parse_document_type(
        {
            "name": "sheet",
            "schema": {
                "type": "object",
                "properties": {
                    "samples": {
                        "type": "array",
                        "x-docmill": {"kind": "list"},
                        "items": {
                            "type": "object",
                            "properties": {
                                "probe": {"x-docmill": {"kind": "text"}},
                                "price": {"x-docmill": {"kind": "amount"}},
                            },
                        },
                    }
                },
            },
        }
    )
    found = extract_by_rules(
        reading_of("Probe          Price\nIron            5.00\nZinc            7.50"), wanted
    )
    assert [row["probe"] for row in found.value["samples"]] == ["Iron", "Zinc"]
    assert found.completeness["samples"].holds


def _form_type() -> DocumentType:
    return parse_document_type(
        {
            "name": "application",
            "schema": {
                "type": "object",
                "properties": {
                    "applicant": {"x-docmill": {"kind": "name", "labels": {"en": ["name of applicant"]}}},
                    "file_number": {"x-docmill": {"kind": "identifier", "labels": {"en": ["file no"]}}},
                    "signer": {"x-docmill": {"kind": "name", "labels": {"en": ["name and title"]}}},
                    "signer_title": {"x-docmill": {"kind": "text", "labels": {"en": ["name and title"]}}},
                },
            },
        }
    )


def test_the_cells_of_a_drawn_form_hold_their_label_and_its_value() -> None:
    text = """
1. Name of applicant                2. File no.
Harbour and Sons                    A-5512

3. Purpose of the request           4. Name and title
to be told                          Jane Miller
                                    Secretary
"""
    xs, ys = (34.0, 250.0, 430.0), (36.0, 74.0, 114.0)
    grid = (
        *(Stroke(xs[0], y - 0.25, xs[-1], y + 0.25) for y in ys),
        *(Stroke(x - 0.25, ys[0], x + 0.25, ys[-1]) for x in xs),
    )
    page = replace(page_of(text), strokes=grid)
    found = extract_by_rules(Reading("application/pdf", (page,)), _form_type())
    assert found.value == {
        "applicant": "Harbour and Sons",
        "file_number": "A-5512",
        "signer": "Jane Miller",
        "signer_title": "Secretary",
    }


def test_the_number_of_the_next_field_and_the_rest_of_a_sentence_are_no_names() -> None:
    text = """
1. Name of applicant                2. File no.

The name of applicant as it is known to the office must be written in ink.
"""
    found = extract_by_rules(Reading("application/pdf", (page_of(text),)), _form_type())
    assert found.value.get("applicant") is None
