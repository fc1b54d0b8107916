"""E-invoices of the same invoices: CII in three Factur-X profiles, UBL, and the hybrid PDF around the former."""

import re
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Literal
from xml.sax.saxutils import escape

from .invoices import Invoice, Item, Tax, make_invoice
from .layouts import draw_invoice, printed_fields
from .people import Party
from .truth import Truth

Profile = Literal["minimum", "basicwl", "basic", "en16931"]

GUIDELINES: dict[str, str] = {
    "minimum": "urn:factur-x.eu:1p0:minimum",
    "basicwl": "urn:factur-x.eu:1p0:basicwl",
    "basic": "urn:cen.eu:en16931:2017#compliant#urn:factur-x.eu:1p0:basic",
    "en16931": "urn:cen.eu:en16931:2017",
}

_FIXED_TIME = "20260102030405"


def facturx_pdf(
    profile: Profile = "en16931",
    *,
    language: str = "de",
    layout: str = "window",
    items: int = 5,
    seed: int = 1,
) -> tuple[bytes, Truth]:
    """A PDF/A-3 like file with the invoice's XML inside, checked against the profile's XSD by the factur-x package."""
    from facturx import generate_from_binary

    invoice = make_invoice(language, items=items, seed=seed)
    data = generate_from_binary(
        draw_invoice(invoice, layout),
        cii_xml(invoice, profile),
        flavor="factur-x",
        level=profile,
        check_xsd=True,
        check_schematron=False,
        lang=f"{language}-{invoice.seller.country}",
        afrelationship="alternative" if profile in ("basic", "en16931") else "data",
        xmp_compression=False,
    )
    return freeze(data), invoice.truth(printed=printed_fields(invoice, layout))


def cii_file(*, language: str = "de", items: int = 6, seed: int = 1) -> tuple[bytes, Truth]:
    """A plain XML invoice in CII syntax (EN 16931); it has no pages."""
    invoice = make_invoice(language, items=items, seed=seed)
    return cii_xml(invoice, "en16931"), invoice.truth(printed=())


def ubl_file(*, language: str = "de", items: int = 6, seed: int = 1) -> tuple[bytes, Truth]:
    """A plain XML invoice in UBL 2.1 syntax (EN 16931); it has no pages."""
    invoice = make_invoice(language, items=items, seed=seed)
    return ubl_xml(invoice), invoice.truth(printed=())


def freeze(data: bytes) -> bytes:
    """Write fixed times over those of the clock, and an id made of the content."""
    import pikepdf

    with pikepdf.open(BytesIO(data)) as pdf:
        stamp = f"D:{_FIXED_TIME}Z"
        pdf.docinfo["/CreationDate"] = stamp
        pdf.docinfo["/ModDate"] = stamp
        for attachment in pdf.attachments.values():
            for name in attachment.obj.EF:
                attachment.obj.EF[name].Params = pikepdf.Dictionary(
                    Size=len(attachment.obj.EF[name].read_bytes()), ModDate=stamp
                )
        xmp = pdf.Root.Metadata.read_bytes()
        iso = b"2026-01-02T03:04:05+00:00"
        pdf.Root.Metadata = pdf.make_stream(
            re.sub(rb"20\d\d-\d\d-\d\dT[0-9:.+]+(Z|)", iso, xmp),
            Type=pikepdf.Name.Metadata,
            Subtype=pikepdf.Name.XML,
        )
        out = BytesIO()
        pdf.save(out, deterministic_id=True)
    return out.getvalue()


def cii_xml(invoice: Invoice, profile: Profile) -> bytes:
    """UN/CEFACT Cross Industry Invoice D16B in the order that the XSD asks for."""
    lines = (
        "".join(_cii_line(item, full=profile == "en16931") for item in invoice.items)
        if profile in ("basic", "en16931")
        else ""
    )
    text = f"""<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100" xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100" xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100">
<rsm:ExchangedDocumentContext><ram:GuidelineSpecifiedDocumentContextParameter><ram:ID>{GUIDELINES[profile]}</ram:ID></ram:GuidelineSpecifiedDocumentContextParameter></rsm:ExchangedDocumentContext>
<rsm:ExchangedDocument><ram:ID>{escape(invoice.number)}</ram:ID><ram:TypeCode>380</ram:TypeCode><ram:IssueDateTime>{_cii_date(invoice.issued)}</ram:IssueDateTime></rsm:ExchangedDocument>
<rsm:SupplyChainTradeTransaction>
{lines}{_cii_agreement(invoice, profile)}
{_cii_delivery(invoice, profile)}
{_cii_settlement(invoice, profile)}
</rsm:SupplyChainTradeTransaction>
</rsm:CrossIndustryInvoice>
"""
    return text.encode()


def _cii_date(day: date) -> str:
    return f'<udt:DateTimeString format="102">{day:%Y%m%d}</udt:DateTimeString>'


def _cii_line(item: Item, *, full: bool) -> str:
    article = f"<ram:SellerAssignedID>{item.article}</ram:SellerAssignedID>" if full else ""
    return f"""<ram:IncludedSupplyChainTradeLineItem>
<ram:AssociatedDocumentLineDocument><ram:LineID>{item.position}</ram:LineID></ram:AssociatedDocumentLineDocument>
<ram:SpecifiedTradeProduct>{article}<ram:Name>{escape(item.description)}</ram:Name></ram:SpecifiedTradeProduct>
<ram:SpecifiedLineTradeAgreement><ram:NetPriceProductTradePrice><ram:ChargeAmount>{item.price}</ram:ChargeAmount></ram:NetPriceProductTradePrice></ram:SpecifiedLineTradeAgreement>
<ram:SpecifiedLineTradeDelivery><ram:BilledQuantity unitCode="{item.unit}">{item.quantity}</ram:BilledQuantity></ram:SpecifiedLineTradeDelivery>
<ram:SpecifiedLineTradeSettlement><ram:ApplicableTradeTax><ram:TypeCode>VAT</ram:TypeCode><ram:CategoryCode>S</ram:CategoryCode><ram:RateApplicablePercent>{item.rate}</ram:RateApplicablePercent></ram:ApplicableTradeTax>
<ram:SpecifiedTradeSettlementLineMonetarySummation><ram:LineTotalAmount>{item.amount}</ram:LineTotalAmount></ram:SpecifiedTradeSettlementLineMonetarySummation></ram:SpecifiedLineTradeSettlement>
</ram:IncludedSupplyChainTradeLineItem>
"""


def _cii_party(party: Party, *, seller: bool, profile: Profile) -> str:
    contact = address = tax = ""
    if profile == "en16931" and seller:
        contact = (
            f"<ram:DefinedTradeContact><ram:PersonName>{escape(party.contact)}</ram:PersonName>"
            f"<ram:TelephoneUniversalCommunication><ram:CompleteNumber>{party.phone}</ram:CompleteNumber></ram:TelephoneUniversalCommunication>"
            f"<ram:EmailURIUniversalCommunication><ram:URIID>info@{party.domain}</ram:URIID></ram:EmailURIUniversalCommunication></ram:DefinedTradeContact>"
        )
    if profile != "minimum":
        address = (
            f"<ram:PostalTradeAddress><ram:PostcodeCode>{party.postcode}</ram:PostcodeCode><ram:LineOne>{escape(party.street)}</ram:LineOne>"
            f"<ram:CityName>{party.town}</ram:CityName><ram:CountryID>{party.country}</ram:CountryID></ram:PostalTradeAddress>"
        )
    elif seller:
        address = (
            f"<ram:PostalTradeAddress><ram:CountryID>{party.country}</ram:CountryID></ram:PostalTradeAddress>"
        )
    if seller or profile != "minimum":
        tax = f'<ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">{party.vat_id}</ram:ID></ram:SpecifiedTaxRegistration>'
    if seller and party.tax_number:
        # The XSD wants the local tax number ("FC") before or after the VAT id alike; German samples have it first.
        tax = f'<ram:SpecifiedTaxRegistration><ram:ID schemeID="FC">{party.tax_number}</ram:ID></ram:SpecifiedTaxRegistration>{tax}'
    return f"<ram:Name>{escape(party.name)}</ram:Name>{contact}{address}{tax}"


def _cii_agreement(invoice: Invoice, profile: Profile) -> str:
    return (
        "<ram:ApplicableHeaderTradeAgreement>"
        f"<ram:SellerTradeParty>{_cii_party(invoice.seller, seller=True, profile=profile)}</ram:SellerTradeParty>\n"
        f"<ram:BuyerTradeParty>{_cii_party(invoice.buyer, seller=False, profile=profile)}</ram:BuyerTradeParty>\n"
        f"<ram:BuyerOrderReferencedDocument><ram:IssuerAssignedID>{invoice.order}</ram:IssuerAssignedID></ram:BuyerOrderReferencedDocument>"
        "</ram:ApplicableHeaderTradeAgreement>"
    )


def _cii_delivery(invoice: Invoice, profile: Profile) -> str:
    if profile == "minimum":
        return "<ram:ApplicableHeaderTradeDelivery/>"
    event = f"<ram:ActualDeliverySupplyChainEvent><ram:OccurrenceDateTime>{_cii_date(invoice.delivered)}</ram:OccurrenceDateTime></ram:ActualDeliverySupplyChainEvent>"
    return f"<ram:ApplicableHeaderTradeDelivery>{event}</ram:ApplicableHeaderTradeDelivery>"


def _cii_settlement(invoice: Invoice, profile: Profile) -> str:
    currency = f"<ram:InvoiceCurrencyCode>{invoice.currency}</ram:InvoiceCurrencyCode>"
    total = f'<ram:TaxBasisTotalAmount>{invoice.net}</ram:TaxBasisTotalAmount><ram:TaxTotalAmount currencyID="{invoice.currency}">{invoice.tax}</ram:TaxTotalAmount><ram:GrandTotalAmount>{invoice.gross}</ram:GrandTotalAmount>'
    due = f"<ram:DuePayableAmount>{invoice.gross}</ram:DuePayableAmount>"
    if profile == "minimum":
        body = f"{currency}<ram:SpecifiedTradeSettlementHeaderMonetarySummation>{total}{due}</ram:SpecifiedTradeSettlementHeaderMonetarySummation>"
        return f"<ram:ApplicableHeaderTradeSettlement>{body}</ram:ApplicableHeaderTradeSettlement>"
    bank = (
        f"<ram:PayeeSpecifiedCreditorFinancialInstitution><ram:BICID>{invoice.seller.bic}</ram:BICID></ram:PayeeSpecifiedCreditorFinancialInstitution>"
        if profile == "en16931"
        else ""
    )
    means = f"<ram:SpecifiedTradeSettlementPaymentMeans><ram:TypeCode>58</ram:TypeCode><ram:PayeePartyCreditorFinancialAccount><ram:IBANID>{invoice.seller.iban}</ram:IBANID></ram:PayeePartyCreditorFinancialAccount>{bank}</ram:SpecifiedTradeSettlementPaymentMeans>"
    taxes = "".join(_cii_tax(tax) for tax in invoice.taxes)
    terms = f"<ram:SpecifiedTradePaymentTerms><ram:DueDateDateTime>{_cii_date(invoice.due)}</ram:DueDateDateTime></ram:SpecifiedTradePaymentTerms>"
    sums = f"<ram:SpecifiedTradeSettlementHeaderMonetarySummation><ram:LineTotalAmount>{invoice.net}</ram:LineTotalAmount><ram:ChargeTotalAmount>0.00</ram:ChargeTotalAmount><ram:AllowanceTotalAmount>0.00</ram:AllowanceTotalAmount>{total}<ram:TotalPrepaidAmount>0.00</ram:TotalPrepaidAmount>{due}</ram:SpecifiedTradeSettlementHeaderMonetarySummation>"
    return f"<ram:ApplicableHeaderTradeSettlement>{currency}{means}\n{taxes}{terms}\n{sums}</ram:ApplicableHeaderTradeSettlement>"


def _cii_tax(tax: Tax) -> str:
    return f"<ram:ApplicableTradeTax><ram:CalculatedAmount>{tax.tax}</ram:CalculatedAmount><ram:TypeCode>VAT</ram:TypeCode><ram:BasisAmount>{tax.basis}</ram:BasisAmount><ram:CategoryCode>S</ram:CategoryCode><ram:RateApplicablePercent>{tax.rate}</ram:RateApplicablePercent></ram:ApplicableTradeTax>"


def ubl_xml(invoice: Invoice) -> bytes:
    """UBL 2.1 with the customization id of the CIUS XRechnung 3.0."""
    text = f"""<?xml version="1.0" encoding="UTF-8"?>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2" xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2" xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
<cbc:CustomizationID>urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0</cbc:CustomizationID>
<cbc:ProfileID>urn:fdc:peppol.eu:2017:poacc:billing:01:1.0</cbc:ProfileID>
<cbc:ID>{escape(invoice.number)}</cbc:ID>
<cbc:IssueDate>{invoice.issued}</cbc:IssueDate>
<cbc:DueDate>{invoice.due}</cbc:DueDate>
<cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>
<cbc:DocumentCurrencyCode>{invoice.currency}</cbc:DocumentCurrencyCode>
<cbc:BuyerReference>{invoice.customer}</cbc:BuyerReference>
<cac:OrderReference><cbc:ID>{invoice.order}</cbc:ID></cac:OrderReference>
<cac:AccountingSupplierParty>{_ubl_party(invoice.seller, contact=True)}</cac:AccountingSupplierParty>
<cac:AccountingCustomerParty>{_ubl_party(invoice.buyer, contact=False)}</cac:AccountingCustomerParty>
<cac:Delivery><cbc:ActualDeliveryDate>{invoice.delivered}</cbc:ActualDeliveryDate></cac:Delivery>
<cac:PaymentMeans><cbc:PaymentMeansCode>58</cbc:PaymentMeansCode><cac:PayeeFinancialAccount><cbc:ID>{invoice.seller.iban}</cbc:ID><cac:FinancialInstitutionBranch><cbc:ID>{invoice.seller.bic}</cbc:ID></cac:FinancialInstitutionBranch></cac:PayeeFinancialAccount></cac:PaymentMeans>
<cac:TaxTotal>{_ubl_amount(invoice, "TaxAmount", invoice.tax)}{"".join(_ubl_tax(invoice, tax) for tax in invoice.taxes)}</cac:TaxTotal>
<cac:LegalMonetaryTotal>{_ubl_amount(invoice, "LineExtensionAmount", invoice.net)}{_ubl_amount(invoice, "TaxExclusiveAmount", invoice.net)}{_ubl_amount(invoice, "TaxInclusiveAmount", invoice.gross)}{_ubl_amount(invoice, "PayableAmount", invoice.gross)}</cac:LegalMonetaryTotal>
{"".join(_ubl_line(invoice, item) for item in invoice.items)}</Invoice>
"""
    return text.encode()


def _ubl_amount(invoice: Invoice, name: str, value: Decimal) -> str:
    return f'<cbc:{name} currencyID="{invoice.currency}">{value}</cbc:{name}>'


def _ubl_party(party: Party, *, contact: bool) -> str:
    person = (
        f"<cac:Contact><cbc:Name>{escape(party.contact)}</cbc:Name><cbc:Telephone>{party.phone}</cbc:Telephone><cbc:ElectronicMail>info@{party.domain}</cbc:ElectronicMail></cac:Contact>"
        if contact
        else ""
    )
    local = (
        f"<cac:PartyTaxScheme><cbc:CompanyID>{party.tax_number}</cbc:CompanyID><cac:TaxScheme><cbc:ID>FC</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>"
        if contact and party.tax_number
        else ""
    )
    return f"""<cac:Party><cbc:EndpointID schemeID="EM">info@{party.domain}</cbc:EndpointID><cac:PostalAddress><cbc:StreetName>{escape(party.street)}</cbc:StreetName><cbc:CityName>{party.town}</cbc:CityName><cbc:PostalZone>{party.postcode}</cbc:PostalZone><cac:Country><cbc:IdentificationCode>{party.country}</cbc:IdentificationCode></cac:Country></cac:PostalAddress><cac:PartyTaxScheme><cbc:CompanyID>{party.vat_id}</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>{local}<cac:PartyLegalEntity><cbc:RegistrationName>{escape(party.name)}</cbc:RegistrationName></cac:PartyLegalEntity>{person}</cac:Party>"""


def _ubl_tax(invoice: Invoice, tax: Tax) -> str:
    category = f"<cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>{tax.rate}</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:TaxCategory>"
    return f"<cac:TaxSubtotal>{_ubl_amount(invoice, 'TaxableAmount', tax.basis)}{_ubl_amount(invoice, 'TaxAmount', tax.tax)}{category}</cac:TaxSubtotal>"


def _ubl_line(invoice: Invoice, item: Item) -> str:
    return f"""<cac:InvoiceLine><cbc:ID>{item.position}</cbc:ID><cbc:InvoicedQuantity unitCode="{item.unit}">{item.quantity}</cbc:InvoicedQuantity>{_ubl_amount(invoice, "LineExtensionAmount", item.amount)}<cac:Item><cbc:Name>{escape(item.description)}</cbc:Name><cac:SellersItemIdentification><cbc:ID>{item.article}</cbc:ID></cac:SellersItemIdentification><cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>{item.rate}</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:ClassifiedTaxCategory></cac:Item><cac:Price>{_ubl_amount(invoice, "PriceAmount", item.price)}</cac:Price></cac:InvoiceLine>
"""
