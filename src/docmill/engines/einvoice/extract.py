"""From the XML to an Extraction: every field of the type that the syntax knows, exact, with its XPath."""

from typing import Any

from docmill.domain.results import Blocker, Citation, Extraction, FieldMeta, NullReason, Source
from docmill.domain.types import DocumentType, Kind
from docmill.engines.einvoice.fields import Row, XmlFields
from docmill.engines.einvoice.find import EInvoice
from docmill.engines.einvoice.leaves import Leaf
from docmill.engines.einvoice.paths import find_all
from docmill.engines.einvoice.reconcile import completeness_of
from docmill.engines.einvoice.tree import put

CONFIDENCE_XML = 0.98
"""What the XML says and no page shows: exact, but nobody has seen that it is what was sent."""


def extract_einvoice(invoice: EInvoice, document_type: DocumentType) -> Extraction:
    """Return every field of the type; what the XML lacks is null with NOT_IN_XML. Pages are not looked at."""
    value: dict[str, Any] = {}
    metadata: dict[str, FieldMeta] = {}
    fields = XmlFields(invoice)
    for spec in document_type.fields:
        if spec.kind is Kind.LIST:
            rows = fields.rows(document_type, spec.path)
            absent = not rows and invoice.syntax.may_lack(spec.path)
            put(value, spec.path, None if absent else [_row_value(row) for row in rows])
            if absent:
                metadata[spec.path] = _meta(None)
            for index, row in enumerate(rows):
                for name, leaf in row.items():
                    metadata[f"{spec.path}[{index}].{name}"] = _meta(leaf)
        elif spec.kind is not Kind.OBJECT and spec.list_path is None:
            leaf = fields.field(spec)
            put(value, spec.path, leaf.value if leaf else None)
            metadata[spec.path] = _meta(leaf)
    return Extraction(
        type_name=document_type.name,
        type_confidence=1.0,
        value=value,
        metadata=metadata,
        completeness=completeness_of(invoice, document_type, value),
        blockers=_several(invoice),
        model=f"e-invoice/{invoice.syntax.name}",
    )


def _several(invoice: EInvoice) -> tuple[Blocker, ...]:
    bodies = invoice.syntax.bodies
    count = sum(1 for _ in find_all(invoice.root, bodies)) if bodies else 1
    if count == 1:
        return ()
    return (Blocker("", "several_invoices", f"the file has {count} invoices; values are of the first alone"),)


def _row_value(row: Row) -> dict[str, Any]:
    return {name: leaf.value if leaf else None for name, leaf in row.items()}


def _meta(leaf: Leaf | None) -> FieldMeta:
    if leaf is None:
        return FieldMeta(source=None, reason=NullReason.NOT_IN_XML)
    citations = tuple(Citation(xpath=xpath) for xpath in leaf.xpaths)
    source = Source.DERIVED if leaf.derived else Source.E_INVOICE
    if leaf.value is None:
        return FieldMeta(source, raw_text=leaf.raw, citations=citations, reason=NullReason.UNREADABLE)
    return FieldMeta(source, raw_text=leaf.raw, confidence=CONFIDENCE_XML, citations=citations)
