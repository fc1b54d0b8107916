"""Batches: made with a manifest or named by uploads, counted, listed item by item, cancelled."""

import asyncio
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from docmill.domain.batches import Batch, BatchItem, Expected, Outcome
from docmill.domain.errors import DocmillError, ErrorCode, invalid
from docmill.domain.limits.api import (
    BATCH_ITEMS_MAX,
    BATCH_LABEL_CHARS_MAX,
    CANCELS_AT_ONCE,
    FILE_NAME_CHARS_MAX,
    PAGE_SIZE_MAX,
)
from docmill.domain.results import Status
from docmill.domain.states import STATUS, RunState
from docmill.domain.tenants import TenantId
from docmill.entrypoints.api import schemas
from docmill.entrypoints.api.answers import json_answer
from docmill.entrypoints.api.bodies import json_object_or_nothing
from docmill.entrypoints.api.filters import PAGING, only_paging, page_limit
from docmill.entrypoints.api.identity import MayRead, MayWrite, ServicesOf
from docmill.entrypoints.api.request_keys import IdempotencyKey, request_key
from docmill.entrypoints.api.services import Services
from docmill.entrypoints.api.views import RUNNING
from docmill.ports.document_store import DocumentFilter

router = APIRouter(prefix="/v1", tags=["batches"])

_SHA256 = re.compile(r"[0-9a-f]{64}")
_PRIORITIES = {"high": 0, "normal": 1, "low": 2}
_ON_ITS_WAY = tuple(state for state in RunState if STATUS[state] is None)


@router.post(
    "/batches",
    status_code=201,
    summary="Make a batch",
    responses=schemas.answers(201, schemas.Batch, 401, 413, 422, 503),
    openapi_extra=schemas.model_body(schemas.NewBatch, required=False),
)
async def make_batch(
    request: Request, services: ServicesOf, tenant: MayWrite, idempotency_key: IdempotencyKey = None
) -> Response:
    """Upload into it with `batch=<id>`. With `items` it is complete only when each of them has come; `type`
    and `priority` of an item hold for its file where the upload says nothing else."""
    label, expected = await _manifest(services, tenant, await json_object_or_nothing(request))
    key = request_key(idempotency_key, "batch", repr((label, expected)))
    batch = await services.batches.create(
        tenant, label=label, expected=expected, time=services.now(), key=key
    )
    view = batch_view(await services.batches.load(tenant, batch))
    return json_answer(view, status=201, headers={"Location": f"/v1/batches/{batch}"})


@router.get(
    "/batches",
    summary="List batches",
    responses=schemas.answers(200, schemas.BatchList, 401, 422, 503),
    openapi_extra={"parameters": PAGING},
)
async def list_batches(request: Request, services: ServicesOf, tenant: MayRead) -> Response:
    """Newest first, without counts."""
    only_paging(request.query_params)
    query = request.query_params
    page = await services.batches.find(tenant, limit=page_limit(query), cursor=query.get("cursor"))
    return json_answer({"items": [_head(batch) for batch in page.batches], "next": page.next})


@router.get(
    "/batches/{batch}",
    summary="Count a batch's items",
    responses=schemas.answers(200, schemas.Batch, 401, 404, 503),
)
async def show_batch(services: ServicesOf, tenant: MayRead, batch: str) -> Response:
    """A batch is there as soon as it was made or an upload has named it. `ended`: nothing of it is on its
    way; `completed`: nor is anything of its manifest still to come."""
    return json_answer(batch_view(await services.batches.load(tenant, batch)))


@router.get(
    "/batches/{batch}/items",
    summary="List what became of each item",
    responses=schemas.answers(200, schemas.BatchItems, 401, 404, 422, 503),
    openapi_extra={"parameters": PAGING},
)
async def list_items(request: Request, services: ServicesOf, tenant: MayRead, batch: str) -> Response:
    """Its documents, then what made none: duplicates of earlier ones, files that were refused at the door,
    items of the manifest that have not come."""
    query = request.query_params
    only_paging(query)
    page = await services.batches.items(tenant, batch, limit=page_limit(query), cursor=query.get("cursor"))
    return json_answer({"items": [_item(item) for item in page.items], "next": page.next})


@router.post(
    "/batches/{batch}/cancel",
    summary="Cancel a batch",
    responses=schemas.answers(200, schemas.Batch, 401, 404, 422, 503),
)
async def cancel_batch(
    services: ServicesOf, tenant: MayWrite, batch: str, idempotency_key: IdempotencyKey = None
) -> Response:
    """Takes no more files into it and cancels what is on its way; what has ended stays. Twice is fine."""
    key = request_key(idempotency_key, "cancel batch", batch)
    await services.batches.cancel(tenant, batch, time=services.now(), key=key)
    await _cancel_all(services, tenant, batch)
    return json_answer(batch_view(await services.batches.load(tenant, batch)))


async def _cancel_all(services: Services, tenant: TenantId, batch: str) -> None:
    """One by one, newest first; what has ended meanwhile is left alone."""
    cursor: str | None = None
    one_of_few = asyncio.Semaphore(CANCELS_AT_ONCE)

    async def cancel(document: Any) -> None:
        async with one_of_few:
            try:
                await services.operations.cancel(tenant, document.id, time=services.now())
            except DocmillError as error:
                if error.code not in (ErrorCode.STATE_FORBIDDEN, ErrorCode.ERASED):
                    raise

    while True:
        where = DocumentFilter(states=_ON_ITS_WAY, batch=batch)
        page = await services.store.find(tenant, where, limit=PAGE_SIZE_MAX, cursor=cursor)
        await asyncio.gather(*(cancel(document) for document in page.documents))
        cursor = page.next
        if cursor is None:
            return


async def _manifest(
    services: Services, tenant: TenantId, body: Mapping[str, Any]
) -> tuple[str | None, list[Expected]]:
    """Raise DocmillError(request_invalid), naming the place, for what cannot be followed."""
    label, items = body.get("label"), body.get("items", [])
    if body.keys() - {"label", "items"} or not isinstance(label, str | None) or not isinstance(items, list):
        raise invalid("want label, a text, and items, a list.")
    if len(label or "") > BATCH_LABEL_CHARS_MAX:
        raise invalid(f"label: want at most {BATCH_LABEL_CHARS_MAX} characters.")
    if len(items) > BATCH_ITEMS_MAX:
        raise invalid(f"items: want at most {BATCH_ITEMS_MAX}.")
    types = {known.name for known in await services.catalog.types(tenant)} if items else set()
    return label, [_expected(f"items[{at}]", item, types) for at, item in enumerate(items)]


def _expected(place: str, item: Any, types: set[str]) -> Expected:
    if not isinstance(item, dict) or item.keys() - {"name", "sha256", "type", "priority"}:
        raise invalid(f"{place}: want name, and sha256, type, priority if you like.")
    name, sha256, type_name, priority = (item.get(word) for word in ("name", "sha256", "type", "priority"))
    if not isinstance(name, str) or not 0 < len(name) <= FILE_NAME_CHARS_MAX or "\0" in name:
        raise invalid(f"{place}.name: want 1 to {FILE_NAME_CHARS_MAX} characters.")
    if sha256 is not None and (not isinstance(sha256, str) or not _SHA256.fullmatch(sha256)):
        raise invalid(f"{place}.sha256: want 64 digits and letters from a to f.")
    if type_name is not None and (not isinstance(type_name, str) or type_name not in types):
        raise invalid(f"{place}.type: there are {', '.join(sorted(types))}.")
    if priority is not None and (not isinstance(priority, str) or priority not in _PRIORITIES):
        raise invalid(f"{place}.priority: want {', '.join(_PRIORITIES)}.")
    return Expected(name, sha256, type_name, None if priority is None else _PRIORITIES[priority])


def batch_view(batch: Batch) -> dict[str, Any]:
    counts: Counter[str] = Counter(dict.fromkeys((RUNNING, *Status, *Outcome), 0))
    for state, count in (batch.states or {}).items():
        counts[STATUS[state] or RUNNING] += count
    for outcome, count in (batch.others or {}).items():
        counts[outcome] += count
    ended = not counts[RUNNING] and batch.total > 0
    return {
        **_head(batch),
        "total": batch.total,
        "ended": ended,
        "completed": ended and not counts[Outcome.EXPECTED],
        "counts": {str(name): count for name, count in counts.items()},
        "states": {str(state): count for state, count in (batch.states or {}).items()},
    }


def _head(batch: Batch) -> dict[str, Any]:
    return {
        "id": batch.id,
        "label": batch.label,
        "created_at": batch.created_at.isoformat(),
        "cancelled_at": batch.cancelled_at.isoformat() if batch.cancelled_at else None,
        "completed_at": batch.completed_at.isoformat() if batch.completed_at else None,
    }


def _item(item: BatchItem) -> dict[str, Any]:
    """A duplicate has the status of the document with the same bytes."""
    told = item.outcome if item.state is None else STATUS[item.state]
    return {
        "name": item.name,
        "outcome": str(item.outcome or "accepted"),
        "status": str(told or RUNNING),
        "document_id": str(item.document) if item.document else None,
        "duplicate_of": str(item.document) if item.outcome is Outcome.DUPLICATE else None,
        "parent": str(item.parent) if item.parent else None,
        "type": item.type_name,
        "sha256": item.sha256,
        "code": item.code,
        "detail": item.detail or None,
    }
