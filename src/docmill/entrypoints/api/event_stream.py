"""Server-sent events: what is written, and to whom it goes on being written."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any
from uuid import UUID

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from docmill.domain.events import DocumentId, Event, EventId
from docmill.domain.limits.webhooks import EVENT_STREAM_SEND_S_MAX
from docmill.stages.event_feed import Place

FIRST = b"retry: 2000\n: listening\n\n"
HEARTBEAT = b": still here\n\n"
RESET = b'event: reset\ndata: {"reason": "What came between is not known any more: list the documents."}\n\n'

_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # nginx would keep it back


def written(event: Event) -> bytes:
    """The id is made of what the tenant knows anyway; a position would tell how much the others do."""
    data: dict[str, Any] = {
        "id": event.id,
        "type": event.type,
        "document_id": event.document,
        "run_id": event.run,
        "time": event.time,
        "data": dict(event.data),
    }
    head = f"id: {event.document}.{event.id}\nevent: {event.type}\ndata: ".encode()
    return head + orjson.dumps(data) + b"\n\n"


def place_of(last_event_id: str | None) -> Place | None:
    """Raise ValueError for what is none."""
    if not last_event_id:
        return None
    document, _, event = last_event_id.partition(".")
    return DocumentId(UUID(document)), EventId(UUID(event))


class EventStreamResponse(Response):
    """An answer that goes on until its parts end, its reader goes, or he leaves it lying for too long.

    ``at_end`` is called in any case: parts of which nobody has asked for the first cannot tidy up.
    """

    media_type = "text/event-stream"

    def __init__(self, parts: AsyncGenerator[bytes, None], *, at_end: Callable[[], None]) -> None:
        super().__init__(headers=_HEADERS)
        del self.headers["content-length"]
        self._parts = parts
        self._at_end = at_end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope
        sending = asyncio.create_task(self._send(send))
        gone = asyncio.create_task(_gone(receive))
        try:
            await asyncio.wait((sending, gone), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, gone):
                task.cancel()
            self._at_end()
            outcomes = await asyncio.gather(sending, gone, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, Exception) and not isinstance(outcome, TimeoutError | OSError):
                raise outcome

    async def _send(self, send: Send) -> None:
        async with aclosing(self._parts) as parts:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            async for part in parts:
                async with asyncio.timeout(EVENT_STREAM_SEND_S_MAX):
                    await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
