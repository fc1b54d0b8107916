"""What the simulated processes share: the ports in memory, on the loop's time, behind an unreliable line."""

import asyncio
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from tests.fakes import (
    FakeReader,
    MemoryArchive,
    MemoryBlobs,
    MemoryClaims,
    MemoryDatabase,
    MemoryOperations,
    MemorySearchIndex,
    MemoryStore,
)
from tests.fakes.flow import Row
from tests.simulation.loop import Process, VirtualLoop

from docmill.domain.documents import ArchiveRecord, Claim, Pins, Run
from docmill.domain.errors import DocmillError, ErrorCode, StaleClaim, Unavailable
from docmill.domain.events import DocumentId, RunId
from docmill.domain.limits.flow import LEASE_S
from docmill.domain.limits.repair import SUSPECT_PATIENCE_S, WAIT_S_LONGEST
from docmill.domain.search import Chunk
from docmill.domain.states import RunState
from docmill.domain.tenants import TenantId

EPOCH = datetime(2026, 1, 5, tzinfo=UTC)


def wall(loop: VirtualLoop) -> datetime:
    return EPOCH + timedelta(seconds=loop.time())


@dataclass
class Line:
    """How a call gets there and back. After ``until`` (seconds) nothing is lost any more."""

    loop: VirtualLoop
    chance: Any
    server: Process
    until: float
    trace: list[str]

    async def call(self, name: str, method: Any, args: Any, kwargs: Any) -> Any:
        """The server goes on with what has arrived, whatever becomes of the caller."""
        draw = self.chance.random() if self.loop.time() < self.until else 1.0
        if draw < 0.02:
            self.trace.append(f"{self.loop.time():.6f} {name} lost on its way")
            await asyncio.sleep(self._delay())
            raise Unavailable("lost request")
        served = self.loop.spawn(self.server, self._serve(name, method, args, kwargs))
        result = await asyncio.shield(served)
        if 0.02 <= draw < 0.05:
            raise Unavailable("lost reply")
        return result

    async def _serve(self, name: str, method: Any, args: Any, kwargs: Any) -> Any:
        await asyncio.sleep(self._delay())
        self.trace.append(f"{self.loop.time():.6f} {name}")
        return await method(*args, **kwargs)

    def _delay(self) -> float:
        return self.chance.choice((0.0, 0.001, 0.003, 0.02, 2.0 if self.chance.random() < 0.15 else 0.01))


class Remote:
    """A port at the other end of the line."""

    def __init__(self, target: Any, line: Line) -> None:
        self._target, self._line = target, line

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._target, name)
        if name == "wait" or not inspect.iscoroutinefunction(method):
            return method

        async def called(*args: Any, **kwargs: Any) -> Any:
            return await self._line.call(name, method, args, kwargs)

        return called


class LeasedClaims(MemoryClaims):
    """Leases and backoffs end by the database's clock, which jumps; ``Row.due`` is when a message may be taken.

    As in `suspects.sql`: what may have killed its worker is handed out alone, to one with nothing else to do.
    """

    def __init__(self, db: MemoryDatabase, loop: VirtualLoop) -> None:
        super().__init__(db)
        self.loop = loop
        self.jumped_s = 0.0
        self.alone = True

    def clock(self) -> float:
        return self.loop.time() + self.jumped_s

    async def take(self, stages: Sequence[str], *, worker: str, most: int) -> Sequence[Claim]:
        now = self.clock()
        may = self._may_take(stages, worker, now)
        rows = self._ordinary(stages, most, now) if may in ("anything", "ordinary") else []
        if not rows and may != "nothing":
            rows = self._suspect(stages, worker, now)
        return [self._handed_out(row, worker, now) for row in rows]

    def _handed_out(self, row: Row, worker: str, now: float) -> Claim:
        row.fence, row.attempts, row.held = row.fence + 1, row.attempts + 1, worker
        row.due = now + LEASE_S  # type: ignore[assignment]
        held = self.db.documents.get((row.event.tenant, row.event.document))
        return Claim(row.stage, row.event, row.fence, row.attempts, worker, row.replays, held=held)

    def _open(self) -> list[Row]:
        return [row for row in self.db.rows.values() if not row.done and not row.dead]

    def _may_take(self, stages: Sequence[str], worker: str, now: float) -> str:
        suspects = [row for row in self._open() if row.suspect]
        if not suspects:
            return "anything"
        if any(self.holds(worker, row, now) for row in suspects):
            return "nothing"
        if not any(row.stage in stages and row.due <= now - _patience_s(row) for row in suspects):
            return "ordinary"
        return "nothing" if any(self.holds(worker, row, now) for row in self._open()) else "suspect"

    def _ordinary(self, stages: Sequence[str], most: int, now: float) -> list[Row]:
        found: list[Row] = []
        for name in stages:
            for row in self._open():
                if row.stage != name or row.suspect or not self.free(row, now) or len(found) == most:
                    continue
                if row.held is not None and self.alone:
                    row.suspect, row.held = True, None
                else:
                    found.append(row)
        return found

    def _suspect(self, stages: Sequence[str], worker: str, now: float) -> list[Row]:
        if any(self.holds(worker, row, now) for row in self._open()):
            return []
        waiting = [r for r in self._open() if r.suspect and r.stage in stages and self.free(r, now)]
        return sorted(waiting, key=lambda row: (row.attempts, row.due))[:1]

    def holds(self, worker: str, row: Row, now: float) -> bool:
        """Also what it was never told of; until the lease ends."""
        return row.held == worker and row.due > now

    def free(self, row: Row, now: float) -> bool:
        return not row.done and not row.dead and row.due <= now

    async def unstick(self) -> int:
        longest = self.clock() + WAIT_S_LONGEST
        late = [row for row in self._open() if row.due > longest]
        for row in late:
            row.due = self.clock() if row.held is None else longest  # type: ignore[assignment]
        return len(late)

    async def beat(
        self, claims: Sequence[Claim], *, percent: int | None = None
    ) -> frozenset[tuple[str, UUID]]:
        lost = set()
        for claim in claims:
            try:
                self.db.held(claim).due = self.clock() + LEASE_S  # type: ignore[assignment]
            except StaleClaim:
                lost.add((claim.stage, claim.event.id))
        return frozenset(lost)

    async def retry(
        self,
        claim: Claim,
        *,
        delay_s: float,
        code: str,
        reason: str,
        counted: bool = True,
        lines: Sequence[str] = (),
    ) -> None:
        row = self.db.held(claim)
        row.held, row.due = None, self.clock() + delay_s  # type: ignore[assignment]
        row.attempts -= not counted
        row.suspect = False

    async def forsake(self, worker: str, *, counted: bool = True) -> int:
        held = [row for row in self._open() if row.held == worker]
        for row in held:
            row.held, row.due = None, self.clock()  # type: ignore[assignment]
            row.attempts -= not counted
            row.suspect = row.suspect or (counted and self.alone)
        self.db.news.set()
        return len(held)

    async def charge(self, claim: Claim, *, cpu_seconds: float) -> None:
        """CPU time is the one thing that differs from run to run."""


def _patience_s(row: Row) -> float:
    return float(SUSPECT_PATIENCE_S * 3 ** max(row.attempts - 1, 0))


class ErasingStore(MemoryStore):
    """What the database does in one transaction when a document is erased."""

    def __init__(self, db: MemoryDatabase, archive: MemoryArchive, index: MemorySearchIndex) -> None:
        super().__init__(db)
        self.archive, self.index = archive, index

    async def erase(self, tenant: TenantId, document: DocumentId, *, time: datetime) -> Sequence[str]:
        blobs = await super().erase(tenant, document, time=time)
        found = self.db.document(tenant, document)
        run = replace(found.run, version=found.run.version + 1, reading=None)
        self.db.documents[tenant, document] = replace(found, run=run)
        for key in [key for key in self.archive.records if key[:2] == (tenant, document)]:
            del self.archive.records[key]
        self.index.chunks.pop((tenant, document), None)
        return blobs


class KeyedOperations(MemoryOperations):
    """What the database does in one transaction when a run is cancelled, or a further one begun by a key."""

    def __init__(self, db: MemoryDatabase, index: MemorySearchIndex) -> None:
        super().__init__(db)
        self.index = index
        self.begun: dict[str, Run] = {}

    async def cancel(self, tenant: TenantId, document: DocumentId, **how: Any) -> bool:
        cancelled = await super().cancel(tenant, document, **how)
        self.index.chunks.pop((tenant, document), None)
        return cancelled

    async def reprocess(self, tenant: TenantId, document: DocumentId, pins: Pins, **how: Any) -> Run:
        key = how["key"].text
        if key not in self.begun:
            self.begun[key] = await super().reprocess(tenant, document, pins, **how)
        return self.begun[key]


@dataclass
class GuardedArchive(MemoryArchive):
    db: MemoryDatabase | None = None

    async def put(self, record: ArchiveRecord) -> None:
        refuse_erased(self.db, record.tenant, record.document)
        await super().put(record)


@dataclass
class GuardedIndex(MemorySearchIndex):
    db: MemoryDatabase | None = None
    guarded: bool = True

    async def put(
        self, tenant: TenantId, document: DocumentId, run: RunId, chunks: Sequence[Chunk], **how: Any
    ) -> None:
        await asyncio.sleep(0)
        refuse_erased(self.db, tenant, document)
        assert self.db is not None
        shown = self.db.document(tenant, document).run
        if (shown.id == run and shown.state is not RunState.CANCELLED) or not self.guarded:
            self.chunks[tenant, document] = tuple(chunks)


def refuse_erased(db: MemoryDatabase | None, tenant: TenantId, document: DocumentId) -> None:
    assert db is not None
    if db.document(tenant, document).erased_at is not None:
        raise DocmillError(ErrorCode.ERASED)


@dataclass
class TimedBlobs(MemoryBlobs):
    loop: VirtualLoop | None = None

    async def put(self, tenant: TenantId, data: bytes) -> Any:
        blob = await super().put(tenant, data)
        assert self.loop is not None
        self.times[tenant, blob.sha256] = wall(self.loop)
        return blob


class MortalReader(FakeReader):
    """Reading takes a while, and now and then longer than a lease; of what is deadly, ``die`` is all that is left."""

    chance: Any = None
    die: Callable[[], None] = lambda: None
    takes_s: Sequence[float] = (0.01, 0.05, 0.5, 2.0)

    async def read(self, data: bytes, name: str, **how: Any) -> Any:
        deadly = b"deadly" in data  # it does not take long, and takes with it what does
        await asyncio.sleep(self.chance.choice((0.01, 0.05) if deadly else self.takes_s))
        if deadly:
            self.die()
            await asyncio.sleep(0)
        return await super().read(data, name, **how)
