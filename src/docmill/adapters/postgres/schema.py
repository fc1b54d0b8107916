"""Forward-only migrations over the platform's schema, the pool, and every silo.

A file is named ``NNN_what.SCOPE.KIND.sql``. SCOPE ``shared`` runs once in schema ``docmill``; ``tenant``
runs in ``docmill_pool`` and in each silo's schema, with the search path set there: its tables are
written without a schema and have a column ``tenant text``; rights and row-level security are added
to them in the same transaction. KIND ``pre`` may run while the last release is still at work (it adds),
``post`` only after that (it takes away). What is done is on record, so a run that was cut off goes on
where it stopped.

``functions/*.sql`` is made anew each time, before the tenants' schemas have their turn.
"""

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files

import psycopg
from psycopg import sql

from docmill.adapters.postgres.administration import administration
from docmill.adapters.postgres.database import POOL_SCHEMA, Connection, Row, tenant_role, tenant_schema
from docmill.adapters.postgres.isolation import require_isolation
from docmill.adapters.postgres.queries import queries
from docmill.domain.errors import DocmillError, ErrorCode, Unavailable
from docmill.domain.limits.database import (
    MIGRATION_LOCK_S,
    MIGRATION_LOCK_WAIT_S,
    MIGRATION_PROGRESS_SCHEMAS,
    MIGRATION_ROUNDS_MAX,
)
from docmill.domain.tenants import TenantId

SHARED_SCHEMA = "docmill"
POOL_ROLE = "docmill_pool_tenants"
KINDS = ("pre", "post")
Progress = Callable[[int, int], None]
"""Hears (schemas that are done, schemas that were behind)."""
Applied = dict[int, str]
"""Checksums by number."""

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
    return _shipped()


async def migrate(
    admin_dsn: str, *, kinds: Collection[str] = KINDS, progress: Progress = lambda _done, _due: None
) -> int:
    """Bring the database up to this release; return how many files ran.

    ``admin_dsn`` may make roles and schemas. ``progress`` hears how many of the schemas that were behind
    are done. Raises Unavailable, also when a tenant's tables were busy all the time;
    DocmillError(part_missing) when a file was changed after it ran or the database is of a newer release;
    and setting_invalid, naming them, when the catalog shows ways from one tenant to another: what has run
    by then stays, and the next run finds them again.
    """
    async with administration(admin_dsn) as admin:
        await _as_owner(admin, "", queries("migrations")["prepare"])
        applied = await _applied(admin)
        due = _due(applied, SHARED_SCHEMA, "shared", kinds)
        for migration in due:
            await _patiently(partial(_run, admin, SHARED_SCHEMA, (migration,)))
        for statements in (queries("migrations")["unchecked"], *_functions()):
            await _as_owner(admin, SHARED_SCHEMA, statements)
        await _as_owner(admin, SHARED_SCHEMA, queries("migrations")["grant_functions"])
        count = len(due) + await _migrate_tenants(admin, applied, kinds, progress)
        await require_isolation(admin)
    return count


async def pending(admin_dsn: str) -> list[dict[str, object]]:
    """Return the migrations that some schema lacks, by number, and how many do. Raises as `migrate`."""
    async with administration(admin_dsn) as admin:
        ready = await _all(admin, queries("migrations")["ready"])
        if not ready[0]["ready"]:
            return [_pending(one, 1) for one in shipped()]
        applied = await _applied(admin)
        silos = [
            tenant_schema(TenantId(row["id"])) for row in await _all(admin, queries("migrations")["silos"])
        ]
    behind: dict[int, int] = {}
    for schema in (SHARED_SCHEMA, POOL_SCHEMA, *silos):
        for one in _due(applied, schema, "shared" if schema == SHARED_SCHEMA else "tenant", KINDS):
            behind[one.number] = behind.get(one.number, 0) + 1
    return [_pending(one, behind[one.number]) for one in shipped() if one.number in behind]


def _pending(migration: Migration, schemas: int) -> dict[str, object]:
    about = {"number": migration.number, "name": migration.name, "scope": migration.scope}
    return {**about, "kind": migration.kind, "schemas": schemas}


async def build_silo(admin: Connection, tenant: TenantId) -> None:
    """Make all tables of a silo whose schema and role are there, inside the caller's transaction."""
    schema = tenant_schema(tenant)
    await _run(admin, schema, _due({}, schema, "tenant", KINDS), role=tenant_role(tenant))


async def _migrate_tenants(
    admin: Connection, applied: Mapping[str, Applied], kinds: Collection[str], progress: Progress
) -> int:
    """Go through the pool and all silos. One whose tables are busy is put off and holds up nobody."""
    silos = [TenantId(row["id"]) for row in await _all(admin, queries("migrations")["silos"])]
    roles = {POOL_SCHEMA: POOL_ROLE} | {tenant_schema(silo): tenant_role(silo) for silo in silos}
    due = {schema: _due(applied, schema, "tenant", kinds) for schema in roles}
    guard = _guard()
    rows = await _all(admin, queries("migrations")["guards"])
    guarded = {row["schema"] for row in rows if row["checksum"] == guard}
    waiting = [schema for schema, migrations in due.items() if migrations or schema not in guarded]
    behind, done = len(waiting), 0
    for left in reversed(range(MIGRATION_ROUNDS_MAX)):
        busy = []
        for schema in waiting:
            try:
                await _run(admin, schema, due[schema], role=roles[schema])
            except psycopg.errors.LockNotAvailable:
                busy.append(schema)
                continue
            done += 1
            if done % MIGRATION_PROGRESS_SCHEMAS == 0 or done == behind:
                progress(done, behind)
        if not busy:
            return sum(map(len, due.values()))
        waiting = busy
        await asyncio.sleep(MIGRATION_LOCK_WAIT_S if left else 0)
    raise Unavailable(f"busy all the time, so not migrated: {', '.join(waiting[:10])}")


async def _patiently(step: Callable[[], Awaitable[None]]) -> None:
    """Try again what found its tables busy."""
    for left in reversed(range(MIGRATION_ROUNDS_MAX)):
        try:
            await step()
        except psycopg.errors.LockNotAvailable:
            if not left:
                raise
            await asyncio.sleep(MIGRATION_LOCK_WAIT_S)
        else:
            return


async def _applied(admin: Connection) -> Mapping[str, Applied]:
    found: dict[str, Applied] = {}
    for row in await _all(admin, queries("migrations")["applied"]):
        found.setdefault(row["schema"], {})[row["number"]] = row["checksum"]
    return found


def _due(
    applied: Mapping[str, Applied], schema: str, scope: str, kinds: Collection[str]
) -> tuple[Migration, ...]:
    """Return the migrations that the schema lacks, after a look whether what it has is of this release."""
    known = applied.get(schema, {})
    ours = [migration for migration in shipped() if migration.scope == scope]
    if unknown := known.keys() - {migration.number for migration in ours}:
        raise DocmillError(ErrorCode.PART_MISSING, f"{schema} is of a newer release: migrations {unknown}")
    for migration in ours:
        if known.get(migration.number, migration.checksum) != migration.checksum:
            raise DocmillError(
                ErrorCode.PART_MISSING, f"migration {migration.number} was changed after it ran"
            )
    return tuple(one for one in ours if one.number not in known and one.kind in kinds)


async def _run(
    admin: Connection, schema: str, migrations: Sequence[Migration], *, role: str | None = None
) -> None:
    """Apply and record in one transaction; the tables are given to the tenants' ``role`` and guarded.

    Raises LockNotAvailable where a lock is not to be had in MIGRATION_LOCK_S: behind it the tenant waits.
    """
    async with admin.transaction():
        await admin.execute(_entry(schema))
        for migration in migrations:
            await admin.execute(migration.statements)
        if role is not None:
            given = {"schema": schema, "role": role, "guard": _guard()}
            await admin.execute(queries("migrations")["protect"], given)
        await admin.execute("RESET ROLE")
        await admin.execute("SET LOCAL search_path TO DEFAULT")
        await admin.execute(queries("migrations")["record"], _records(schema, migrations))


def _entry(schema: str) -> sql.Composed:
    """What is made from here on is the owner role's."""
    return sql.SQL(
        "SET LOCAL ROLE docmill_owner; SET LOCAL lock_timeout = {}; SET LOCAL search_path = {}, public"
    ).format(sql.Literal(f"{MIGRATION_LOCK_S}s"), sql.Identifier(schema))


def _records(schema: str, done: Sequence[Migration]) -> dict[str, object]:
    return {
        "schema": schema,
        "numbers": [migration.number for migration in done],
        "names": [migration.name for migration in done],
        "checksums": [migration.checksum for migration in done],
    }


@cache
def _guard() -> str:
    """The way in which tables are put under row-level security: where it was another one, it is done anew."""
    statements = (files("docmill.adapters.postgres") / "functions" / "protection.sql").read_bytes()
    return hashlib.sha256(statements).hexdigest()


async def _as_owner(admin: Connection, schema: str, statements: bytes) -> None:
    """Run statements in one transaction; what they make is the owner role's. No schema: as the admin."""
    async with admin.transaction():
        if schema:
            await admin.execute(_entry(schema))
        await admin.execute(statements)
        await admin.execute("RESET ROLE")
        await admin.execute("RESET search_path")


async def _all(admin: Connection, query: bytes) -> list[Row]:
    return await (await admin.execute(query)).fetchall()


@cache
def _shipped() -> tuple[Migration, ...]:
    found = []
    for file in (files("docmill.adapters.postgres") / "migrations").iterdir():
        match = _NAME.fullmatch(file.name)
        if match is None:
            raise DocmillError(
                ErrorCode.PART_MISSING, f"migrations/{file.name}: want NNN_what.SCOPE.KIND.sql"
            )
        number, name, scope, kind = match.groups()
        found.append(Migration(int(number), name, scope, kind, file.read_bytes()))
    return tuple(sorted(found, key=lambda migration: migration.number))


def _functions() -> list[bytes]:
    folder = files("docmill.adapters.postgres") / "functions"
    return [file.read_bytes() for file in sorted(folder.iterdir(), key=lambda file: file.name)]
