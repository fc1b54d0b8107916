"""The flow: read this table first.

Workers, docs and the test "every event is taken by someone" all read it.
"""

from dataclasses import dataclass

from docmill.domain.events import EventType
from docmill.domain.states import RunState


@dataclass(frozen=True, slots=True)
class Stage:
    """``starts_from`` is the run state in which the stage finds its document; None for side facts.

    A stage that ``follows`` reads the journal by position instead of claiming messages one by one.
    """

    name: str
    takes: tuple[EventType, ...]
    gives: tuple[EventType, ...]
    starts_from: RunState | None
    priority: int  # lower goes first
    does: str
    follows: bool = False


FLOW: tuple[Stage, ...] = (
    Stage(
        "read",
        takes=(EventType.DOCUMENT_UPLOADED,),
        gives=(EventType.DOCUMENT_READ, EventType.DOCUMENT_UNPACKED, EventType.DOCUMENT_REJECTED),
        starts_from=RunState.UPLOADED,
        priority=3,
        does="type by content; words with boxes and provenance, OCR per page where there is no text; "
        "members of archives",
    ),
    Stage(
        "analyze",
        takes=(EventType.DOCUMENT_READ,),
        gives=(EventType.DOCUMENT_ANALYZED,),
        starts_from=RunState.READ,
        priority=2,
        does="classify; extract fields with evidence and confidence",
    ),
    Stage(
        "validate",
        takes=(EventType.DOCUMENT_ANALYZED, EventType.DOCUMENT_CORRECTED),
        gives=(EventType.DOCUMENT_VALIDATED, EventType.REVIEW_REQUESTED),
        starts_from=RunState.ANALYZED,
        priority=1,
        does="JSON Schema, then the tenant's rules; blockers say why",
    ),
    Stage(
        "archive",
        takes=(EventType.DOCUMENT_VALIDATED,),
        gives=(EventType.DOCUMENT_ARCHIVED,),
        starts_from=RunState.VALIDATED,
        priority=0,
        does="an immutable record of the version",
    ),
    Stage(
        "index",
        takes=(EventType.DOCUMENT_VALIDATED, EventType.REVIEW_REQUESTED),
        gives=(EventType.DOCUMENT_INDEXED,),
        starts_from=None,
        priority=4,
        does="chunks, full text and embeddings for search",
    ),
    Stage(
        "notify",
        takes=(
            EventType.DOCUMENT_UNPACKED,
            EventType.DOCUMENT_ARCHIVED,
            EventType.DOCUMENT_INDEXED,
            EventType.DOCUMENT_REJECTED,
            EventType.DOCUMENT_FAILED,
            EventType.DOCUMENT_CANCELLED,
            EventType.DOCUMENT_ERASED,
            EventType.REVIEW_REQUESTED,
        ),
        gives=(),
        starts_from=None,
        priority=5,
        does="counts ends and review requests per tenant for the metrics",
        follows=True,
    ),
    Stage(
        "webhooks",
        takes=(
            EventType.DOCUMENT_UNPACKED,
            EventType.DOCUMENT_VALIDATED,
            EventType.DOCUMENT_ARCHIVED,
            EventType.DOCUMENT_REJECTED,
            EventType.DOCUMENT_FAILED,
            EventType.DOCUMENT_CANCELLED,
            EventType.DOCUMENT_ERASED,
            EventType.REVIEW_REQUESTED,
        ),
        gives=(),
        starts_from=None,
        priority=6,
        does="writes a delivery for every endpoint of the tenant that takes it; they are sent in order "
        "per document",
        follows=True,
    ),
)

SUBSCRIPTIONS: dict[EventType, tuple[str, ...]] = {
    event: tuple(stage.name for stage in FLOW if event in stage.takes and not stage.follows)
    for event in EventType
}
"""Which stages claim an event: the journal makes a claim for each of them in the event's own transaction."""


def stage(name: str) -> Stage:
    return next(row for row in FLOW if row.name == name)
