"""Documents, their runs, and the one change that a stage may make to a run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from docmill.domain.events import DocumentId, Event, EventId, NewEvent, RunId
from docmill.domain.fairness import Priority
from docmill.domain.results import Usage
from docmill.domain.review import ReviewEntry
from docmill.domain.states import RunState
from docmill.domain.tenants import TenantId


@dataclass(frozen=True, slots=True)
class Blob:
    """A file in the blob store; its key is made of the tenant and ``sha256`` (hex)."""

    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Upload:
    """One file to take in. The blob is on disk already.

    ``requested_type`` skips classification. ``request_hash`` covers body and parameters: an
    ``idempotency_key`` that comes back with another one is refused. ``replace_duplicates`` False
    answers with the document that has the same bytes, if there is one. ``cpu_seconds`` went into it so far.
    """

    tenant: TenantId
    document: DocumentId
    name: str
    blob: Blob
    time: datetime
    requested_type: str | None = None
    batch: str | None = None
    idempotency_key: str | None = None
    request_hash: str = ""
    trace: str = ""
    allow_duplicate: bool = False
    priority: Priority | None = None
    cpu_seconds: float = 0.0

    @property
    def usual_priority(self) -> Priority:
        """Where neither the upload nor its batch's manifest names one."""
        return Priority.NORMAL if self.batch is None else Priority.LOW


@dataclass(frozen=True, slots=True)
class Accepted:
    """What an upload came to.

    A new document, the one that the same key made before, or one with the same bytes.
    """

    document: DocumentId
    run: RunId
    created: bool
    duplicate_of: DocumentId | None = None


@dataclass(frozen=True, slots=True)
class Child:
    """A document found inside another one."""

    document: DocumentId
    ordinal: int
    name: str
    blob: Blob


@dataclass(frozen=True, slots=True)
class Pins:
    """What a further run was asked to be made with; ``None`` is what there is now."""

    type_name: str | None = None
    type_version: int | None = None
    rules_version: int | None = None  # 0: the type's shipped defaults
    reason: str = ""  # why it was asked for, for people


@dataclass(frozen=True, slots=True)
class Run:
    """One way through the stages.

    ``version`` rises with every change of state or result, not with side facts. ``detail`` and ``action``
    say what was wrong and what to do, where that is more than what ``code`` says by itself.
    """

    id: RunId
    document: DocumentId
    number: int
    state: RunState
    version: int
    code: str | None
    created_at: datetime
    updated_at: datetime
    type_name: str | None = None
    type_version: int | None = None
    pages: int | None = None
    reading: Blob | None = None
    result: Mapping[str, Any] | None = None
    usage: Usage = Usage()
    archived_at: datetime | None = None
    indexed_at: datetime | None = None
    detail: str = ""
    action: str = ""
    pins: Pins = Pins()


@dataclass(frozen=True, slots=True)
class Document:
    """A document with the run that it shows: its newest, but for one that has not come to anything yet."""

    id: DocumentId
    tenant: TenantId
    name: str
    blob: Blob
    created_at: datetime
    run: Run
    media_type: str | None = None
    requested_type: str | None = None
    batch: str | None = None
    parent: DocumentId | None = None
    ordinal: int | None = None
    erased_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What a stage does to one run, in one transaction. ``None`` leaves a thing as it is.

    ``facts`` names side facts (``archived``, ``indexed``): they do not raise the version, so that
    parallel stages do not collide. ``review`` puts the document before people, in the same transaction.
    """

    tenant: TenantId
    document: DocumentId
    run: RunId
    expected_version: int
    state: RunState | None = None
    code: str | None = None
    detail: str = ""
    action: str = ""
    media_type: str | None = None
    type_name: str | None = None
    type_version: int | None = None
    pages: int | None = None
    reading: Blob | None = None
    result: Mapping[str, Any] | None = None
    facts: tuple[str, ...] = ()
    usage: Usage = Usage()
    children: tuple[Child, ...] = ()
    review: ReviewEntry | None = None
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a stage says to a message; the runner makes a Change of it (ids, times, version)."""

    state: RunState | None = None
    events: tuple[NewEvent, ...] = ()
    code: str | None = None
    detail: str = ""
    action: str = ""
    media_type: str | None = None
    type_name: str | None = None
    type_version: int | None = None
    pages: int | None = None
    reading: Blob | None = None
    result: Mapping[str, Any] | None = None
    facts: tuple[str, ...] = ()
    usage: Usage = Usage()
    children: tuple[Child, ...] = ()
    review: ReviewEntry | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """One worker's hold on one (stage, message). A late holder is refused by its ``fence``.

    ``held`` and ``edition`` are the document and its tenant's catalog as they were when the claim was
    taken, for whoever would ask for them first thing; None where they have to be asked for.
    ``charged_s`` are the CPU seconds that the tenant was charged in advance, as messages of the ``kind``
    cost.
    """

    stage: str
    event: Event
    fence: int
    attempt: int  # this try's number, from 1
    worker: str
    replays: int = 0  # how often the message was a dead letter that was sent back
    held: Document | None = field(default=None, repr=False, compare=False)
    edition: str | None = field(default=None, compare=False)
    charged_s: float = field(default=0.0, compare=False)
    kind: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that a stage gave up on. ``reason`` carries no document content."""

    stage: str
    event: EventId
    tenant: TenantId
    document: DocumentId
    code: str
    reason: str
    attempts: int
    time: datetime


@dataclass(frozen=True, slots=True)
class ArchiveRecord:
    """An immutable version of a document's result. ``version`` counts from 1 within the document."""

    tenant: TenantId
    document: DocumentId
    run: RunId
    version: int
    sha256: str
    time: datetime
    result: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Operation:
    """How far a run is: ``percent`` 0 to 100, ``stage`` the one that it waits for or is in."""

    document: Document
    stage: str | None
    percent: int
    attempt: int
    id: UUID
