"""Reviewing: the queue, leases, and what a person says."""

import asyncio
import re
from typing import Annotated, Any
from uuid import UUID, uuid4

import orjson
from fastapi import APIRouter, Header, Query, Request
from starlette.datastructures import QueryParams
from starlette.responses import Response

from docmill.domain.documents import Document
from docmill.domain.errors import DocmillError, ErrorCode, NotFound, invalid
from docmill.domain.pages import Page
from docmill.domain.review import ReviewItem, ReviewKind
from docmill.domain.tenants import TenantId
from docmill.domain.types import DocumentType
from docmill.entrypoints.api import schemas
from docmill.entrypoints.api.answers import json_answer
from docmill.entrypoints.api.bodies import json_object
from docmill.entrypoints.api.filters import PAGING, page_limit
from docmill.entrypoints.api.identity import Caller, MayRead, MayReview, ServicesOf, TheDocument
from docmill.entrypoints.api.presence import present
from docmill.entrypoints.api.request_keys import IdempotencyKey, request_key
from docmill.entrypoints.api.schemas_reviews import (
    SAVE_EXAMPLE,
    CorrectionList,
    ReviewBody,
    ReviewList,
    ReviewWhole,
    SavedBody,
)
from docmill.entrypoints.api.services import Services
from docmill.entrypoints.api.tracing import telling
from docmill.entrypoints.api.views_reviews import correction_view, item_view
from docmill.ports.reviews import ReviewFilter

router = APIRouter(prefix="/v1", tags=["reviews"])

_ETAG = re.compile(r'"(\d{1,9})"')
_FILTERS: dict[str, str] = {
    "type": "The document type.",
    "batch": "The batch that the upload named.",
    "blocker": "The name of a rule that blocks.",
    "kind": f"One of {', '.join(ReviewKind)}.",
}
_ASSIGNED = {"assigned": "`me`, `nobody`, or the subject of whoever has it in hand."}
IfMatch = Annotated[str | None, Header(description="The ETag of the run that you looked at.")]
LeaseId = Annotated[str | None, Query(alias="lease", description="The id of your lease.")]


def _parameters(names: dict[str, str]) -> list[dict[str, object]]:
    return [
        {"name": name, "in": "query", "schema": {"type": "string"}, "description": says}
        for name, says in names.items()
    ]


@router.get(
    "/reviews",
    summary="List what waits for a person",
    responses=schemas.answers(200, ReviewList, 401, 403, 422, 503),
    openapi_extra={"parameters": [*_parameters(_FILTERS | _ASSIGNED), *PAGING]},
)
async def list_reviews(request: Request, services: ServicesOf, tenant: MayReview, caller: Caller) -> Response:
    """Worst first: by expected loss, and by age."""
    query = request.query_params
    where = _filter(query, caller.subject, besides=("limit", "cursor", "assigned"))
    limit, cursor = page_limit(query), query.get("cursor")
    page = await services.reviews.queue(tenant, where, limit=limit, cursor=cursor)
    return json_answer({"items": [item_view(item, caller.subject) for item in page.items], "next": page.next})


@router.post(
    "/reviews/next",
    summary="Take the worst document that is free",
    responses=schemas.answers(200, ReviewBody, 204, 401, 403, 422, 503),
    openapi_extra={"parameters": _parameters(_FILTERS)},
)
async def take_next(request: Request, services: ServicesOf, tenant: MayReview, caller: Caller) -> Response:
    """Leases it to you for 15 minutes; 204 when there is none. Of many who ask each gets another one."""
    where = _filter(request.query_params, caller.subject)
    item = await services.reviews.take(tenant, None, subject=caller.subject, where=where)
    return Response(status_code=204) if item is None else _item_answer(item, caller.subject)


@router.get(
    "/reviews/{document_id}",
    summary="Show a document to a reviewer",
    responses=schemas.answers(200, ReviewWhole, 401, 403, 404, 410, 503),
)
async def show_review(
    services: ServicesOf, tenant: MayReview, caller: Caller, document_id: TheDocument
) -> Response:
    """Its place in the queue, the result, and what was said of it; the ETag is what a save wants."""
    document = await present(services, tenant, document_id)
    item = await services.reviews.item(tenant, document_id)
    said = await services.reviews.corrections(tenant, document_id)
    body = {
        "document_id": str(document_id),
        "review": None if item is None else item_view(item, caller.subject),
        "result": document.run.result,
        "corrections": [correction_view(one) for one in said],
        "pages": f"/v1/documents/{document_id}/pages/1",
    }
    return json_answer(body, headers={"ETag": f'"{document.run.version}"'})


@router.post(
    "/reviews/{document_id}/lease",
    summary="Take a particular document",
    responses=schemas.answers(200, ReviewBody, 401, 403, 404, 409, 410, 503),
)
async def take_document(
    services: ServicesOf, tenant: MayReview, caller: Caller, document_id: TheDocument
) -> Response:
    """409 `lease_held` while somebody else has it; asking again for what you have gives the same lease."""
    taken = await services.reviews.take(tenant, document_id, subject=caller.subject, where=ReviewFilter())
    if taken is None:  # it was given back, or saved, between taking it and looking at it
        raise DocmillError(ErrorCode.STATE_FORBIDDEN, "Nobody is asked about the document.")
    return _item_answer(taken, caller.subject)


@router.put(
    "/reviews/{document_id}/lease",
    summary="Extend your lease",
    responses=schemas.answers(200, ReviewBody, 401, 403, 404, 409, 410, 422, 503),
)
async def extend_lease(
    services: ServicesOf,
    tenant: MayReview,
    caller: Caller,
    document_id: TheDocument,
    *,
    lease: LeaseId = None,
) -> Response:
    await present(services, tenant, document_id)
    held = _lease(lease)
    kept = await services.reviews.extend(tenant, document_id, subject=caller.subject, lease=held)
    return _item_answer(kept, caller.subject)


@router.delete(
    "/reviews/{document_id}/lease",
    status_code=204,
    summary="Give a document back",
    responses=schemas.answers(204, None, 401, 403, 404, 409, 410, 422, 503),
)
async def give_back(
    services: ServicesOf,
    tenant: MayReview,
    caller: Caller,
    document_id: TheDocument,
    *,
    lease: LeaseId = None,
) -> Response:
    await present(services, tenant, document_id)
    held = _lease(lease)
    await services.reviews.give_back(tenant, document_id, subject=caller.subject, lease=held)
    return Response(status_code=204)


@router.post(
    "/reviews/{document_id}/corrections",
    summary="Save what you say of a document",
    responses=schemas.answers(200, SavedBody, 401, 403, 404, 409, 410, 412, 413, 422, 503),
    openapi_extra=schemas.json_body(
        "Your lease, and a list of operations: all of it or nothing.", SAVE_EXAMPLE
    ),
)
async def save_corrections(
    request: Request,
    services: ServicesOf,
    tenant: MayReview,
    caller: Caller,
    document_id: TheDocument,
    *,
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Validated again at once: it is accepted, or comes back with what still blocks it."""
    from docmill.engines.review.requests import Op, operations_of
    from docmill.stages.correct import Asked, save_id, save_of

    document = await present(services, tenant, document_id)
    body = await json_object(request)
    if unknown := sorted(map(str, body.keys() - {"lease", "operations"})):
        raise invalid(f"{unknown[0][:60]}: want lease and operations.")
    sent = orjson.dumps(body, option=orjson.OPT_SORT_KEYS).decode()
    key = request_key(idempotency_key, "corrections", str(document_id), caller.subject, if_match or "", sent)
    known = None if key is None else await services.reviews.answered(tenant, key)
    if known is not None:
        return json_answer(dict(known))
    operations, lease, version = (
        operations_of(body.get("operations")),
        _lease(body.get("lease")),
        _seen(if_match),
    )
    item = await services.reviews.item(tenant, document_id)
    if item is None or item.run != document.run.id:
        raise DocmillError(ErrorCode.STATE_FORBIDDEN, "Nobody is asked about the document.")
    if operations[0].op is Op.TYPE:
        await _require_type(services, tenant, operations[0].type_name)
    runs = await services.store.runs(tenant, document_id)
    asked = Asked(
        document=document,
        item=item,
        version=version,
        subject=caller.subject,
        lease=lease,
        id=save_id(document_id, item.run, version, lease) if key is None else uuid4(),
        time=services.now(),
        latest=max(run.number for run in runs),
        trace=telling(request).trace,
        key=key,
    )
    used = await _used(services, document)
    pages = await _pages(services, document) if any(one.page is not None for one in operations) else {}
    # Beside the event loop: thousands of rows are copied and checked against their schema.
    save = await asyncio.to_thread(save_of, asked, operations, used, pages.get)
    return json_answer(dict(await services.reviews.save(save)))


@router.get(
    "/documents/{document_id}/corrections",
    summary="List what people said of it",
    responses=schemas.answers(200, CorrectionList, 401, 403, 404, 410, 503),
)
async def list_corrections(services: ServicesOf, tenant: MayRead, document_id: TheDocument) -> Response:
    """Oldest first, each with what was there before, by whom and when."""
    await present(services, tenant, document_id)
    said = await services.reviews.corrections(tenant, document_id)
    return json_answer({"items": [correction_view(one) for one in said], "next": None})


async def _used(services: Services, document: Document) -> DocumentType | None:
    """The type that the run was analyzed by; the newest where that version is gone with an older release."""
    run = document.run
    if run.type_name is None or run.type_version is None:
        return None
    try:
        return await services.catalog.document_type(
            document.tenant, run.type_name, version=run.type_version
        )  # fmt: skip
    except NotFound:
        return await services.catalog.document_type(document.tenant, run.type_name)


async def _require_type(services: Services, tenant: TenantId, name: str) -> None:
    try:
        await services.catalog.document_type(tenant, name)
    except NotFound:
        raise invalid("operations[0]: type: there is no such document type.") from None


async def _pages(services: Services, document: Document) -> dict[int, Page]:
    """The pages as they were read, by number."""
    from docmill.engines.reading.wire.codec import decode

    if document.run.reading is None:
        return {}
    data = await services.blobs.get(document.tenant, document.run.reading.sha256)
    reading = await asyncio.to_thread(decode, data)
    return {page.number: page for page in reading.pages}


def _filter(query: QueryParams, subject: str, *, besides: tuple[str, ...] = ()) -> ReviewFilter:
    """A filter that is not understood is refused, not ignored."""
    unknown = sorted(set(query.keys()) - _FILTERS.keys() - set(besides))
    if unknown:
        raise invalid(
            f"{unknown[0][:60]}: there is no such filter; there are {', '.join(_FILTERS | _ASSIGNED)}."
        )
    kind = query.get("kind")
    if kind is not None and kind not in {one.value for one in ReviewKind}:
        raise invalid(f"kind: want one of {', '.join(ReviewKind)}.")
    if any("\0" in value for value in query.values()):
        raise invalid("A filter may not have the character NUL.")
    assigned = query.get("assigned") if "assigned" in besides else None
    return ReviewFilter(
        type_name=query.get("type"),
        batch=query.get("batch"),
        blocker=query.get("blocker"),
        kind=None if kind is None else ReviewKind(kind),
        holder={"me": subject, "nobody": ""}.get(assigned, assigned) if assigned is not None else None,
    )


def _lease(text: Any) -> UUID:
    try:
        return UUID(text)
    except (ValueError, TypeError, AttributeError):
        raise invalid("lease: want the id of your lease.") from None


def _seen(if_match: str | None) -> int:
    match = _ETAG.fullmatch(if_match or "")
    if match is None:
        raise invalid("If-Match: want the ETag of the run that you looked at.")
    return int(match[1])


def _item_answer(item: ReviewItem, subject: str) -> Response:
    return json_answer(item_view(item, subject), headers={"ETag": f'"{item.version}"'})
