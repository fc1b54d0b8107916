"""Connections, transactions, and the one place where the driver's errors become docmill's."""

from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import lru_cache
from typing import Any

import psycopg
from psycopg import errors as pg
from psycopg import sql
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import set_json_dumps, set_json_loads
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout

from docmill.domain.errors import (
    DocmillError,
    ErrorCode,
    NotFound,
    StaleClaim,
    Unavailable,
    VersionConflict,
)
from docmill.domain.limits.database import (
    BACKEND_TENANTS_MAX,
    DATABASE_CONNECT_S_MAX,
    DATABASE_POOL_CONNECTIONS_MAX,
    DATABASE_STATEMENT_S_MAX,
    DATABASE_TRIES_MAX,
)
from docmill.domain.tenants import TenantId

Row = DictRow
Query = bytes | sql.SQL | sql.Composed
Parameters = Mapping[str, Any] | Sequence[Any]
Connection = psycopg.AsyncConnection[Row]

POOL_SCHEMA = "docmill_pool"


def tenant_role(tenant: TenantId) -> str:
    """The policies cut the tenant's name off this again: see ``docmill.current_tenant`` in the migrations."""
    return f"docmill_t_{tenant}"


def tenant_schema(tenant: TenantId) -> str:
    """The schema of a silo tenant."""
    return f"t_{tenant}"


class Transaction:
    """One open transaction. Queries come from ``queries.queries``; parameters are ``%(name)s`` or ``%s``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def all(self, query: Query, parameters: Parameters = ()) -> list[Row]:
        return await (await self._connection.execute(query, parameters or None)).fetchall()

    async def one(self, query: Query, parameters: Parameters = ()) -> Row | None:
        return await (await self._connection.execute(query, parameters or None)).fetchone()

    async def run(self, query: Query, parameters: Parameters = ()) -> int:
        """Return how many rows were written."""
        return (await self._connection.execute(query, parameters or None)).rowcount


class _NewestFirst(deque[Connection]):
    """The pool's idle connections. The one that was used last goes first, and what is not needed leaves.

    A backend reads the catalog of every tenant that it meets, so one that does all the work costs less
    than eight that take turns.
    """

    def popleft(self) -> Connection:
        return self.pop()


class Database:
    """A pool of connections that work as the service role. ``open`` it inside the running event loop.

    A backend keeps what it knows of each tenant's tables (about 0.3 MB) as long as it lives, so all are
    replaced when they have met ``tenants_max`` of them.
    """

    def __init__(
        self,
        dsn: str,
        *,
        connections_max: int = DATABASE_POOL_CONNECTIONS_MAX,
        tenants_max: int = BACKEND_TENANTS_MAX,
    ) -> None:
        self.dsn = dsn
        self._tenants_max = tenants_max
        self._met: set[TenantId] = set()
        self._pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            dsn,
            connection_class=psycopg.AsyncConnection[Row],
            kwargs=_connection_options(),
            configure=_configure,
            min_size=1,
            max_size=connections_max,
            timeout=DATABASE_CONNECT_S_MAX,
            # Short, so that a database that comes back is found by the next request, not by a long backoff.
            reconnect_timeout=1.0,
            max_idle=60.0,
            open=False,
        )
        self._pool._pool = _NewestFirst()

    async def open(self) -> None:
        """Does not raise when the database is away: the first request will."""
        await self._pool.open()

    async def close(self) -> None:
        await self._pool.close()

    def waits(self) -> tuple[int, float]:
        """How often somebody waited for a connection since the beginning, and how many seconds in all."""
        told = self._pool.get_stats()
        return told.get("requests_queued", 0), told.get("requests_wait_ms", 0) / 1000

    @asynccontextmanager
    async def tenant(self, tenant: TenantId) -> AsyncIterator[Transaction]:
        """One transaction that can reach this tenant's rows and no others.

        Commits at the end, rolls back when the body raises. Raises Unavailable, storage_full, and
        NotFound for a tenant that does not exist.
        """
        await self._meet(tenant)
        async with self._connection() as connection:
            await connection.execute(_entry(tenant), prepare=False)
            yield Transaction(connection)

    @asynccontextmanager
    async def service(self) -> AsyncIterator[Transaction]:
        """One transaction as the service role, which has no right to any tenant's rows."""
        async with self._connection() as connection:
            await connection.execute("BEGIN", prepare=False)
            yield Transaction(connection)

    async def call(self, query: bytes, parameters: Parameters = ()) -> list[Row]:
        """Run one statement as the service role, a transaction of its own, in one round trip.

        It is repeated when it lost a deadlock or a serialization race: nothing of it was written then.
        """
        if isinstance(parameters, Mapping) and isinstance(tenant := parameters.get("tenant"), str):
            await self._meet(TenantId(tenant))
        for left in reversed(range(DATABASE_TRIES_MAX)):
            try:
                async with self._connection() as connection:
                    return await (await connection.execute(query, parameters or None)).fetchall()
            except Unavailable as error:
                if not left or not isinstance(error.__cause__, pg.DeadlockDetected | pg.SerializationFailure):
                    raise
        raise AssertionError("unreachable")  # pragma: no cover

    @asynccontextmanager
    async def listening(self, channel: str) -> AsyncIterator[Connection]:
        """A connection of its own that hears the channel's notifications."""
        with translated():
            connection = await psycopg.AsyncConnection[Row].connect(self.dsn, **_connection_options())
            async with connection:
                await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
                yield connection

    async def _meet(self, tenant: TenantId) -> None:
        if tenant in self._met:
            return
        if len(self._met) >= self._tenants_max:
            self._met.clear()
            await self._pool.drain()
        self._met.add(tenant)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        with translated():
            try:
                async with self._pool.connection() as connection:
                    yield connection
            except psycopg.OperationalError:
                # A server that went away broke the idle connections too: do not hand them out one by one.
                await self._drop_broken()
                raise

    async def _drop_broken(self) -> None:
        try:
            await self._pool.check()
        except (psycopg.Error, PoolClosed):
            return


def _connection_options() -> dict[str, Any]:
    timeouts = f"-c statement_timeout={DATABASE_STATEMENT_S_MAX}s -c idle_in_transaction_session_timeout=60s"
    return {
        "autocommit": True,  # transactions are begun by name: with the entry to the tenant, in one message
        "row_factory": dict_row,
        "prepare_threshold": 2,
        "connect_timeout": round(DATABASE_CONNECT_S_MAX),
        "options": f"{timeouts} -c search_path=public",
        "application_name": "docmill",
    }


async def _configure(connection: Connection) -> None:
    import orjson

    set_json_loads(orjson.loads, connection)
    set_json_dumps(orjson.dumps, connection)


@lru_cache(BACKEND_TENANTS_MAX)
def _entry(tenant: TenantId) -> sql.Composed:
    """Begin as the tenant. A pool tenant has no schema of its own, a silo tenant may not see the pool's."""
    return sql.SQL("BEGIN; SET LOCAL ROLE {}; SET LOCAL search_path = {}, {}, public").format(
        sql.Identifier(tenant_role(tenant)),
        sql.Identifier(tenant_schema(tenant)),
        sql.Identifier(POOL_SCHEMA),
    )


# What the functions of the schema raise.
_OWN_STATES: dict[str, DocmillError] = {
    "DM001": StaleClaim(),
    "DM002": VersionConflict(),
    "DM003": DocmillError(ErrorCode.STATE_FORBIDDEN),
    "DM004": NotFound(),
    "DM005": DocmillError(ErrorCode.IDEMPOTENCY_MISMATCH),
    "DM006": DocmillError(ErrorCode.ERASED),
    "DM007": DocmillError(ErrorCode.TENANT_EXISTS),
    "DM008": DocmillError(ErrorCode.LEGAL_HOLD),
    "DM040": DocmillError(ErrorCode.LEASE_HELD),
    "DM041": DocmillError(ErrorCode.FORBIDDEN),
}


@contextmanager
def translated() -> Iterator[None]:
    """Turn the driver's errors into docmill's. Their texts may quote rows, so they are not passed on."""
    try:
        yield
    except (psycopg.Error, PoolTimeout, PoolClosed) as error:
        raise _translate(error) from error


def _translate(error: Exception) -> DocmillError:
    state = getattr(error, "sqlstate", None) or ""
    known = _OWN_STATES.get(state)
    if known is not None:
        detail = error.diag.message_primary if isinstance(error, psycopg.Error) else None
        return _again(known, detail or "")
    if isinstance(error, pg.DiskFull):
        return DocmillError(ErrorCode.STORAGE_FULL)
    if isinstance(error, pg.InvalidParameterValue | pg.UndefinedObject) and "role" in str(error):
        return NotFound()
    # Class 57 is a server that stops or ran out of time, 53 one that ran out of something.
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError | PoolTimeout | PoolClosed):
        return Unavailable(f"the database: {state or type(error).__name__}")
    return DocmillError(ErrorCode.INTERNAL_ERROR, f"the database refused a statement: {state}")


def _again(known: DocmillError, detail: str) -> DocmillError:
    if type(known) is DocmillError:
        return DocmillError(known.code, detail)
    return type(known)(detail)  # type: ignore[arg-type]
