"""PostgresLedger."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from functools import cache
from time import monotonic

from psycopg import sql

from docmill.adapters.cpu_clock import of_this_tree
from docmill.adapters.postgres.database import Database, Row
from docmill.adapters.postgres.encoding import to_json
from docmill.adapters.postgres.queries import queries
from docmill.domain.errors import DocmillError
from docmill.domain.limits.fairness import (
    LEDGER_FLUSH_CPU_S,
    LEDGER_FLUSH_S,
    LEDGER_IDLE_FLUSH_S,
    USAGE_DOCUMENTS_MAX,
)
from docmill.domain.tenants import TenantId
from docmill.domain.usage import Cost, Period, UsageBy, UsageRow

_PLATFORM = ""  # in the place of a tenant
_NOTHING = Cost()


class PostgresLedger:
    """What this process uses, all that it starts included, is either a tenant's or the platform's.

    ``role`` is the process's part in the platform; ``used`` tells its CPU seconds, from its start. What it
    used and nobody was charged with goes to the platform's row of that role. Without one nothing is written.
    """

    def __init__(
        self, database: Database, *, role: str | None = None, used: Callable[[], float] = of_this_tree
    ) -> None:
        self._database, self._role, self._used = database, role, used
        self._spent: dict[tuple[str, str], Cost] = {}
        self._booked_s = 0.0  # CPU seconds, to whomever
        self._rest_s, self._day = 0.0, date.min  # CPU seconds of that day, to the platform
        self._idle_since = monotonic()

    def spend(self, tenant: TenantId, stage: str, cost: Cost) -> None:
        key = (tenant, stage)
        self._spent[key] = self._spent.get(key, _NOTHING) + cost

    async def keep(self) -> None:
        """Flush every now and then, until cancelled; an outage is waited out."""
        if self._role is None:
            return
        while True:
            await asyncio.sleep(LEDGER_FLUSH_S)
            late = monotonic() - self._idle_since >= LEDGER_IDLE_FLUSH_S
            if self._spent or late or self._used() - self._booked_s >= LEDGER_FLUSH_CPU_S:
                with suppress(DocmillError):
                    await self.flush()

    async def flush(self) -> None:
        if self._role is None:
            return
        spent, self._spent = self._spent, {}
        charged_s = sum(cost.cpu_seconds for cost in spent.values())
        today = datetime.now(UTC).date()
        before_s = self._rest_s if today == self._day else 0.0
        # What a message has used is the platform's until the message ends, and is taken back from it then.
        rest = Cost(cpu_seconds=max(self._used() - self._booked_s - charged_s, -before_s))
        lines = [_line(tenant, stage, cost) for (tenant, stage), cost in spent.items()]
        given = {
            "day": today,
            "costs": to_json([*lines, _line(_PLATFORM, self._role, rest)]),
        }
        try:
            await self._database.call(queries("ledger")["book"], given)
        except BaseException:
            for (tenant, stage), cost in spent.items():
                self.spend(TenantId(tenant), stage, cost)
            raise
        self._booked_s += charged_s + rest.cpu_seconds
        self._rest_s, self._day = before_s + rest.cpu_seconds, today
        self._idle_since = monotonic()

    async def usage(self, tenant: TenantId, period: Period, *, by: UsageBy) -> Sequence[UsageRow]:
        given = {"tenant": tenant, "first": period.first, "last": period.last}
        if by is UsageBy.DOCUMENT:
            async with self._database.tenant(tenant) as tx:
                rows = await tx.all(queries("ledger")["by_document"], {**given, "most": USAGE_DOCUMENTS_MAX})
        else:
            rows = await self._database.call(_summed(f"by_{by.value}"), given)
        return [_row(row) for row in rows]

    async def totals(self, period: Period) -> Sequence[UsageRow]:
        rows = await self._database.call(_summed("by_tenant"), {"first": period.first, "last": period.last})
        return [_row(row) for row in rows]


def _line(tenant: str, stage: str, cost: Cost) -> dict[str, object]:
    return {"tenant": tenant, "stage": stage, **cost.to_json()}


def _row(row: Row) -> UsageRow:
    names = Cost().to_json()
    given = {name: type(zero)(row[name]) for name, zero in names.items()}
    return UsageRow(row["key"], Cost(**given))  # type: ignore[arg-type]


@cache
def _summed(name: str) -> bytes:
    sums = sql.SQL(", ").join(
        sql.SQL("sum({column}) AS {column}").format(column=sql.Identifier(column))
        for column in Cost().to_json()
    )
    return sql.SQL(queries("ledger")[name].decode()).format(sums=sums).as_string().encode()
