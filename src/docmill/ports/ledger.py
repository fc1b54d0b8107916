"""Who has used what."""

from collections.abc import Sequence
from typing import Protocol

from docmill.domain.tenants import TenantId
from docmill.domain.usage import Cost, Period, UsageBy, UsageRow


class Ledger(Protocol):
    """Written every LEDGER_FLUSH_S: a process that is killed loses what it has spent since."""

    def spend(self, tenant: TenantId, stage: str, cost: Cost) -> None:
        """Note what was spent on the tenant's behalf; costs nothing but memory."""

    async def keep(self) -> None:
        """Flush every now and then, until cancelled."""

    async def flush(self) -> None:
        """Write what was noted, and what this process used besides.

        Raises Unavailable: it is all kept for the next time then. When only the answer was lost, what was
        written is written twice.
        """

    async def usage(self, tenant: TenantId, period: Period, *, by: UsageBy) -> Sequence[UsageRow]:
        """Return what the tenant used, by day, stage or document: the USAGE_DOCUMENTS_MAX costliest."""

    async def totals(self, period: Period) -> Sequence[UsageRow]:
        """Return what each tenant used, and as "" what the processes used and charged no tenant with."""
