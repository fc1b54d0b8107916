"""adapters/postgres/database: what becomes of the driver's errors, and of a server that goes away."""

import asyncio
import os
import signal
from pathlib import Path

import psycopg
import pytest

from docmill.adapters.embedded_postgres import EmbeddedPostgres
from docmill.adapters.postgres.database import Database, translated
from docmill.adapters.postgres.reachable import require_reachable
from docmill.adapters.postgres.schema import migrate
from docmill.domain.errors import DocmillError, ErrorCode, NotFound, StaleClaim, Unavailable
from docmill.domain.tenants import TenantId


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (psycopg.errors.DiskFull("no space"), ErrorCode.STORAGE_FULL),
        (psycopg.OperationalError("gone"), ErrorCode.UNAVAILABLE),
        (psycopg.errors.AdminShutdown("stopping"), ErrorCode.UNAVAILABLE),
        (psycopg.errors.QueryCanceled("too long"), ErrorCode.UNAVAILABLE),
        (psycopg.errors.DeadlockDetected("dead"), ErrorCode.UNAVAILABLE),
        (psycopg.errors.UniqueViolation("Key (name)=(secret)"), ErrorCode.INTERNAL_ERROR),
    ],
)
def test_an_error_of_the_driver_has_a_code_and_quotes_nothing(error: Exception, code: ErrorCode) -> None:
    with pytest.raises(DocmillError) as caught, translated():
        raise error
    assert caught.value.code == code
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("database", "says"),
    [("absent", 'refuses: database "absent" does not exist'), ("postgres", "has no tables of docmill")],
)
def test_a_server_that_has_no_platform_says_which_setting_is_wrong(
    postgres: EmbeddedPostgres, database: str, says: str
) -> None:
    with pytest.raises(DocmillError) as caught:
        require_reachable(postgres.dsn.replace("dbname=docmill", f"dbname={database}"), variable="THE_URL")
    assert caught.value.code is ErrorCode.SETTING_INVALID
    assert caught.value.detail.startswith("THE_URL: the database at ")
    assert caught.value.detail.endswith(says)
    require_reachable(postgres.dsn, variable="THE_URL")


async def test_the_schemas_own_errors_keep_their_kind(database: Database) -> None:
    for state, kind in (("DM001", StaleClaim), ("DM004", NotFound)):
        with pytest.raises(kind):
            await database.call(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{state}'; END $$".encode())


async def test_a_body_that_raises_leaves_nothing(database: Database, tenant: TenantId) -> None:
    insert = (
        b"INSERT INTO idempotency_keys (tenant, key, request_hash, document, run)"
        b" VALUES (%s, 'k', '', gen_random_uuid(), gen_random_uuid())"
    )

    async def write_and_fail() -> None:
        async with database.tenant(tenant) as tx:
            await tx.run(insert, [tenant])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await write_and_fail()
    async with database.tenant(tenant) as tx:
        assert await tx.all(b"SELECT key FROM idempotency_keys") == []


async def test_a_caller_that_is_cancelled_leaves_a_usable_pool(database: Database) -> None:
    for _ in range(12):
        sleeping = asyncio.create_task(database.call(b"SELECT pg_sleep(30)"))
        await asyncio.sleep(0.02)
        sleeping.cancel()
        await asyncio.gather(sleeping, return_exceptions=True)
    assert await database.call(b"SELECT 1 AS x") == [{"x": 1}]


async def test_a_deadlock_is_lost_and_tried_again_inside(database: Database, postgres) -> None:
    with psycopg.connect(postgres.admin_dsn, autocommit=True) as admin:
        admin.execute("INSERT INTO docmill.lanes VALUES ('one', 0), ('two', 0)")
    first = b"SELECT docmill.test_lock_both('one', 'two')"
    second = b"SELECT docmill.test_lock_both('two', 'one')"
    with psycopg.connect(postgres.admin_dsn, autocommit=True) as admin:
        admin.execute(
            "CREATE OR REPLACE FUNCTION docmill.test_lock_both(a text, b text) RETURNS int LANGUAGE plpgsql AS $$"
            " BEGIN UPDATE docmill.lanes SET virtual_time = virtual_time + 1 WHERE lane = a;"
            " PERFORM pg_sleep(0.3);"
            " UPDATE docmill.lanes SET virtual_time = virtual_time + 1 WHERE lane = b; RETURN 1; END $$;"
            "GRANT EXECUTE ON FUNCTION docmill.test_lock_both TO docmill_service"
        )
    try:
        await asyncio.gather(database.call(first), database.call(second))
        rows = await database.call(b"SELECT virtual_time AS t FROM docmill.lanes")
        assert [row["t"] for row in rows] == [2, 2]
    finally:
        with psycopg.connect(postgres.admin_dsn, autocommit=True) as admin:
            admin.execute("DROP FUNCTION docmill.test_lock_both")


async def test_a_server_that_was_killed_and_is_back_is_found_by_itself(short_home: Path) -> None:
    server = EmbeddedPostgres(short_home / "killed")
    server.start()
    await migrate(server.admin_dsn)
    database = Database(server.dsn, connections_max=3)
    await database.open()
    try:
        assert await database.call(b"SELECT 1 AS x") == [{"x": 1}]
        os.kill(
            int((short_home / "killed/postgres/data/postmaster.pid").read_text().split()[0]), signal.SIGKILL
        )
        await _until_its_backends_notice(database)
        with pytest.raises(Unavailable):
            await database.call(b"SELECT 1 AS x")
        server.start()
        assert await database.call(b"SELECT 1 AS x") == [{"x": 1}]
    finally:
        await database.close()
        server.stop()


async def _until_its_backends_notice(database: Database) -> None:
    """A backend outlives its postmaster for a moment."""
    async with asyncio.timeout(10):
        while True:
            try:
                await database.call(b"SELECT 1 AS x")
            except Unavailable:
                return
            await asyncio.sleep(0.05)
