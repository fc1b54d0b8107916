"""`GET /v1/events`: what happens to the tenant's documents, as it happens."""

from collections.abc import AsyncGenerator
from functools import partial
from time import monotonic
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response

from docmill.domain.access import Permission, Refused
from docmill.domain.errors import DocmillError, invalid
from docmill.domain.events import DocumentId, Event, EventType
from docmill.domain.limits.webhooks import EVENT_FILTER_VALUES_MAX, EVENT_HEARTBEAT_S
from docmill.domain.tenants import TenantId
from docmill.entrypoints.api import schemas
from docmill.entrypoints.api.event_stream import (
    FIRST,
    HEARTBEAT,
    RESET,
    EventStreamResponse,
    place_of,
    written,
)
from docmill.entrypoints.api.identity import MayRead, ServicesOf, asked_again
from docmill.entrypoints.api.services import Services
from docmill.stages.event_feed import Place, Stream, Wanted

router = APIRouter(prefix="/v1", tags=["events"])

Values = Annotated[str | None, Query(max_length=100 * EVENT_FILTER_VALUES_MAX, description="Some, by comma.")]
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A stream that does not end by itself; a comment every 15 seconds keeps it open.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


@router.get(
    "/events",
    summary="Listen to what happens",
    response_class=Response,
    responses=_STREAM
    | {code: say for code, say in schemas.answers(200, None, 401, 403, 422, 429, 503).items() if code != 200},
)
async def listen(
    request: Request,
    services: ServicesOf,
    tenant: MayRead,
    *,
    document: Values = None,
    batch: Values = None,
    types: Values = None,
    last_event_id: Annotated[
        str | None, Header(description="The `id` of the last event that came: goes on behind it.")
    ] = None,
) -> Response:
    """Server-sent events, each once and in order; on any replica. `reset` says that what came since
    `Last-Event-ID` is not known any more. Ends when the credential does."""
    wanted = Wanted(_documents(document), frozenset(_listed("batch", batch)), _types(types))
    try:
        place = place_of(last_event_id)
    except ValueError:
        raise invalid("Last-Event-ID: want the id of an event of this stream.") from None
    stream = await services.feed.open(tenant)
    parts = _parts(request, services, stream, wanted, place=place)
    return EventStreamResponse(parts, at_end=partial(services.feed.close, stream))


async def _parts(
    request: Request, services: Services, stream: Stream, wanted: Wanted, *, place: Place | None
) -> AsyncGenerator[bytes, None]:
    known: dict[DocumentId, str | None] = {}
    feed = services.feed

    async def interesting(events: list[Event]) -> bytes:
        chosen = await feed.of_interest(stream.tenant, events, wanted, known)
        return b"".join(written(event) for event in chosen)

    yield FIRST
    if place is not None:
        missed = await feed.missed(stream, place)
        if missed is None:
            yield RESET
        else:
            async for events in missed:
                if text := await interesting(events):
                    yield text
    due = monotonic() + EVENT_HEARTBEAT_S
    while not stream.ended or stream.waiting:
        events = await stream.more(timeout_s=max(due - monotonic(), 0))
        if text := await interesting(events):
            yield text
        if monotonic() >= due and not stream.ended:
            if not await _may_go_on(request, services, stream.tenant):
                return
            due = monotonic() + EVENT_HEARTBEAT_S
            yield HEARTBEAT


async def _may_go_on(request: Request, services: Services, tenant: TenantId) -> bool:
    """Whether the credential still is what it was when the stream began."""
    try:
        caller = await asked_again(request, services)
    except Refused:
        return False
    except DocmillError as error:
        return error.retry  # the database is away, and the stream may wait for it
    return caller.tenant == tenant and Permission.DOCUMENTS_READ in caller.permissions


def _documents(text: str | None) -> frozenset[DocumentId]:
    try:
        return frozenset(DocumentId(UUID(one)) for one in _listed("document", text))
    except ValueError:
        raise invalid("document: want ids of documents, by comma.") from None


def _types(text: str | None) -> frozenset[EventType]:
    try:
        return frozenset(EventType(one) for one in _listed("types", text))
    except ValueError:
        raise invalid(f"types: want some of {', '.join(EventType)}.") from None


def _listed(name: str, text: str | None) -> list[str]:
    values = [one.strip() for one in text.split(",") if one.strip()] if text else []
    if len(values) > EVENT_FILTER_VALUES_MAX:
        raise invalid(f"{name}: want at most {EVENT_FILTER_VALUES_MAX} of them.")
    return values
