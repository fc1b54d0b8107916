"""How far a run is, told from its state and its claims."""

from collections.abc import Mapping, Sequence

from docmill.adapters.postgres.database import Row
from docmill.adapters.postgres.encoding import document_from
from docmill.domain.documents import Operation
from docmill.domain.states import ENDS, RunState

# What is behind a run in each state, in percent: reading is most of the work.
_BEHIND = {
    RunState.UPLOADED: 0,
    RunState.READ: 60,
    RunState.ANALYZED: 80,
    RunState.IN_REVIEW: 90,
    RunState.VALIDATED: 95,
}
_AHEAD = {RunState.UPLOADED: 60, RunState.READ: 20, RunState.ANALYZED: 10, RunState.VALIDATED: 5}


def operation_from(rows: Sequence[Row], starts_from: Mapping[str, RunState | None]) -> Operation:
    """``rows`` repeat the document, one for each claim that is open or dead. Side facts do not count."""
    document = document_from(rows[0])
    state = document.run.state
    claims = [row for row in rows if row["stage"] is not None]
    main = [row for row in claims if starts_from.get(row["stage"]) is not None]
    row = main[0] if main else None
    percent = 100
    if state not in ENDS:
        within = (row["percent"] or 0) if row else 0
        percent = min(99, _BEHIND[state] + _AHEAD.get(state, 0) * within // 100)
    return Operation(
        document=document,
        stage=row["stage"] if row else _waits_for(state, starts_from),
        percent=percent,
        attempt=row["attempts"] if row else 0,
        id=document.id,
    )


def _waits_for(state: RunState, starts_from: Mapping[str, RunState | None]) -> str | None:
    if state in ENDS:
        return None
    return next((stage for stage, start in starts_from.items() if start == state), None)
