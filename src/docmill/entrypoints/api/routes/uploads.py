"""`POST /v1/documents`: one file or many, as a form or as the bare body."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response

from docmill.domain.errors import CODES, DocmillError, ErrorCode
from docmill.domain.events import DocumentId
from docmill.domain.fairness import Priority
from docmill.domain.limits.api import RETRY_AFTER_S, UPLOAD_FILES_MAX
from docmill.entrypoints.api import bodies, schemas
from docmill.entrypoints.api.admission import Admitted
from docmill.entrypoints.api.answers import json_answer, problem_answer, problem_body
from docmill.entrypoints.api.identity import MayWrite, ServicesOf
from docmill.entrypoints.api.receiving import (
    Received,
    Taken,
    Wish,
    checked,
    file_name,
    priority_of,
    receive,
    take_in,
    turned_away,
)
from docmill.entrypoints.api.schemas_uploads import UploadAccepted, UploadAnswered
from docmill.entrypoints.api.services import Services
from docmill.entrypoints.api.tracing import telling
from docmill.entrypoints.api.views import operation_view
from docmill.entrypoints.api.waiting import Waiting, preferred_wait_s
from docmill.ports.quotas import Admission

router = APIRouter(prefix="/v1", tags=["documents"])

_FIELDS = ("type", "batch", "allow_duplicate", "priority")
_TRUE = frozenset(("1", "true", "yes", "on"))


@dataclass(frozen=True, slots=True)
class _Form:
    files: list[Received]
    wish: Wish


@router.post(
    "/documents",
    status_code=202,
    summary="Upload files",
    responses=schemas.answers(202, UploadAccepted, 401, 402, 403, 409, 413, 422, 429, 503)
    | schemas.answers(200, UploadAnswered),
    openapi_extra=schemas.UPLOAD_BODY,
)
async def upload(
    request: Request,
    services: ServicesOf,
    tenant: MayWrite,
    admission: Admitted,
    *,
    idempotency_key: Annotated[str | None, Header(description="One key, one effect, for 24 hours.")] = None,
    prefer: Annotated[
        str | None, Header(description="`wait=20` answers 200 with the operation if it ends in time.")
    ] = None,
    name: Annotated[
        str | None, Query(description="The file's name, when the body is the file itself.")
    ] = None,
    type: Annotated[str | None, Query(description="Skip classification: this is its type.")] = None,  # noqa: A002
    batch: Annotated[
        str | None, Query(description="A name of your choice to ask for all its files by.")
    ] = None,
    allow_duplicate: Annotated[bool, Query(description="Process the same bytes again.")] = False,
    priority: Annotated[
        Priority | None,
        Query(
            description="Before or after the tenant's own other files. One file is `normal`, several, and "
            "those of a batch, are `low`."
        ),
    ] = None,
) -> Response:
    """A form may have many files, each answered by an item of its own; an archive is one file.

    Bytes that are there already are answered with the document that has them, as `duplicate_of`. Once
    this has answered, the files are on disk. A batch that was cancelled takes none: 409.
    """
    wish = Wish(tenant, type, batch, allow_duplicate, idempotency_key, telling(request).trace, priority)
    if request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        form = await _form(request, services, admission, wish)
    else:
        wish = await checked(services, wish)
        form = _Form([await _bare(request, services, wish, file_name(name))], wish)
    taken = await take_in(services, form.wish, form.files)
    for one in taken:
        if one.costs_nothing:
            admission.give_back()
    if len(taken) > 1:
        return _many(taken, request_id=telling(request).request_id)
    wait_s = preferred_wait_s(prefer)
    return await _one(request.app.state.waiting, form.wish, taken[0], wait_s=wait_s)


async def _bare(request: Request, services: Services, wish: Wish, name: str) -> Received:
    """The batch that a file was meant for is told of its refusal; without one the request is refused."""
    try:
        spool = await bodies.raw(request)
    except DocmillError as error:
        if wish.batch is None or error.code is not ErrorCode.FILE_TOO_LARGE:
            raise
        return Received(name, None, error)
    return await receive(services, wish.tenant, name, spool)


async def _form(request: Request, services: Services, admission: Admission, wish: Wish) -> _Form:
    """Each file is put on disk before the next one is read; nothing is accepted until all have come.

    The first file is admitted with the request, and each further one by itself.
    """
    async with aclosing(bodies.parts(request)) as parts:
        files, fields = await _parts_of(parts, services, admission, wish)
    if not files:
        raise DocmillError(ErrorCode.REQUEST_INVALID, "The form has no file.")
    wish = replace(
        wish,
        requested_type=fields.get("type") or wish.requested_type,
        batch=fields.get("batch") or wish.batch,
        allow_duplicate=fields.get("allow_duplicate", "").lower() in _TRUE or wish.allow_duplicate,
        priority=priority_of(fields.get("priority")) or wish.priority,
    )
    return _Form(files, await checked(services, wish))


async def _parts_of(
    parts: AsyncIterator[bodies.Part], services: Services, admission: Admission, wish: Wish
) -> tuple[list[Received], dict[str, str]]:
    files: list[Received] = []
    fields: dict[str, str] = {}
    async for part in parts:
        if part.filename is None:
            with part.spool:
                fields[part.name] = part.spool.whole().decode("utf-8", "replace")
            if part.too_large or part.name not in _FIELDS:
                raise DocmillError(
                    ErrorCode.REQUEST_INVALID, f"Fields of the form: {', '.join(_FIELDS)}, and files."
                )
            continue
        if len(files) == UPLOAD_FILES_MAX:
            raise DocmillError(ErrorCode.REQUEST_INVALID, f"One request may have {UPLOAD_FILES_MAX} files.")
        refused = await admission.another(0) if files else None
        if refused is not None:
            files.append(turned_away(file_name(part.filename), part.spool, refused))
            continue
        files.append(
            await receive(
                services, wish.tenant, file_name(part.filename), part.spool, too_large=part.too_large
            )
        )
    return files, fields


async def _one(waiting: Waiting, wish: Wish, taken: Taken, *, wait_s: float) -> Response:
    if taken.accepted is None:
        raise taken.refusal or DocmillError(ErrorCode.INTERNAL_ERROR)
    accepted = taken.accepted
    headers = _places(accepted.document)
    if wait_s > 0 and accepted.duplicate_of is None:
        operation, ended = await waiting.ended(wish.tenant, accepted.document, timeout_s=wait_s)
        if ended:
            return json_answer(operation_view(operation), headers=headers | {"Preference-Applied": "wait"})
    if accepted.duplicate_of is None:
        return json_answer(_item(taken), status=202, headers=headers | {"Retry-After": str(RETRY_AFTER_S)})
    return json_answer(_item(taken), headers=headers)


def _many(taken: list[Taken], *, request_id: str) -> Response:
    """202 when anything was accepted, 200 when all were there before, else the first refusal's status."""
    items = [_item(one, request_id=request_id) for one in taken]
    counts = {
        status: sum(item["status"] == status for item in items)
        for status in ("accepted", "duplicate", "refused")
    }
    body = {"items": items, "counts": counts}
    if counts["accepted"]:
        return json_answer(body, status=202, headers={"Retry-After": str(RETRY_AFTER_S)})
    if counts["duplicate"]:
        return json_answer(body)
    first = taken[0].refusal or DocmillError(ErrorCode.INTERNAL_ERROR)
    problem = problem_body(first, request_id=request_id)
    answer = problem_answer(first, request_id=request_id)
    return json_answer(
        problem | body,
        status=CODES[first.code].status,
        headers={"Content-Type": answer.headers["content-type"]},
    )


def _item(taken: Taken, *, request_id: str = "") -> dict[str, Any]:
    if taken.accepted is None:
        refusal = taken.refusal or DocmillError(ErrorCode.INTERNAL_ERROR)
        return {
            "name": taken.name,
            "status": "refused",
            "problem": problem_body(refusal, request_id=request_id),
        }
    accepted = taken.accepted
    return {
        "name": taken.name,
        "status": "duplicate" if accepted.duplicate_of else "accepted",
        "document_id": str(accepted.document),
        "document": f"/v1/documents/{accepted.document}",
        "operation": f"/v1/operations/{accepted.document}",
        "duplicate_of": str(accepted.duplicate_of) if accepted.duplicate_of else None,
    }


def _places(document: DocumentId) -> dict[str, str]:
    return {"Location": f"/v1/documents/{document}", "Operation-Location": f"/v1/operations/{document}"}
