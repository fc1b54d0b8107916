from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.einvoice import samples

from docmill.domain.pages import Reading
from docmill.domain.results import Extraction
from docmill.engines.einvoice.compare import CONFIDENCE_CONTRADICTED, compare
from docmill.engines.einvoice.extract import CONFIDENCE_XML, extract_einvoice
from docmill.engines.einvoice.find import find_einvoice
from docmill.engines.types import load_shipped

INVOICE = load_shipped()["invoice"]


def compared(reading: Reading) -> Extraction:
    found = find_einvoice(reading)
    assert found is not None
    return compare(extract_einvoice(found, INVOICE), reading, INVOICE)


def words_at(reading: Reading, found: Extraction, path: str) -> list[str]:
    """The printed words inside the boxes that a value cites."""
    boxes = [citation.box for citation in found.metadata[path].citations if citation.box is not None]
    return [
        word.text
        for word in reading.pages[0].words
        for box in boxes
        if box.x0 <= word.box.x0 and word.box.x1 <= box.x1 and box.y0 <= word.box.y0 and word.box.y1 <= box.y1
    ]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("invoice_number", ["INV-7"]),
        ("issue_date", ["31", "January", "2026"]),
        ("due_date", ["02.03.2026"]),
        ("gross_total", ["119,00", "EUR"]),
        ("net_total", ["100,00", "EUR"]),
        ("seller.name", ["Bakery", "Miller", "GmbH"]),
        ("seller.address", ["Mill", "Lane", "4", "80331", "Munich"]),
        ("seller.vat_id", ["DE136695976"]),
        ("line_items[0].description", ["Rye", "bread"]),
        ("line_items[0].quantity", ["2"]),
        ("line_items[0].amount", ["50,00"]),
        ("line_items[1].description", ["White", "bread"]),
        ("line_items[1].position", ["2"]),
    ],
)
def test_a_value_cites_the_words_that_say_it(path: str, words: list[str]) -> None:
    reading = samples.hybrid(samples.cii())
    found = compared(reading)
    assert words_at(reading, found, path) == words
    assert found.metadata[path].citations[0].xpath


def test_equal_amounts_of_different_columns_have_different_boxes() -> None:
    found = compared(samples.hybrid(samples.cii()))
    amount = found.metadata["line_items[1].amount"].citations[0].box
    price = found.metadata["line_items[1].unit_price"].citations[0].box
    assert amount is not None
    assert price is not None
    assert price.x1 < amount.x0


def test_a_page_that_says_the_same_blocks_nothing() -> None:
    assert compared(samples.hybrid(samples.cii())).blockers == ()


@pytest.mark.parametrize(
    ("path", "printed", "instead"),
    [
        ("gross_total", "Grand total   119,00 EUR", "Grand total   911,00 EUR"),
        ("net_total", "Net total   100,00 EUR", "Net total   110,00 EUR"),
        ("invoice_number", "Invoice number: INV-7", "Invoice number: INV-8"),
        ("issue_date", "Invoice date: 31 January 2026", "Invoice date: 30 January 2026"),
        ("due_date", "Due date: 02.03.2026", "Due date: 02.02.2026"),
    ],
)
def test_a_page_that_says_something_else_is_a_blocker(path: str, printed: str, instead: str) -> None:
    lines = [instead if line == printed else line for line in samples.PRINTED]
    found = compared(samples.hybrid(samples.cii(), lines))
    assert (path, "xml_against_page") in [(blocker.path, blocker.rule) for blocker in found.blockers]
    assert found.metadata[path].confidence == CONFIDENCE_CONTRADICTED
    assert "911" not in "".join(blocker.message for blocker in found.blockers)


def test_a_total_that_is_printed_as_another_one_does_not_hide_the_contradiction() -> None:
    """The XML asks for what the page prints as net: the sums of the page agree on its own total."""
    found = compared(samples.hybrid(samples.cii(gross="100.00")))
    assert "gross_total" in [blocker.path for blocker in found.blockers]


def test_a_value_that_is_merely_not_printed_blocks_nothing() -> None:
    lines = [line for line in samples.PRINTED if not line.startswith(("Due", "Net", "Invoice date"))]
    found = compared(samples.hybrid(samples.cii(), lines))
    assert found.blockers == ()
    assert not any(citation.page for citation in found.metadata["due_date"].citations)


def test_a_value_that_is_printed_without_its_label_is_believed() -> None:
    lines = [line for line in samples.PRINTED if not line.startswith("Due")]
    lines += ["Due date: 15.02.2026", "less 2 % discount; in full until 02.03.2026"]
    assert compared(samples.hybrid(samples.cii(), lines)).blockers == ()


def test_the_tax_of_one_rate_at_the_label_of_the_tax_total_blocks_nothing() -> None:
    two_rates = samples.cii().replace(">19.00</ram:CalculatedAmount>", ">15.00</ram:CalculatedAmount>")
    lines = [line if not line.startswith("VAT 19") else "VAT 19 %   15,00 EUR" for line in samples.PRINTED]
    assert compared(samples.hybrid(two_rates, lines)).blockers == ()


def test_hidden_words_neither_prove_nor_contradict() -> None:
    lines = [line for line in samples.PRINTED if not line.startswith("Grand")]
    found = compared(samples.hybrid(samples.cii(), lines, hidden=["Grand total   911,00 EUR"]))
    assert found.blockers == ()
    assert "gross_total" not in [path for path in found.metadata if words_at_hidden(found, path)]


def words_at_hidden(found: Extraction, path: str) -> bool:
    return any(
        citation.box is not None and citation.box.y0 > 40 + 20 * 11
        for citation in found.metadata[path].citations
    )


def test_what_ocr_is_not_sure_of_contradicts_nothing() -> None:
    lines = [line if not line.startswith("Grand") else "Grand total   911,00 EUR" for line in samples.PRINTED]
    assert compared(samples.hybrid(samples.cii(), lines, confidence=0.6)).blockers == ()


def test_a_credit_note_may_print_its_sums_with_a_minus() -> None:
    lines = [line.replace("119,00", "-119,00").replace("   100,00", "   -100,00") for line in samples.PRINTED]
    assert compared(samples.hybrid(samples.cii(), lines)).blockers == ()


def test_xml_alone_is_left_as_it_is() -> None:
    found = compared(samples.plain(samples.cii()))
    assert found.metadata["gross_total"].confidence == CONFIDENCE_XML
    assert found.blockers == ()


PIECES = st.sampled_from(
    ["Grand total", "119,00", "EUR", "31.01.2026", "Rye bread", ":", "-", "INV-7", "½", "٣"]
)


@given(st.lists(st.lists(PIECES | st.text(max_size=8), max_size=6).map("   ".join), max_size=12))
def test_no_page_breaks_the_comparison(lines: list[str]) -> None:
    found = compared(samples.hybrid(samples.cii(), lines))
    assert found.value["gross_total"] == {"amount": "119.00", "currency": "EUR"}


def test_equal_input_gives_equal_output() -> None:
    reading = samples.hybrid(samples.cii())
    assert compared(reading) == compared(replace(reading))
