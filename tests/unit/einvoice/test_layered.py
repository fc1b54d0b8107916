from dataclasses import replace

from tests.unit.einvoice import samples

from docmill.domain.pages import Page, Provenance, Reading
from docmill.domain.results import Source
from docmill.domain.types import Kind, parse_document_type
from docmill.engines.extraction.layered import LayeredExtractor, classify_and_extract
from docmill.engines.types import load_shipped
from docmill.ports.extractor import Extractor

TYPES = list(load_shipped().values())
INVOICE = load_shipped()["invoice"]


def test_an_e_invoice_decides_its_type_by_itself() -> None:
    found = classify_and_extract(samples.plain(samples.cii()), TYPES, None)
    assert (found.type_name, found.type_confidence, found.blockers) == ("invoice", 1.0, ())


def test_every_leaf_has_metadata_and_every_null_a_reason() -> None:
    found = classify_and_extract(samples.hybrid(samples.cii()), TYPES, None)
    for spec in INVOICE.fields:
        if spec.list_path is None and spec.kind not in (Kind.LIST, Kind.OBJECT):
            meta = found.metadata[spec.path]
            assert (meta.reason is None) == (meta.source is not None)


def test_a_full_e_invoice_speaks_for_itself() -> None:
    """A due date that stands on the page and not in the XML is not taken: the XML is the invoice."""
    xml = samples.cii().replace("DueDateDateTime", "NoDateTime")
    found = classify_and_extract(samples.hybrid(xml), TYPES, None)
    assert found.value["due_date"] is None


def test_an_excerpt_is_filled_from_the_page() -> None:
    xml = samples.cii().replace("TaxBasisTotalAmount", "SomethingElse")
    found = classify_and_extract(samples.hybrid(xml), TYPES, None)
    assert found.value["net_total"] == {"amount": "100.00", "currency": "EUR"}
    assert found.metadata["net_total"].source is Source.RULES
    assert found.metadata["gross_total"].source is Source.E_INVOICE


def test_nothing_is_filled_from_a_page_that_contradicts_the_xml() -> None:
    xml = samples.cii(gross="555.00").replace("TaxBasisTotalAmount", "SomethingElse")
    found = classify_and_extract(samples.hybrid(xml), TYPES, None)
    assert "xml_against_page" in [blocker.rule for blocker in found.blockers]
    assert found.value["net_total"] is None


def test_a_document_of_no_type_that_is_about_money_waits_for_a_person() -> None:
    page = samples.page(["Consumo 1.204 kWh", "Valor 118,20", "Taxas 3,40"])
    found = classify_and_extract(Reading("application/pdf", (page,)), TYPES, None)
    assert found.type_name == "other"
    assert [(blocker.path, blocker.rule) for blocker in found.blockers] == [("", "type_uncertain")]


def test_a_page_that_could_not_be_read_is_never_passed_over() -> None:
    letter = samples.page(["Dear Sir,", "thank you for the application", "Yours sincerely", "Kind regards"])
    broken = replace(letter, number=2, words=(), error="page_failed")
    found = classify_and_extract(Reading("application/pdf", (letter, broken)), TYPES, None)
    assert [blocker.rule for blocker in found.blockers] == ["page_failed"]


def test_a_type_that_was_asked_for_is_not_guessed() -> None:
    page = samples.page(["Dear Sir,", "thank you"])
    found = classify_and_extract(Reading("application/pdf", (page,)), TYPES, "receipt")
    assert (found.type_name, found.type_confidence) == ("receipt", 1.0)


def test_a_tenants_type_without_invoice_fields_is_read_from_the_page_though_there_is_xml() -> None:
    note = {"kind": "identifier", "labels": {"en": ["invoice number"]}}
    source = {
        "name": "slip",
        "schema": {"type": "object", "properties": {"number": {"type": "string", "x-docmill": note}}},
    }
    slip = parse_document_type(source)
    found = classify_and_extract(samples.hybrid(samples.cii()), [*TYPES, slip], "slip")
    assert found.value == {"number": "INV-7"}
    assert found.metadata["number"].source is Source.RULES


def test_the_extractor_is_the_port() -> None:
    extractor: Extractor = LayeredExtractor()
    found = extractor.extract(samples.plain(samples.cii()), INVOICE)
    assert found.value["invoice_number"] == "INV-7"


def test_pages_without_a_word_wait_for_a_person_who_says_what_they_are() -> None:
    blank = Page(1, 300.0, 300.0, "px", (), Provenance.EMPTY)
    found = classify_and_extract(Reading("image/png", (blank,)), TYPES, None)
    assert [blocker.rule for blocker in found.blockers] == ["no_words"]
