"""Documents in five languages, as a few words of each."""

import pytest

from docmill.domain.pages import Box, Page, Provenance, Reading, Word
from docmill.domain.types import DocumentType, parse_document_type
from docmill.engines.classification import classify
from docmill.engines.types import load_shipped

TYPES = list(load_shipped().values())

DOCUMENTS = {
    "invoice": [
        "Invoice\nInvoice number INV-7\nInvoice date 5 May 2026\nBill to Acme\nDue date 5 June 2026\nTotal 119.00",
        "Rechnung\nRechnungsnummer RE-7\nRechnungsdatum 05.05.2026\nZahlbar bis 05.06.2026\nNettobetrag 100,00",
        "Facture n° 7\nDate de facture 05/05/2026\nÉchéance 05/06/2026\nTotal HT 100,00\nTotal TTC 120,00",
        "Factura\nNº factura 7\nFecha de factura 05/05/2026\nBase imponible 100,00\nVencimiento 05/06/2026",
        "Fattura n. 7\nData fattura 05/05/2026\nImponibile 100,00\nTotale fattura 122,00\nScadenza 05/06/2026",
    ],
    "bank_statement": [
        "Bank statement\nOpening balance 100.00\nDate Description Amount Balance\nClosing balance 90.00",
        "Kontoauszug\nAlter Kontostand 100,00\nBuchungstag Verwendungszweck Betrag\nNeuer Kontostand 90,00",
        "Relevé de compte\nAncien solde 100,00\nDate valeur Libellé Débit Crédit\nNouveau solde 90,00",
        "Extracto de cuenta\nSaldo inicial 100,00\nFecha valor Concepto Importe\nSaldo final 90,00",
        "Estratto conto\nSaldo iniziale 100,00\nData valuta Descrizione Importo\nSaldo finale 90,00",
    ],
    "other": [
        "Dear Sir or Madam\nthank you for your application.\nKind regards\nYours sincerely",
        "Sehr geehrte Damen und Herren,\nanbei der Vertrag.\nMit freundlichen Grüßen",
    ],
}
RECEIPT = (
    "Corner Shop\nTax invoice\nTea 2.00\nMilk 3.00\nTotal 5.00\nCash 10.00\nChange 5.00\nThank you\nCashier 4"
)


def reading(text: str, *, width: float = 500.0, unit: str = "pt") -> Reading:
    """Lay the lines out on one page; ``width`` is that of the text, letters are 10 high."""
    words = []
    lines = text.split("\n")
    for number, line in enumerate(lines):
        parts = line.split()
        step = width / max(1, len(parts))
        for index, part in enumerate(parts):
            box = Box(40 + index * step, 40 + number * 15, 40 + (index + 1) * step - 3, 50 + number * 15)
            words.append(Word(part, box, line=number))
    page = Page(1, width + 80, 800, unit, tuple(words), Provenance.TEXT_LAYER)  # type: ignore[arg-type]
    return Reading("application/pdf", (page,) if text else ())


@pytest.mark.parametrize(("name", "text"), [(name, text) for name in DOCUMENTS for text in DOCUMENTS[name]])
def test_a_plain_document_is_known_for_sure(name: str, text: str) -> None:
    guess = classify(reading(text), TYPES)
    assert (guess.type_name, guess.sure) == (name, True)


def test_narrow_paper_makes_a_tax_invoice_a_receipt() -> None:
    narrow = classify(reading(RECEIPT, width=200, unit="px"), TYPES)
    wide = classify(reading(RECEIPT, width=700, unit="px"), TYPES)
    assert (narrow.type_name, narrow.sure) == ("receipt", True)
    assert narrow.confidence > wide.confidence


def test_a_document_about_money_that_fits_no_type_is_not_silently_another_one() -> None:
    guess = classify(reading("Consumo de energia 1.204 kWh\nValor 118,20\nTaxas 3,40\nPagar 121,60"), TYPES)
    assert guess.type_name == "other"
    assert not guess.sure
    assert guess.confidence < 0.75


def test_a_few_weak_words_do_not_make_an_invoice() -> None:
    guess = classify(reading("Subtotal 10.00\nUnit price 5.00 and your purchase order"), TYPES)
    assert not guess.sure


def test_a_document_without_words_is_not_known() -> None:
    assert not classify(reading(""), TYPES).sure


def test_hidden_words_are_no_evidence() -> None:
    from dataclasses import replace

    from docmill.domain.pages import Hidden

    seen = reading(DOCUMENTS["other"][0])
    page = seen.pages[0]
    words = [replace(word, hidden=Hidden.WHITE) for word in reading(DOCUMENTS["invoice"][0]).pages[0].words]
    both = replace(seen, pages=(replace(page, words=(*page.words, *words)),))
    assert classify(both, TYPES).type_name == "other"


def test_a_tenants_type_competes_by_its_own_words() -> None:
    source = {
        "name": "broadcast_order",
        "title": "Broadcast order",
        "schema": {"type": "object", "properties": {}},
        "classify": {"words": {"en": {"broadcast order": 6, "flight dates": 4, "spots": 3}}},
    }
    types = [*TYPES, parse_document_type(source)]
    guess = classify(
        reading("Broadcast order 17\nFlight dates 1/1/26 - 2/1/26\n12 spots\nGross 120.00"), types
    )
    assert (guess.type_name, guess.sure) == ("broadcast_order", True)


def test_a_type_without_words_competes_by_its_title_and_labels() -> None:
    note = {"kind": "text", "labels": {"en": ["vessel", "port of loading", "shipper", "consignee"]}}
    source = {
        "name": "bill_of_lading",
        "title": "Bill of lading",
        "schema": {"type": "object", "properties": {"vessel": {"type": "string", "x-docmill": note}}},
    }
    types = [*TYPES, parse_document_type(source)]
    text = "Bill of lading\nShipper A\nConsignee B\nVessel C\nPort of loading D"
    assert classify(reading(text), types).type_name == "bill_of_lading"


def test_the_order_of_the_types_does_not_matter() -> None:
    text = reading(DOCUMENTS["invoice"][1])
    assert classify(text, TYPES) == classify(text, TYPES[::-1])


def _delivery_note(**changes: object) -> DocumentType:
    words = {"en": {"delivery note": 3}}
    schema = {"type": "object", "properties": {}}
    return parse_document_type(
        {"name": "delivery_note", "schema": schema, "classify": {"words": words}, **changes}
    )


DELIVERY = "Acme Ltd\nDelivery note\nOrder number 4\nDelivery date 5/5/2026\nCustomer no 7\n12 chairs"


@pytest.mark.parametrize(
    ("heading", "changes"),
    [
        ("Delivery note", {}),
        ("DELIVERY NOTE 4417", {}),
        ("Lieferschein", {"title": "Lieferschein"}),
        ("Bon de livraison", {"title": "Bon de livraison", "classify": {}}),
    ],
)
def test_a_tenants_type_whose_title_is_the_heading_wins_over_other(
    heading: str, changes: dict[str, object]
) -> None:
    text = DELIVERY.replace("Delivery note", heading)
    guess = classify(reading(text), [*TYPES, _delivery_note(**changes)])
    assert (guess.type_name, guess.sure) == ("delivery_note", True)
    assert classify(reading(text), TYPES).type_name == "other"


def test_a_phrase_that_a_tenants_type_names_no_longer_speaks_for_other() -> None:
    text = "Acme Ltd\nYour Lieferschein of 5 May\n12 Stühle"
    words = {"words": {"de": {"lieferschein": 4}}}
    with_type = classify(reading(text), [*TYPES, _delivery_note(classify=words)])
    assert with_type.confidence < classify(reading(text), TYPES).confidence


@pytest.mark.parametrize(("name", "text"), [(name, text) for name in DOCUMENTS for text in DOCUMENTS[name]])
def test_a_tenants_type_does_not_disturb_the_shipped_ones(name: str, text: str) -> None:
    with_note = f"{text}\nDelivery note 4417"
    assert classify(reading(with_note), [*TYPES, _delivery_note()]).type_name == name
