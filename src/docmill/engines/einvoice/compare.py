"""The XML against the printed page: where values stand, and where the page says something else.

People pay what they see, machines what the XML says. A page that plainly shows another number,
date or total is a reason for a person to look; a value that is merely not printed is none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from docmill.domain.pages import Reading
from docmill.domain.results import Citation, Extraction, FieldMeta, Source
from docmill.domain.types import DocumentType, FieldSpec, Kind
from docmill.engines.einvoice.contradictions import comparison_key, contradictions
from docmill.engines.einvoice.printed import Place, PrintedPages
from docmill.engines.einvoice.rows import places_of_rows
from docmill.engines.einvoice.tree import value_at
from docmill.engines.extraction.rules.candidates import Candidate, candidates
from docmill.engines.extraction.rules.labels import LabelBook, is_labelled
from docmill.engines.values.currencies import find_currencies

CONFIDENCE_PRINTED = 0.995
CONFIDENCE_NOT_PRINTED = 0.95
CONFIDENCE_CONTRADICTED = 0.5


def compare(extraction: Extraction, reading: Reading, document_type: DocumentType) -> Extraction:
    """Return the extraction with page citations for what is printed, and a blocker for each contradiction."""
    if not any(page.visible for page in reading.pages):
        return extraction
    pages = PrintedPages(reading, document_type)
    labelled = _labelled(pages, document_type)
    metadata = dict(extraction.metadata)
    for path, places in _places(pages, extraction, document_type, labelled).items():
        meta = metadata.get(path)
        if meta is not None and meta.source in (Source.E_INVOICE, Source.DERIVED) and meta.reason is None:
            metadata[path] = _cited(meta, [pages.citation(place) for place in places])
    blockers = tuple(contradictions(pages, extraction.value, labelled))
    for blocker in blockers:
        metadata[blocker.path] = replace(metadata[blocker.path], confidence=CONFIDENCE_CONTRADICTED)
    return replace(extraction, metadata=metadata, blockers=(*extraction.blockers, *blockers))


def _cited(meta: FieldMeta, citations: Sequence[Citation]) -> FieldMeta:
    if not citations:
        return replace(meta, confidence=CONFIDENCE_NOT_PRINTED)
    xpath = meta.citations[0].xpath if meta.citations else None
    both = tuple(replace(citation, xpath=xpath) for citation in citations)
    return replace(meta, confidence=CONFIDENCE_PRINTED, citations=both)


def _labelled(pages: PrintedPages, document_type: DocumentType) -> dict[str, list[Candidate]]:
    """What the page's labels point at, by the same geometry that reads documents without XML."""
    book = LabelBook(document_type)
    hits = {line.row.number: book.hits(line) for line in pages.lines}
    specs = [spec for spec in document_type.fields if is_labelled(spec)]
    return candidates(specs, pages.lines, hits)


def _places(
    pages: PrintedPages,
    extraction: Extraction,
    document_type: DocumentType,
    labelled: Mapping[str, Sequence[Candidate]],
) -> dict[str, list[Place]]:
    found: dict[str, list[Place]] = {}
    for spec in document_type.fields:
        if spec.kind is Kind.LIST:
            rows = extraction.value.get(spec.path) or []
            for index, row in enumerate(places_of_rows(pages, rows, document_type.columns(spec.path))):
                for column in document_type.columns(spec.path):
                    name = column.path.rpartition("[].")[2]
                    found[f"{spec.path}[{index}].{name}"] = row.get(name, [])
        elif spec.kind is not Kind.OBJECT and spec.list_path is None:
            value = value_at(extraction.value, spec.path)
            if value is not None and spec.options.get("from_layout", True):
                found[spec.path] = _field(pages, spec, value, labelled.get(spec.path, ()))
    return found


def _field(pages: PrintedPages, spec: FieldSpec, value: Any, labelled: Sequence[Candidate]) -> list[Place]:
    if spec.kind is Kind.ADDRESS:
        return _address(pages, str(value))
    if spec.kind is Kind.CURRENCY:
        return _currency(pages, str(value))
    if spec.kind is Kind.DATE:
        everywhere = pages.dates.get(date.fromisoformat(value), [])
    elif spec.kind is Kind.AMOUNT:
        # Totals stand below the rows that they sum up.
        everywhere = list(reversed(pages.amounts.get(abs(Decimal(value["amount"])), [])))
    else:
        return pages.text(str(value))
    at_label = {
        (one.row, one.words[0].box)
        for one in labelled
        if comparison_key(one.key) == comparison_key(value) and one.words
    }
    preferred = [place for place in everywhere if (place.line, place.words[0].box) in at_label]
    # Nothing is as common as 0.00: without its label it proves nothing.
    nothing = spec.kind is Kind.AMOUNT and not Decimal(value["amount"])
    return (preferred if nothing else preferred or everywhere)[:1]


def _address(pages: PrintedPages, value: str) -> list[Place]:
    """Street and town are printed on lines of their own, the country's code hardly ever."""
    parts = [part for part in value.split(", ") if len(part) > 2]
    places = [pages.text(part) for part in parts]
    shown = [hits for hits in places if hits]
    return [place for hits in shown for place in hits] if len(shown) * 2 > len(parts) else []


def _currency(pages: PrintedPages, value: str) -> list[Place]:
    for number, line in enumerate(pages.lines):
        if any(code == value for code, _ in find_currencies(line.text)):
            for word, start in zip(line.words, line.starts, strict=True):
                if any(code == value for code, _ in find_currencies(word.text)):
                    return [Place(number, start, (word,), word.text)]
    return []
