"""ports/tenancy.Tenancy, and that the database itself keeps tenants apart."""

import asyncio
from dataclasses import replace
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from tests.contract.documents import upload

from docmill.adapters.postgres.database import tenant_role
from docmill.adapters.postgres.isolation import isolation_faults
from docmill.adapters.postgres.tenancy import PostgresTenancy
from docmill.domain.errors import DocmillError, NotFound
from docmill.domain.reading_limits import DEFAULT
from docmill.domain.tenants import TenantId, Tier, tenant_id


async def test_a_tenants_limits_are_lowered_and_put_back(tenancy, tenant, neighbour, database) -> None:
    assert await tenancy.reading_limits(tenant) == DEFAULT
    lowered = await tenancy.lower_limits(tenant, {"pages_max": 7, "child_set_wall_s_max": 1.5})
    assert (lowered.pages_max, lowered.child_set_wall_s_max) == (7, 1.5)
    assert await tenancy.reading_limits(tenant) == lowered
    assert await PostgresTenancy(database).reading_limits(tenant) == lowered
    assert await tenancy.reading_limits(neighbour) == DEFAULT
    assert await tenancy.lower_limits(tenant, {"pages_max": None}) == replace(
        lowered, pages_max=DEFAULT.pages_max
    )


@pytest.mark.parametrize(
    "wanted", [{"pages_max": 10**9}, {"pages_max": 0}, {"pages_max": 1.5}, {"pages": 1}, {"pages_max": True}]
)
async def test_a_limit_that_cannot_be_is_refused_and_nothing_changes(tenancy, tenant, wanted) -> None:
    with pytest.raises(DocmillError, match="request_invalid"):
        await tenancy.lower_limits(tenant, wanted)
    assert await tenancy.reading_limits(tenant) == DEFAULT


async def test_limits_of_an_absent_tenant_are_not_found(tenancy) -> None:
    for asked in (
        tenancy.reading_limits(TenantId("nobody")),
        tenancy.lower_limits(TenantId("nobody"), {"pages_max": 1}),
    ):
        with pytest.raises(NotFound):
            await asked


async def test_what_another_release_stored_is_never_above_the_limit(tenancy, tenant, postgres) -> None:
    with psycopg.connect(postgres.admin_dsn) as admin:
        stored = """{"pages_max": 1000000000, "forgotten": 1}"""
        admin.execute("UPDATE docmill.tenants SET reading_limits = %s WHERE id = %s", (stored, tenant))
    assert await tenancy.reading_limits(tenant) == DEFAULT


async def test_a_tenant_is_made_once(tenancy, tenant, tier) -> None:
    with pytest.raises(DocmillError, match="tenant_exists"):
        await tenancy.create(tenant, tier=tier)
    name = tenant_id("twice" + uuid4().hex[:8])
    made = await asyncio.gather(*(tenancy.create(name, tier=tier) for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(one, DocmillError) for one in made) == 3
    assert name in {one.id for one in await tenancy.tenants()}


async def test_nothing_is_left_of_a_tenant_that_could_not_be_made(tenancy, postgres) -> None:
    name = tenant_id("half" + uuid4().hex[:8])
    with psycopg.connect(postgres.admin_dsn, autocommit=True) as admin:
        schema = sql.Identifier(f"t_{name}")
        admin.execute(sql.SQL("CREATE SCHEMA {}").format(schema))  # in the way of the tenant's own
        with pytest.raises(DocmillError):
            await tenancy.create(name, tier=Tier.SILO)
        admin.execute(sql.SQL("DROP SCHEMA {}").format(schema))
    assert name not in {one.id for one in await tenancy.tenants()}
    await tenancy.create(name, tier=Tier.SILO)


async def test_rows_of_an_absent_tenant_are_not_found(store) -> None:
    with pytest.raises(NotFound):
        await store.accept(upload(TenantId("absent")))
    with pytest.raises(NotFound):
        await store.counts(TenantId("absent"))


async def test_a_tenants_role_sees_its_own_rows_without_any_where(store, database, tenant, neighbour) -> None:
    await store.accept(upload(tenant))
    await store.accept(upload(neighbour))
    for table in (b"documents", b"runs", b"blob_references", b"docmill.journal", b"docmill.claims"):
        async with database.tenant(tenant) as tx:
            rows = await tx.all(b"SELECT tenant FROM " + table)
        assert {row["tenant"] for row in rows} == {tenant}


async def test_a_tenants_role_cannot_write_a_neighbours_row(database, tenant, neighbour) -> None:
    with pytest.raises(DocmillError):
        async with database.tenant(tenant) as tx:
            await tx.run(
                b"INSERT INTO idempotency_keys (tenant, key, request_hash, document, run)"
                b" VALUES (%s, 'k', '', gen_random_uuid(), gen_random_uuid())",
                [neighbour],
            )


async def test_the_service_alone_reaches_no_tenants_rows(database, tenant, postgres) -> None:
    with psycopg.connect(postgres.dsn, autocommit=True) as service:
        for table in (f"t_{tenant}.documents", "docmill_pool.documents"):
            with pytest.raises(psycopg.errors.Error):
                service.execute(f"SELECT * FROM {table}")
        for forbidden in ("CREATE TABLE docmill.x ()", "SET ROLE docmill_owner", "SET ROLE postgres"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                service.execute(forbidden)


async def test_the_role_ends_with_the_transaction(database, tenant) -> None:
    async with database.tenant(tenant) as tx:
        row = await tx.one(b"SELECT current_user AS who")
        assert row == {"who": tenant_role(tenant)}
    for _ in range(10):
        async with database.service() as tx:
            assert await tx.one(b"SELECT current_user AS who, current_setting('search_path') AS path") == {
                "who": "docmill_service",
                "path": "public",
            }


async def test_the_catalog_shows_no_fault(tenant, neighbour, postgres) -> None:
    assert await isolation_faults(postgres.admin_dsn) == []


@pytest.mark.parametrize(
    ("planted", "mended"),
    [
        ("ALTER TABLE {s}.runs NO FORCE ROW LEVEL SECURITY", "ALTER TABLE {s}.runs FORCE ROW LEVEL SECURITY"),
        (
            "ALTER TABLE {s}.runs DISABLE ROW LEVEL SECURITY",
            "ALTER TABLE {s}.runs ENABLE ROW LEVEL SECURITY",
        ),
        ("GRANT SELECT ON {s}.runs TO PUBLIC", "REVOKE SELECT ON {s}.runs FROM PUBLIC"),
        ("CREATE POLICY hole ON {s}.runs USING (true)", "DROP POLICY hole ON {s}.runs"),
        ("CREATE TABLE {s}.bare (x int)", "DROP TABLE {s}.bare"),
        ("GRANT SELECT ON {s}.runs TO docmill_service", "REVOKE SELECT ON {s}.runs FROM docmill_service"),
        ("ALTER ROLE docmill_service BYPASSRLS", "ALTER ROLE docmill_service NOBYPASSRLS"),
        ("ALTER ROLE {r} BYPASSRLS", "ALTER ROLE {r} NOBYPASSRLS"),
        (
            "GRANT {r} TO docmill_service WITH INHERIT TRUE",
            "GRANT {r} TO docmill_service WITH INHERIT FALSE",
        ),
        (
            "ALTER TABLE docmill.claims DISABLE ROW LEVEL SECURITY",
            "ALTER TABLE docmill.claims ENABLE ROW LEVEL SECURITY",
        ),
    ],
)
async def test_the_catalog_shows_every_planted_hole(tenant, tier, postgres, planted, mended) -> None:
    names = {
        "s": f"t_{tenant}" if tier is Tier.SILO else "docmill_pool",
        "r": tenant_role(tenant),
    }
    with psycopg.connect(postgres.admin_dsn, autocommit=True) as admin:
        admin.execute(planted.format(**names))
        try:
            assert await isolation_faults(postgres.admin_dsn) != []
        finally:
            admin.execute(mended.format(**names))
    assert await isolation_faults(postgres.admin_dsn) == []
