"""General words of business documents in English, German, French, Spanish and Italian.

The labels of a type's own fields stand in the type. Here is what every type needs beside them: words
that label something else (and so end a value, or keep a total from being taken for the total), and
words for headings, company forms and streets.
"""

OTHER_LABELS: tuple[str, ...] = (
    "zu rechnung nr", "zu rechnung", "zur rechnung nr", "zur rechnung", "bezug rechnung", "ursprungsrechnung",
    "original invoice", "original invoice no", "original invoice number", "facture d'origine",
    "fattura originale", "factura original", "rif. fattura",
    "tel", "tel no", "telephone", "telefon", "phone", "fon", "fax", "fax no", "telefax", "mobile", "mobil",
    "e-mail",
    "email", "mail", "web", "website", "www", "internet", "page", "seite", "pagina", "página",
    "cashier", "operator", "staff", "server", "table", "pax", "room no", "time", "pos", "terminal", "member",
    "subtotal", "sub total", "sub-total", "zwischensumme", "zwischentotal", "sous-total", "sous total",
    "subtotale",
    "total qty", "total quantity", "total item", "total items", "total savings", "total saving", "you saved",
    "total discount", "discount",
    "rabatt", "remise", "descuento", "sconto", "skonto", "rounding", "rounding adj", "rounding adjustment",
    "rounding amount", "rundung", "arrondi", "arrotondamento", "redondeo",
    "cash", "cash tendered", "tendered", "tender", "change", "change due", "amount tendered",
    "amount received", "paid amount", "accepted total",
    "visa", "mastercard", "credit card", "debit card", "payment", "total payment", "bargeld", "gegeben",
    "rückgeld", "zurück", "espèces", "rendu",
    "efectivo", "cambio", "contanti", "resto",
    "positionssumme", "gesamtbetrag der zuschläge", "gesamtbetrag der abschläge", "summe der zuschläge",
    "summe der abschläge",
    "basisbetrag", "steuerbasisbetrag", "steuersatz", "warenwert", "tax rate", "vat rate", "taxable amount",
    "tax base",
    "taux de tva", "aliquota", "tipo de iva", "handelsregister", "handelsregisternummer", "hrb",
    "geschäftsführer", "kontonr", "blz",
    "bankname", "hausbank", "account holder", "kontoinhaber", "account no", "account number", "sort code",
    "carried forward", "brought forward", "übertrag", "report", "riporto", "suma y sigue", "gst summary",
    "tax summary",
    "total excluding gst", "total excl gst", "total before gst", "amount excl gst",
    "total sales excluding gst",
    "gst payable", "total gst", "gst amount", "total includes", "total tax", "service charge", "serv charge",
    "exclusive of gst",
    "ihre nummer", "kundennummer", "kunden-nr", "kundennr", "customer no", "customer number", "customer id",
    "client no", "numéro client", "n° client",
    "codice cliente", "número de cliente", "lieferscheinnummer", "lieferschein-nr", "delivery note",
    "co reg no", "company reg no", "reg no",
    "registration no", "company no", "company registration no", "gst reg no", "gst id", "gst no",
    "gst id no", "roc no",
)  # fmt: skip
"""Phrases that label something which is no field: a type's own phrase of the same words goes before them."""

EXTRA_LABELS: dict[str, tuple[str, ...]] = {
    "invoice_number": (
        "rechnungskorrektur nr", "rechnungskorrektur", "korrekturrechnung nr", "stornorechnung nr",
        "credit memo no", "credit memo number", "credit memo", "nota di credito nr", "nota de crédito nº",
    ),
    "issue_date": ("issued", "dated"),
    "due_date": (
        "due",
        "zahlbar bis", "zahlbar bis zum", "netto bis", "tagen netto bis", "fällig am", "fällig bis",
        "fälligkeit", "bis zum", "überweisen sie bis zum",
        "please remit until", "remit until", "payable by", "pay by", "payment due by", "payable until",
        "à payer avant le", "à régler avant le", "au plus tard le",
        "payable avant le", "wird am", "abbuchung am", "will be debited on", "sera prélevé le",
        "da pagare entro", "entro il", "pagar antes del", "vence el",
    ),
}  # fmt: skip
"""How sentences, not labels, name a value."""

NAME_SYNONYMS: dict[str, tuple[str, ...]] = {
    "num": ("number", "no", "#", "num", "nr"),
    "number": ("number", "no", "#", "num", "nr"),
    "no": ("no", "number", "#"),
    "id": ("id", "no", "number", "#"),
    "date": ("date", "dated"),
    "from": ("from", "start date", "start", "begin", "dates"),
    "start": ("start", "start date", "from", "begin", "dates"),
    "to": ("to", "end date", "end", "through", "until"),
    "end": ("end", "end date", "to", "through"),
    "amount": ("amount", "total", "amt", "value"),
    "total": ("total", "amount"),
    "name": ("name", ""),
    "title": ("title", "position"),
    "signer": ("signer", "signature", "signed by", "name and title", "by"),
    "file": ("file", "filed", "filing", "date of"),
    "address": ("address", ""),
    "contract": ("contract", "order", "contract / order"),
    "order": ("order", "contract", "po"),
    "gross": ("gross", "total gross", "grand total"),
    "net": ("net", "total net"),
    "customer": ("customer", "client", "buyer"),
    "seller": ("seller", "vendor", "supplier"),
    "vendor": ("vendor", "supplier", "seller"),
}
"""Words of a field's name and the words that documents print for them (for types without label words)."""

CARRIED: tuple[str, ...] = (
    "übertrag", "übertrag von seite", "übertrag auf seite", "zwischensumme seite", "seitensumme",
    "saldovortrag seite", "zwischensaldo", "carried forward", "brought forward",
    "carry forward", "carried over", "page total", "subtotal carried forward", "amount carried forward",
    "total carried forward", "total brought forward",
    "report", "à reporter", "a reporter", "report page", "report de la page", "total page",
    "sous-total page", "riporto", "a riportare", "riporto pagina", "totale pagina",
    "suma y sigue", "suma anterior", "suma y sigue página", "total página", "saldo a reportar", "transporte",
)  # fmt: skip
"""Sums that a page hands to the next one: no entries, and no totals either."""

ADJUSTING: tuple[str, ...] = (
    "abzgl", "abzüglich", "rabatt", "nachlass", "zzgl", "zuschlag", "discount", "less", "less discount",
    "line discount", "allowance", "surcharge",
    "remise", "rabais", "descuento", "dto", "sconto", "abbuono",
)  # fmt: skip
"""Discounts and charges that stand under the entry that they change."""

TOTALS: tuple[str, ...] = (
    "positionssumme", "zwischensumme", "zwischentotal", "summe der positionen", "warenwert", "totals",
    "summen", "totaux", "totales", "totali", "total bruto", "importe bruto", "totale lordo", "total brut",
    "gesamtbetrag der zuschläge",
    "gesamtbetrag der abschläge", "gesamtsumme", "summe",
    "rechnungssumme", "rechnungssumme netto", "rechnungssumme brutto", "subtotal", "sub total",
    "items total", "total of items", "net", "vat", "total",
    "sous-total", "total lignes", "suma", "subtotale", "totale righe",
    "zzgl umsatzsteuer", "zzgl mwst", "zzgl ust", "zzgl versandkosten", "versandkosten", "shipping",
    "freight", "delivery charge", "frais de port", "spese di spedizione", "gastos de envío",
    "plus vat", "zuzüglich umsatzsteuer", "zuzüglich mwst", "zuzügl ust",
)  # fmt: skip
"""Words that open the first row below a table of things sold."""

ROW_SUMS: tuple[str, ...] = (
    "positionssumme", "zwischensumme", "zwischentotal", "summe der positionen", "summe positionen",
    "total bruto", "importe bruto", "totale lordo", "total brut", "warenwert", "subtotal",
    "sub total", "sub-total", "items total", "total of items",
    "sous-total", "total lignes", "subtotale", "totale righe", "totale merce", "gesamt netto", "summe netto",
)  # fmt: skip
"""Sums that a document gives for its own rows, before charges on the whole."""

PARTY_HEADINGS: dict[str, tuple[str, ...]] = {
    "seller": (
        "rechnungsersteller", "rechnungssteller", "verkäufer", "lieferant", "seller", "supplier", "vendor",
        "issued by", "fournisseur", "vendeur", "émetteur", "proveedor", "emisor", "fornitore", "cedente",
        "cedente / prestatore", "mittente",
    ),
    "buyer": (
        "rechnungsempfänger", "käufer", "käufer/leistungsempfänger", "leistungsempfänger", "bill to",
        "billed to", "sold to", "invoice to", "invoiced to", "customer", "facturé à", "facturer à",
        "adressé à", "client",
        "destinataire", "cliente", "facturar a", "destinatario", "cessionario", "cessionario / committente",
        "intestatario",
    ),
    "other": (
        "ship to", "deliver to", "delivery address", "lieferadresse", "lieferanschrift", "warenempfänger",
        "abweichender warenempfänger", "abweichender zahlungsempfänger", "remit to", "livré à",
        "adresse de livraison",
        "dirección de entrega", "enviar a", "destinazione merce", "luogo di consegna", "bemerkungen",
        "positionsdaten", "zahlungsart", "bank details", "bankverbindung",
    ),
}  # fmt: skip
"""Headings over a party's block; those of "other" only end the block before them."""

NAME_LABELS: tuple[str, ...] = (
    "name",
    "firma",
    "firmenname",
    "company",
    "company name",
    "nom",
    "raison sociale",
    "société",
    "nombre",
    "razón social",
    "nome",
    "ragione sociale",
    "denominazione",
)
"""Labels of a name within a party's block."""

ADDRESS_LABELS: tuple[str, ...] = (
    "anschrift",
    "adresse",
    "address",
    "dirección",
    "domicilio",
    "indirizzo",
    "sede",
    "straße",
    "street",
)
"""Labels of an address within a party's block."""
