"""Finding values: every method that can, from exact XML to a language model, has this form."""

from typing import Protocol

from docmill.domain.pages import Reading
from docmill.domain.results import Extraction
from docmill.domain.tenants import TenantId
from docmill.domain.types import DocumentType


class Extractor(Protocol):
    """Fields with evidence. Pure: equal input gives equal output."""

    def extract(self, reading: Reading, document_type: DocumentType) -> Extraction:
        """Return every field of the type: a value with citations, or null with a reason."""


class LearnedExtractor(Protocol):
    """A tenant's model, taught by labelled documents and corrections."""

    def extract(self, tenant: TenantId, reading: Reading, document_type: DocumentType) -> Extraction | None:
        """Return what the tenant's model finds, or None where the tenant has not taught this type."""
