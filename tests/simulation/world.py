"""One seeded run: clients, API processes, workers, sequencer and collector, and everything that befalls them."""

import asyncio
import hashlib
import random
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from tests.fakes import FakeEmbedder, MemoryCatalog, MemoryDatabase, MemoryJournal, QuietTelemetry
from tests.simulation import wishes
from tests.simulation.loop import Process, VirtualLoop
from tests.simulation.parts import (
    ErasingStore,
    GuardedArchive,
    GuardedIndex,
    KeyedOperations,
    LeasedClaims,
    Line,
    MortalReader,
    Remote,
    TimedBlobs,
    wall,
)
from tests.simulation.wishes import WISHES
from tests.stages.conftest import NOTE, find_number, number_wanted, one_chunk

from docmill.domain.documents import Accepted, Change, Upload
from docmill.domain.errors import DocmillError
from docmill.domain.events import DocumentId, Event
from docmill.domain.limits.flow import BLOB_GRACE_HOURS, COLLECT_RECHECK_S
from docmill.domain.limits.repair import UNSTICK_INTERVAL_S
from docmill.domain.reading_limits import DEFAULT, ReadingLimits
from docmill.domain.tenants import TenantId
from docmill.stages.analyze import analyze
from docmill.stages.archive import archive
from docmill.stages.collect import Collector
from docmill.stages.index import index
from docmill.stages.notify import follow
from docmill.stages.read import read
from docmill.stages.runner import Runner
from docmill.stages.validate import validate
from docmill.stages.worker import Worker

FAULTS_S = 60.0  # of virtual time; after that everything works and has to come to an end
QUIET_S = 900.0
TENANTS = (TenantId("acme"), TenantId("globex"))
GRACE_S = 400.0


@dataclass
class Asked:
    """What a client wanted: one document for each key."""

    tenant: TenantId
    key: str
    data: bytes
    wish: str
    patient: bool = True
    document: UUID | None = None
    granted: bool = False

    @property
    def erased(self) -> bool:
        return self.granted and self.wish == "erase"


@dataclass
class Bookmark:
    """On disk: it outlives its process."""

    position: int = 0

    def load(self) -> int:
        return self.position

    def save(self, position: int) -> None:
        self.position = position


@dataclass
class Ear:
    """Whoever follows the journal, on the other side of the world."""

    heard: list[Event] = field(default_factory=list)

    def told(self, event: Event) -> None:
        self.heard.append(event)


class World:
    """``plant`` changes the world before it begins: the place for a bug."""

    def __init__(self, seed: int, plant: Callable[["World"], None] = lambda _world: None) -> None:
        self.seed, self.chance = seed, random.Random(seed)
        self.loop = VirtualLoop(random.Random(self.chance.random()))
        self.loop.set_exception_handler(lambda *_: None)
        self.loop.on_step = self._maybe_fault
        self.trace: list[str] = []
        self.faults: list[str] = []
        self.db = MemoryDatabase()
        self.blobs = TimedBlobs(loop=self.loop)
        self.archive, self.index = GuardedArchive(db=self.db), GuardedIndex(db=self.db)
        self.store = ErasingStore(self.db, self.archive, self.index)
        self.claims = LeasedClaims(self.db, self.loop)
        self.operations = KeyedOperations(self.db, self.index)
        # Where documents kill their workers nothing else does: whoever dies of something else is a fault.
        self.deadly = self.chance.random() < 0.25
        self.journal, self.catalog = MemoryJournal(self.db), MemoryCatalog([NOTE])
        self.reader = MortalReader()
        self.reader.chance, self.reader.die = self.chance, self._die
        if self.deadly:
            self.reader.takes_s = (2.0, 6.0)
        self.bookmark, self.ear = Bookmark(), Ear()
        self.runner_class: type[Runner] = Runner
        self.handle_upload = self._handle_upload
        self.save_correction = _save_correction
        self.follow: Callable[..., Coroutine[Any, Any, int]] = follow
        self.grace_s, self.recheck_s = GRACE_S, COLLECT_RECHECK_S
        self.running: dict[str, Process] = {}
        self.wanted: list[Asked] = []
        plant(self)

    def run(self) -> list[str]:
        """Return what is wrong at the end; empty is good."""
        from tests.simulation.invariants import violations

        try:
            main = self.loop.spawn(self.loop.processes[0], self._history())
            self.loop.run_until_complete(main)
            return violations(self)
        except DocmillError as error:
            return [f"the world ended with {error.code}"]
        finally:
            self.loop.bury()
            self.loop.close()

    @property
    def fingerprint(self) -> str:
        """Equal for two runs in which the same happened in the same order."""
        return hashlib.sha256("\n".join(self.trace).encode()).hexdigest()

    async def _history(self) -> None:
        self.server = self.loop.process("database")
        for name in ("api-1", "api-2", "worker-1", "worker-2", "sequencer", "collector"):
            self._start(name)
        clients = [self._client(number) for number in range(self.chance.randint(3, 7))]
        await asyncio.gather(*clients)
        deadline = FAULTS_S + QUIET_S
        await self._calm(deadline)
        await self._replay_letters()
        await self._calm(deadline + QUIET_S)
        for name in ("worker-1", "worker-2", "sequencer"):
            self.loop.kill(self.running[name])
        await asyncio.sleep(GRACE_S + 3 * COLLECT_RECHECK_S)

    async def _calm(self, deadline: float) -> None:
        while self.loop.time() < deadline and not self._settled():  # noqa: ASYNC110 - time is what it waits for
            await asyncio.sleep(5.0)

    def _settled(self) -> bool:
        """After the faults, a while after the last that was stopped goes on, with nothing that waits for anybody."""
        last = max(FAULTS_S, *(process.stopped_until + 10.0 for process in self.running.values()))
        if self.loop.time() < last or self.bookmark.position < len(self.db.events):
            return False
        return all(row.done or row.dead for row in self.db.rows.values())

    async def _replay_letters(self) -> None:
        """After the deadly has been mended; an innocent must not have been given up in its place."""
        wanted = {asked.document: asked.data for asked in self.wanted}
        self.faults += [
            f"{letter.document} was given up for another's deeds: {letter.reason}"
            for letter in self.db.letters
            if self.deadly and b"deadly" not in wanted.get(letter.document, b"deadly")
        ]
        self.deadly = False
        for letter in list(self.db.letters):
            self.replayed = await self.claims.replay(letter)
            if await self.claims.replay(letter):
                self.faults.append("a dead letter was replayed twice")

    # Processes

    def _start(self, name: str) -> None:
        process = self.running[name] = self.loop.process(name)
        line = Line(self.loop, self.chance, self.server, FAULTS_S, self.trace)
        match name.partition("-")[0]:
            case "worker":
                work = self._worker(name, line)
            case "sequencer":
                work = self._sequencer(line)
            case "collector":
                work = self._collector(line)
            case _:
                return  # an API process does nothing by itself
        self.loop.spawn(process, work)

    async def _worker(self, name: str, line: Line) -> None:
        claims, telemetry = Remote(self.claims, line), QuietTelemetry()
        runner = self._runner(line, claims, telemetry)
        worker = Worker(runner, claims, telemetry, name, at_once=2, heartbeat_s=8.0)
        await worker.run(asyncio.Event())

    def _runner(self, line: Line, claims: Any, telemetry: QuietTelemetry) -> Runner:
        blobs, store = Remote(self.blobs, line), Remote(self.store, line)
        handlers: dict[str, Any] = {
            "read": partial(read, reader=self.reader, blobs=blobs, store=store, limits_of=_limits_of),
            "analyze": partial(
                analyze,
                blobs=blobs,
                catalog=self.catalog,
                analyst=find_number,
                reader=self.reader,
                limits_of=_limits_of,
            ),
            "validate": partial(validate, store=store, catalog=self.catalog, judge=number_wanted),
            "archive": partial(archive, archive=Remote(self.archive, line)),
            "index": partial(
                index,
                blobs=blobs,
                embedder=FakeEmbedder(),
                search=Remote(self.index, line),
                chunker=one_chunk,
            ),
        }
        return self.runner_class(handlers, store, claims, telemetry, lambda: wall(self.loop))

    async def _sequencer(self, line: Line) -> None:
        journal, claims = Remote(self.journal, line), Remote(self.claims, line)
        unstick_s = 0.0
        while True:
            with suppress(DocmillError):
                await journal.sequence()
                await self.follow(journal, self.bookmark, self.ear)
            await asyncio.sleep(2.0)
            if self.loop.time() >= unstick_s:
                with suppress(DocmillError):
                    await claims.unstick()
                unstick_s = self.loop.time() + UNSTICK_INTERVAL_S

    async def _collector(self, line: Line) -> None:
        """With a grace of minutes instead of a day: the clock is set back by the rest of it."""

        def late() -> Any:
            return wall(self.loop) + timedelta(hours=BLOB_GRACE_HOURS) - timedelta(seconds=self.grace_s)

        tenancy = _Tenancy()
        while True:
            await asyncio.sleep(self.chance.uniform(2.0, 8.0))
            collector = Collector(
                tenancy,  # type: ignore[arg-type]
                Remote(self.store, line),
                Remote(self.journal, line),
                Remote(self.blobs, line),
                late,
                recheck_s=self.recheck_s,
            )
            with suppress(DocmillError):
                await collector.collect()

    # Clients

    async def _client(self, number: int) -> None:
        tenant = self.chance.choice(TENANTS)
        text = f"number {number}" if self.chance.random() < 0.7 else f"letter {number}"
        if self.deadly and self.chance.random() < 0.4:
            text = f"number {number} deadly"
        asked = Asked(tenant, f"key-{number}", text.encode(), wish=self.chance.choice(WISHES))
        asked.patient = self.chance.random() < 0.8
        self.wanted.append(asked)
        await asyncio.sleep(self.chance.uniform(0.0, 2.0 if self.deadly else FAULTS_S / 2))
        accepted = await self._insist(lambda: self._upload(asked), patient=asked.patient)
        if accepted is None:
            return
        asked.document = accepted.document
        if asked.wish:
            wish = getattr(wishes, asked.wish)
            within_s = self.chance.choice((1.0, 5.0, FAULTS_S / 2))
            await asyncio.sleep(self.chance.uniform(0.0, within_s))
            asked.granted = await self._insist(lambda: wish(self, asked))

    async def _insist(self, request: Callable[[], Coroutine[Any, Any, Any]], *, patient: bool = True) -> Any:
        """Ask some API process until one answers; who does not wait long asks while the first still works.

        An impatient client asks once, and is not heard of again.
        """
        while True:
            api = self.running[self.chance.choice(("api-1", "api-2"))]
            asked = self.loop.spawn(api, request())
            try:
                return await asyncio.wait_for(asyncio.shield(asked), self.chance.choice((1.0, 10.0)))
            except (TimeoutError, DocmillError):
                if not patient:
                    return None
                await asyncio.sleep(self.chance.uniform(0.1, 2.0))

    async def _upload(self, asked: Asked) -> Accepted:
        line = Line(self.loop, self.chance, self.server, FAULTS_S, self.trace)
        return await self.handle_upload(Remote(self.blobs, line), Remote(self.store, line), asked)

    async def _handle_upload(self, blobs: Any, store: Any, asked: Asked) -> Accepted:
        blob = await blobs.put(asked.tenant, asked.data)
        return await store.accept(self.upload_of(asked, blob))

    def upload_of(self, asked: Asked, blob: Any) -> Upload:
        return Upload(
            tenant=asked.tenant,
            document=DocumentId(UUID(int=self.chance.getrandbits(128), version=4)),
            name=f"{asked.key}.txt",
            blob=blob,
            time=wall(self.loop),
            idempotency_key=asked.key,
            request_hash=asked.key,
            allow_duplicate=True,
        )

    def remote(self, port: Any) -> Any:
        """The port as an API process has it."""
        return Remote(port, Line(self.loop, self.chance, self.server, FAULTS_S, self.trace))

    # Faults

    def _maybe_fault(self) -> None:
        if self.loop.time() >= FAULTS_S or self.loop.steps % 3 or self.chance.random() > 1 / 250:
            return
        name = self.chance.choice(list(self.running))
        victim = self.running[name]
        if not victim.alive or (self.deadly and name.startswith("worker")):
            return
        if not self.deadly and self.chance.random() < 0.1:
            self.claims.jumped_s = self.chance.choice(
                [jumped for jumped in (-3_600.0, 0.0, 3_600.0) if jumped != self.claims.jumped_s]
            )
            self.trace.append(f"{self.loop.time():.6f} clock {self.claims.jumped_s:+}")
            return
        if self.chance.random() < 0.35:
            victim.stopped_until = self.loop.time() + self.chance.choice((1.0, 12.0, 45.0))
            self.trace.append(f"{self.loop.time():.6f} stop {name}")
            return
        self.trace.append(f"{self.loop.time():.6f} kill {name}")
        self.loop.kill(victim)
        self.loop.spawn(self.loop.processes[0], self._restart(name))

    def _die(self) -> None:
        """What reads the deadly dies of it, until that is mended."""
        victim = self.loop.running
        if self.deadly and victim.alive:
            self.trace.append(f"{self.loop.time():.6f} deadly {victim.name}")
            self.loop.kill(victim)
            self.loop.spawn(self.loop.processes[0], self._restart(victim.name))

    async def _restart(self, name: str) -> None:
        await asyncio.sleep(self.chance.uniform(0.05, 3.0))
        self._start(name)


async def _save_correction(store: Any, change: Change) -> None:
    await store.append(change, claim=None)


class _Tenancy:
    async def tenants(self) -> list[Any]:
        return [_Tenant(tenant) for tenant in TENANTS]


@dataclass
class _Tenant:
    id: TenantId


async def _limits_of(_tenant: TenantId) -> ReadingLimits:
    return DEFAULT
