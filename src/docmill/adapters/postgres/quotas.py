"""PostgresQuotas."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from math import ceil
from time import monotonic

from docmill.adapters.postgres.database import Database, Row
from docmill.adapters.postgres.encoding import to_json
from docmill.adapters.postgres.queries import queries
from docmill.domain import quotas
from docmill.domain.errors import DocmillError, ErrorCode, NotFound
from docmill.domain.fairness import Share
from docmill.domain.limits.database import KEY_CACHE_ENTRIES_MAX
from docmill.domain.limits.fairness import (
    PRESSURE_LOOK_S,
    PRESSURE_RATE_S,
    QUEUE_DOCUMENTS_MAX,
    QUOTA_CACHE_S,
    QUOTA_DRAW_S,
    STORAGE_LOOK_S,
)
from docmill.domain.pressure import Waiting
from docmill.domain.quotas import Quota, TurnedAway, Used
from docmill.domain.tenants import TenantId
from docmill.ports.quotas import Admission

_FIRST_STAGE = "read"
_DRAWN_WITHOUT_RATE = 10  # documents, where only the month's are counted
_LOOKING_TIME = 0.02  # of all time, at the most


@dataclass(slots=True)
class _Purse:
    """What this process has drawn of a tenant's allowance. ``drawn_at`` is of the monotonic clock."""

    quota: Quota = field(default_factory=Quota)
    used: Used = field(default_factory=Used)
    documents: float = 0.0
    drawn_at: float = float("-inf")
    stored_bytes: int = 0
    counted_at: float = float("-inf")
    uploads: int = 0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def age_s(self) -> float:
        return monotonic() - self.drawn_at

    def is_good(self) -> bool:
        """Whether it can be said without asking what becomes of the next document."""
        if self.quota.is_free:
            return self.age_s < QUOTA_CACHE_S
        if quotas.refusal(self.quota, self.state(), 0) is not None:
            return self.age_s < QUOTA_DRAW_S
        rate = self.quota.documents_per_minute
        if self.documents < 1 and rate is not None:
            # Nothing comes back before that, whoever asks.
            missing = 1.0 - max(self.used.minute_documents_left, 0.0)
            return self.age_s < min(quotas.until(missing, rate), QUOTA_CACHE_S)
        return self.age_s < QUOTA_DRAW_S and self.documents >= 1

    def state(self) -> Used:
        used = self.used
        return Used(
            minute_documents_left=used.minute_documents_left + self.documents,
            minute_pages_left=used.minute_pages_left,
            minute_cpu_seconds_left=used.minute_cpu_seconds_left,
            documents=used.documents - int(self.documents),
            pages=used.pages,
            cpu_seconds=used.cpu_seconds,
            stored_bytes=self.stored_bytes,
            uploads=self.uploads,
        )


class PostgresQuotas:
    """Of a tenant's allowance each process draws a second's worth with one statement, and goes by that.

    So no upload waits for another's row lock, and the processes together never give away more than there is.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._purses: dict[TenantId, _Purse] = {}
        self._waiting: Mapping[TenantId, Waiting] | None = None
        self._look_due = float("-inf")
        self._looking: asyncio.Task[None] | None = None

    async def quota(self, tenant: TenantId) -> Quota:
        return Quota.of((await self._told(tenant))["quota"])

    async def share(self, tenant: TenantId) -> Share:
        told = await self._told(tenant)
        return Share(told["weight"], told["stage_weights"])

    async def change(
        self, tenant: TenantId, *, quota: Mapping[str, object] | None = None, share: Share | None = None
    ) -> None:
        statements = queries("quotas")
        if quota is not None:
            held = (await self.quota(tenant)).changed(quota).to_json()
            kept = {name: limit for name, limit in held.items() if limit is not None}
            await self._change(statements["change_quota"], tenant, {"quota": to_json(kept)})
        if share is not None:
            share.checked()
            given = {"weight": share.weight, "stages": to_json(dict(share.stages))}
            await self._change(statements["change_share"], tenant, given)
        known = self._purses.get(tenant)
        if known is not None:
            known.drawn_at = float("-inf")

    async def used(self, tenant: TenantId) -> Used:
        purse = self._purse(tenant)
        async with purse.turn:
            await self._draw(tenant, purse, want=0)
            await self._count(tenant, purse)
        return purse.state()

    @asynccontextmanager
    async def admission(self, tenant: TenantId, *, size_bytes: int) -> AsyncIterator[Admission]:
        purse = self._purse(tenant)
        admitted = _Admitted(self, tenant, purse)
        refused = await admitted.another(size_bytes)
        if refused is not None:
            refused.limits = admitted.limits
            raise refused
        purse.uploads += 1
        try:
            yield admitted
        finally:
            purse.uploads -= 1

    async def waiting(self) -> Mapping[TenantId, Waiting]:
        if self._waiting is not None and monotonic() < self._look_due:
            return self._waiting
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        if self._waiting is None:
            await asyncio.shield(self._looking)
        # From the second look on nobody waits for it: what was seen a moment ago is good enough.
        return self._waiting or {}

    async def _look(self) -> None:
        started = monotonic()
        given = {"stage": _FIRST_STAGE, "most": QUEUE_DOCUMENTS_MAX, "seconds": PRESSURE_RATE_S}
        try:
            rows = await self._database.call(queries("quotas")["waiting"], given)
        except DocmillError:
            if self._waiting is None:
                raise
            rows = None  # an outage: the upload itself will say so
        if rows is not None:
            self._waiting = {TenantId(row["tenant"]): _waiting(row) for row in rows}
        self._look_due = monotonic() + max((monotonic() - started) / _LOOKING_TIME, PRESSURE_LOOK_S)

    async def fill(self, tenant: TenantId, purse: _Purse) -> None:
        """Ask the database where that may say something else than what is known here."""
        if not purse.is_good() or self._stale(purse):
            async with purse.turn:
                if not purse.is_good():
                    await self._draw(tenant, purse)
                await self._count(tenant, purse)

    def _purse(self, tenant: TenantId) -> _Purse:
        known = self._purses.get(tenant)
        if known is None:
            if len(self._purses) >= KEY_CACHE_ENTRIES_MAX:
                self._purses = {name: purse for name, purse in self._purses.items() if purse.uploads}
            known = self._purses[tenant] = _Purse()
        return known

    async def _draw(self, tenant: TenantId, purse: _Purse, *, want: float | None = None) -> None:
        if want is None:
            rate = purse.quota.documents_per_minute
            want = _DRAWN_WITHOUT_RATE if rate is None else max(rate * QUOTA_DRAW_S // 60, 1)
            want = want if purse.drawn_at > 0 else 1
        given = {"tenant": tenant, "want": float(want), "back": purse.documents}
        (row,) = await self._database.call(queries("quotas")["draw"], given)
        purse.quota = Quota.of(row["quota"])
        purse.documents = row["granted"] or 0.0
        purse.drawn_at = monotonic()
        if not purse.quota.is_free:
            purse.used = Used(
                minute_documents_left=row["minute_documents"],
                minute_pages_left=row["minute_pages"],
                minute_cpu_seconds_left=row["minute_cpu_seconds"],
                documents=row["documents"],
                pages=row["pages"],
                cpu_seconds=row["cpu_seconds"],
            )

    def _stale(self, purse: _Purse) -> bool:
        return purse.quota.stored_bytes is not None and monotonic() - purse.counted_at >= STORAGE_LOOK_S

    async def _count(self, tenant: TenantId, purse: _Purse) -> None:
        if self._stale(purse):
            async with self._database.tenant(tenant) as tx:
                row = await tx.one(queries("quotas")["stored"], {"tenant": tenant})
            purse.stored_bytes = row["stored_bytes"] if row else 0
            purse.counted_at = monotonic()

    async def _told(self, tenant: TenantId) -> Row:
        rows = await self._database.call(queries("quotas")["share"], {"tenant": tenant})
        if not rows:
            raise NotFound(f"tenant {tenant}")
        return rows[0]

    async def _change(self, statement: bytes, tenant: TenantId, given: Mapping[str, object]) -> None:
        if not await self._database.call(statement, {"tenant": tenant, **given}):
            raise NotFound(f"tenant {tenant}")


@dataclass(slots=True)
class _Admitted:
    quotas: PostgresQuotas
    tenant: TenantId
    purse: _Purse

    async def another(self, size_bytes: int) -> TurnedAway | None:
        purse = self.purse
        await self.quotas.fill(self.tenant, purse)
        if purse.quota.is_free:
            return None
        refused = quotas.refusal(purse.quota, purse.state(), size_bytes) or self._none_left()
        if refused is None:
            purse.documents -= 1
            purse.stored_bytes += size_bytes
        return refused

    def _none_left(self) -> TurnedAway | None:
        rate = self.purse.quota.documents_per_minute
        if rate is None or self.purse.documents >= 1:
            return None
        missing = 1.0 - max(self.purse.used.minute_documents_left, 0.0)
        wait_s = max(quotas.until(missing, rate) - self.purse.age_s, 1.0)
        return TurnedAway(
            ErrorCode.RATE_LIMITED, f"{rate} documents a minute are used up.", retry_after_s=wait_s
        )

    def give_back(self) -> None:
        if not self.purse.quota.is_free:
            self.purse.documents += 1

    @property
    def limits(self) -> tuple[int, int, int] | None:
        rate = self.purse.quota.documents_per_minute
        if rate is None:
            return None
        left = min(max(self.purse.used.minute_documents_left + self.purse.documents, 0.0), rate)
        return rate, int(left), ceil(quotas.until(rate - left, rate))


def _waiting(row: Row) -> Waiting:
    # What a few documents took in a moment says little of the next ones.
    known = row["done"] >= 3 and row["within_s"] >= 1.0
    return Waiting(
        documents=row["documents"],
        oldest_s=row["oldest_s"],
        read_per_s=row["done"] / row["within_s"] if known else None,
        weight=row["weight"],
    )
