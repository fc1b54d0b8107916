"""`POST /v1/documents`: one file or many, as a form or as the bare body."""

import re
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response

from docmill.domain.documents import Operation
from docmill.domain.errors import CODES, DocmillError, ErrorCode
from docmill.domain.events import DocumentId
from docmill.domain.limits import RETRY_AFTER_S, UPLOAD_FILES_MAX, WAIT_S_MAX
from docmill.entrypoints.api import bodies, schemas
from docmill.entrypoints.api.answers import json_answer, problem_answer, problem_body
from docmill.entrypoints.api.identity import MayWrite, ServicesOf
from docmill.entrypoints.api.receiving import Received, Taken, Wish, checked, file_name, receive, take_in
from docmill.entrypoints.api.services import Services
from docmill.entrypoints.api.tracing import telling
from docmill.entrypoints.api.views import operation_view
from docmill.entrypoints.api.waiting import ended

router = APIRouter(prefix="/v1", tags=["documents"])

_WAIT = re.compile(r"(?:^|[,;\s])wait=(\d{1,4})(?:$|[,;\s])")
_TRUE = frozenset(("1", "true", "yes", "on"))


@dataclass(frozen=True, slots=True)
class _Form:
    files: list[Received]
    wish: Wish


@router.post(
    "/documents",
    status_code=202,
    summary="Upload files",
    responses=schemas.answers(202, schemas.Uploaded, 200, 401, 413, 422, 503),
    openapi_extra=schemas.UPLOAD_BODY,
)
async def upload(
    request: Request,
    services: ServicesOf,
    tenant: MayWrite,
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
) -> Response:
    """A form may have many files, each answered by an item of its own; an archive is one file.

    Bytes that are there already are answered with the document that has them, as `duplicate_of`. Once
    this has answered, the files are on disk.
    """
    wish = Wish(tenant, type, batch, allow_duplicate, idempotency_key, telling(request).trace)
    if request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        form = await _form(request, services, wish)
    else:
        wish = await checked(services, wish)
        form = _Form([await receive(services, tenant, file_name(name), await bodies.raw(request))], wish)
    taken = await take_in(services, form.wish, form.files)
    if len(taken) > 1:
        return _many(taken, request_id=telling(request).request_id)
    wait = _WAIT.search(prefer or "")
    return await _one(services, form.wish, taken[0], wait_s=min(float(wait[1]), WAIT_S_MAX) if wait else 0.0)


async def _form(request: Request, services: Services, wish: Wish) -> _Form:
    """Each file is put on disk before the next one is read; nothing is accepted until all have come."""
    files: list[Received] = []
    fields: dict[str, str] = {}
    async for part in bodies.parts(request):
        if part.filename is None:
            fields[part.name] = part.data.decode("utf-8", "replace")
            if part.too_large or part.name not in ("type", "batch", "allow_duplicate"):
                raise DocmillError(
                    ErrorCode.REQUEST_INVALID, "Fields of the form: type, batch, allow_duplicate, and files."
                )
            continue
        if len(files) == UPLOAD_FILES_MAX:
            raise DocmillError(ErrorCode.REQUEST_INVALID, f"One request may have {UPLOAD_FILES_MAX} files.")
        files.append(
            await receive(
                services, wish.tenant, file_name(part.filename), part.data, too_large=part.too_large
            )
        )
    if not files:
        raise DocmillError(ErrorCode.REQUEST_INVALID, "The form has no file.")
    wish = replace(
        wish,
        requested_type=fields.get("type") or wish.requested_type,
        batch=fields.get("batch") or wish.batch,
        allow_duplicate=fields.get("allow_duplicate", "").lower() in _TRUE or wish.allow_duplicate,
    )
    return _Form(files, await checked(services, wish))


async def _one(services: Services, wish: Wish, taken: Taken, *, wait_s: float) -> Response:
    if taken.accepted is None:
        raise taken.refusal or DocmillError(ErrorCode.INTERNAL_ERROR)
    accepted = taken.accepted
    headers = _places(accepted.document)
    if wait_s > 0 and accepted.duplicate_of is None:
        operation: Operation | None = await ended(services, wish.tenant, accepted.document, timeout_s=wait_s)
        if operation is not None:
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
