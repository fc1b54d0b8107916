"""Batches: files that were sent together, and what became of each."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from docmill.domain.events import DocumentId
from docmill.domain.states import RunState


class Outcome(StrEnum):
    """What became of an item that made no document of its batch."""

    EXPECTED = "expected"  # the manifest names it, and it has not come yet
    DUPLICATE = "duplicate"  # its bytes were there before
    REFUSED = "refused"  # at the door: nothing was kept of it


@dataclass(frozen=True, slots=True)
class Expected:
    """One line of a manifest. With ``sha256`` (hex) the file is known by its bytes, else by its name.

    ``requested_type`` and ``priority`` hold for the file where its upload says nothing else.
    """

    name: str
    sha256: str | None = None
    requested_type: str | None = None
    priority: int | None = None


@dataclass(frozen=True, slots=True)
class Noted:
    """A file of a batch that made no document of it. ``document`` is the one with the same bytes."""

    name: str
    outcome: Outcome
    sha256: str | None = None
    document: DocumentId | None = None
    code: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """``states`` counts its documents by the run that they show, ``others`` the items without one.

    It is ``complete`` when nothing of it is on its way or still to come; ``completed_at`` is when that was
    told. ``expected`` counts the lines of its manifest.
    """

    id: str
    created_at: datetime
    label: str | None = None
    expected: int = 0
    cancelled_at: datetime | None = None
    completed_at: datetime | None = None
    states: dict[RunState, int] | None = None
    others: dict[Outcome, int] | None = None

    @property
    def total(self) -> int:
        return sum((self.states or {}).values()) + sum((self.others or {}).values())


@dataclass(frozen=True, slots=True)
class BatchItem:
    """A document of the batch (``outcome`` None), or a file that made none."""

    name: str
    outcome: Outcome | None
    document: DocumentId | None
    state: RunState | None
    code: str | None
    sha256: str | None = None
    type_name: str | None = None
    parent: DocumentId | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class BatchItemPage:
    items: tuple[BatchItem, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class BatchPage:
    """Newest first, without counts."""

    batches: tuple[Batch, ...]
    next: str | None
