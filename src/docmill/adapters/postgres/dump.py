"""PostgresDump: `Dump` by COPY, in as many short transactions as there are tables, all of one exported
snapshot.

A transaction that read all tables of a thousand tenants would hold a lock on each of them until its end.
"""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from docmill.adapters.postgres.database import Connection, Row, translated
from docmill.adapters.postgres.queries import queries
from docmill.adapters.postgres.schema import shipped
from docmill.adapters.postgres.tenancy import PostgresTenancy
from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.tenants import TenantId, Tier
from docmill.ports.backup import Facts, Rows, Table

# Their first rows come with the migrations; a restore writes over them.
_EMPTIED = sql.SQL("DELETE FROM {}")


class PostgresDump:
    """ports/backup.Dump. ``admin_dsn`` is of a role that row-level security does not apply to."""

    def __init__(self, admin_dsn: str, tenancy: PostgresTenancy) -> None:
        self._dsn = admin_dsn
        self._tenancy = tenancy

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator["PostgresSnapshot"]:
        with translated():
            async with await _connected(self._dsn) as holder, await _connected(self._dsn) as reader:
                await holder.execute(queries("dump")["hold"])
                await holder.execute(queries("dump")["begin"])
                row = await (await holder.execute(queries("dump")["export"])).fetchone()
                assert row is not None
                yield PostgresSnapshot(reader, row["snapshot"])
                await holder.execute(b"ROLLBACK")

    async def is_empty(self) -> bool:
        with translated():
            async with await _connected(self._dsn) as admin:
                row = await (await admin.execute(queries("dump")["empty"])).fetchone()
                return bool(row and row["empty"])

    async def current(self) -> Mapping[str, Mapping[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for migration in shipped():
            found.setdefault(migration.scope, {})[str(migration.number)] = migration.checksum
        return found

    async def refill(self, facts: Facts, rows: Rows) -> None:
        for tenant, tier in facts.tenants:
            await self._tenancy.create(tenant, tier=tier)
        with translated():
            async with await _connected(self._dsn) as admin, admin.transaction():
                await admin.execute(queries("dump")["whole"])
                await _make_partitions(admin, facts.partitions)
                ours = [table for table in facts.tables if rows(table) is not None]
                for table in reversed(ours):
                    await admin.execute(_EMPTIED.format(_named(table)))
                for table in ours:
                    await _fill(admin, table, rows)
                for name, value in facts.sequences.items():
                    await admin.execute(queries("dump")["set_sequence"], {"name": name, "value": value})


class PostgresSnapshot:
    """ports/backup.Snapshot."""

    def __init__(self, reader: Connection, snapshot: str) -> None:
        self._reader = reader
        self._snapshot = snapshot

    async def facts(self) -> Facts:
        async with self._looking():
            migrations: dict[str, dict[str, str]] = {}
            for row in await self._all("migrations"):
                migrations.setdefault(row["scope"], {})[str(row["number"])] = row["checksum"]
            return Facts(
                migrations=migrations,
                tables=_in_order(await self._all("tables")),
                sequences={row["name"]: row["last_value"] for row in await self._all("sequences")},
                partitions={row["name"]: row["bound"] for row in await self._all("partitions")},
                tenants=[(TenantId(row["id"]), Tier(row["tier"])) for row in await self._all("tenants")],
            )

    async def rows(self, table: Table) -> AsyncIterator[bytes]:
        query = sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT").format(_columns(table), _named(table))
        async with self._looking(), self._reader.cursor() as cursor, cursor.copy(query) as copy:
            async for piece in copy:
                yield bytes(piece)

    async def blobs(self) -> AsyncIterator[tuple[TenantId, str]]:
        async with self._looking():
            schemas = [row["schema"] for row in await self._all("schemas_with_blobs")]
        for schema in schemas:
            query = sql.SQL(
                "COPY (SELECT DISTINCT tenant, sha256 FROM {}.blob_references ORDER BY 1, 2) TO STDOUT"
            )
            copied = query.format(sql.Identifier(schema))
            async with self._looking(), self._reader.cursor() as cursor, cursor.copy(copied) as copy:
                async for tenant, sha256 in copy.rows():
                    yield TenantId(tenant), sha256

    @asynccontextmanager
    async def _looking(self) -> AsyncIterator[None]:
        """A transaction that sees the moment of the snapshot."""
        with translated():
            await self._reader.execute(queries("dump")["begin"])
            try:
                named = sql.SQL("SET TRANSACTION SNAPSHOT {}").format(sql.Literal(self._snapshot))
                await self._reader.execute(named)
                await self._reader.execute(queries("dump")["whole"])
                yield
            finally:
                await self._reader.execute(b"ROLLBACK")

    async def _all(self, name: str) -> list[Row]:
        return await (await self._reader.execute(queries("dump")[name])).fetchall()


async def _connected(dsn: str) -> Connection:
    return await psycopg.AsyncConnection[Row].connect(dsn, autocommit=True, row_factory=dict_row)


async def _make_partitions(admin: Connection, partitions: Mapping[str, str]) -> None:
    """The months of the journal as they were; this release has made those of now."""
    there = {row["name"] for row in await (await admin.execute(queries("dump")["partitions"])).fetchall()}
    await admin.execute(b"SET LOCAL ROLE docmill_owner")
    for name, bound in partitions.items():
        if name not in there:
            made = sql.SQL("CREATE TABLE docmill.{} PARTITION OF docmill.journal {}")
            await admin.execute(made.format(sql.Identifier(name), sql.SQL(_bound(bound))))
    await admin.execute(b"RESET ROLE")


def _bound(text: str) -> str:
    """It comes out of a file: nothing but the bounds of a month are let through. Raises backup_invalid."""
    import re

    if not re.fullmatch(r"FOR VALUES FROM \('[0-9 :+-]+'\) TO \('[0-9 :+-]+'\)", text):
        raise DocmillError(ErrorCode.BACKUP_INVALID, "a partition of the journal has no bounds of a month")
    return text


async def _fill(admin: Connection, table: Table, rows: Rows) -> None:
    pieces = rows(table)
    assert pieces is not None
    query = sql.SQL("COPY {} ({}) FROM STDIN").format(_named(table), _columns(table))
    async with admin.cursor() as cursor, cursor.copy(query) as copy:
        async for piece in pieces:
            await copy.write(piece)


def _named(table: Table) -> sql.Composed:
    return sql.SQL("{}.{}").format(sql.Identifier(table.schema), sql.Identifier(table.name))


def _columns(table: Table) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, table.columns))


def _in_order(found: Iterable[Row]) -> list[Table]:
    """No table before one that its rows refer to."""
    waiting = {row["full_name"]: row for row in found}
    placed: dict[str, Table] = {}
    while waiting:
        ready = [name for name, row in waiting.items() if not set(row["refers_to"]) & waiting.keys()]
        if not ready:
            raise DocmillError(ErrorCode.INTERNAL_ERROR, f"tables refer to each other: {sorted(waiting)[:5]}")
        for name in ready:
            row = waiting.pop(name)
            placed[name] = Table(row["schema"], row["name"], tuple(row["columns"]))
    return list(placed.values())
