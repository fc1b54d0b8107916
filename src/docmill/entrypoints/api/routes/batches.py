"""`GET /v1/batches/{id}`: how the files of a batch are doing."""

from collections import Counter

from fastapi import APIRouter
from starlette.responses import Response

from docmill.domain.errors import NotFound
from docmill.domain.results import Status
from docmill.domain.states import STATUS, RunState
from docmill.entrypoints.api import schemas
from docmill.entrypoints.api.answers import json_answer
from docmill.entrypoints.api.identity import MayRead, ServicesOf
from docmill.entrypoints.api.views import RUNNING

router = APIRouter(prefix="/v1", tags=["batches"])


@router.get(
    "/batches/{batch}",
    summary="Count a batch's documents",
    responses=schemas.answers(200, schemas.Batch, 401, 404, 503),
)
async def show_batch(services: ServicesOf, tenant: MayRead, batch: str) -> Response:
    """A batch is there as soon as one document names it."""
    states = await services.store.counts(tenant, batch=batch)
    if not sum(states.values()):
        raise NotFound
    counts = Counter({RUNNING: 0} | dict.fromkeys(Status, 0))
    for state, count in states.items():
        counts[STATUS[RunState(state)] or RUNNING] += count
    return json_answer(
        {
            "id": batch,
            "total": sum(states.values()),
            "ended": not counts[RUNNING],
            "counts": {str(status): count for status, count in counts.items()},
            "states": {str(state): count for state, count in states.items()},
        }
    )
