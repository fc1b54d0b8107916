"""Every port, on the adapters that the settings name."""

# The ports are loaded with their adapters, and `docmill extract` has hardly any.
from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from docmill.domain.errors import DocmillError
from docmill.domain.limits.machine import EMBED_NICENESS, WORKER_CONNECTIONS_MAX
from docmill.domain.states import RunState
from docmill.ports.telemetry import SILENCE, Parts
from docmill.settings import Settings
from docmill.wiring.database import database_dsns
from docmill.wiring.reading import reader, require_locks

if TYPE_CHECKING:
    from docmill.adapters.postgres.database import Database
    from docmill.ports.archive import Archive
    from docmill.ports.batches import Batches
    from docmill.ports.blob_store import BlobStore
    from docmill.ports.catalog import Catalog
    from docmill.ports.claims import Claims
    from docmill.ports.deliveries import Deliveries
    from docmill.ports.document_store import DocumentStore
    from docmill.ports.embedder import Embedder
    from docmill.ports.event_history import EventHistory
    from docmill.ports.identity import Identity
    from docmill.ports.journal import Journal
    from docmill.ports.ledger import Ledger
    from docmill.ports.letters import Letters
    from docmill.ports.operations import Operations
    from docmill.ports.quotas import Quotas
    from docmill.ports.reader import Reader
    from docmill.ports.retention import Retention
    from docmill.ports.reviews import Reviews
    from docmill.ports.search_index import SearchIndex
    from docmill.ports.sight import Sight
    from docmill.ports.tenancy import Tenancy
    from docmill.ports.upkeep import Upkeep
    from docmill.ports.webhook_sender import WebhookSender
    from docmill.ports.webhooks import Webhooks


@dataclass(frozen=True, slots=True)
class Platform:
    """Every port, on the adapters that the settings name."""

    database: Database
    store: DocumentStore
    operations: Operations
    batches: Batches
    claims: Claims
    journal: Journal
    history: EventHistory
    tenancy: Tenancy
    identity: Identity
    catalog: Catalog
    archive: Archive
    index: SearchIndex
    blobs: BlobStore
    embedder: Embedder
    reader: Reader
    reviews: Reviews
    letters: Letters
    retention: Retention
    upkeep: Upkeep
    webhooks: Webhooks
    deliveries: Deliveries
    sender: WebhookSender
    sight: Sight
    quotas: Quotas
    ledger: Ledger


@asynccontextmanager
async def platform(
    settings: Settings,
    *,
    connections_max: int = WORKER_CONNECTIONS_MAX,
    embed_niceness: int = EMBED_NICENESS,
    parts: Parts = SILENCE,
    role: str | None = None,
) -> AsyncIterator[Platform]:
    """Open the ports, and close them at the end. ``parts`` is told what the reader's processes do.

    Nothing is asked yet: a database that is away shows at the first call. ``embed_niceness``: people
    wait for the vector of a query, nobody for that of an index. ``role`` is under what the ledger has this
    process;
    None keeps no books.
    """
    from docmill.adapters.postgres.claims import PostgresClaims
    from docmill.adapters.postgres.database import Database
    from docmill.stages.flow import SUBSCRIPTIONS

    await asyncio.to_thread(require_locks, settings)
    dsn, admin_dsn = database_dsns(settings)
    database = Database(dsn, connections_max=connections_max)
    claims = PostgresClaims(database, subscriptions=SUBSCRIPTIONS, starts_from=_starts_from())
    ports = _ports(
        settings, database, claims, admin_dsn=admin_dsn, embed_niceness=embed_niceness, parts=parts, role=role
    )
    await database.open()
    try:
        async with _books(ports.ledger):
            try:
                yield ports
            finally:  # within the books: what their processes spent is known when they have ended
                await ports.reader.close()
                await ports.embedder.close()
    finally:
        await claims.close()
        await database.close()


@asynccontextmanager
async def _books(ledger: Ledger) -> AsyncIterator[None]:
    """Write what this process spends while the body runs, and what is left when it has ended."""
    keeping = asyncio.create_task(ledger.keep())
    try:
        yield
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        with suppress(DocmillError):
            await ledger.flush()


def _ports(
    settings: Settings,
    database: Database,
    claims: Claims,
    *,
    admin_dsn: str | None,
    embed_niceness: int,
    parts: Parts,
    role: str | None,
) -> Platform:
    from docmill.adapters.httpcore_sender import HttpcoreSender
    from docmill.adapters.minilm import MiniLmEmbedder
    from docmill.adapters.objectstore import ObstoreBlobs
    from docmill.adapters.postgres.archive import PostgresArchive
    from docmill.adapters.postgres.batches import PostgresBatches
    from docmill.adapters.postgres.catalog import PostgresCatalog
    from docmill.adapters.postgres.deliveries import PostgresDeliveries
    from docmill.adapters.postgres.document_store import PostgresDocumentStore
    from docmill.adapters.postgres.event_history import PostgresEventHistory
    from docmill.adapters.postgres.journal import PostgresJournal
    from docmill.adapters.postgres.letters import PostgresLetters
    from docmill.adapters.postgres.operations import PostgresOperations
    from docmill.adapters.postgres.quotas import PostgresQuotas
    from docmill.adapters.postgres.retention import PostgresRetention
    from docmill.adapters.postgres.reviews import PostgresReviews
    from docmill.adapters.postgres.search_index import PostgresSearchIndex
    from docmill.adapters.postgres.sight import PostgresSight
    from docmill.adapters.postgres.tenancy import PostgresTenancy
    from docmill.adapters.postgres.upkeep import PostgresUpkeep
    from docmill.adapters.postgres.webhooks import PostgresWebhooks
    from docmill.adapters.tokens.seal import seal_of
    from docmill.domain.addresses import own_networks
    from docmill.engines.types import load_shipped
    from docmill.stages.flow import SUBSCRIPTIONS
    from docmill.stages.metering import charge

    store = PostgresDocumentStore(database, subscriptions=SUBSCRIPTIONS, starts_from=_starts_from())
    seal = partial(seal_of, settings.seal)
    return Platform(
        database=database,
        store=store,
        operations=PostgresOperations(database, store, subscriptions=SUBSCRIPTIONS),
        batches=PostgresBatches(database),
        claims=claims,
        journal=PostgresJournal(database),
        history=PostgresEventHistory(database),
        tenancy=PostgresTenancy(database, admin_dsn=admin_dsn),
        identity=identity(settings, database),
        catalog=PostgresCatalog(database, load_shipped()),
        archive=PostgresArchive(database),
        index=PostgresSearchIndex(database),
        blobs=ObstoreBlobs(settings.blobs),
        embedder=MiniLmEmbedder(niceness=embed_niceness, charge=charge),
        letters=PostgresLetters(database, claims),
        retention=PostgresRetention(database),
        webhooks=PostgresWebhooks(database, seal),
        deliveries=PostgresDeliveries(database, seal),
        sender=HttpcoreSender(own_networks(settings.webhook_allow)),
        upkeep=PostgresUpkeep(
            database, subscriptions=SUBSCRIPTIONS, stage_of=_stage_of(), admin_dsn=admin_dsn
        ),
        reader=reader(strict=settings.sandbox_required == "strict", parts=parts),
        reviews=PostgresReviews(database, subscriptions=SUBSCRIPTIONS),
        sight=PostgresSight(database),
        quotas=PostgresQuotas(database),
        ledger=_ledger(database, role),
    )


def _ledger(database: Database, role: str | None) -> Ledger:
    """Nobody but the sequencer keeps the books of the process that looks after all the others."""
    from docmill.adapters.cpu_clock import of_this_tree, of_this_tree_and_parent
    from docmill.adapters.postgres.ledger import PostgresLedger

    used = of_this_tree_and_parent if role == "sequencer" else of_this_tree
    return PostgresLedger(database, role=role, used=used)


def identity(settings: Settings, database: Database) -> Identity:
    """Who is asking. Libraries for passwords and signatures are loaded by the first that needs one."""
    from docmill.adapters.argon2_passwords import Argon2Passwords
    from docmill.adapters.oidc.issuers import OidcIssuers
    from docmill.adapters.postgres.issuers import PostgresIssuerRules
    from docmill.adapters.postgres.keys import PostgresKeys
    from docmill.adapters.postgres.people import PostgresPeople
    from docmill.adapters.postgres.sessions import PostgresSessions
    from docmill.adapters.postgres.signing_keys import PostgresSigningKeys
    from docmill.adapters.tokens.issued import SignedTokens
    from docmill.adapters.tokens.seal import seal_of
    from docmill.ports.identity import Identity

    keys, passwords = PostgresKeys(database), Argon2Passwords()
    return Identity(
        keys=keys,
        tokens=SignedTokens(PostgresSigningKeys(database), keys, partial(seal_of, settings.seal)),
        issuers=OidcIssuers(PostgresIssuerRules(database)),
        people=PostgresPeople(database, passwords),
        sessions=PostgresSessions(database, passwords),
    )


def _stage_of() -> dict[RunState, str]:
    from docmill.stages.flow import FLOW

    return {row.starts_from: row.name for row in FLOW if row.starts_from is not None}


def _starts_from() -> dict[str, RunState | None]:
    from docmill.stages.flow import FLOW

    return {row.name: row.starts_from for row in FLOW}


async def health(platform: Platform) -> Mapping[str, str]:
    """Each part's trouble in a sentence, "" when it is well."""
    return {
        "database": await _trouble(platform.database.call(b"SELECT 1")),
        "blobs": await _trouble(platform.blobs.check()),
    }


async def _trouble(call: Awaitable[object]) -> str:
    try:
        await call
    except DocmillError as error:
        return f"{error.info.sentence} {error.action}"
    return ""
