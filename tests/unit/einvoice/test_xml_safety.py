import pytest
from tests.unit.einvoice import samples

from docmill.domain.errors import NotFound, Rejected
from docmill.domain.pages import Reading
from docmill.engines.einvoice.find import SYNTAXES, find_einvoice, search
from docmill.engines.extraction.layered import classify_and_extract
from docmill.engines.reading.xml import ROOTS
from docmill.engines.types import load_shipped

TYPES = list(load_shipped().values())
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
LAUGHS = f"""{HEAD}<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]>"""


def test_other_xml_and_other_attachments_are_no_invoice() -> None:
    others = (samples.attachment("<order/>", "order.xml"), samples.attachment(b"%PDF-1.7", "terms.pdf"))
    assert find_einvoice(Reading("application/pdf", (), others)) is None


def test_the_invoice_is_found_whatever_it_is_called() -> None:
    files = (samples.attachment("<order/>", "factur-x.xml"), samples.attachment(samples.cii(), "data.bin"))
    found = find_einvoice(Reading("application/pdf", (), files))
    assert found is not None
    assert found.name == "data.bin"


def test_a_broken_invoice_inside_a_pdf_is_told() -> None:
    reading = Reading(
        "application/pdf", (samples.page(samples.PRINTED),), (samples.attachment(samples.cii()[:900]),)
    )
    assert search(reading).broken == ("factur-x.xml",)
    rules = [blocker.rule for blocker in classify_and_extract(reading, TYPES, "invoice").blockers]
    assert "file_corrupt" in rules


def test_a_forbidden_invoice_inside_a_pdf_stops_neither_its_pages_nor_the_person() -> None:
    found = classify_and_extract(samples.hybrid(samples.cii().replace(HEAD, LAUGHS)), TYPES, None)
    assert found.value["invoice_number"] == "INV-7"
    assert "xml_forbidden" in [blocker.rule for blocker in found.blockers]


def test_a_forbidden_invoice_alone_is_rejected() -> None:
    with pytest.raises(Rejected):
        classify_and_extract(samples.plain(samples.cii().replace(HEAD, LAUGHS)), TYPES, None)


def test_a_type_that_nobody_has_is_not_found() -> None:
    with pytest.raises(NotFound):
        classify_and_extract(samples.plain(samples.cii()), TYPES, "passport")


def test_the_reader_takes_apart_what_a_syntax_knows_and_nothing_else() -> None:
    assert frozenset().union(*(syntax.roots for syntax in SYNTAXES)) == ROOTS
