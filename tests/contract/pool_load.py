"""Many callers of many tenants on few connections, some cancelled and some failing; and what is left of it."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from docmill.adapters.postgres.database import Database, Transaction
from docmill.domain.errors import DocmillError
from docmill.domain.tenants import TenantId

CANCELLED_OF_100 = 10
FAILING_OF_100 = 5

_ROWS = b"SELECT tenant, current_user::text AS who FROM idempotency_keys"
_WRITE = (
    b"INSERT INTO idempotency_keys (tenant, key, request_hash, document, run)"
    b" VALUES (%s, gen_random_uuid()::text, '', gen_random_uuid(), gen_random_uuid())"
)
_FAILURES = (
    b"SELECT 1/0",
    b"SELECT nothing FROM nowhere",
    b"DO $$ BEGIN RAISE USING ERRCODE = 'DM001'; END $$",
)
# What a transaction of the platform changes on its way; all of it has to end with it.
_SETTINGS = (
    b"SELECT set_config('statement_timeout', '20s', true), set_config('synchronous_commit', 'off', true)"
)
_LOCK = b"SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
_HELD = b"SELECT docmill.held(%(tenant)s, gen_random_uuid()) AS held"
DEFAULTS = (
    b"SELECT session_user::text AS logged_in, current_user::text AS who, current_setting('search_path') AS path,"
    b" current_setting('statement_timeout') AS timeout, current_setting('synchronous_commit') AS commits,"
    b" current_setting('row_security') AS security,"
    b" (SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory') AS locks"
)
"""What a connection is like; asked as the service."""


@dataclass
class Load:
    """``tenants`` have rows already. Counts what became of the requests, and gathers what should not be."""

    database: Database
    tenants: Sequence[TenantId]
    random: random.Random
    ends: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    async def run(self, *, callers: int, requests: int) -> None:
        await asyncio.gather(*(self._caller(requests // callers) for _ in range(callers)))

    async def _caller(self, requests: int) -> None:
        for _ in range(requests):
            tenant = self.random.choice(self.tenants)
            dice = self.random.randrange(100)
            task = asyncio.create_task(self._request(tenant, fails=dice < FAILING_OF_100))
            if FAILING_OF_100 <= dice < FAILING_OF_100 + CANCELLED_OF_100:
                await self._cancel(task)
            try:
                await task
                self.ends["done"] += 1
            except asyncio.CancelledError:
                self.ends["cancelled"] += 1
            except DocmillError as error:
                self.ends[error.code] += 1

    async def _cancel(self, task: asyncio.Task[None]) -> None:
        """At any of its awaits: after so many turns of the event loop, or a moment later."""
        for _ in range(self.random.randrange(60)):
            await asyncio.sleep(0)
        if self.random.random() < 0.7:
            await asyncio.sleep(self.random.random() * 0.05)
        task.cancel()

    async def _request(self, tenant: TenantId, *, fails: bool) -> None:
        match self.random.randrange(4):
            case 0 if not fails:
                await self.database.call(_HELD, {"tenant": tenant})
            case 1:
                async with self.database.service() as tx:
                    await self._as_service(tx)
                    if fails:
                        await tx.run(self.random.choice(_FAILURES))
            case _:
                async with self.database.tenant(tenant) as tx:
                    await self._as_tenant(tx, tenant, fails=fails)

    async def _as_service(self, tx: Transaction) -> None:
        row = await tx.one(DEFAULTS)
        assert row is not None
        if (row["who"], row["path"]) != ("docmill_service", "public"):
            self.faults.append(f"the service is {row['who']} on {row['path']}")

    async def _as_tenant(self, tx: Transaction, tenant: TenantId, *, fails: bool) -> None:
        await tx.run(_SETTINGS)
        await tx.one(_LOCK, [tenant])
        if fails:
            await tx.run(self.random.choice(_FAILURES))
        if self.random.random() < 0.2:
            await tx.run(_WRITE, [tenant])
        rows = await tx.all(_ROWS)
        if {row["tenant"] for row in rows} != {tenant}:
            self.faults.append(f"{tenant} sees rows of { ({row['tenant'] for row in rows}) }")


async def left_behind(database: Database, connections: int) -> list[str]:
    """Look at every connection of the pool, all at the same time, as the next caller would find it."""
    faults: list[str] = []
    ready = asyncio.Barrier(connections)

    async def look() -> None:
        async with database._connection() as connection:
            await ready.wait()
            if connection.info.transaction_status.name != "IDLE":
                faults.append(f"open: {connection.info.transaction_status.name}")
            row = await (await connection.execute(DEFAULTS)).fetchone()
            found = {key: value for key, value in (row or {}).items() if EXPECTED[key] != value}
            if found:
                faults.append(f"left behind: {found}")

    async with asyncio.timeout(20):
        await asyncio.gather(*(look() for _ in range(connections)))
    return faults


EXPECTED = {
    "logged_in": "docmill_service",
    "who": "docmill_service",
    "path": "public",
    "timeout": "30s",
    "commits": "on",
    "security": "on",
    "locks": 0,
}
