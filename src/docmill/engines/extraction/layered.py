"""All methods in one: the e-invoice first, then rules over the layout for what is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from docmill.domain.errors import ErrorCode, NotFound, Rejected
from docmill.domain.pages import Reading
from docmill.domain.results import Blocker, Extraction, FieldMeta
from docmill.domain.types import DocumentType, FieldSpec, Kind
from docmill.engines.classification import Guess, classify
from docmill.engines.einvoice.compare import compare
from docmill.engines.einvoice.extract import extract_einvoice
from docmill.engines.einvoice.find import EInvoice, Search, search
from docmill.engines.einvoice.tree import put, value_at
from docmill.engines.extraction.rules import extract_by_rules
from docmill.engines.types import OTHER

INVOICE = "invoice"
EINVOICE_FIELDS = ("invoice_number", "gross_total")
"""A type that has these is filled from an e-invoice's XML; others are read from the page."""
ESSENTIAL = ("net_total", "tax_total", "gross_total")
"""Without one of them, or without lines, the XML is an excerpt (profile MINIMUM); the page has the rest."""


def classify_and_extract(
    reading: Reading, types: Sequence[DocumentType], requested: str | None
) -> Extraction:
    """Return type, values and evidence of a document. ``requested`` skips classification.

    Raises NotFound for a requested type that is not among ``types``, and Rejected(xml_forbidden)
    for an e-invoice without pages whose XML declares a type.
    """
    found, warnings = _einvoice(reading)
    guess = _guess(reading, types, requested, found.invoice)
    chosen = next((one for one in types if one.name == guess.type_name), None)
    if chosen is None or not chosen.fields:
        extraction = Extraction(guess.type_name, guess.confidence, {}, {})
    else:
        extraction = replace(
            _extract(reading, chosen, found.invoice),
            type_name=guess.type_name,
            type_confidence=guess.confidence,
        )
    doubts = _wordless(reading) or _doubts(guess)
    blockers = (*warnings, *doubts, *_unread_pages(reading), *extraction.blockers)
    return replace(extraction, blockers=blockers)


class LayeredExtractor:
    """The port ``Extractor``, for callers that know the type."""

    def extract(self, reading: Reading, document_type: DocumentType) -> Extraction:
        """Return every field of the type: a value with citations, or null with a reason."""
        found, warnings = _einvoice(reading)
        extraction = _extract(reading, document_type, found.invoice)
        return replace(extraction, blockers=(*warnings, *extraction.blockers))


def _einvoice(reading: Reading) -> tuple[Search, tuple[Blocker, ...]]:
    """Look for the XML. Forbidden or broken XML inside a PDF does not spoil its pages: a person looks."""
    try:
        found = search(reading)
    except Rejected as error:
        if not reading.pages:
            raise
        return Search(None), (Blocker("", error.code, "the XML inside the file is not allowed to be read"),)
    warnings = tuple(
        Blocker("", ErrorCode.FILE_CORRUPT, f"the e-invoice inside the file cannot be read: {name}")
        for name in found.broken
    )
    return found, () if found.invoice else warnings


def _guess(
    reading: Reading, types: Sequence[DocumentType], requested: str | None, invoice: EInvoice | None
) -> Guess:
    if requested is not None:
        if all(one.name != requested for one in types):
            raise NotFound(f"document type {requested}")
        return Guess(requested, 1.0, sure=True)
    if invoice is not None and any(one.name == INVOICE for one in types):
        return Guess(INVOICE, 1.0, sure=True)
    return classify(reading, types)


def _doubts(guess: Guess) -> tuple[Blocker, ...]:
    if guess.sure:
        return ()
    names = [name for name in (guess.type_name, *guess.likely) if name != OTHER]
    message = (
        f"it is not clear what this document is; it may be: {', '.join(names)}"
        if names
        else "it is not clear what this document is: no type fits, and there are amounts on it"
    )
    return (Blocker("", "type_uncertain", message),)


def _wordless(reading: Reading) -> tuple[Blocker, ...]:
    """A photo, or blank paper: which of them is not for a machine to say."""
    if not reading.pages or reading.attachments or any(page.visible for page in reading.pages):
        return ()
    message = "no words were found on its pages: is it the right file, and not blank?"
    return (Blocker("", "no_words", message),)


def _unread_pages(reading: Reading) -> tuple[Blocker, ...]:
    return tuple(
        Blocker("", page.error, f"page {page.number} could not be read; values on it are missing")
        for page in reading.pages
        if page.error is not None
    )


def _extract(reading: Reading, document_type: DocumentType, invoice: EInvoice | None) -> Extraction:
    from_xml = invoice is not None and all(document_type.field(path) for path in EINVOICE_FIELDS)
    if invoice is None or not from_xml:
        return extract_by_rules(reading, document_type)
    exact = compare(extract_einvoice(invoice, document_type), reading, document_type)
    contradicted = len(exact.blockers) > 0
    if contradicted or not reading.pages or not _lacks_essentials(exact, document_type):
        return exact
    return merged(exact, extract_by_rules(reading, document_type), document_type)


def _lacks_essentials(exact: Extraction, document_type: DocumentType) -> bool:
    """Whether the XML leaves out what every invoice has. A full one speaks for itself: absent is absent."""
    wanted = [spec.path for spec in document_type.fields if spec.required and _is_leaf(spec)]
    wanted += [path for path in ESSENTIAL if document_type.field(path)]
    lists = [spec.path for spec in document_type.fields if spec.kind is Kind.LIST]
    return any(value_at(exact.value, path) is None for path in wanted) or any(
        not exact.value.get(path) for path in lists
    )


def merged(first: Extraction, second: Extraction, document_type: DocumentType) -> Extraction:
    """Return the first with its nulls and empty lists filled from the second, value and evidence together."""
    value: dict[str, Any] = _copied(first.value)
    metadata: dict[str, FieldMeta] = dict(first.metadata)
    completeness = dict(first.completeness)
    for spec in document_type.fields:
        if spec.kind is Kind.LIST and not value.get(spec.path) and second.value.get(spec.path):
            value[spec.path] = second.value[spec.path]
            metadata.pop(spec.path, None)
            metadata |= _below(second.metadata, spec.path)
            if spec.path in second.completeness:
                completeness[spec.path] = second.completeness[spec.path]
        elif _is_leaf(spec) and value_at(value, spec.path) is None:
            other = value_at(second.value, spec.path)
            if other is not None:
                put(value, spec.path, other)
                metadata[spec.path] = second.metadata[spec.path]
    return replace(
        first,
        value=value,
        metadata=metadata,
        completeness=completeness,
        blockers=(*first.blockers, *second.blockers),
        model=f"{first.model}+{second.model}",
    )


def _is_leaf(spec: FieldSpec) -> bool:
    return spec.list_path is None and spec.kind not in (Kind.LIST, Kind.OBJECT)


def _below(metadata: Mapping[str, FieldMeta], path: str) -> dict[str, FieldMeta]:
    return {name: meta for name, meta in metadata.items() if name.startswith(f"{path}[")}


def _copied(tree: Mapping[str, Any]) -> dict[str, Any]:
    """Copy the objects, so that the other extraction stays as it is; lists are replaced whole."""
    return {name: _copied(item) if isinstance(item, Mapping) else item for name, item in tree.items()}
