"""One reader of the journal for everybody who listens in this process.

A stream begins at a position that is noted when it is opened; what came before it is looked up once, what
comes after it is handed on by the reader. Nothing can fall between the two, and nothing is told twice.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field

from docmill.domain.errors import DocmillError, ErrorCode, Unavailable
from docmill.domain.events import DocumentId, Event, EventId, EventType
from docmill.domain.limits.processes import FOLLOW_BATCH_EVENTS, OUTAGE_RETRY_S
from docmill.domain.limits.webhooks import (
    EVENT_BATCHES_KNOWN_MAX,
    EVENT_POLL_S,
    EVENT_RESUME_EVENTS_MAX,
    EVENT_RESUME_STEP,
    EVENT_STREAM_WAITING_MAX,
    EVENT_STREAMS_MAX,
    EVENT_STREAMS_PER_TENANT_MAX,
)
from docmill.domain.tenants import TenantId
from docmill.ports.event_history import EventHistory
from docmill.ports.journal import Journal

Place = tuple[DocumentId, EventId]
"""An event as those outside know it: its position would tell them how much others do."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a listener wants to hear; an empty set is everything."""

    documents: frozenset[DocumentId] = frozenset()
    batches: frozenset[str] = frozenset()
    types: frozenset[EventType] = frozenset()


@dataclass(eq=False, slots=True)
class Stream:
    """What one listener has still to be told. ``ended``: nothing more comes, and he may come again."""

    tenant: TenantId
    begins_after: int
    waiting: deque[Event] = field(default_factory=deque)
    ended: bool = False
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, event: Event) -> None:
        """A listener who is too slow is let go: he comes again and goes on where he was."""
        if len(self.waiting) >= EVENT_STREAM_WAITING_MAX:
            self.end()
            return
        self.waiting.append(event)
        self.news.set()

    def end(self) -> None:
        self.ended = True
        self.news.set()

    async def more(self, *, timeout_s: float) -> list[Event]:
        """Return what has come, nothing when that is nothing for so long or the stream has ended."""
        if not self.waiting and not self.ended:
            # Not `wait_for`: Python 3.11's may swallow a cancellation that comes with the news.
            with suppress(TimeoutError):
                async with asyncio.timeout(timeout_s):
                    await self.news.wait()
        self.news.clear()
        events = list(self.waiting)
        self.waiting.clear()
        return events


class EventFeed:
    """The listeners of one process. It reads nothing while there are none."""

    def __init__(self, journal: Journal, history: EventHistory, *, poll_s: float = EVENT_POLL_S) -> None:
        self._journal = journal
        self._history = history
        self._poll_s = poll_s
        self._position = 0
        self._streams: dict[TenantId, set[Stream]] = {}
        self._reader: asyncio.Task[None] | None = None
        self._opening = asyncio.Lock()
        self._over = False

    @property
    def streams(self) -> int:
        return sum(map(len, self._streams.values()))

    async def open(self, tenant: TenantId) -> Stream:
        """Begin to listen. Raises DocmillError(busy) for one too many, Unavailable at the end."""
        if self._over:
            raise Unavailable("This process is about to stop.")
        own = self._streams.get(tenant, set())
        if len(own) >= EVENT_STREAMS_PER_TENANT_MAX or self.streams >= EVENT_STREAMS_MAX:
            raise DocmillError(
                ErrorCode.BUSY, f"{len(own)} event streams are open; close one, or come later."
            )
        async with self._opening:
            if self._reader is None:
                self._position = await self._history.last()
                self._reader = asyncio.create_task(self._read())
            stream = Stream(tenant, self._position)
            self._streams.setdefault(tenant, set()).add(stream)
        return stream

    def close(self, stream: Stream) -> None:
        stream.end()
        own = self._streams.get(stream.tenant, set())
        own.discard(stream)
        if not own:
            self._streams.pop(stream.tenant, None)

    def end(self) -> None:
        """End all streams, and take no more: the process is to stop. May be called by a signal's handler."""
        self._over = True
        for own in list(self._streams.values()):
            for stream in list(own):
                stream.end()

    async def missed(self, stream: Stream, place: Place) -> AsyncIterator[list[Event]] | None:
        """What came after the place and before the stream began; None when that is not known any more."""
        position = await self._history.position_of(stream.tenant, *place)
        if position is None or stream.begins_after - position > EVENT_RESUME_EVENTS_MAX:
            return None
        return self._between(stream, position)

    async def of_interest(
        self, tenant: TenantId, events: list[Event], wanted: Wanted, known: dict[DocumentId, str | None]
    ) -> list[Event]:
        """Those that the listener wants. ``known`` keeps the batches of documents between calls."""
        chosen = [
            event
            for event in events
            if (not wanted.documents or event.document in wanted.documents)
            and (not wanted.types or event.type in wanted.types)
        ]
        if not wanted.batches or not chosen:
            return chosen
        if len(known) > EVENT_BATCHES_KNOWN_MAX:
            known.clear()
        unknown = {event.document for event in chosen} - known.keys()
        if unknown:
            known |= await self._history.batches(tenant, unknown)
        return [event for event in chosen if known.get(event.document) in wanted.batches]

    async def _between(self, stream: Stream, position: int) -> AsyncIterator[list[Event]]:
        while position < stream.begins_after:
            until = min(position + EVENT_RESUME_STEP, stream.begins_after)
            yield list(await self._history.between(stream.tenant, after=position, until=until))
            position = until

    async def _read(self) -> None:
        try:
            while self._streams:
                try:
                    await self._hand_on()
                    await asyncio.sleep(self._poll_s)
                except DocmillError:
                    await asyncio.sleep(OUTAGE_RETRY_S)  # the streams stay: nothing of it is lost
        finally:
            self._reader = None
            for own in list(self._streams.values()):
                for stream in list(own):
                    stream.end()  # a reader that fails leaves nobody waiting

    async def _hand_on(self) -> None:
        while events := await self._journal.read(after=self._position, limit=FOLLOW_BATCH_EVENTS):
            for event in events:
                for stream in self._streams.get(event.tenant, ()):
                    stream.tell(event)
            self._position = events[-1].position or self._position
