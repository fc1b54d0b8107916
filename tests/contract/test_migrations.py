"""adapters/postgres/schema: a database of its own for each test, on the session's server."""

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest

from docmill.adapters.postgres import schema
from docmill.adapters.postgres.isolation import isolation_faults
from docmill.adapters.postgres.schema import Migration, migrate, shipped
from docmill.domain.errors import DocmillError


@pytest.fixture
def admin_dsn(postgres) -> Iterator[str]:
    name = "m" + uuid4().hex[:12]
    with psycopg.connect(postgres.admin_dsn, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        yield postgres.admin_dsn.replace("dbname=docmill", f"dbname={name}")
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def rows(dsn: str, query: str) -> list[tuple]:
    with psycopg.connect(dsn) as admin:
        return admin.execute(query).fetchall()


def more(monkeypatch, *statements: bytes, kind: str = "pre", scope: str = "tenant") -> None:
    added = tuple(
        Migration(900 + n, f"added_{n}", scope, kind, statement) for n, statement in enumerate(statements)
    )
    release = (*shipped(), *added)
    monkeypatch.setattr(schema, "shipped", lambda: release)


async def test_numbers_are_used_once() -> None:
    numbers = [migration.number for migration in shipped()]
    assert len(numbers) == len(set(numbers))


async def test_a_second_run_does_nothing(admin_dsn) -> None:
    assert await migrate(admin_dsn) == len(shipped())
    before = rows(admin_dsn, "SELECT * FROM docmill.migrations ORDER BY number")
    assert await migrate(admin_dsn) == 0
    assert rows(admin_dsn, "SELECT * FROM docmill.migrations ORDER BY number") == before
    assert await isolation_faults(admin_dsn) == []


async def test_a_run_that_was_cut_off_goes_on_where_it_stopped(admin_dsn, monkeypatch) -> None:
    await migrate(admin_dsn)
    with monkeypatch.context() as patched:
        more(patched, b"CREATE TABLE first (tenant text); SELECT 1/0")
        with pytest.raises(DocmillError):
            await migrate(admin_dsn)
    assert rows(admin_dsn, "SELECT to_regclass('docmill_pool.first')") == [(None,)]
    more(monkeypatch, b"CREATE TABLE first (tenant text)", b"CREATE TABLE second (tenant text)")
    assert await migrate(admin_dsn) == 2


async def test_a_file_that_was_changed_after_it_ran_is_refused(admin_dsn, monkeypatch) -> None:
    with monkeypatch.context() as patched:
        more(patched, b"CREATE TABLE first (tenant text)")
        await migrate(admin_dsn)
    with monkeypatch.context() as patched:
        more(patched, b"CREATE TABLE first (tenant text, more int)")
        with pytest.raises(DocmillError, match="was changed"):
            await migrate(admin_dsn)
    with pytest.raises(DocmillError, match="newer release"):
        await migrate(admin_dsn)


async def test_what_takes_away_waits_until_the_last_release_has_gone(admin_dsn, monkeypatch) -> None:
    await migrate(admin_dsn)
    more(monkeypatch, b"DROP TABLE chunks", kind="post")
    assert await migrate(admin_dsn, kinds=("pre",)) == 0
    assert await migrate(admin_dsn) == 1


async def test_new_tables_of_tenants_are_protected_without_saying_so(admin_dsn, monkeypatch) -> None:
    more(monkeypatch, b"CREATE TABLE extra (tenant text NOT NULL)")
    await migrate(admin_dsn)
    assert rows(
        admin_dsn,
        "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = 'docmill_pool.extra'::regclass",
    ) == [(True, True)]
    assert await isolation_faults(admin_dsn) == []


async def test_a_silo_gets_the_same_tables_as_the_pool_and_every_later_migration(
    tenancy, tenant, tier, postgres
) -> None:
    schemas = [f"t_{tenant}"] if tier == "silo" else ["docmill_pool"]
    tables = rows(
        postgres.admin_dsn,
        "SELECT relname FROM pg_class WHERE relnamespace = 'docmill_pool'::regnamespace AND relkind = 'r' ORDER BY 1",
    )
    for name in schemas:
        assert (
            rows(
                postgres.admin_dsn,
                f"SELECT relname FROM pg_class WHERE relnamespace = '{name}'::regnamespace AND relkind = 'r' ORDER BY 1",
            )
            == tables
        )
        done = rows(postgres.admin_dsn, f"SELECT number FROM docmill.migrations WHERE schema = '{name}'")
        assert {number for (number,) in done} == {m.number for m in shipped() if m.scope == "tenant"}
