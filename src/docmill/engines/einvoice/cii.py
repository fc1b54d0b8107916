"""UN/CEFACT Cross Industry Invoice: ZUGFeRD 1.0 (CrossIndustryDocument), ZUGFeRD 2, Factur-X, XRechnung.

Business terms (BT) are those of EN 16931-1; paths after EN 16931-3-3 and the ZUGFeRD 1.0 schema.
"""

from docmill.engines.einvoice.syntax import Composed, ListSyntax, Syntax

_DOCUMENT = "ExchangedDocument|HeaderExchangedDocument"
_TRADE = "SupplyChainTradeTransaction|SpecifiedSupplyChainTradeTransaction"
_AGREEMENT = f"{_TRADE}/ApplicableHeaderTradeAgreement|ApplicableSupplyChainTradeAgreement"
_DELIVERY = f"{_TRADE}/ApplicableHeaderTradeDelivery|ApplicableSupplyChainTradeDelivery"
_SETTLEMENT = f"{_TRADE}/ApplicableHeaderTradeSettlement|ApplicableSupplyChainTradeSettlement"
_SUMS = (
    f"{_SETTLEMENT}/SpecifiedTradeSettlementHeaderMonetarySummation|SpecifiedTradeSettlementMonetarySummation"
)
_TERMS = f"{_SETTLEMENT}/SpecifiedTradePaymentTerms"
_MEANS = f"{_SETTLEMENT}/SpecifiedTradeSettlementPaymentMeans"
_SELLER = f"{_AGREEMENT}/SellerTradeParty"
_BUYER = f"{_AGREEMENT}/BuyerTradeParty"
_ADDRESS = (
    ("LineOne",),
    ("LineTwo",),
    ("LineThree",),
    ("PostcodeCode", "CityName"),
    ("CountrySubDivisionName",),
    ("CountryID",),
)
_LINE_AGREEMENT = "SpecifiedLineTradeAgreement|SpecifiedSupplyChainTradeAgreement"
_LINE_DELIVERY = "SpecifiedLineTradeDelivery|SpecifiedSupplyChainTradeDelivery"
_LINE_SETTLEMENT = "SpecifiedLineTradeSettlement|SpecifiedSupplyChainTradeSettlement"
_LINE_SUMS = "SpecifiedTradeSettlementLineMonetarySummation|SpecifiedTradeSettlementMonetarySummation"

CII = Syntax(
    name="CII",
    roots=frozenset({"CrossIndustryInvoice", "CrossIndustryDocument"}),
    currency=f"{_SETTLEMENT}/InvoiceCurrencyCode",
    fields={
        "invoice_number": (f"{_DOCUMENT}/ID",),  # BT-1
        "issue_date": (f"{_DOCUMENT}/IssueDateTime/DateTimeString|DateTime",),  # BT-2
        "invoice_type_code": (f"{_DOCUMENT}/TypeCode",),  # BT-3
        "currency": (f"{_SETTLEMENT}/InvoiceCurrencyCode",),  # BT-5
        "due_date": (f"{_TERMS}/DueDateDateTime/DateTimeString|DateTime",),  # BT-9
        "order_reference": (f"{_AGREEMENT}/BuyerOrderReferencedDocument/IssuerAssignedID|ID",),  # BT-13
        "payment.terms": (f"{_TERMS}/Description",),  # BT-20
        "seller.name": (f"{_SELLER}/Name",),  # BT-27
        "seller.vat_id": (f"{_SELLER}/SpecifiedTaxRegistration/ID[@schemeID=VA]",),  # BT-31
        "seller.tax_id": (f"{_SELLER}/SpecifiedTaxRegistration/ID[@schemeID=FC]",),  # BT-32
        "buyer.name": (f"{_BUYER}/Name",),  # BT-44
        "buyer.vat_id": (f"{_BUYER}/SpecifiedTaxRegistration/ID[@schemeID=VA]",),  # BT-48
        "delivery_date": (  # BT-72
            f"{_DELIVERY}/ActualDeliverySupplyChainEvent/OccurrenceDateTime/DateTimeString|DateTime",
        ),
        "payment.iban": (f"{_MEANS}/PayeePartyCreditorFinancialAccount/IBANID",),  # BT-84
        "payment.bic": (f"{_MEANS}/PayeeSpecifiedCreditorFinancialInstitution/BICID",),  # BT-86
        "allowance_total": (f"{_SUMS}/AllowanceTotalAmount",),  # BT-107
        "charge_total": (f"{_SUMS}/ChargeTotalAmount",),  # BT-108
        "net_total": (f"{_SUMS}/TaxBasisTotalAmount",),  # BT-109
        "tax_total": (f"{_SUMS}/TaxTotalAmount",),  # BT-110
        "gross_total": (f"{_SUMS}/GrandTotalAmount",),  # BT-112
        "prepaid": (f"{_SUMS}/TotalPrepaidAmount",),  # BT-113
        "rounding": (f"{_SUMS}/RoundingAmount",),  # BT-114
        "amount_due": (f"{_SUMS}/DuePayableAmount",),  # BT-115
    },
    composed={
        "seller.address": Composed(f"{_SELLER}/PostalTradeAddress", _ADDRESS),  # BG-5
        "buyer.address": Composed(f"{_BUYER}/PostalTradeAddress", _ADDRESS),  # BG-8
    },
    lists={
        "tax_breakdown": ListSyntax(  # BG-23
            f"{_SETTLEMENT}/ApplicableTradeTax",
            {
                "basis": ("BasisAmount",),  # BT-116
                "tax": ("CalculatedAmount",),  # BT-117
                "rate": ("RateApplicablePercent|ApplicablePercent",),  # BT-119
            },
            may_be_absent=True,
        ),
        "line_items": ListSyntax(  # BG-25
            f"{_TRADE}/IncludedSupplyChainTradeLineItem",
            {
                "position": ("AssociatedDocumentLineDocument/LineID",),  # BT-126
                "quantity": (f"{_LINE_DELIVERY}/BilledQuantity",),  # BT-129
                "unit": (f"{_LINE_DELIVERY}/BilledQuantity/@unitCode",),  # BT-130
                "amount": (f"{_LINE_SETTLEMENT}/{_LINE_SUMS}/LineTotalAmount",),  # BT-131
                "unit_price": (f"{_LINE_AGREEMENT}/NetPriceProductTradePrice/ChargeAmount",),  # BT-146
                "price_base_quantity": (
                    f"{_LINE_AGREEMENT}/NetPriceProductTradePrice/BasisQuantity",
                ),  # BT-149
                "tax_rate": (  # BT-152
                    f"{_LINE_SETTLEMENT}/ApplicableTradeTax/RateApplicablePercent|ApplicablePercent",
                ),
                "description": (
                    "SpecifiedTradeProduct/Name",
                    "SpecifiedTradeProduct/Description",
                ),  # BT-153, BT-154
                "article_number": (  # BT-155, BT-157, BT-156
                    "SpecifiedTradeProduct/SellerAssignedID",
                    "SpecifiedTradeProduct/GlobalID",
                    "SpecifiedTradeProduct/BuyerAssignedID",
                ),
            },
            # Factur-X EXTENDED nests lines; groups repeat the sums of their details.
            skip=(
                "AssociatedDocumentLineDocument/LineStatusReasonCode",
                frozenset({"GROUP", "INFORMATION"}),
            ),
            # ZUGFeRD 1.0 has lines that are a remark and nothing else.
            wants="SpecifiedTradeProduct",
        ),
    },
)
