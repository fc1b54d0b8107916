"""FatturaPA 1.2, the Italian format (Agenzia delle Entrate, "Specifiche tecniche", version 1.8).

It states sums per tax rate (DatiRiepilogo); the totals that the invoice type has are their sums.
"""

from docmill.engines.einvoice.syntax import Composed, ListSyntax, Syntax

_HEADER = "FatturaElettronicaHeader"
_BODY = "FatturaElettronicaBody"
_DOCUMENT = f"{_BODY}/DatiGenerali/DatiGeneraliDocumento"
_SELLER = f"{_HEADER}/CedentePrestatore"
_BUYER = f"{_HEADER}/CessionarioCommittente"
_BY_RATE = f"{_BODY}/DatiBeniServizi/DatiRiepilogo"
_PAYMENT = f"{_BODY}/DatiPagamento/DettaglioPagamento"
_ADDRESS = (("Indirizzo", "NumeroCivico"), ("CAP", "Comune", "Provincia"), ("Nazione",))
_PERSON = (("Nome", "Cognome"),)
_VAT_ID = (("IdPaese",), ("IdCodice",))

FATTURAPA = Syntax(
    name="FatturaPA",
    roots=frozenset({"FatturaElettronica"}),
    currency=f"{_DOCUMENT}/Divisa",
    bodies=_BODY,
    fields={
        "invoice_number": (f"{_DOCUMENT}/Numero",),
        "issue_date": (f"{_DOCUMENT}/Data",),
        "invoice_type_code": (f"{_DOCUMENT}/TipoDocumento",),
        "currency": (f"{_DOCUMENT}/Divisa",),
        "due_date": (f"{_PAYMENT}/DataScadenzaPagamento",),
        "delivery_date": (f"{_BODY}/DatiGenerali/DatiTrasporto/DataOraConsegna",),
        "order_reference": (f"{_BODY}/DatiGenerali/DatiOrdineAcquisto/IdDocumento",),
        "seller.name": (f"{_SELLER}/DatiAnagrafici/Anagrafica/Denominazione",),
        "seller.tax_id": (f"{_SELLER}/DatiAnagrafici/CodiceFiscale",),
        "buyer.name": (f"{_BUYER}/DatiAnagrafici/Anagrafica/Denominazione",),
        "payment.iban": (f"{_PAYMENT}/IBAN",),
        "payment.bic": (f"{_PAYMENT}/BIC",),
        "gross_total": (f"{_DOCUMENT}/ImportoTotaleDocumento",),
        "rounding": (f"{_DOCUMENT}/Arrotondamento",),
    },
    composed={
        "seller.name": Composed(f"{_SELLER}/DatiAnagrafici/Anagrafica", _PERSON),
        "seller.address": Composed(f"{_SELLER}/Sede", _ADDRESS),
        "seller.vat_id": Composed(f"{_SELLER}/DatiAnagrafici/IdFiscaleIVA", _VAT_ID, between=""),
        "buyer.name": Composed(f"{_BUYER}/DatiAnagrafici/Anagrafica", _PERSON),
        "buyer.address": Composed(f"{_BUYER}/Sede", _ADDRESS),
        "buyer.vat_id": Composed(f"{_BUYER}/DatiAnagrafici/IdFiscaleIVA", _VAT_ID, between=""),
    },
    sums={
        "net_total": (f"{_BY_RATE}/ImponibileImporto",),
        "tax_total": (f"{_BY_RATE}/Imposta",),
        "gross_total": (f"{_BY_RATE}/ImponibileImporto", f"{_BY_RATE}/Imposta"),
        "charge_total": (f"{_DOCUMENT}/DatiCassaPrevidenziale/ImportoContributoCassa",),
        "amount_due": (f"{_PAYMENT}/ImportoPagamento",),
    },
    lists={
        "tax_breakdown": ListSyntax(
            _BY_RATE,
            {"basis": ("ImponibileImporto",), "tax": ("Imposta",), "rate": ("AliquotaIVA",)},
        ),
        "line_items": ListSyntax(
            f"{_BODY}/DatiBeniServizi/DettaglioLinee",
            {
                "position": ("NumeroLinea",),
                "quantity": ("Quantita",),
                "unit": ("UnitaMisura",),
                "amount": ("PrezzoTotale",),
                "unit_price": ("PrezzoUnitario",),
                "tax_rate": ("AliquotaIVA",),
                "description": ("Descrizione",),
                "article_number": ("CodiceArticolo/CodiceValore",),
            },
        ),
    },
)
