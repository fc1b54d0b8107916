"""Quotas and a ledger in memory."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from docmill.domain import quotas
from docmill.domain.errors import ErrorCode, NotFound
from docmill.domain.fairness import Share
from docmill.domain.pressure import Waiting
from docmill.domain.quotas import Quota, TurnedAway, Used
from docmill.domain.tenants import TenantId
from docmill.domain.usage import Cost, Period, UsageBy, UsageRow


@dataclass
class MemoryQuotas:
    """`Quotas` of every tenant but ``nobody``. A minute's documents do not come back."""

    quotas: dict[str, Quota] = field(default_factory=dict)
    shares: dict[str, Share] = field(default_factory=dict)
    taken: dict[str, int] = field(default_factory=dict)
    standing: dict[str, Used] = field(default_factory=dict)
    queues: dict[TenantId, Waiting] = field(default_factory=dict)

    async def quota(self, tenant: TenantId) -> Quota:
        if tenant == "nobody":
            raise NotFound
        return self.quotas.get(tenant, Quota())

    async def share(self, tenant: TenantId) -> Share:
        await self.quota(tenant)
        return self.shares.get(tenant, Share())

    async def change(
        self, tenant: TenantId, *, quota: Mapping[str, object] | None = None, share: Share | None = None
    ) -> None:
        self.quotas[tenant] = (await self.quota(tenant)).changed(quota or {})
        if share is not None:
            self.shares[tenant] = share.checked()

    async def used(self, tenant: TenantId) -> Used:
        left = ((await self.quota(tenant)).documents_per_minute or 0) - self.taken.get(tenant, 0)
        return replace(self.standing.get(tenant, Used()), minute_documents_left=left)

    @asynccontextmanager
    async def admission(self, tenant: TenantId, *, size_bytes: int) -> AsyncIterator["MemoryAdmission"]:
        admitted = MemoryAdmission(self, tenant)
        refused = await admitted.another(size_bytes)
        if refused is not None:
            refused.limits = admitted.limits
            raise refused
        yield admitted

    async def waiting(self) -> Mapping[TenantId, Waiting]:
        return self.queues


@dataclass
class MemoryAdmission:
    book: MemoryQuotas
    tenant: TenantId

    async def another(self, size_bytes: int) -> TurnedAway | None:
        quota, used = await self.book.quota(self.tenant), await self.book.used(self.tenant)
        refused = quotas.refusal(quota, used, size_bytes)
        if refused is None and quota.documents_per_minute is not None and used.minute_documents_left < 1:
            refused = TurnedAway(ErrorCode.RATE_LIMITED, "used up", retry_after_s=7)
        if refused is None:
            self.book.taken[self.tenant] = self.book.taken.get(self.tenant, 0) + 1
        return refused

    def give_back(self) -> None:
        self.book.taken[self.tenant] -= 1

    @property
    def limits(self) -> tuple[int, int, int] | None:
        rate = self.book.quotas.get(self.tenant, Quota()).documents_per_minute
        return None if rate is None else (rate, max(rate - self.book.taken.get(self.tenant, 0), 0), 30)


@dataclass
class MemoryLedger:
    """`Ledger`; of documents it knows nothing."""

    spent: dict[tuple[str, str], Cost] = field(default_factory=dict)

    def spend(self, tenant: TenantId, stage: str, cost: Cost) -> None:
        self.spent[tenant, stage] = self.spent.get((tenant, stage), Cost()) + cost

    async def keep(self) -> None: ...

    async def flush(self) -> None: ...

    async def usage(self, tenant: TenantId, period: Period, *, by: UsageBy) -> Sequence[UsageRow]:
        own = [(stage, cost) for (whose, stage), cost in self.spent.items() if whose == tenant]
        if by is UsageBy.STAGE:
            return [UsageRow(stage, cost) for stage, cost in own]
        return [UsageRow(period.last.isoformat(), sum((cost for _, cost in own), Cost()))] if own else []

    async def totals(self, period: Period) -> Sequence[UsageRow]:
        tenants = sorted({tenant for tenant, _ in self.spent})
        return [
            UsageRow(
                tenant, sum((cost for (whose, _), cost in self.spent.items() if whose == tenant), Cost())
            )
            for tenant in tenants
        ]
