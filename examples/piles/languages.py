"""Label words and number forms of four languages. Each word has variants, so that layouts do not all say the same."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

NBSP = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True)
class Words:
    """What an invoice calls its parts; every tuple has one word per variant, the last one is used for the rest."""

    invoice: tuple[str, ...]
    number: tuple[str, ...]
    issued: tuple[str, ...]
    due: tuple[str, ...]
    delivered: tuple[str, ...]
    order: tuple[str, ...]
    customer: tuple[str, ...]
    seller: tuple[str, ...]
    buyer: tuple[str, ...]
    position: str
    article: str
    description: tuple[str, ...]
    quantity: tuple[str, ...]
    unit: str
    price: tuple[str, ...]
    amount: tuple[str, ...]
    rate: str
    net: tuple[str, ...]
    tax: tuple[str, ...]  # with {rate} and {basis}
    gross: tuple[str, ...]
    carried: tuple[str, ...]
    brought: tuple[str, ...]
    page: str  # with {n} and {of}
    vat_id: tuple[str, ...]
    tax_number: str
    contact: str
    bank: str
    thanks: str
    pay: str  # with {due}, {iban}
    units: dict[str, str]


WORDS: dict[str, Words] = {
    "de": Words(
        invoice=("Rechnung", "RECHNUNG", "Rechnung"),
        number=("Rechnungsnummer", "Rechnungs-Nr.", "Rechnung Nr.", "Beleg-Nr."),
        issued=("Rechnungsdatum", "Datum", "Belegdatum"),
        due=("Fällig am", "Zahlbar bis", "Fälligkeitsdatum"),
        delivered=("Leistungsdatum", "Lieferdatum"),
        order=("Ihre Bestellung", "Bestellnummer", "Auftrags-Nr."),
        customer=("Kundennummer", "Kunden-Nr.", "Kd.-Nr."),
        seller=("Rechnungssteller", "Von"),
        buyer=("Rechnungsempfänger", "Rechnung an"),
        position="Pos.",
        article="Art.-Nr.",
        description=("Bezeichnung", "Beschreibung", "Artikel / Leistung"),
        quantity=("Menge", "Anzahl"),
        unit="Einh.",
        price=("Einzelpreis", "E-Preis", "Preis/Einh."),
        amount=("Gesamt", "Betrag", "Gesamtpreis"),
        rate="USt.",
        net=("Nettobetrag", "Summe netto", "Zwischensumme netto"),
        tax=("zzgl. {rate} % USt. auf {basis}", "Umsatzsteuer {rate} %", "MwSt. {rate} %"),
        gross=("Rechnungsbetrag", "Gesamtbetrag", "Bruttobetrag"),
        carried=("Übertrag", "Zwischensumme / Übertrag"),
        brought=("Übertrag", "Übertrag von Seite {n}"),
        page="Seite {n} von {of}",
        vat_id=("USt-IdNr.", "USt-ID"),
        tax_number="Steuernummer",
        contact="Ansprechpartner",
        bank="Bankverbindung",
        thanks="Wir danken für Ihren Auftrag und berechnen vereinbarungsgemäß:",
        pay="Bitte überweisen Sie den Betrag ohne Abzug bis zum {due} auf das Konto {iban}.",
        units={"C62": "Stk", "HUR": "Std", "KGM": "kg", "MTR": "m", "DAY": "Tag"},
    ),
    "en": Words(
        invoice=("Invoice", "INVOICE", "Tax invoice"),
        number=("Invoice number", "Invoice no.", "Invoice #"),
        issued=("Invoice date", "Date", "Date of issue"),
        due=("Due date", "Payment due", "Pay by"),
        delivered=("Delivery date", "Supply date"),
        order=("Purchase order", "Your order", "PO number"),
        customer=("Customer no.", "Account", "Customer number"),
        seller=("From", "Supplier"),
        buyer=("Bill to", "Invoice to", "Billed to"),
        position="#",
        article="Item code",
        description=("Description", "Details"),
        quantity=("Qty", "Quantity"),
        unit="Unit",
        price=("Unit price", "Price", "Rate"),
        amount=("Amount", "Line total", "Total"),
        rate="VAT",
        net=("Subtotal", "Net total", "Total excl. VAT"),
        tax=("VAT {rate}% on {basis}", "VAT ({rate}%)", "VAT @ {rate}%"),
        gross=("Total due", "Invoice total", "Total incl. VAT"),
        carried=("Carried forward", "Subtotal carried forward"),
        brought=("Brought forward",),
        page="Page {n} of {of}",
        vat_id=("VAT no.", "VAT reg. no."),
        tax_number="Company no.",
        contact="Your contact",
        bank="Bank details",
        thanks="Thank you for your business. We charge for the following:",
        pay="Please pay by {due} to account {iban}, quoting the invoice number.",
        units={"C62": "pcs", "HUR": "hrs", "KGM": "kg", "MTR": "m", "DAY": "day"},
    ),
    "fr": Words(
        invoice=("Facture", "FACTURE"),
        number=("Numéro de facture", "Facture n°", "N° de facture"),
        issued=("Date de facture", "Date de facturation", "Date"),
        due=("Date d'échéance", "Échéance", "À régler avant le"),
        delivered=("Date de livraison",),
        order=("Votre commande", "N° de commande", "Bon de commande"),
        customer=("N° client", "Code client"),
        seller=("Émetteur", "Vendeur"),
        buyer=("Facturé à", "Adressée à", "Client"),
        position="N°",
        article="Réf.",
        description=("Désignation", "Description"),
        quantity=("Qté", "Quantité"),
        unit="Unité",
        price=("Prix unitaire HT", "P.U. HT"),
        amount=("Montant HT", "Total HT"),
        rate="TVA",
        net=("Total HT", "Montant total HT"),
        tax=("TVA {rate} % sur {basis}", "TVA {rate} %"),
        gross=("Total TTC", "Net à payer", "Montant TTC"),
        carried=("À reporter", "Total à reporter"),
        brought=("Report",),
        page="Page {n} sur {of}",
        vat_id=("N° TVA intracommunautaire", "N° TVA"),
        tax_number="SIREN",
        contact="Votre contact",
        bank="Coordonnées bancaires",
        thanks="Nous vous remercions de votre confiance et vous facturons :",
        pay="Merci de régler avant le {due} par virement sur le compte {iban}.",
        units={"C62": "pce", "HUR": "h", "KGM": "kg", "MTR": "m", "DAY": "jour"},
    ),
    "it": Words(
        invoice=("Fattura", "FATTURA"),
        number=("Numero fattura", "Fattura n.", "N. documento"),
        issued=("Data fattura", "Data", "Data documento"),
        due=("Scadenza", "Data di scadenza", "Scadenza pagamento"),
        delivered=("Data consegna",),
        order=("Vs. ordine", "N. ordine"),
        customer=("Codice cliente", "Cod. cliente"),
        seller=("Fornitore", "Cedente"),
        buyer=("Destinatario", "Spett.le", "Cliente"),
        position="N.",
        article="Codice",
        description=("Descrizione", "Descrizione articolo"),
        quantity=("Q.tà", "Quantità"),
        unit="U.M.",
        price=("Prezzo unitario", "Prezzo"),
        amount=("Importo", "Totale"),
        rate="IVA",
        net=("Totale imponibile", "Imponibile"),
        tax=("IVA {rate}% su {basis}", "IVA {rate}%"),
        gross=("Totale fattura", "Totale documento", "Totale da pagare"),
        carried=("A riportare", "Totale a riportare"),
        brought=("Riporto",),
        page="Pagina {n} di {of}",
        vat_id=("Partita IVA", "P. IVA"),
        tax_number="REA",
        contact="Referente",
        bank="Coordinate bancarie",
        thanks="Vi ringraziamo per l'ordine e Vi fatturiamo quanto segue:",
        pay="Pagamento a mezzo bonifico entro il {due} sul conto {iban}.",
        units={"C62": "pz", "HUR": "ore", "KGM": "kg", "MTR": "m", "DAY": "gg"},
    ),
}

MONTHS: dict[str, tuple[str, ...]] = {
    "de": ("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"),
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"),
    "fr": ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    "it": ("gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre"),
}  # fmt: skip

_SEPARATORS = {"de": (".", ","), "en": (",", "."), "fr": (NBSP, ","), "it": (".", ",")}


def variant(words: tuple[str, ...], index: int) -> str:
    return words[min(index, len(words) - 1)]


def number(language: str, value: Decimal, *, places: int = 2) -> str:
    """``1234.5`` as ``1.234,50``, ``1,234.50`` or ``1 234,50``."""
    thousands, point = _SEPARATORS[language]
    text = f"{value:,.{places}f}"
    return text.replace(",", "\0").replace(".", point).replace("\0", thousands)


def quantity(language: str, value: Decimal) -> str:
    """Whole numbers without decimals, others with as many as they have."""
    exponent = value.normalize().as_tuple().exponent
    places = max(0, -exponent) if isinstance(exponent, int) else 0
    return number(language, value, places=places)


def short_date(language: str, day: date) -> str:
    return day.strftime("%d.%m.%Y" if language == "de" else "%d/%m/%Y")


def long_date(language: str, day: date) -> str:
    month = MONTHS[language][day.month - 1]
    if language == "de":
        return f"{day.day}. {month} {day.year}"
    return f"{day.day} {month} {day.year}"
