"""`/v1/operations/{id}`: how far a document's newest run is, and its end before its time."""

from typing import Annotated

from fastapi import APIRouter, Header, Request
from starlette.responses import Response

from docmill.domain.documents import Operation
from docmill.domain.limits.api import RETRY_AFTER_S
from docmill.entrypoints.api import schemas
from docmill.entrypoints.api.answers import json_answer
from docmill.entrypoints.api.identity import MayRead, MayWrite, ServicesOf, TheDocument
from docmill.entrypoints.api.request_keys import IdempotencyKey, request_key
from docmill.entrypoints.api.views import RUNNING, operation_view
from docmill.entrypoints.api.waiting import Waiting, preferred_wait_s

router = APIRouter(prefix="/v1", tags=["operations"])
Prefer = Annotated[
    str | None, Header(description="`wait=20` answers once it has ended, at the latest after 20 seconds.")
]


@router.get(
    "/operations/{document_id}",
    summary="Ask how far it is",
    responses=schemas.answers(200, schemas.OperationBody, 304, 401, 404, 503),
)
async def show_operation(
    request: Request, services: ServicesOf, tenant: MayRead, document_id: TheDocument, prefer: Prefer = None
) -> Response:
    """An operation has its document's id and tells of its newest run. Failed runs answer 200 as well:
    status and code say so."""
    wait_s = preferred_wait_s(prefer)
    if wait_s <= 0:
        return operation_answer(await services.store.operation(tenant, document_id))
    waiting: Waiting = request.app.state.waiting
    operation, _ = await waiting.ended(tenant, document_id, timeout_s=wait_s)
    return operation_answer(operation, waited=True)


@router.post(
    "/operations/{document_id}/cancel",
    summary="Cancel it",
    responses=schemas.answers(200, schemas.OperationBody, 401, 404, 409, 410, 422, 503),
)
async def cancel_operation(
    services: ServicesOf, tenant: MayWrite, document_id: TheDocument, idempotency_key: IdempotencyKey = None
) -> Response:
    """Ends the run that is under way, or that a person was asked about, and keeps nothing of it. What was
    there before a further run is there again. Twice is fine; a run that has ended otherwise answers 409."""
    key = request_key(idempotency_key, "cancel", str(document_id))
    await services.operations.cancel(tenant, document_id, time=services.now(), key=key)
    return operation_answer(await services.store.operation(tenant, document_id))


def operation_answer(operation: Operation, *, waited: bool = False) -> Response:
    view = operation_view(operation)
    headers = {"Preference-Applied": "wait"} if waited else {}
    if view["status"] == RUNNING:
        headers["Retry-After"] = str(RETRY_AFTER_S)
    return json_answer(view, headers=headers)
