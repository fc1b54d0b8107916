"""adapters/postgres/isolation: one hole of each kind is planted in a transaction, and has to be seen."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import psycopg
import pytest
from psycopg.rows import dict_row

from docmill.adapters.postgres import schema
from docmill.adapters.postgres.database import Database
from docmill.adapters.postgres.isolation import faults, isolation_faults
from docmill.adapters.postgres.schema import Migration, migrate, shipped
from docmill.adapters.postgres.tenancy import PostgresTenancy
from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.tenants import TenantId, Tier, tenant_id


@pytest.fixture(scope="module")
def place(postgres) -> Iterator[dict[str, str]]:
    """A database of its own with a silo, and two tenants of the pool."""
    name = "i" + uuid4().hex[:12]
    names = {key: tenant_id(key + uuid4().hex[:6]) for key in ("silo", "pool", "other")}
    with psycopg.connect(postgres.admin_dsn, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    dsn = postgres.admin_dsn.replace("dbname=docmill", f"dbname={name}")
    asyncio.run(_make(dsn, postgres.dsn.replace("dbname=docmill", f"dbname={name}"), names))
    yield names | {"dsn": dsn, "database": name}
    with psycopg.connect(postgres.admin_dsn, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        for tenant in names.values():
            admin.execute(f"DROP ROLE docmill_t_{tenant}")


async def _make(admin_dsn: str, dsn: str, names: dict[str, TenantId]) -> None:
    await migrate(admin_dsn)
    database = Database(dsn)
    tenancy = PostgresTenancy(database, admin_dsn=admin_dsn)
    for key, name in names.items():
        await tenancy.create(name, tier=Tier.SILO if key == "silo" else Tier.POOL)


@pytest.fixture
async def admin(place) -> AsyncIterator[psycopg.AsyncConnection]:
    """A superuser whose transaction leaves nothing."""
    connection = await psycopg.AsyncConnection.connect(place["dsn"], row_factory=dict_row)
    async with connection:
        yield connection
        await connection.rollback()


def as_names(text: str, place: dict[str, str]) -> str:
    return text.format(
        s=f"t_{place['silo']}",
        r=f"docmill_t_{place['silo']}",
        p=f"docmill_t_{place['pool']}",
        o=f"docmill_t_{place['other']}",
        pool=place["pool"],
        db=place["database"],
    )


ROLES = [
    ("ALTER ROLE docmill_service BYPASSRLS", "docmill_service: has rights beyond"),
    ("ALTER ROLE docmill_service SUPERUSER", "docmill_service: has rights beyond"),
    ("ALTER ROLE docmill_service CREATEROLE", "docmill_service: has rights beyond"),
    ("ALTER ROLE docmill_service CREATEDB", "docmill_service: has rights beyond"),
    ("ALTER ROLE docmill_owner BYPASSRLS", "docmill_owner: has rights beyond"),
    ("ALTER ROLE {r} BYPASSRLS", "{r}: has rights beyond"),
    ("ALTER ROLE {p} CREATEROLE", "{p}: has rights beyond"),
    ("ALTER ROLE {r} LOGIN", "{r}: may log in"),
    ("ALTER ROLE docmill_owner LOGIN", "docmill_owner: may log in"),
    ("ALTER ROLE {r} RENAME TO elsewhere", "{r}: there is no such role"),
    ("REVOKE docmill_tenants FROM {r}", "{r}: is not a member of docmill_tenants"),
    ("REVOKE docmill_pool_tenants FROM {p}", "{p}: is not a member of docmill_pool_tenants"),
    ("GRANT docmill_pool_tenants TO {r}", "{r}: is a member of docmill_pool_tenants too"),
    ("GRANT {r} TO {p}", "{p}: is a member of {r} too"),
    ("GRANT {p} TO {o} WITH INHERIT FALSE", "{o}: is a member of {p} too"),
    ("GRANT pg_read_all_data TO {p}", "{p}: is a member of pg_read_all_data too"),
    ("GRANT pg_read_all_data TO docmill_service", "docmill_service: is a member of pg_read_all_data too"),
    ("GRANT docmill_owner TO docmill_service", "docmill_service: is a member of docmill_owner too"),
    ("GRANT docmill_tenants TO docmill_service", "docmill_service: is a member of docmill_tenants too"),
    ("GRANT {r} TO docmill_service WITH INHERIT TRUE", "{r}: docmill_service may act as it"),
    ("GRANT {r} TO docmill_service WITH ADMIN OPTION", "{r}: docmill_service may act as it"),
    ("CREATE ROLE guest; GRANT {r} TO guest", "{r}: guest may act as it"),
    ("CREATE ROLE guest; GRANT docmill_owner TO guest", "docmill_owner: guest may act as it"),
    ("CREATE ROLE guest; GRANT docmill_pool_tenants TO guest", "docmill_pool_tenants: guest may act as it"),
    ("GRANT docmill_tenants TO {r} WITH SET TRUE", "docmill_tenants: {r} may act as it"),
    ("ALTER ROLE {r} SET search_path = public", "{r}: starts with settings"),
    (
        "GRANT SET ON PARAMETER session_replication_role TO docmill_service",
        "session_replication_role: may be set by",
    ),
]
RIGHTS = [
    ("ALTER TABLE {s}.runs OWNER TO {r}", "{s}.runs: does not belong to docmill_owner"),
    ("ALTER SCHEMA {s} OWNER TO {r}", "{s}: does not belong to docmill_owner"),
    ("GRANT USAGE ON SCHEMA {s} TO PUBLIC", "{s}: PUBLIC has USAGE"),
    ("GRANT USAGE ON SCHEMA {s} TO {p}", "{s}: {p} has USAGE"),
    ("GRANT USAGE ON SCHEMA {s} TO docmill_service", "{s}: docmill_service has USAGE"),
    ("GRANT USAGE ON SCHEMA docmill_pool TO {r}", "docmill_pool: {r} has USAGE"),
    ("GRANT CREATE ON SCHEMA {s} TO {r}", "{s}: {r} has CREATE"),
    ("GRANT CREATE ON SCHEMA docmill TO docmill_service", "docmill: docmill_service has CREATE"),
    ("GRANT CREATE ON SCHEMA public TO PUBLIC", "public: PUBLIC has CREATE"),
    ("GRANT TEMPORARY ON DATABASE {db} TO PUBLIC", "database: PUBLIC has TEMPORARY"),
    ("GRANT SELECT ON {s}.runs TO PUBLIC", "{s}.runs: PUBLIC has SELECT"),
    ("GRANT SELECT (state) ON {s}.runs TO PUBLIC", "{s}.runs.state: PUBLIC has SELECT"),
    ("GRANT SELECT ON {s}.runs TO {p}", "{s}.runs: {p} has SELECT"),
    ("GRANT SELECT ON docmill_pool.runs TO {p}", "docmill_pool.runs: {p} has SELECT"),
    ("GRANT SELECT ON {s}.runs TO docmill_service", "{s}.runs: docmill_service has SELECT"),
    (
        "GRANT TRUNCATE ON docmill_pool.runs TO docmill_pool_tenants",
        "docmill_pool.runs: docmill_pool_tenants has TRUNCATE",
    ),
    ("GRANT REFERENCES ON {s}.runs TO {r}", "{s}.runs: {r} has REFERENCES"),
    ("GRANT SELECT ON {s}.runs TO {r} WITH GRANT OPTION", "{s}.runs: {r} has SELECT"),
    ("GRANT SELECT ON docmill.api_keys TO docmill_tenants", "docmill.api_keys: docmill_tenants has SELECT"),
    (
        "GRANT SELECT (worker) ON docmill.claims TO docmill_tenants",
        "docmill.claims.worker: docmill_tenants has SELECT",
    ),
    ("GRANT SELECT ON docmill.claims TO docmill_tenants", "docmill.claims: docmill_tenants has SELECT"),
    ("GRANT INSERT ON docmill.journal TO docmill_tenants", "docmill.journal: docmill_tenants has INSERT"),
    ("GRANT SELECT ON docmill.journal TO {r}", "docmill.journal: {r} has SELECT"),
    ("GRANT USAGE ON SEQUENCE docmill.journal_seq TO PUBLIC", "docmill.journal_seq: PUBLIC has USAGE"),
    ("GRANT EXECUTE ON FUNCTION docmill.enter TO PUBLIC", "docmill.enter(text): PUBLIC may run it"),
    ("CREATE TYPE docmill.mood AS ENUM ('a')", "docmill.mood: PUBLIC may use the type"),
    ("CREATE DOMAIN {s}.digits AS text", "{s}.digits: PUBLIC may use the type"),
    (
        "ALTER DEFAULT PRIVILEGES FOR ROLE docmill_owner GRANT SELECT ON TABLES TO PUBLIC",
        "PUBLIC gets SELECT on what is made",
    ),
    (
        "ALTER DEFAULT PRIVILEGES FOR ROLE docmill_owner GRANT EXECUTE ON FUNCTIONS TO PUBLIC",
        "PUBLIC gets EXECUTE on what is made",
    ),
    ("SELECT lo_create(4711)", "large object 4711"),
    (
        "GRANT EXECUTE ON FUNCTION pg_read_file(text) TO docmill_service",
        "pg_read_file(text): docmill_service may run it",
    ),
    ("GRANT SELECT ON pg_authid TO {p}", "pg_authid: {p} has SELECT"),
    ("CREATE SCHEMA t_{pool}", "t_{pool}: the tenant is of the pool, and has a schema"),
    ("ALTER SCHEMA {s} RENAME TO elsewhere", "{s}: the tenant has no schema"),
]
POLICIES = [
    ("ALTER TABLE {s}.runs NO FORCE ROW LEVEL SECURITY", "{s}.runs: row-level security is not forced"),
    (
        "ALTER TABLE docmill_pool.runs DISABLE ROW LEVEL SECURITY",
        "docmill_pool.runs: row-level security is not forced",
    ),
    (
        "ALTER TABLE docmill.claims DISABLE ROW LEVEL SECURITY",
        "docmill.claims: row-level security is not forced",
    ),
    ("CREATE TABLE {s}.bare (tenant text)", "{s}.bare: row-level security is not forced"),
    ("DROP POLICY tenant_only ON docmill_pool.runs", "docmill_pool.runs: there is no policy"),
    ("CREATE POLICY hole ON {s}.runs USING (true)", "{s}.runs: the policy hole lets through more"),
    (
        "CREATE POLICY hole ON docmill_pool.runs TO docmill_pool_tenants USING (tenant <> '')",
        "docmill_pool.runs: the policy hole lets",
    ),
    (
        "ALTER POLICY tenant_only ON docmill_pool.runs WITH CHECK (true)",
        "docmill_pool.runs: the policy tenant_only lets",
    ),
    ("ALTER POLICY tenant_only ON {s}.runs TO {r}, {p}", "{s}.runs: the policy tenant_only lets"),
    (
        "CREATE POLICY service_all ON docmill_pool.runs TO docmill_service USING (true)",
        "docmill_pool.runs: the policy service_all lets",
    ),
    (
        "ALTER POLICY service_all ON docmill.journal TO docmill_service, docmill_tenants",
        "docmill.journal: the policy service_all lets",
    ),
    (
        "CREATE UNIQUE INDEX hole ON docmill_pool.documents (blob_sha256)",
        "docmill_pool.documents: the unique index hole",
    ),
    (
        (
            "CREATE UNIQUE INDEX all_ids ON docmill_pool.documents (id);"
            "ALTER TABLE docmill_pool.runs ADD CONSTRAINT hole FOREIGN KEY (document) REFERENCES docmill_pool.documents (id)"
        ),
        "docmill_pool.runs: the foreign key hole",
    ),
]
CODE = [
    (
        (
            "CREATE FUNCTION docmill.hole() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';"
            "ALTER FUNCTION docmill.hole OWNER TO docmill_owner"
        ),
        "docmill.hole(): runs as its owner, and its search path is not pinned",
    ),
    (
        "CREATE FUNCTION docmill.hole() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = public AS 'SELECT 1'",
        "docmill.hole(): runs as its owner, and its search path is not pinned",
    ),
    (
        "CREATE FUNCTION docmill.hole() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT 1'",
        "docmill.hole(): runs as its owner, who is not docmill_owner",
    ),
    (
        "CREATE FUNCTION docmill.hole() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "docmill.hole(): does not belong",
    ),
    (
        "GRANT EXECUTE ON FUNCTION docmill.ensure_partitions TO docmill_tenants",
        "docmill.ensure_partitions(): runs as its owner, and tenants may",
    ),
    ("ALTER FUNCTION docmill.leave() SET role = docmill_owner", "docmill.leave(): changes its role"),
    ("ALTER FUNCTION docmill.current_tenant() LEAKPROOF", "docmill.current_tenant(): is called leakproof"),
    (
        "CREATE FUNCTION docmill.hole(text) RETURNS text LANGUAGE internal AS 'lower'",
        "docmill.hole(text): is written in internal",
    ),
    (
        "CREATE FUNCTION public.hole() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "hole(): is not in the schema docmill",
    ),
    ("CREATE VIEW {s}.hole AS SELECT * FROM {s}.runs", "{s}.hole: the view shows what its owner sees"),
    (
        "CREATE VIEW docmill.hole WITH (security_invoker = false) AS SELECT 1 AS x",
        "docmill.hole: the view shows",
    ),
    ("CREATE MATERIALIZED VIEW docmill.hole AS SELECT * FROM {s}.runs", "docmill.hole: a materialized view"),
    ("CREATE RULE hole AS ON INSERT TO {s}.runs DO INSTEAD NOTHING", "{s}.runs: the rule hole rewrites"),
    (
        "CREATE TRIGGER hole BEFORE UPDATE ON {s}.runs FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "{s}.runs: the trigger hole calls",
    ),
    ("CREATE TABLE public.hole () INHERITS ({s}.runs)", "{s}.runs: has parts in another schema"),
]
OUTSIDE = [
    ("CREATE EXTENSION pg_trgm", "extension pg_trgm: is not one"),
    ("CREATE LANGUAGE untrusted HANDLER plpgsql_call_handler", "language untrusted: is not trusted"),
    ("CREATE FOREIGN DATA WRAPPER hole", "foreign-data wrapper hole"),
    (
        ("CREATE FOREIGN DATA WRAPPER hole; CREATE SERVER elsewhere FOREIGN DATA WRAPPER hole;"
         "CREATE FOREIGN TABLE {s}.far (tenant text) SERVER elsewhere"),
        "{s}.far: a foreign table has no policies",
    ),
    ("CREATE FOREIGN DATA WRAPPER hole; CREATE SERVER elsewhere FOREIGN DATA WRAPPER hole", "foreign server elsewhere"),
    ("CREATE PUBLICATION hole FOR TABLE {s}.runs", "publication hole: sends {s}.runs"),
    ("CREATE TABLE public.hole (tenant text)", "public.hole: is not part of an extension"),
    (
        ("CREATE FUNCTION docmill.hole() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';"
         "CREATE EVENT TRIGGER hole ON ddl_command_end EXECUTE FUNCTION docmill.hole()"),
        "hole: an event trigger",
    ),
]  # fmt: skip


async def test_a_platform_as_it_is_made_has_no_fault(admin) -> None:
    assert await faults(admin) == []


@pytest.mark.parametrize(("planted", "fault"), [*ROLES, *RIGHTS, *POLICIES, *CODE, *OUTSIDE])
async def test_every_planted_hole_is_named(admin, place, planted: str, fault: str) -> None:
    for statement in as_names(planted, place).split(";"):
        await admin.execute(statement)
    found = await faults(admin)
    assert any(as_names(fault, place) in each for each in found), found


async def test_a_view_that_asks_with_the_rights_of_its_reader_is_no_hole(admin, place) -> None:
    await admin.execute(
        as_names("CREATE VIEW {s}.own WITH (security_invoker) AS SELECT * FROM {s}.runs", place)
    )
    await admin.execute(as_names("ALTER VIEW {s}.own OWNER TO docmill_owner", place))
    assert await faults(admin) == []


async def test_a_migration_that_opens_a_hole_does_not_end_well(place, monkeypatch) -> None:
    hole = Migration(900, "hole", "tenant", "pre", b"CREATE POLICY hole ON runs USING (true)")
    release = (*shipped(), hole)
    with monkeypatch.context() as patched:
        patched.setattr(schema, "shipped", lambda: release)
        for _ in range(2):  # it is found again by a run that has nothing to do
            with pytest.raises(DocmillError, match=r"docmill_pool\.runs: the policy hole") as caught:
                await migrate(place["dsn"])
            assert caught.value.code is ErrorCode.SETTING_INVALID
    with psycopg.connect(place["dsn"], autocommit=True) as admin:
        for name in ("docmill_pool", f"t_{place['silo']}"):
            admin.execute(f"DROP POLICY hole ON {name}.runs")
        admin.execute("DELETE FROM docmill.migrations WHERE number = 900")
    assert await isolation_faults(place["dsn"]) == []
