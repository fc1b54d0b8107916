"""OASIS UBL 2.1 Invoice and CreditNote, as Peppol BIS Billing 3 and XRechnung use them (EN 16931-3-2)."""

from docmill.engines.einvoice.syntax import Composed, ListSyntax, Syntax

_SELLER = "AccountingSupplierParty/Party"
_BUYER = "AccountingCustomerParty/Party"
_SUMS = "LegalMonetaryTotal|RequestedMonetaryTotal"
_ADDRESS = (
    ("StreetName",),
    ("AdditionalStreetName",),
    ("AddressLine/Line",),
    ("PostalZone", "CityName"),
    ("CountrySubentity",),
    ("Country/IdentificationCode",),
)

UBL = Syntax(
    name="UBL",
    roots=frozenset({"Invoice", "CreditNote"}),
    currency="DocumentCurrencyCode",
    fields={
        "invoice_number": ("ID",),  # BT-1
        "issue_date": ("IssueDate",),  # BT-2
        "invoice_type_code": ("InvoiceTypeCode|CreditNoteTypeCode",),  # BT-3
        "currency": ("DocumentCurrencyCode",),  # BT-5
        "due_date": ("DueDate", "PaymentMeans/PaymentDueDate", "PaymentTerms/PaymentDueDate"),  # BT-9
        "order_reference": ("OrderReference/ID",),  # BT-13
        "payment.terms": ("PaymentTerms/Note",),  # BT-20
        "seller.name": (f"{_SELLER}/PartyLegalEntity/RegistrationName", f"{_SELLER}/PartyName/Name"),  # BT-27
        "seller.vat_id": (f"{_SELLER}/PartyTaxScheme[TaxScheme/ID=VAT]/CompanyID",),  # BT-31
        "seller.tax_id": (f"{_SELLER}/PartyTaxScheme[TaxScheme/ID!=VAT]/CompanyID",),  # BT-32
        "buyer.name": (f"{_BUYER}/PartyLegalEntity/RegistrationName", f"{_BUYER}/PartyName/Name"),  # BT-44
        "buyer.vat_id": (f"{_BUYER}/PartyTaxScheme[TaxScheme/ID=VAT]/CompanyID",),  # BT-48
        "delivery_date": ("Delivery/ActualDeliveryDate",),  # BT-72
        "payment.iban": ("PaymentMeans/PayeeFinancialAccount/ID",),  # BT-84
        "payment.bic": (  # BT-86
            "PaymentMeans/PayeeFinancialAccount/FinancialInstitutionBranch/ID",
            "PaymentMeans/PayeeFinancialAccount/FinancialInstitutionBranch/FinancialInstitution/ID",
        ),
        "allowance_total": (f"{_SUMS}/AllowanceTotalAmount",),  # BT-107
        "charge_total": (f"{_SUMS}/ChargeTotalAmount",),  # BT-108
        "net_total": (f"{_SUMS}/TaxExclusiveAmount",),  # BT-109
        "tax_total": ("TaxTotal/TaxAmount",),  # BT-110
        "gross_total": (f"{_SUMS}/TaxInclusiveAmount",),  # BT-112
        "prepaid": (f"{_SUMS}/PrepaidAmount",),  # BT-113
        "rounding": (f"{_SUMS}/PayableRoundingAmount",),  # BT-114
        "amount_due": (f"{_SUMS}/PayableAmount",),  # BT-115
    },
    composed={
        "seller.address": Composed(f"{_SELLER}/PostalAddress", _ADDRESS),  # BG-5
        "buyer.address": Composed(f"{_BUYER}/PostalAddress", _ADDRESS),  # BG-8
    },
    lists={
        "tax_breakdown": ListSyntax(  # BG-23
            "TaxTotal/TaxSubtotal",
            {
                "basis": ("TaxableAmount",),  # BT-116
                "tax": ("TaxAmount",),  # BT-117
                "rate": ("TaxCategory/Percent",),  # BT-119
            },
            may_be_absent=True,
        ),
        "line_items": ListSyntax(  # BG-25
            "InvoiceLine|CreditNoteLine",
            {
                "position": ("ID",),  # BT-126
                "quantity": ("InvoicedQuantity|CreditedQuantity",),  # BT-129
                "unit": ("InvoicedQuantity|CreditedQuantity/@unitCode",),  # BT-130
                "amount": ("LineExtensionAmount",),  # BT-131
                "unit_price": ("Price/PriceAmount",),  # BT-146
                "price_base_quantity": ("Price/BaseQuantity",),  # BT-149
                "tax_rate": ("Item/ClassifiedTaxCategory/Percent",),  # BT-152
                "description": ("Item/Name", "Item/Description"),  # BT-153, BT-154
                "article_number": (  # BT-155, BT-157, BT-156
                    "Item/SellersItemIdentification/ID",
                    "Item/StandardItemIdentification/ID",
                    "Item/BuyersItemIdentification/ID",
                ),
            },
        ),
    },
)
