"""One worker: takes claims, works on a few at a time, keeps their leases alive."""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic
from uuid import UUID

from docmill.domain.documents import Claim
from docmill.domain.errors import DocmillError
from docmill.domain.limits.flow import HEARTBEAT_S
from docmill.domain.limits.processes import DRAIN_WALL_S_MAX, IDLE_POLL_S, MESSAGES_AT_ONCE, TAKE_GATHER_S
from docmill.ports.claims import Claims
from docmill.ports.telemetry import Telemetry
from docmill.stages.flow import FLOW
from docmill.stages.runner import Runner

Key = tuple[str, UUID]

_REPORT_S = 1.0  # how soon a percentage reaches whoever watches; it costs one statement


def claiming_stages() -> tuple[str, ...]:
    """The stages that claim messages, most urgent first: what is nearly done goes before what is new."""
    rows = sorted((row for row in FLOW if not row.follows), key=lambda row: row.priority)
    return tuple(row.name for row in rows)


@dataclass(slots=True)
class _InHand:
    claim: Claim
    task: asyncio.Task[None]
    percent: int | None = None
    told: int | None = None


@dataclass(slots=True)
class Worker:
    """``name`` is its own among all workers, and stays the same when its process is started again."""

    runner: Runner
    claims: Claims
    telemetry: Telemetry
    name: str
    stages: Sequence[str] = field(default_factory=claiming_stages)
    at_once: int = MESSAGES_AT_ONCE
    heartbeat_s: float = HEARTBEAT_S
    drain_s: float = DRAIN_WALL_S_MAX
    idle_s: float = IDLE_POLL_S
    gather_s: float = TAKE_GATHER_S
    _in_hand: dict[Key, _InHand] = field(default_factory=dict)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set; then finish what is in hand, and give back what takes too long.

        What a process of the same name held when it died is taken back first.
        """
        await self._patiently_forsake(stop)
        beating = asyncio.create_task(self._beat())
        try:
            while not stop.is_set():
                # Without heartbeats every lease would be lost: better to die and start again.
                if beating.done():
                    beating.result()
                taken = await self._take()
                if not taken or len(self._in_hand) >= self.at_once:
                    await self._idle(stop, until_work=not taken)
                    if self._in_hand:
                        await asyncio.sleep(self.gather_s)
            await self._drain()
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)

    async def _patiently_forsake(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self.claims.forsake(self.name)
                return
            except DocmillError as error:
                self.telemetry.outage("claims", error)
                await asyncio.sleep(self.idle_s)

    async def _take(self) -> int:
        free = self.at_once - len(self._in_hand)
        if free <= 0:
            return 0
        try:
            taken = await self.claims.take(self.stages, worker=self.name, most=free)
        except DocmillError as error:
            self.telemetry.outage("claims", error)
            await asyncio.sleep(self.idle_s)
            return 0
        for claim in taken:
            self._begin(claim)
        return len(taken)

    def _begin(self, claim: Claim) -> None:
        key = (claim.stage, claim.event.id)

        def report(percent: int) -> None:
            held = self._in_hand.get(key)
            if held is not None:
                held.percent = percent

        task = asyncio.create_task(self.runner.deliver(claim, report=report))
        held = self._in_hand[key] = _InHand(claim, task)

        def ended(_task: asyncio.Task[None]) -> None:
            if self._in_hand.get(key) is held:
                del self._in_hand[key]

        task.add_done_callback(ended)

    async def _idle(self, stop: asyncio.Event, *, until_work: bool) -> None:
        """Return when a message in hand is answered, there may be new work, or ``stop`` is set."""
        waits: set[asyncio.Task[object]] = {asyncio.create_task(_true(stop))}
        if until_work and len(self._in_hand) < self.at_once:
            waits.add(asyncio.create_task(self._news()))
        held = {held.task for held in self._in_hand.values()}
        try:
            await asyncio.wait({*waits, *held}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waits:
                task.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def _news(self) -> None:
        try:
            await self.claims.wait(timeout_s=self.idle_s)
        except DocmillError:
            await asyncio.sleep(self.idle_s)

    async def _beat(self) -> None:
        beaten = monotonic()
        while True:
            await asyncio.sleep(min(_REPORT_S, self.heartbeat_s))
            with contextlib.suppress(DocmillError):  # an outage: the next beat may come through
                await self._report_progress()
                if monotonic() - beaten >= self.heartbeat_s:
                    self._let_go(await self.claims.beat([held.claim for held in self._in_hand.values()]))
                    beaten = monotonic()

    async def _report_progress(self) -> None:
        for held in tuple(self._in_hand.values()):
            if held.percent != held.told:
                held.told = held.percent
                self._let_go(await self.claims.beat([held.claim], percent=held.percent))

    def _let_go(self, lost: frozenset[Key]) -> None:
        """Stop working on what another worker has taken over: its answer would be refused."""
        for key in lost:
            held = self._in_hand.pop(key, None)
            if held is not None and held.task.cancel():
                self.telemetry.lost(held.claim)

    async def _drain(self) -> None:
        """Wait for what is in hand; what does not end in time is given back for the next worker."""
        tasks = [held.task for held in self._in_hand.values()]
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=self.drain_s)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        if late:
            with contextlib.suppress(DocmillError):
                await self.claims.forsake(self.name, counted=False)


async def _true(event: asyncio.Event) -> None:
    await event.wait()
