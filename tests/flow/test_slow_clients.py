"""Slow and lying clients are answered and sent away in time, and nobody else is the slower for it."""

import asyncio
import statistics
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from tests.api.memory_platform import Platform
from tests.flow.liars import KINDS, End, Target, lie, never_read
from tests.flow.running import Client, Running, invoice_xml
from uvicorn.protocols.http.h11_impl import H11Protocol

from docmill.domain.limits import api as limits
from docmill.entrypoints import guarded
from docmill.entrypoints.api import bodies
from docmill.entrypoints.api_server import config_of
from docmill.entrypoints.guarded import Guarded

SHORT = {
    "HEADER_WALL_S_MAX": 1.0,
    "BODY_IDLE_S_MAX": 1.0,
    "BODY_RATE_GRACE_S": 1.5,
    "ANSWER_IDLE_S_MAX": 1.0,
    "ANSWERED_LINGER_S": 0.5,
    "CONNECTION_LOOK_S": 0.1,
}
SHORT_PATIENCE_S = 8.0
AT_ONCE = 200
ENDLESS = 10  # each of them sends 50 MiB
MIB = 1024 * 1024


@asynccontextmanager
async def served(
    app: object, protocol: type[asyncio.Protocol], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Target]:
    """The application on a socket of this process, with limits that a test can wait for."""
    for name, value in SHORT.items():
        monkeypatch.setattr(guarded, name, value)
    monkeypatch.setattr(bodies, "FILE_SIZE_BYTES_MAX", MIB)
    config = config_of(app, name="api-1")  # type: ignore[arg-type]
    config.http = protocol
    config.port = 0
    config.timeout_keep_alive = 1
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - it has no event for it
        await asyncio.sleep(0.01)
    host, port = server.servers[0].sockets[0].getsockname()[:2]
    try:
        yield Target(host, port, "dm_acme")
    finally:
        server.should_exit = True
        server.force_exit = True
        await running


async def wrong(target: Target) -> list[End]:
    """The liars that were not answered as they should be, or not in time."""
    ends = await asyncio.gather(*(lie(kind, target, patience_s=SHORT_PATIENCE_S) for kind in KINDS))
    return [
        end
        for end in ends
        if end.wall_s >= SHORT_PATIENCE_S or (KINDS[end.kind][1] and end.status not in KINDS[end.kind][1])
    ]


async def test_each_liar_is_answered_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    async with served(Platform().app, Guarded, monkeypatch) as target:
        assert await wrong(target) == []


async def test_without_the_guard_they_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    async with served(Platform().app, H11Protocol, monkeypatch) as target:
        stayed = {end.kind for end in await wrong(target)}
    assert stayed >= {"slow_head", "no_head", "slow_body", "body_that_stops", "endless"}


async def _much(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that has more to say than any buffer takes."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(200):
        await send({"type": "http.response.body", "body": bytes(MIB), "more_body": True})
    await send({"type": "http.response.body", "body": b""})


@pytest.mark.parametrize(("protocol", "stays"), [(Guarded, False), (H11Protocol, True)])
async def test_who_takes_nothing_of_an_answer_is_cut_off(
    monkeypatch: pytest.MonkeyPatch, *, protocol: type[asyncio.Protocol], stays: bool
) -> None:
    async with served(_much, protocol, monkeypatch) as target:
        end = await never_read(target, "/", requests=1, patience_s=6)
    assert (end.wall_s >= 6) is stays


async def test_a_slow_but_steady_sender_and_receiver_are_served(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice as fast as it must be, for four times as long as a body may pause."""

    async def steady() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * (2 * limits.BODY_RATE_BYTES_S_MIN // 10)
            await asyncio.sleep(0.1)

    async with served(Platform().app, Guarded, monkeypatch) as target:
        url = f"http://{target.host}:{target.port}"
        headers = {"Authorization": f"Bearer {target.key}"}
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=20) as client:
            answer = await client.post("/v1/documents?name=a.pdf", content=steady())
            assert answer.status_code == 202
            assert (await client.get("/v1/documents")).headers["x-served-by"] == "api-1"


async def test_a_connection_too_many_is_told_when_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarded, "CONNECTIONS_MAX", 3)
    async with served(Platform().app, Guarded, monkeypatch) as target:
        held = [await asyncio.open_connection(target.host, target.port) for _ in range(3)]
        async with httpx.AsyncClient(base_url=f"http://{target.host}:{target.port}") as client:
            answer = await client.get("/health")
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert int(answer.headers["retry-after"]) > 0
        for _, writer in held:
            writer.close()


async def test_two_hundred_of_them_slow_nobody_else_down(running: Running) -> None:
    key = await running.key("acme")
    target = Target("127.0.0.1", running.port, key)
    async with Client(running.url, key) as client:
        await client.submit(invoice_xml("A-1"), "a.xml", key="a")
        calm_s = _p95(await _walls(client, seconds=6))
        before = _memory(running)
        kinds = [kind for kind in KINDS if kind != "endless"]
        crowd = [kinds[n % len(kinds)] for n in range(AT_ONCE - ENDLESS - 20)] + ["endless"] * ENDLESS
        patience_s = 120.0
        attack = asyncio.gather(
            *(lie(kind, target, patience_s=patience_s) for kind in crowd),
            *(never_read(target, "/openapi.json", requests=500, patience_s=patience_s) for _ in range(20)),
        )
        most = before
        samples: list[list[float]] = []
        try:
            while not attack.done():
                samples.append(await _walls(client, seconds=3))
                most = max(most, _memory(running))
        finally:
            attack.cancel()
        crowded_s = _p95([wall for sample in samples for wall in sample])
        ends = await attack
        print(f"p95 {calm_s * 1000:.1f} -> {crowded_s * 1000:.1f} ms {[round(_p95(s) * 1000) for s in samples]};"
              f" memory {before / MIB:.0f} -> {most / MIB:.0f} MiB;"
              f" {Counter((end.kind, end.status, round(end.wall_s / 5) * 5) for end in ends)}")  # fmt: skip
        bad = [e for e in ends if e.kind in KINDS and KINDS[e.kind][1] and e.status not in KINDS[e.kind][1]]
        assert not bad
        assert not [end for end in ends if end.wall_s >= patience_s]
        assert most - before <= 50 * MIB
        assert crowded_s <= max(2 * calm_s, 0.1)


def _p95(walls: list[float]) -> float:
    return statistics.quantiles(walls, n=20)[-1]


async def _walls(client: Client, *, seconds: float) -> list[float]:
    """Of requests that come at a steady pace, whatever the answers to those before."""
    loop = asyncio.get_running_loop()
    walls: list[float] = []

    async def one() -> None:
        began = loop.time()
        await client.get("/v1/documents", limit=5)
        walls.append(loop.time() - began)

    asked = []
    for _ in range(int(seconds * 20)):
        asked.append(asyncio.create_task(one()))
        await asyncio.sleep(0.05)
    await asyncio.gather(*asked)
    return walls


def _memory(running: Running) -> int:
    """Resident bytes of the API processes."""
    pids = [pid for pid, role in running.tree().items() if role == "api_server"]
    assert pids
    status = [Path(f"/proc/{pid}/status").read_text() for pid in pids]
    return sum(int(text.partition("VmRSS:")[2].split()[0]) * 1024 for text in status)
