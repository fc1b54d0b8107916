"""A document's place in the queue of reviewers. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from docmill.domain.documents import Document
from docmill.domain.review import FOUR_EYES_RULE, ReviewEntry, ReviewKind, ReviewSettings, sampled
from docmill.domain.types import DocumentType
from docmill.engines.review.loss import expected_loss, rank


def asked_to_look(
    document: Document,
    result: Mapping[str, Any],
    used: DocumentType | None,
    *,
    doubts: Sequence[Mapping[str, Any]],
) -> ReviewEntry:
    """The entry of a document that something blocks. ``doubts`` are those of the blockers that no rule told.

    For a second look, whoever corrected it last is left out.
    """
    rules = tuple(sorted({blocker["rule"] for blocker in result["blockers"]}))
    loss = expected_loss(result, used)
    return ReviewEntry(
        ReviewKind.REVIEW,
        loss=loss,
        rank=rank(loss, document.created_at),
        rules=rules,
        doubts=tuple(doubts),
        barred=result["review"]["last"] if FOUR_EYES_RULE in rules and "review" in result else None,
    )


def drawn_for_audit(
    document: Document,
    result: Mapping[str, Any],
    used: DocumentType | None,
    wishes: ReviewSettings,
    type_name: str | None,
) -> ReviewEntry | None:
    """The entry of an accepted document that the sample has drawn; None for all the others."""
    if not sampled(document.id, wishes, type_name):
        return None
    loss = expected_loss(result, used)
    return ReviewEntry(ReviewKind.AUDIT, loss=loss, rank=rank(loss, document.created_at), rules=())
