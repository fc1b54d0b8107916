"""A real PostgreSQL for the contracts: one embedded server a session, fresh tables of the platform for each test."""

import asyncio
import itertools
import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
from tests.homes import home_folder

from docmill.adapters.embedded_postgres import EmbeddedPostgres
from docmill.adapters.postgres.claims import PostgresClaims
from docmill.adapters.postgres.database import Database
from docmill.adapters.postgres.document_store import PostgresDocumentStore
from docmill.adapters.postgres.journal import PostgresJournal
from docmill.adapters.postgres.schema import migrate
from docmill.adapters.postgres.tenancy import PostgresTenancy
from docmill.domain.tenants import TenantId, Tier, tenant_id
from docmill.stages.flow import FLOW, SUBSCRIPTIONS

STARTS_FROM = {stage.name: stage.starts_from for stage in FLOW}
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def short_home() -> Iterator[Path]:
    with home_folder() as home:
        yield home


@pytest.fixture(scope="session")
def postgres(short_home: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(short_home)
    server.start()
    asyncio.run(migrate(server.admin_dsn))
    yield server
    # At once: hundreds of tenants' files need not be written down in order.
    os.kill(int((short_home / "postgres/data/postmaster.pid").read_text().split()[0]), signal.SIGQUIT)
    server.stop()


@pytest.fixture
async def database(postgres: EmbeddedPostgres) -> AsyncIterator[Database]:
    with psycopg.connect(postgres.admin_dsn, autocommit=True) as admin:
        admin.execute(
            "DELETE FROM docmill.claims; DELETE FROM docmill.turns; DELETE FROM docmill.lanes;"
            " DELETE FROM docmill.expected_costs; DELETE FROM docmill.ledger; DELETE FROM docmill.allowances"
        )
        admin.execute("DELETE FROM docmill.journal; UPDATE docmill.sequencer SET last = 0")
    opened = Database(postgres.dsn, connections_max=8)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def store(database: Database) -> PostgresDocumentStore:
    return PostgresDocumentStore(database, subscriptions=SUBSCRIPTIONS, starts_from=STARTS_FROM)


@pytest.fixture
async def claims(database: Database) -> AsyncIterator[PostgresClaims]:
    made = PostgresClaims(database, subscriptions=SUBSCRIPTIONS, starts_from=STARTS_FROM)
    yield made
    await made.close()


@pytest.fixture
def journal(database: Database) -> PostgresJournal:
    return PostgresJournal(database)


@pytest.fixture
def tenancy(database: Database, postgres: EmbeddedPostgres) -> PostgresTenancy:
    return PostgresTenancy(database, admin_dsn=postgres.admin_dsn)


@pytest.fixture(params=list(Tier))
def tier(request: pytest.FixtureRequest) -> Tier:
    return Tier(request.param)


@pytest.fixture
async def tenant(tenancy: PostgresTenancy, tier: Tier) -> TenantId:
    return await _new(tenancy, tier)


@pytest.fixture
async def neighbour(tenancy: PostgresTenancy, tier: Tier) -> TenantId:
    """Another tenant of the same tier: in the pool its rows are in the same tables."""
    return await _new(tenancy, tier)


async def _new(tenancy: PostgresTenancy, tier: Tier) -> TenantId:
    name = tenant_id(f"{tier}{next(_numbers)}")
    return (await tenancy.create(name, tier=tier)).id
