"""adapters/postgres/database: connections that many tenants share belong to nobody between two requests."""

import random
from collections.abc import AsyncIterator
from itertools import count

import psycopg
import pytest
from psycopg import sql
from tests.contract.pool_load import Load, left_behind

from docmill.adapters.postgres import database as adapter
from docmill.adapters.postgres.database import Database
from docmill.domain.errors import DocmillError, ErrorCode, NotFound
from docmill.domain.tenants import TenantId, Tier, tenant_id

CONNECTIONS = 4
TENANTS = 12
_numbers = count(1)


@pytest.fixture
async def tenants(tenancy, database) -> list[TenantId]:
    """Half of the pool, half silos, each with a row of its own."""
    made = []
    for number in range(TENANTS):
        name = tenant_id(f"shared{next(_numbers)}")
        await tenancy.create(name, tier=list(Tier)[number % 2])
        made.append(name)
        async with database.tenant(name) as tx:
            await tx.run(
                b"INSERT INTO idempotency_keys (tenant, key, request_hash, document, run)"
                b" VALUES (%s, 'first', '', gen_random_uuid(), gen_random_uuid())",
                [name],
            )
    return made


@pytest.fixture
async def shared(postgres) -> AsyncIterator[Database]:
    opened = Database(postgres.dsn, connections_max=CONNECTIONS, tenants_max=TENANTS)
    await opened.open()
    yield opened
    await opened.close()


async def test_ten_thousand_requests_on_four_connections_leave_nothing_behind(shared, tenants) -> None:
    load = Load(shared, tenants, random.Random(5))
    await load.run(callers=200, requests=10_000)
    assert load.faults == []
    assert sum(load.ends.values()) == 10_000
    assert load.ends["cancelled"] > 500, load.ends
    assert load.ends[ErrorCode.INTERNAL_ERROR] + load.ends[ErrorCode.STALE_CLAIM] > 200, load.ends
    assert load.ends["done"] > 8_000, load.ends
    assert load.ends[ErrorCode.UNAVAILABLE] == 0, load.ends
    assert await left_behind(shared, CONNECTIONS) == []


@pytest.mark.parametrize("kept", ["ROLE", "search_path"])
async def test_what_is_set_for_the_session_and_not_for_the_transaction_is_caught(
    shared, tenants, monkeypatch, kept: str
) -> None:
    entry = adapter._entry

    def for_the_session(tenant: TenantId) -> sql.SQL:
        return sql.SQL(entry(tenant).as_string().replace(f"SET LOCAL {kept}", f"SET {kept}"))

    monkeypatch.setattr(adapter, "_entry", for_the_session)
    load = Load(shared, tenants, random.Random(5))
    await load.run(callers=40, requests=400)
    assert load.faults != [] or load.ends[ErrorCode.INTERNAL_ERROR] > 100
    assert await left_behind(shared, CONNECTIONS) != []


async def test_a_lock_of_the_session_is_caught(shared, tenants) -> None:
    await shared.call(b"SELECT pg_advisory_lock(4711)")
    assert await left_behind(shared, CONNECTIONS) != []


async def test_work_in_turn_is_done_by_one_connection(shared, tenants) -> None:
    await left_behind(shared, CONNECTIONS)  # now there are four
    used = {(await shared.call(b"SELECT pg_backend_pid() AS pid"))[0]["pid"] for _ in range(10)}
    assert len(used) == 1


async def test_a_connection_that_has_met_many_tenants_makes_room_for_a_new_one(postgres, tenants) -> None:
    few = Database(postgres.dsn, connections_max=1, tenants_max=3)
    await few.open()
    try:
        seen = []
        for tenant in tenants[:9]:
            async with few.tenant(tenant) as tx:
                row = await tx.one(b"SELECT pg_backend_pid() AS pid")
            seen.append(row["pid"])
        assert len(set(seen)) == 3
        assert [seen.count(pid) for pid in dict.fromkeys(seen)] == [3, 3, 3]
    finally:
        await few.close()


async def test_code_that_forgets_to_become_a_tenant_reaches_nothing(database, tenants) -> None:
    """The service has no right to tenants' tables, nor has its search path any of them in it."""
    for table in (b"documents", b"docmill_pool.documents", f"t_{tenants[0]}.documents".encode()):
        for statement in (b"SELECT * FROM %b", b"DELETE FROM %b", b"TRUNCATE %b"):
            with pytest.raises(DocmillError) as caught:
                await database.call(statement.replace(b"%b", table))
            assert caught.value.code is ErrorCode.INTERNAL_ERROR


async def test_a_function_that_leaves_the_tenant_too_early_fails_and_writes_nothing(
    database, tenants
) -> None:
    forgetful = (
        b"DO $$ BEGIN PERFORM docmill.enter('%s'); PERFORM docmill.leave();"
        b" DELETE FROM docmill_pool.idempotency_keys; END $$".replace(b"%s", tenants[0].encode())
    )
    with pytest.raises(DocmillError):
        await database.call(forgetful)
    async with database.tenant(tenants[0]) as tx:
        assert len(await tx.all(b"SELECT FROM idempotency_keys")) == 1


async def test_a_tenant_cannot_become_another_or_more(database, tenants) -> None:
    """What was entered can only be left: `SET ROLE` asks who logged in, and that is the service."""
    for statement in (
        b"SET LOCAL ROLE docmill_owner",
        b"SET LOCAL ROLE docmill_tenants",
        b"SET LOCAL ROLE postgres",
        b"SET LOCAL session_authorization = postgres",
        b"SET LOCAL session_replication_role = replica",
        b"CREATE TEMPORARY TABLE documents (tenant text)",
        b"CREATE TABLE documents (tenant text)",
        b"ALTER TABLE runs DISABLE ROW LEVEL SECURITY",
    ):
        with pytest.raises(DocmillError):
            async with database.tenant(tenants[0]) as tx:
                await tx.run(statement)
    async with database.tenant(tenants[0]) as tx:
        await tx.run(b"SET LOCAL row_security = off")  # an error instead of rows, and not more rows
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await tx.all(b"SELECT FROM documents")


async def test_an_absent_tenant_is_not_found_and_costs_no_connection(shared) -> None:
    for _ in range(2 * CONNECTIONS):
        with pytest.raises(NotFound):
            async with shared.tenant(TenantId("nobody")) as tx:
                await tx.one(b"SELECT 1 AS x")
    assert await left_behind(shared, CONNECTIONS) == []
