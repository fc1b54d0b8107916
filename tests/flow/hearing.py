"""Those who are told what happens, and what they must have heard: by webhooks, and as server-sent events."""

import asyncio
import json
from collections import Counter
from collections.abc import Collection, Iterable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from itertools import groupby
from time import monotonic
from typing import Self
from uuid import UUID

import httpx
from tests.flow.running import Client
from tests.receiver import Got, Receiver

from docmill import wiring
from docmill.domain.events import DocumentId, EventType
from docmill.domain.tenants import TenantId

TELLS = {
    EventType.REVIEW_REQUESTED: "document.needs_review",
    EventType.DOCUMENT_ARCHIVED: "document.succeeded",
    EventType.DOCUMENT_REJECTED: "document.rejected",
    EventType.DOCUMENT_FAILED: "document.failed",
    EventType.DOCUMENT_ERASED: "document.erased",
}

Orders = dict[str, list[tuple[str, str]]]
"""Per document, (id, type) of what is told about it, in order."""


async def told(platform: wiring.Platform, tenant: TenantId, documents: Collection[UUID]) -> Orders:
    """What a receiver must have been sent, as the journal says."""
    order: Orders = {}
    for one in documents:
        events = await platform.store.journal(tenant, DocumentId(one))
        order[str(one)] = [(str(event.id), TELLS[event.type]) for event in events if event.type in TELLS]
    return order


def heard(got: Iterable[Got]) -> Orders:
    """What came; of requests that follow one another with one id, the first.

    Nothing is sent before what comes before it was taken, so a repetition follows what it repeats.
    """
    came: Orders = {}
    for one in got:
        came.setdefault(one.document, []).append((str(one.id), one.type))
    return {document: [what for what, _ in groupby(order)] for document, order in came.items()}


def webhook_faults(tenant: TenantId, order: Orders, taken: Collection[Got]) -> list[str]:
    """Say what a receiver has missed, was sent out of order, or twice with another body. Empty is good."""
    came = heard(taken)
    wrong = []
    for document in order.keys() | came.keys():
        wanted, got = order.get(document, []), came.get(document, [])
        if wanted != got:
            wrong.append(f"{tenant}: {document}: was sent {got} and not {wanted}")
    bodies = Counter(one_id for one_id, _ in {(one.id, one.body) for one in taken})
    return wrong + [f"{tenant}: {one} came with {count} bodies" for one, count in bodies.items() if count > 1]


@dataclass
class Listener:
    """Listens to a tenant's events; whenever the stream breaks, comes back with the id of the last one."""

    url: str
    key: str
    ids: list[str] = field(default_factory=list)
    resets: int = 0
    connections: int = 0
    _pending: str = ""

    async def listen(self) -> None:
        """Until cancelled."""
        # A stop of the other side ends nothing that has been said: it is silent for longer than its heartbeats.
        timeout = httpx.Timeout(10.0, read=20.0)
        headers = {"Authorization": f"Bearer {self.key}"}
        async with httpx.AsyncClient(base_url=self.url, headers=headers, timeout=timeout) as client:
            while True:
                with suppress(httpx.HTTPError):
                    await self._connect(client)
                await asyncio.sleep(0.5)

    async def _connect(self, client: httpx.AsyncClient) -> None:
        back = {"Last-Event-ID": self.ids[-1]} if self.ids else {}
        async with client.stream("GET", "/v1/events", headers=back) as answer:
            if answer.status_code != 200:
                assert answer.status_code >= 500, answer.status_code
                return
            self.connections += 1
            async for line in answer.aiter_lines():
                self._said(line)

    def _said(self, line: str) -> None:
        name, _, value = line.partition(": ")
        if name == "event" and value == "reset":
            self.resets += 1
        elif name == "data" and self._pending:
            self.ids.append(self._pending)
            assert json.loads(value)["id"] in self._pending
        self._pending = value if name == "id" else self._pending if line else ""


async def listener_faults(platform: wiring.Platform, tenant: TenantId, listener: Listener) -> list[str]:
    """Say what it has missed, heard twice or out of order since the first that it heard. Empty is good."""
    until = await platform.history.last()
    events = await platform.history.between(tenant, after=0, until=until)
    wanted = [f"{event.document}.{event.id}" for event in events]
    wanted = wanted[wanted.index(listener.ids[0]) :]
    if listener.ids == wanted and not listener.resets:
        return []
    twice = [one for one, count in Counter(listener.ids).items() if count > 1]
    missed = [one for one in wanted if one not in set(listener.ids)]
    count = f"of {len(wanted)} events {len(missed)} were missed, {len(twice)} came twice"
    return [f"{tenant}: {count}, {listener.resets} resets; the first missed: {missed[:1]}"]


@dataclass
class Audience:
    """A receiver of webhooks and some listeners for each tenant, for as long as it is entered."""

    url: str
    keys: dict[TenantId, str]
    listeners_each: int = 2
    receivers: dict[TenantId, Receiver] = field(default_factory=dict)
    listeners: dict[TenantId, list[Listener]] = field(default_factory=dict)

    async def __aenter__(self) -> Self:
        self._stack = AsyncExitStack()
        for tenant, key in self.keys.items():
            receiver = await self._stack.enter_async_context(Receiver(delay_s=0.05))
            self.receivers[tenant] = receiver
            async with Client(self.url, key) as client:
                made = await client.raw("POST", "/v1/webhooks", json={"url": receiver.url})
                assert made.status_code == 201, made.text
            self.listeners[tenant] = [Listener(self.url, key) for _ in range(self.listeners_each)]
        self._tasks = [asyncio.create_task(one.listen()) for each in self.listeners.values() for one in each]
        return self

    async def __aexit__(self, *_error: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._stack.aclose()

    async def until_all_listen(self) -> None:
        """Whoever breaks off before he has heard anything cannot say where he was."""
        async with asyncio.timeout(60):
            while not all(one.ids for each in self.listeners.values() for one in each):  # noqa: ASYNC110
                await asyncio.sleep(0.1)

    async def faults(
        self, platform: wiring.Platform, documents: dict[TenantId, set[UUID]], *, patience_s: float = 90.0
    ) -> list[str]:
        """Say what is wrong once everything has come, and a little later; or when the patience is at its end.

        A delivery whose sender has died, or could not write down that it was taken, waits for its lease.
        """
        end = monotonic() + patience_s
        while await self._faults_now(platform, documents) and monotonic() < end:  # noqa: ASYNC110
            await asyncio.sleep(1.0)
        await asyncio.sleep(2.0)
        return await self._faults_now(platform, documents)

    async def _faults_now(self, platform: wiring.Platform, documents: dict[TenantId, set[UUID]]) -> list[str]:
        wrong: list[str] = []
        for tenant, ids in documents.items():
            order = await told(platform, tenant, ids)
            wrong += webhook_faults(tenant, order, self.receivers[tenant].taken)
            for listener in self.listeners[tenant]:
                wrong += await listener_faults(platform, tenant, listener)
        return wrong

    def __str__(self) -> str:
        requests = sum(len(receiver.got) for receiver in self.receivers.values())
        different = sum(len({got.id for got in receiver.taken}) for receiver in self.receivers.values())
        connections = [one.connections for each in self.listeners.values() for one in each]
        heard_by = [len(one.ids) for each in self.listeners.values() for one in each]
        return (
            f"{different} webhooks in {requests} requests; events {heard_by} over {connections} connections"
        )
