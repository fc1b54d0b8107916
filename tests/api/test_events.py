"""`GET /v1/events` over a real connection: a transport in memory hands an answer on only when it has ended."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import httpx
import pytest
import uvicorn
from tests.api.memory_platform import Platform, upload
from tests.flow.running import free_port
from tests.receiver import until

from docmill.domain.errors import Unavailable
from docmill.domain.events import DocumentId, Event, EventId, EventType, first_run_id
from docmill.domain.tenants import TenantId
from docmill.entrypoints import api_server
from docmill.entrypoints.api.routes import events
from docmill.stages import event_feed


@asynccontextmanager
async def serving(platform: Platform) -> AsyncIterator[str]:
    port = free_port()
    config = uvicorn.Config(
        platform.app, port=port, lifespan="off", log_config=None, timeout_graceful_shutdown=2
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server._serve())
    await until(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        platform.feed.end()
        server.should_exit = True
        await running


@pytest.fixture
async def url(platform: Platform) -> AsyncIterator[str]:
    async with serving(platform) as url:
        yield url


@dataclass
class Heard:
    id: str = ""
    event: str = ""
    data: dict = field(default_factory=dict)


class Listening:
    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self.lines = answer.aiter_lines()

    async def next(self, *, comments: bool = False) -> Heard | str:
        """The next event; with ``comments`` also those, as text."""
        one = Heard()
        async with asyncio.timeout(5):
            async for line in self.lines:
                name, _, value = line.partition(": ")
                if line.startswith(":") and comments:
                    return line
                if name in ("id", "event"):
                    setattr(one, name, value)
                elif name == "data":
                    one.data = json.loads(value)
                elif not line and one.event:
                    return one
        raise EOFError

    async def take(self, count: int) -> list[Heard]:
        return [await self.next() for _ in range(count)]


@asynccontextmanager
async def listening(
    url: str, key: str = "dm_acme", *, last: str = "", **query: str
) -> AsyncIterator[Listening]:
    headers = {"Authorization": f"Bearer {key}"} | ({"Last-Event-ID": last} if last else {})
    async with (
        httpx.AsyncClient(base_url=url, headers=headers, timeout=10, trust_env=False) as client,
        client.stream("GET", "/v1/events", params=query) as answer,
    ):
        if answer.status_code != 200:
            await answer.aread()
        else:
            heard = Listening(answer)
            while await heard.next(comments=True) != ": listening":
                pass
            yield heard
            return
        yield Listening(answer)


async def happen(
    platform: Platform, count: int, *, tenant: str = "acme", document: str = "", **given: object
) -> list[str]:
    """Events of one document; return their ids on the stream."""
    about = DocumentId(UUID(document) if document else uuid4())
    ids = []
    for _ in range(count):
        kind = given.get("kind", EventType.DOCUMENT_READ)
        said = Event(EventId(uuid4()), kind, TenantId(tenant), about, first_run_id(about), platform.now())
        platform.db.publish(said)
        ids.append(f"{about}.{said.id}")
    await platform.journal.sequence()
    return ids


async def test_a_listener_hears_what_happens_to_its_tenant_and_to_nobody_else(
    platform: Platform, url: str
) -> None:
    async with listening(url) as own, listening(url, "dm_globex") as other:
        ids = await happen(platform, 3)
        theirs = await happen(platform, 2, tenant="globex")
        assert [one.id for one in await own.take(3)] == ids
        assert [one.id for one in await other.take(2)] == theirs
        assert own.answer.headers["content-type"].startswith("text/event-stream")


async def test_what_is_told_has_no_position_and_no_content(platform: Platform, url: str) -> None:
    async with listening(url) as own:
        (id_,) = await happen(platform, 1)
        one = await own.next()
        assert one.event == "DocumentRead"
        assert set(one.data) == {"id", "type", "document_id", "run_id", "time", "data"}
        assert id_ == f"{one.data['document_id']}.{one.data['id']}"


async def test_reconnecting_at_every_event_leaves_no_gap_and_no_double(platform: Platform, url: str) -> None:
    ids = []
    async with listening(url) as own:
        ids += await happen(platform, 1)
        heard = [(await own.next()).id]
    for number in range(20):
        ids += await happen(platform, 1 + number % 3)  # while nobody listens
        await happen(platform, 1, tenant="globex")
        async with listening(url, last=heard[-1]) as own:
            ids += await happen(platform, number % 2)  # and while somebody does
            heard.append((await own.next()).id)
    async with listening(url, last=heard[-1]) as own:
        heard += [one.id for one in await own.take(len(ids) - len(heard))]
    assert heard == ids


async def test_a_feed_that_registers_after_it_has_looked_back_is_found_to_lose(
    platform: Platform, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: what happens between looking back and listening is in neither."""
    (first,) = await happen(platform, 1)
    opened = event_feed.EventFeed.open

    async def late(self, tenant):
        begun = await self._history.last()
        await happen(platform, 1)
        stream = await opened(self, tenant)
        await until(lambda: self._position == len(platform.db.events))
        stream.begins_after = begun
        stream.waiting.clear()
        return stream

    async with listening(url, "dm_acme"):  # keeps the reader going
        monkeypatch.setattr(event_feed.EventFeed, "open", late)
        async with listening(url, last=first) as own:
            (later,) = await happen(platform, 1)
            assert (await own.next()).id == later  # and the one before it is lost


async def test_streams_are_narrowed_by_document_batch_and_type(platform: Platform, url: str) -> None:
    async with platform.client() as client:
        first = await upload(client, b"1", batch="may")
        second = await upload(client, b"2", batch="june")
    await platform.journal.sequence()
    async with (
        listening(url, document=first) as of_document,
        listening(url, batch="june, july") as of_batch,
        listening(url, types="DocumentArchived") as of_type,
    ):
        a = await happen(platform, 1, document=first)
        b = await happen(platform, 1, document=second, kind=EventType.DOCUMENT_ARCHIVED)
        assert (await of_document.next()).id == a[0]
        assert (await of_batch.next()).data["document_id"] == second
        assert (await of_type.next()).id == b[0]


@pytest.mark.parametrize(
    "query", [{"types": "Nonsense"}, {"document": "no-id"}, {"document": ",".join([str(uuid4())] * 21)}]
)
async def test_a_filter_that_is_not_understood_is_refused(url: str, query: dict[str, str]) -> None:
    async with listening(url, **query) as own:
        assert own.answer.status_code == 422
        assert own.answer.json()["code"] == "request_invalid"


async def test_an_id_that_is_not_known_any_more_is_answered_by_a_reset(platform: Platform, url: str) -> None:
    (theirs,) = await happen(platform, 1, tenant="globex")
    for last in (f"{uuid4()}.{uuid4()}", theirs):
        async with listening(url, last=last) as own:
            assert (await own.next()).event == "reset"
    async with listening(url, last="nonsense") as own:
        assert own.answer.status_code == 422


async def test_one_listener_too_many_is_told_to_come_later(
    platform: Platform, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_feed, "EVENT_STREAMS_PER_TENANT_MAX", 2)
    async with listening(url), listening(url):
        async with listening(url) as third:
            assert third.answer.status_code == 429
            assert third.answer.headers["retry-after"]
        async with listening(url, "dm_globex") as other:
            assert other.answer.status_code == 200
    await until(lambda: not platform.feed.streams)
    async with listening(url) as again:
        assert again.answer.status_code == 200


async def test_a_listener_who_is_too_slow_is_let_go_and_goes_on_where_he_was(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_feed, "EVENT_STREAM_WAITING_MAX", 5)
    slow = await platform.feed.open(TenantId("acme"))
    quick = await platform.feed.open(TenantId("acme"))
    heard = []
    ids = await happen(platform, 4)
    while len(heard) < 4:
        heard += await quick.more(timeout_s=1)
    ids += await happen(platform, 4)
    while len(heard) < 8:
        heard += await quick.more(timeout_s=1)
    assert slow.ended
    assert not quick.ended
    left = [f"{event.document}.{event.id}" for event in await slow.more(timeout_s=0)]
    assert left == ids[:5]
    for stream in (slow, quick):
        platform.feed.close(stream)


async def test_a_quiet_stream_is_kept_open_and_ends_with_its_credential(
    platform: Platform, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "EVENT_HEARTBEAT_S", 0.05)
    async with listening(url) as own:
        assert await own.next(comments=True) == ": still here"
        revoked = True

        async def refuse(*_: object) -> None:
            from docmill.domain.access import Refusal, Refused

            if revoked:
                raise Refused(Refusal.UNKNOWN_KEY)

        monkeypatch.setattr(events, "asked_again", refuse)
        with pytest.raises(EOFError):
            await own.take(1)
    assert platform.feed.streams == 0


async def test_streams_end_at_once_when_the_process_is_to_stop(platform: Platform) -> None:
    async with serving(platform) as url, listening(url) as own:
        platform.feed.end()
        with pytest.raises(EOFError):
            await own.next()
        async with listening(url) as late:
            assert late.answer.status_code == 503


async def test_sigterm_ends_the_streams_of_the_process(platform: Platform) -> None:
    server = api_server._Server(api_server.config_of(platform.app, name="api-1"), platform.feed)
    stream = await platform.feed.open(TenantId("acme"))
    server.handle_exit(signal.SIGTERM, None)
    assert (server.should_exit, stream.ended) == (True, True)
    with pytest.raises(Unavailable):
        await platform.feed.open(TenantId("acme"))
    platform.feed.close(stream)


async def test_one_reader_serves_all_and_nobody_reads_when_nobody_listens(platform: Platform) -> None:
    reads = 0
    read = platform.journal.read

    async def counted(**given: int) -> object:
        nonlocal reads
        reads += 1
        return await read(**given)

    platform.feed._journal = type("Counted", (), {"read": staticmethod(counted)})()
    streams = [await platform.feed.open(TenantId("acme")) for _ in range(10)]
    await asyncio.sleep(0.1)
    assert 0 < reads <= 12
    for stream in streams:
        platform.feed.close(stream)
    await asyncio.sleep(0.05)
    before = reads
    await asyncio.sleep(0.05)
    assert reads == before
