"""What an answer came to, as far as it is counted: no value of a document is in it."""

from docmill.domain.documents import Answer
from docmill.domain.states import RunState
from docmill.ports.telemetry import Done
from docmill.stages.work import Work

_DECIDED = {RunState.VALIDATED: True, RunState.IN_REVIEW: False}


def outcome(work: Work, answer: Answer) -> Done:
    """Confidences are those of the analysis; a result that is validated has them only repeated."""
    analyzed = answer.result if answer.state is RunState.ANALYZED else None
    sure = [] if analyzed is None else [meta["confidence"] for meta in analyzed["metadata"].values()]
    return Done(
        type_name=answer.type_name or work.run.type_name,
        pages=answer.usage.pages,
        type_confidence=None if analyzed is None else analyzed["type"]["confidence"],
        confidences=[confidence for confidence in sure if confidence is not None],
        accepted=None if answer.state is None else _DECIDED.get(answer.state),
    )
