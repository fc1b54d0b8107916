"""Forward-only migrations over the platform's schema, the pool, and every silo.

A file is named ``NNN_what.SCOPE.KIND.sql``. SCOPE ``shared`` runs once in schema ``docmill``; ``tenant``
runs in ``docmill_pool`` and in each silo's schema, with the search path set there: its tables are
written without a schema and have a column ``tenant text``; rights and row-level security are added
to them afterwards. KIND ``pre`` may run while the last release is still at work (it adds), ``post``
only after that (it takes away). Every file is one transaction with its own record, so a run that was
cut off goes on where it stopped.

``functions/*.sql`` is made anew each time.
"""

import hashlib
import re
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.resources import files

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from docmill.adapters.postgres.database import (
    POOL_SCHEMA,
    Connection,
    Row,
    tenant_role,
    tenant_schema,
    translated,
)
from docmill.adapters.postgres.queries import queries
from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.tenants import TenantId

SHARED_SCHEMA = "docmill"
POOL_ROLE = "docmill_pool_tenants"
KINDS = ("pre", "post")

_NAME = re.compile(r"(\d{3})_(\w+)\.(shared|tenant)\.(pre|post)\.sql")


@dataclass(frozen=True, slots=True)
class Migration:
    number: int
    name: str
    scope: str
    kind: str
    statements: bytes

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.statements).hexdigest()


def shipped() -> tuple[Migration, ...]:
    """Return the migrations of this release, by number."""
    return tuple(sorted(_shipped(), key=lambda migration: migration.number))


async def migrate(admin_dsn: str, *, kinds: Collection[str] = KINDS) -> int:
    """Bring the database up to this release; return how many files ran.

    ``admin_dsn`` may make roles and schemas. Raises Unavailable, and DocmillError(part_missing) when a
    file was changed after it ran or the database is of a newer release.
    """
    async with administration(admin_dsn) as admin:
        await _as_owner(admin, "", queries("migrations")["prepare"])
        count = await _apply(admin, SHARED_SCHEMA, "shared", kinds)
        silos = [TenantId(row["id"]) for row in await _all(admin, queries("migrations")["silos"])]
        places = [(POOL_SCHEMA, POOL_ROLE), *((tenant_schema(silo), tenant_role(silo)) for silo in silos)]
        for schema, _ in places:
            count += await _apply(admin, schema, "tenant", kinds)
        for statements in _functions():
            await _as_owner(admin, SHARED_SCHEMA, statements)
        await _as_owner(admin, SHARED_SCHEMA, queries("migrations")["grant_functions"])
        for schema, role in places:
            await _protect(admin, schema, role)
    return count


async def build_silo(admin: Connection, tenant: TenantId) -> None:
    """Make all tables of a silo whose schema and role are there, inside the caller's transaction."""
    schema = tenant_schema(tenant)
    await _apply(admin, schema, "tenant", KINDS)
    await _protect(admin, schema, tenant_role(tenant))


@asynccontextmanager
async def administration(admin_dsn: str) -> AsyncIterator[Connection]:
    """A connection that alone may change the schema while it is open."""
    with translated():
        connection = await psycopg.AsyncConnection[Row].connect(
            admin_dsn, autocommit=True, row_factory=dict_row, prepare_threshold=None
        )
        async with connection:
            await connection.execute(queries("migrations")["lock"])
            yield connection


async def _apply(admin: Connection, schema: str, scope: str, kinds: Collection[str]) -> int:
    rows = await _all(admin, queries("migrations")["applied"], schema=schema)
    applied = {row["number"]: row["checksum"] for row in rows}
    due = [migration for migration in shipped() if migration.scope == scope]
    if unknown := applied.keys() - {migration.number for migration in due}:
        raise DocmillError(ErrorCode.PART_MISSING, f"{schema} is of a newer release: migrations {unknown}")
    count = 0
    for migration in due:
        if applied.get(migration.number, migration.checksum) != migration.checksum:
            raise DocmillError(
                ErrorCode.PART_MISSING, f"migration {migration.number} was changed after it ran"
            )
        if migration.number not in applied and migration.kind in kinds:
            await _run(admin, migration, schema)
            count += 1
    return count


async def _run(admin: Connection, migration: Migration, schema: str) -> None:
    async with admin.transaction():
        await _as_owner(admin, schema, migration.statements)
        await admin.execute(
            queries("migrations")["record"],
            {
                "number": migration.number,
                "schema": schema,
                "name": migration.name,
                "checksum": migration.checksum,
            },
        )


async def _protect(admin: Connection, schema: str, role: str) -> None:
    async with admin.transaction():
        await admin.execute("SET LOCAL ROLE docmill_owner")
        await admin.execute(queries("migrations")["protect"], {"schema": schema, "role": role})
        await admin.execute("RESET ROLE")


async def _as_owner(admin: Connection, schema: str, statements: bytes) -> None:
    """Run statements in one transaction; what they make is the owner role's. No schema: as the admin."""
    async with admin.transaction():
        if schema:
            path = sql.SQL("SET LOCAL search_path = {}, public").format(sql.Identifier(schema))
            await admin.execute("SET LOCAL ROLE docmill_owner")
            await admin.execute(path)
        await admin.execute(statements)
        await admin.execute("RESET ROLE")
        await admin.execute("RESET search_path")


async def _all(admin: Connection, query: bytes, **parameters: str) -> list[Row]:
    return await (await admin.execute(query, parameters or None)).fetchall()


def _shipped() -> Iterator[Migration]:
    for file in (files("docmill.adapters.postgres") / "migrations").iterdir():
        match = _NAME.fullmatch(file.name)
        if match is None:
            raise DocmillError(
                ErrorCode.PART_MISSING, f"migrations/{file.name}: want NNN_what.SCOPE.KIND.sql"
            )
        number, name, scope, kind = match.groups()
        yield Migration(int(number), name, scope, kind, file.read_bytes())


def _functions() -> list[bytes]:
    folder = files("docmill.adapters.postgres") / "functions"
    return [file.read_bytes() for file in sorted(folder.iterdir(), key=lambda file: file.name)]
