"""The two state charts. Every edge that is not in them is refused."""

from enum import StrEnum
from functools import cache

from statemachine import State, StateChart

from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.results import Status


class RunState(StrEnum):
    """Where a run is. UNPACKED ends the run of an archive: its members are documents of their own."""

    UPLOADED = "uploaded"
    READ = "read"
    ANALYZED = "analyzed"
    IN_REVIEW = "in_review"
    VALIDATED = "validated"
    ARCHIVED = "archived"
    UNPACKED = "unpacked"
    REJECTED = "rejected"
    FAILED = "failed"
    CANCELLED = "cancelled"


class DocumentState(StrEnum):
    PRESENT = "present"
    ERASED = "erased"


class RunChart(StateChart):  # type: ignore[misc]  # the library carries no types
    """``UPLOADED → READ → ANALYZED → (IN_REVIEW →) VALIDATED → ARCHIVED``.

    Or it ends before that: UNPACKED, REJECTED, FAILED, CANCELLED.
    """

    allow_event_without_transition = False

    uploaded = State(initial=True)
    read = State()
    analyzed = State()
    in_review = State()
    validated = State()
    archived = State(final=True)
    unpacked = State(final=True)
    rejected = State(final=True)
    failed = State()
    cancelled = State(final=True)

    to_read = uploaded.to(read)
    to_unpacked = uploaded.to(unpacked)
    to_analyzed = read.to(analyzed)
    to_in_review = analyzed.to(in_review)
    # A correction that leaves something doubtful asks for a person once more.
    to_in_review_again = in_review.to(in_review)
    to_validated = analyzed.to(validated) | in_review.to(validated)
    to_archived = validated.to(archived)
    to_rejected = uploaded.to(rejected) | read.to(rejected) | analyzed.to(rejected) | in_review.to(rejected)
    to_failed = (
        uploaded.to(failed)
        | read.to(failed)
        | analyzed.to(failed)
        | in_review.to(failed)
        | validated.to(failed)
    )
    to_cancelled = (
        uploaded.to(cancelled) | read.to(cancelled) | analyzed.to(cancelled) | in_review.to(cancelled)
    )
    # `docmill replay` sends a dead letter back to the state that its stage starts from.
    to_uploaded = failed.to(uploaded)
    back_to_read = failed.to(read)
    back_to_analyzed = failed.to(analyzed)
    back_to_validated = failed.to(validated)


class DocumentChart(StateChart):  # type: ignore[misc]
    """A document is there until it is erased."""

    allow_event_without_transition = False

    present = State(initial=True)
    erased = State(final=True)

    to_erased = present.to(erased)


ENDS = frozenset(
    (RunState.ARCHIVED, RunState.UNPACKED, RunState.REJECTED, RunState.FAILED, RunState.CANCELLED)
)

STATUS: dict[RunState, Status | None] = {
    RunState.UPLOADED: None,
    RunState.READ: None,
    RunState.ANALYZED: None,
    RunState.IN_REVIEW: Status.NEEDS_REVIEW,
    RunState.VALIDATED: Status.SUCCEEDED,
    RunState.ARCHIVED: Status.SUCCEEDED,
    RunState.UNPACKED: Status.SUCCEEDED,
    RunState.REJECTED: Status.REJECTED,
    RunState.FAILED: Status.FAILED,
    RunState.CANCELLED: Status.CANCELLED,
}
"""What a caller is told in each state; None while the run is on its way."""


@cache
def edges(chart: type[StateChart]) -> frozenset[tuple[str, str]]:
    """Every allowed (from, to), read off the chart."""
    return frozenset(
        (t.source.id, target.id) for state in chart.states for t in state.transitions for target in t.targets
    )


def require_edge(before: RunState, after: RunState) -> None:
    """Raise DocmillError(state_forbidden) unless the run chart has the edge."""
    if (before.value, after.value) not in edges(RunChart):
        raise DocmillError(ErrorCode.STATE_FORBIDDEN, f"a run does not go from {before} to {after}")
