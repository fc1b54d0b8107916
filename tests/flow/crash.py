"""Killing, uploading and checking, for the crash test and its negative control."""

import asyncio
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import UUID

from tests.flow.running import Client, Running, invoice_pdf, invoice_xml

from docmill import wiring
from docmill.domain.documents import Document
from docmill.domain.events import DocumentId, EventType
from docmill.domain.states import RunState
from docmill.domain.tenants import TenantId
from docmill.ports.document_store import DocumentFilter

KILL_EVERY_S = 2.0

ENDS = {
    RunState.ARCHIVED: EventType.DOCUMENT_ARCHIVED,
    RunState.IN_REVIEW: EventType.REVIEW_REQUESTED,
    RunState.REJECTED: EventType.DOCUMENT_REJECTED,
    RunState.FAILED: EventType.DOCUMENT_FAILED,
}


@dataclass
class Killer:
    """Kills a process every two seconds, each role in its turn, the database once; starts `docmill up` again itself."""

    running: Running
    seconds: float
    roles: Collection[str] = ()
    killed: Counter[str] = field(default_factory=Counter)

    async def run(self) -> None:
        chance, end = random.Random(7), time.monotonic() + self.seconds
        while time.monotonic() < end:
            await asyncio.sleep(KILL_EVERY_S)
            tree = await asyncio.to_thread(self.running.tree)
            victims = [(role, pid) for pid, role in tree.items() if self._may(role)]
            if victims:
                least = min(self.killed[role] for role, _ in victims)
                self._kill(*chance.choice([v for v in victims if self.killed[v[0]] == least]))
        assert self.running.process is not None
        if self.running.process.poll() is not None:
            self.running.launch()

    def _may(self, role: str) -> bool:
        if self.roles:
            return role in self.roles
        return role != "database" or self.killed[role] == 0

    def _kill(self, role: str, pid: int) -> None:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self.killed[role] += 1
        if role == "up":  # what systemd would do
            assert self.running.process is not None
            self.running.process.wait()
            self.running.launch()


async def upload_all(
    url: str, keys: dict[TenantId, str], *, each: int, seconds: float, name: str = ""
) -> dict[TenantId, set[UUID]]:
    """Post ``each`` files for every tenant, spread over the time; return the acknowledged ids."""
    acknowledged: dict[TenantId, set[UUID]] = {tenant: set() for tenant in keys}

    async def one(client: Client, tenant: TenantId, number: int) -> None:
        await asyncio.sleep(seconds * number / each)
        key = f"{tenant}-{name}{number}"
        data = invoice_xml(key) if number % 2 else invoice_pdf(key)
        ending = "xml" if number % 2 else "pdf"
        acknowledged[tenant].add(await client.submit(data, f"{key}.{ending}", key=key))

    async def all_of(tenant: TenantId, key: str) -> None:
        async with Client(url, key) as client, asyncio.TaskGroup() as group:
            for number in range(each):
                group.create_task(one(client, tenant, number))

    async with asyncio.TaskGroup() as group:
        for tenant, key in keys.items():
            group.create_task(all_of(tenant, key))
    return acknowledged


async def faults(platform: wiring.Platform, acknowledged: dict[TenantId, set[UUID]]) -> list[str]:
    """Say what is wrong: lost, doubled or half-done documents. Empty is good."""
    wrong: list[str] = []
    for tenant, ids in acknowledged.items():
        there = {d.id: d async for d in platform.store.export(tenant, DocumentFilter())}
        wrong += [f"{tenant}: {lost} was acknowledged and is lost" for lost in ids - there.keys()]
        wrong += [f"{tenant}: {extra} was not asked for" for extra in there.keys() - ids]
        for document in there.values():
            wrong += [
                f"{tenant}: {document.id}: {what}" for what in await _document_faults(platform, document)
            ]
    return wrong


async def _document_faults(platform: wiring.Platform, document: Document) -> list[str]:
    tenant, run = document.tenant, document.run
    events = Counter(event.type for event in await platform.store.journal(tenant, DocumentId(document.id)))
    wrong = [f"{name} {count} times" for name, count in events.items() if count > 1]
    ends = [event for event in ENDS.values() if events[event]]
    if run.state not in ENDS or ends != [ENDS[run.state]]:
        wrong.append(f"is {run.state} after {ends}")
    if run.state is RunState.FAILED:
        wrong.append(f"failed: {run.code}")
    versions = len(await platform.archive.versions(tenant, document.id))
    if versions != (run.state is RunState.ARCHIVED):
        wrong.append(f"{versions} archived versions")
    if run.state in (RunState.ARCHIVED, RunState.IN_REVIEW) and run.indexed_at is None:
        wrong.append("is not indexed")
    return wrong
