"""Runs: one of them with its result, and a further one."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from docmill.domain.documents import Document, Pins, Run
from docmill.domain.errors import DocmillError, ErrorCode, NotFound, invalid
from docmill.domain.limits.api import REPROCESS_REASON_CHARS_MAX, RETRY_AFTER_S
from docmill.domain.results import Status
from docmill.domain.states import STATUS
from docmill.domain.tenants import TenantId
from docmill.entrypoints.api import schemas
from docmill.entrypoints.api.admission import Admitted
from docmill.entrypoints.api.answers import RunFailed, json_answer
from docmill.entrypoints.api.bodies import json_object_or_nothing
from docmill.entrypoints.api.identity import MayRead, MayWrite, ServicesOf, TheDocument
from docmill.entrypoints.api.presence import present
from docmill.entrypoints.api.request_keys import IdempotencyKey, request_key
from docmill.entrypoints.api.routes.operations import Prefer, operation_answer
from docmill.entrypoints.api.services import Services
from docmill.entrypoints.api.tracing import telling
from docmill.entrypoints.api.views import result_view, run_view
from docmill.entrypoints.api.waiting import Waiting, preferred_wait_s

router = APIRouter(prefix="/v1", tags=["results"])

_WORDS = ("type", "type_version", "rules_version", "reason")
_VERSION_MAX = 2**31 - 1


@router.get(
    "/documents/{document_id}/runs/{number}",
    summary="Show a run",
    responses=schemas.answers(200, schemas.RunBody, 401, 404, 410, 503),
)
async def show_run(services: ServicesOf, tenant: MayRead, document_id: TheDocument, number: str) -> Response:
    """Runs count from 1. What each was asked to be made with is in `pins`."""
    _, run = await _run(services, tenant, document_id, number)
    return json_answer(run_view(run))


@router.get(
    "/documents/{document_id}/runs/{number}/result",
    summary="Load a run's result",
    responses=schemas.answers(200, schemas.ResultBody, 401, 404, 409, 410, 503),
)
async def show_result_of_run(
    services: ServicesOf, tenant: MayRead, document_id: TheDocument, number: str
) -> Response:
    """Old runs keep theirs until the document is deleted."""
    document, run = await _run(services, tenant, document_id, number)
    status = STATUS[run.state]
    if status is None:
        raise DocmillError(ErrorCode.NOT_READY)
    if status is Status.FAILED:
        raise RunFailed(ErrorCode(run.code or ErrorCode.INTERNAL_ERROR), stage=None)
    return json_answer(result_view(document, run))


@router.post(
    "/documents/{document_id}/reprocess",
    status_code=202,
    summary="Process it again",
    responses=schemas.answers(202, schemas.RunBody, 200, 401, 402, 404, 409, 410, 413, 422, 429, 503),
    openapi_extra=schemas.model_body(schemas.ReprocessBody, required=False),
)
async def reprocess(
    request: Request,
    services: ServicesOf,
    tenant: MayWrite,
    admission: Admitted,
    document_id: TheDocument,
    *,
    idempotency_key: IdempotencyKey = None,
    prefer: Prefer = None,
) -> Response:
    """Begins a further run, with the newest type and rules or with those that the body names.

    The old runs stay readable; the document shows the new one once it has come to something. 409 while one is
    under way. It counts like an upload."""
    try:
        pins = _pins(await json_object_or_nothing(request))
        document = await present(services, tenant, document_id)
        await _require_there(services, tenant, document, pins)
        key = request_key(idempotency_key, "reprocess", str(document_id), repr(pins))
        run = await services.operations.reprocess(
            tenant, document_id, pins, time=services.now(), trace=telling(request).trace, key=key
        )
    except DocmillError:
        admission.give_back()
        raise
    wait_s = preferred_wait_s(prefer)
    if wait_s > 0:
        waiting: Waiting = request.app.state.waiting
        operation, ended = await waiting.ended(tenant, document_id, timeout_s=wait_s)
        if ended:
            return operation_answer(operation, waited=True)
    headers = {
        "Location": f"/v1/documents/{document_id}/runs/{run.number}",
        "Operation-Location": f"/v1/operations/{document_id}",
        "Retry-After": str(RETRY_AFTER_S),
    }
    return json_answer(run_view(run), status=202, headers=headers)


async def _run(
    services: Services, tenant: TenantId, document_id: TheDocument, number: str
) -> tuple[Document, Run]:
    document = await present(services, tenant, document_id)
    for run in await services.store.runs(tenant, document_id):
        if str(run.number) == number:
            return document, run
    raise NotFound("There is no such run.")


def _pins(body: dict[str, Any]) -> Pins:
    """Raise DocmillError(request_invalid), naming what cannot be followed."""
    if unknown := body.keys() - set(_WORDS):
        raise invalid(f"{min(unknown)[:40]}: want {', '.join(_WORDS)}.")
    name, reason = body.get("type"), body.get("reason")
    if not isinstance(name, str | None) or not isinstance(reason, str | None):
        raise invalid("type, reason: want texts.")
    if "\0" in (name or ""):
        raise invalid("type: no name has a zero byte.")
    if len(reason or "") > REPROCESS_REASON_CHARS_MAX:
        raise invalid(f"reason: want at most {REPROCESS_REASON_CHARS_MAX} characters.")
    for word in ("type_version", "rules_version"):
        version = body.get(word)
        if version is not None and (type(version) is not int or not 0 <= version <= _VERSION_MAX):
            raise invalid(f"{word}: want a number from 0.")
    return Pins(name, body.get("type_version"), body.get("rules_version"), reason or "")


async def _require_there(services: Services, tenant: TenantId, document: Document, pins: Pins) -> None:
    """Raise DocmillError(request_invalid) for a type or version that there is not."""
    if pins.type_name is None and pins.type_version is None and pins.rules_version is None:
        return
    if pins.type_version is not None and pins.type_name is None:
        raise invalid("type_version: name the type as well.")
    name = pins.type_name or document.run.type_name
    if name is None:
        raise invalid("rules_version: name the type as well.")
    try:
        await services.catalog.document_type(tenant, name, version=pins.type_version)
        if pins.rules_version is not None:
            await services.catalog.rules(tenant, name, version=pins.rules_version)
    except NotFound as absent:
        raise invalid(absent.detail or "type: there is no such type or version.") from absent
