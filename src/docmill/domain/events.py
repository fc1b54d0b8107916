"""Facts that the journal keeps and the stages take.

They carry ids, hashes, counts and codes, never values or text.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID, uuid5

from docmill.domain.tenants import TenantId

DocumentId = NewType("DocumentId", UUID)
RunId = NewType("RunId", UUID)
EventId = NewType("EventId", UUID)

# The namespace of every id that is derived, so that a replay repeats the same facts.
NAMESPACE = UUID("7c0f3c52-6a53-5f0e-9d3b-0d0c0e1f2a3b")

Data = Mapping[str, str | int | bool | None]


class EventType(StrEnum):
    """Past tense, one for each thing that can have happened to a document."""

    DOCUMENT_UPLOADED = "DocumentUploaded"
    DOCUMENT_READ = "DocumentRead"
    DOCUMENT_UNPACKED = "DocumentUnpacked"
    DOCUMENT_ANALYZED = "DocumentAnalyzed"
    DOCUMENT_VALIDATED = "DocumentValidated"
    REVIEW_REQUESTED = "ReviewRequested"
    DOCUMENT_CORRECTED = "DocumentCorrected"
    DOCUMENT_ARCHIVED = "DocumentArchived"
    DOCUMENT_INDEXED = "DocumentIndexed"
    DOCUMENT_REJECTED = "DocumentRejected"
    DOCUMENT_FAILED = "DocumentFailed"
    DOCUMENT_CANCELLED = "DocumentCancelled"
    DOCUMENT_ERASED = "DocumentErased"


@dataclass(frozen=True, slots=True)
class Event:
    """The message envelope: one row of the journal, and what a stage is handed.

    ``cause`` is the event that a stage answered with this one; ``trace`` is a W3C ``traceparent``;
    ``position`` is the gapless number that the sequencer gives after the commit.
    """

    id: EventId
    type: EventType
    tenant: TenantId
    document: DocumentId
    run: RunId
    time: datetime
    cause: EventId | None = None
    trace: str = ""
    data: Data = field(default_factory=dict)
    position: int | None = None


@dataclass(frozen=True, slots=True)
class NewEvent:
    """What a stage says has happened; the runner makes an Event of it."""

    type: EventType
    data: Data = field(default_factory=dict)


def event_id(stage: str, cause: EventId, event_type: EventType, ordinal: int) -> EventId:
    """The same stage answering the same message the same way gives the same id."""
    return EventId(uuid5(NAMESPACE, f"{stage}:{cause}:{event_type}:{ordinal}"))


def child_id(parent: DocumentId, ordinal: int, sha256: str) -> DocumentId:
    """The id of the ``ordinal``-th document inside ``parent``."""
    return DocumentId(uuid5(NAMESPACE, f"child:{parent}:{ordinal}:{sha256}"))


def first_run_id(document: DocumentId) -> RunId:
    return run_id(document, 1)


def run_id(document: DocumentId, number: int) -> RunId:
    return RunId(uuid5(NAMESPACE, f"run:{document}:{number}"))


def uploaded_event_id(run: RunId) -> EventId:
    """The first event of a run, whatever delivered the bytes."""
    return EventId(uuid5(NAMESPACE, f"uploaded:{run}"))
