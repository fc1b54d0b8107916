"""Reviewing: what waits for a person, who has it in hand, what he changed, and how a tenant wants it done."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from math import sqrt
from typing import Any
from uuid import UUID

from docmill.domain.events import DocumentId, RunId
from docmill.domain.pages import Box

ANY_TYPE = "*"
"""The name under which settings hold for every type that has none of its own."""
FOUR_EYES_RULE = "four_eyes"


class ReviewKind(StrEnum):
    """Why a person is asked."""

    REVIEW = "review"  # something blocks
    AUDIT = "audit"  # accepted by itself, and drawn for a sample


class RejectReason(StrEnum):
    """Why a reviewer does not want a document; the note beside it says more."""

    DUPLICATE = "duplicate"
    UNREADABLE = "unreadable"
    INCOMPLETE = "incomplete"
    NOT_OURS = "not_ours"
    WRONG_KIND = "wrong_kind"
    SUSPICIOUS = "suspicious"
    OTHER = "other"


class Evidence(StrEnum):
    """Whether the words under the box that a reviewer drew say the value that he gave."""

    MATCHES = "matches"
    DIFFERS = "differs"


@dataclass(frozen=True, slots=True)
class ReviewEntry:
    """A document's place in the queue, as the stage that asks for a person computes it.

    ``rank`` orders the queue, ``loss`` is what people are told. ``doubts`` are the blockers that the analysis
    raised, by which a correction knows what it answers. ``barred`` may not have it: he was here before.
    """

    kind: ReviewKind
    loss: float
    rank: float
    rules: tuple[str, ...]
    doubts: tuple[Mapping[str, Any], ...] = ()
    barred: str | None = None


@dataclass(frozen=True, slots=True)
class Lease:
    id: UUID
    holder: str
    until: datetime


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """One row of the queue. ``lease`` is None while nobody has it; ``version`` is its run's."""

    document: DocumentId
    run: RunId
    version: int
    kind: ReviewKind
    name: str
    type_name: str | None
    batch: str | None
    loss: float
    rank: float
    rules: tuple[str, ...]
    entered_at: datetime
    uploaded_at: datetime
    lease: Lease | None = None
    postponed_until: datetime | None = None
    note: str = ""
    doubts: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Correction:
    """One thing that a reviewer said, with what was there before. ``outcome`` is what it says of the machine:
    confirmed, changed, missed (it had found nothing), cleared, row_added, row_removed, row_moved, overridden,
    type_changed, rejected, postponed.
    """

    operation: str
    path: str
    field: str  # the path as the type writes it: ``line_items[].amount``
    outcome: str
    before: Any = None
    after: Any = None
    page: int | None = None
    box: Box | None = None
    raw_text: str | None = None
    evidence: Evidence | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SavedCorrection:
    """A correction as it is kept: which save it belongs to, by whom and when."""

    save: UUID
    run: RunId
    run_number: int
    kind: ReviewKind
    subject: str
    time: datetime
    ordinal: int
    correction: Correction


@dataclass(frozen=True, slots=True)
class TypePolicy:
    """How reviews of one type are done. ``four_eyes_above``: only for documents with a larger amount."""

    four_eyes: bool = False
    four_eyes_above: Decimal | None = None
    audit_rate: float = 0.0

    def wants_second(self, largest: Decimal | None) -> bool:
        """Whether a second person has to look at a document whose largest amount this is."""
        if not self.four_eyes or self.four_eyes_above is None:
            return self.four_eyes
        return largest is not None and largest > self.four_eyes_above


@dataclass(frozen=True, slots=True)
class ReviewSettings:
    """A tenant's wishes. ``secret`` keeps uploaders from foreseeing which documents are sampled."""

    version: int = 0
    types: Mapping[str, TypePolicy] = field(default_factory=dict)
    secret: str = field(default="", repr=False)

    def policy(self, type_name: str | None) -> TypePolicy:
        return self.types.get(type_name or "") or self.types.get(ANY_TYPE) or TypePolicy()


def sampled(document: DocumentId, settings: ReviewSettings, type_name: str | None) -> bool:
    """Whether an accepted document is drawn for audit: the same answer whenever it is asked."""
    rate = settings.policy(type_name).audit_rate
    if rate <= 0 or not settings.secret:
        return False
    drawn = hmac.new(settings.secret.encode(), document.bytes, hashlib.sha256).digest()
    return int.from_bytes(drawn[:8], "big") < rate * 2**64


def wilson(errors: int, drawn: int, *, z: float = 1.96) -> tuple[float, float]:
    """The interval that holds the true rate in 95 of 100 cases (Wilson 1927); (0, 1) for an empty sample."""
    if drawn == 0:
        return 0.0, 1.0
    rate, square = errors / drawn, z * z
    middle = (rate + square / (2 * drawn)) / (1 + square / drawn)
    half = z / (1 + square / drawn) * sqrt(rate * (1 - rate) / drawn + square / (4 * drawn * drawn))
    return max(0.0, middle - half), min(1.0, middle + half)
