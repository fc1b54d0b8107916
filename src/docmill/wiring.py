"""URL → adapter: the only module that imports both stages and adapters.

Everything heavy is imported inside the function that needs it: `docmill extract` loads no database
driver, and a worker no OCR engine.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from docmill.domain.errors import DocmillError
from docmill.domain.limits import EMBED_NICENESS, WORKER_CONNECTIONS_MAX
from docmill.domain.states import RunState
from docmill.domain.types import DocumentType
from docmill.ports.archive import Archive
from docmill.ports.blob_store import BlobStore
from docmill.ports.catalog import Catalog
from docmill.ports.claims import Claims
from docmill.ports.document_store import DocumentStore
from docmill.ports.embedder import Embedder
from docmill.ports.journal import Journal
from docmill.ports.reader import Reader
from docmill.ports.search_index import SearchIndex
from docmill.ports.telemetry import Telemetry
from docmill.ports.tenancy import Tenancy
from docmill.settings import Settings

if TYPE_CHECKING:
    from docmill.adapters.bookmark import FileBookmark
    from docmill.adapters.embedded_postgres import EmbeddedPostgres
    from docmill.adapters.postgres.database import Database
    from docmill.stages.collect import Collector
    from docmill.stages.inprocess import InProcess
    from docmill.stages.runner import Runner


@dataclass(frozen=True, slots=True)
class Platform:
    """Every port, on the adapters that the settings name."""

    database: "Database"
    store: DocumentStore
    claims: Claims
    journal: Journal
    tenancy: Tenancy
    catalog: Catalog
    archive: Archive
    index: SearchIndex
    blobs: BlobStore
    embedder: Embedder
    reader: Reader


@asynccontextmanager
async def platform(
    settings: Settings, *, connections_max: int = WORKER_CONNECTIONS_MAX, embed_niceness: int = EMBED_NICENESS
) -> AsyncIterator[Platform]:
    """Open the ports, and close them at the end.

    Nothing is asked yet: a database that is away shows at the first call. ``embed_niceness``: people
    wait for the vector of a query, nobody for that of an index.
    """
    from docmill.adapters.postgres.claims import PostgresClaims
    from docmill.adapters.postgres.database import Database
    from docmill.stages.flow import SUBSCRIPTIONS

    await asyncio.to_thread(require_locks, settings)
    dsn, admin_dsn = database_dsns(settings)
    database = Database(dsn, connections_max=connections_max)
    claims = PostgresClaims(database, subscriptions=SUBSCRIPTIONS, starts_from=_starts_from())
    ports = _ports(settings, database, claims, admin_dsn=admin_dsn, embed_niceness=embed_niceness)
    await database.open()
    try:
        yield ports
    finally:
        await ports.reader.close()
        await ports.embedder.close()
        await claims.close()
        await database.close()


def _ports(
    settings: Settings, database: "Database", claims: Claims, *, admin_dsn: str | None, embed_niceness: int
) -> Platform:
    from docmill.adapters.minilm import MiniLmEmbedder
    from docmill.adapters.objectstore import ObstoreBlobs
    from docmill.adapters.postgres.archive import PostgresArchive
    from docmill.adapters.postgres.catalog import PostgresCatalog
    from docmill.adapters.postgres.document_store import PostgresDocumentStore
    from docmill.adapters.postgres.journal import PostgresJournal
    from docmill.adapters.postgres.search_index import PostgresSearchIndex
    from docmill.adapters.postgres.tenancy import PostgresTenancy
    from docmill.engines.types import load_shipped
    from docmill.stages.flow import SUBSCRIPTIONS
    from docmill.stages.metering import charge

    return Platform(
        database=database,
        store=PostgresDocumentStore(database, subscriptions=SUBSCRIPTIONS, starts_from=_starts_from()),
        claims=claims,
        journal=PostgresJournal(database),
        tenancy=PostgresTenancy(database, admin_dsn=admin_dsn),
        catalog=PostgresCatalog(database, load_shipped()),
        archive=PostgresArchive(database),
        index=PostgresSearchIndex(database),
        blobs=ObstoreBlobs(settings.blobs),
        embedder=MiniLmEmbedder(niceness=embed_niceness, charge=charge),
        reader=reader(strict=settings.sandbox_required == "strict"),
    )


def _starts_from() -> dict[str, RunState | None]:
    from docmill.stages.flow import FLOW

    return {row.name: row.starts_from for row in FLOW}


def reader(*, warm: bool = False, strict: bool = False) -> Reader:
    """The sandboxed reader; its processes start with the first file that needs them, or now when ``warm``."""
    from docmill.adapters.ocr import OcrProcess
    from docmill.adapters.sandbox import SandboxedReader

    sandboxed = SandboxedReader(ocr=OcrProcess(), strict=strict)
    if warm:
        sandboxed.warm()
    return sandboxed


def require_locks(settings: Settings) -> None:
    """Where all locks are required, raise DocmillError(part_missing) naming those that do not go on."""
    if settings.sandbox_required == "strict":
        from docmill.adapters.sandbox import require_all

        require_all()


@cache
def locks_on() -> Mapping[str, bool]:
    """Which locks go on here, tried once in this process's life."""
    from docmill.adapters.sandbox import locks

    return {lock.name: lock.on for lock in locks()}


def runner(platform: Platform, telemetry: Telemetry) -> "Runner":
    """The runner of all stages that claim messages."""
    from docmill.engines.extraction.layered import classify_and_extract
    from docmill.engines.rules import judge
    from docmill.engines.search import chunks_of
    from docmill.stages.analyze import analyze
    from docmill.stages.archive import archive
    from docmill.stages.index import index
    from docmill.stages.read import read
    from docmill.stages.runner import Runner
    from docmill.stages.validate import validate

    blobs, store, catalog = platform.blobs, platform.store, platform.catalog
    handlers = {
        "read": partial(
            read,
            reader=platform.reader,
            blobs=blobs,
            store=store,
            limits_of=platform.tenancy.reading_limits,
        ),
        "analyze": partial(
            analyze,
            blobs=blobs,
            catalog=catalog,
            analyst=classify_and_extract,
            reader=platform.reader,
            limits_of=platform.tenancy.reading_limits,
        ),
        "validate": partial(validate, store=store, catalog=catalog, judge=judge),
        "archive": partial(archive, archive=platform.archive),
        "index": partial(
            index, blobs=blobs, embedder=platform.embedder, search=platform.index, chunker=chunks_of
        ),
    }
    return Runner(handlers, store, platform.claims, telemetry, now)


def collector(platform: Platform) -> "Collector":
    """The housekeeping of all tenants."""
    from docmill.stages.collect import Collector

    return Collector(platform.tenancy, platform.store, platform.journal, platform.blobs, now)


def in_process(reader: Reader, types: Sequence[DocumentType], *, requested: str | None = None) -> "InProcess":
    """The same stages without server or database."""
    from docmill.engines.extraction.layered import classify_and_extract
    from docmill.engines.rules import judge
    from docmill.stages.inprocess import InProcess

    return InProcess(reader, types, classify_and_extract, judge, now(), requested)


def now() -> datetime:
    return datetime.now(UTC)


def bookmark(settings: Settings, name: str) -> "FileBookmark":
    """Where the follower of this name is in the journal."""
    from docmill.adapters.bookmark import FileBookmark

    return FileBookmark(Path(settings.home) / "run" / f"{name}.position")


def embedded_database(settings: Settings) -> "EmbeddedPostgres | None":
    """The database that docmill starts itself, or None where the URL names a server."""
    if settings.database_url != "embedded:":
        return None
    from docmill.adapters.embedded_postgres import EmbeddedPostgres

    return EmbeddedPostgres(settings.home)


def database_dsns(settings: Settings) -> tuple[str, str | None]:
    """What docmill works as, and who may make tenants and change the schema."""
    embedded = embedded_database(settings)
    if embedded is not None:
        return embedded.dsn, embedded.admin_dsn
    return settings.database_url, settings.admin_database_url or None


def migrate(settings: Settings) -> int:
    """Bring the database up to this release; return how many migrations ran. Raises what the adapter does."""
    from docmill.adapters.postgres import schema

    _, admin_dsn = database_dsns(settings)
    return 0 if admin_dsn is None else asyncio.run(schema.migrate(admin_dsn))


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


def require_database(settings: Settings, *, as_admin: bool = False) -> None:
    """Ask the database that the settings name once; one that docmill starts itself needs no asking.

    ``as_admin`` asks as the role that migrates, where there is one. Raises Unavailable and setting_invalid.
    """
    if settings.database_url == "embedded:":
        return
    from docmill.adapters.postgres.reachable import require_reachable

    if as_admin and settings.admin_database_url:
        require_reachable(
            settings.admin_database_url, variable="DOCMILL_ADMIN_DATABASE_URL", with_tables=False
        )
    else:
        require_reachable(settings.database_url, variable="DOCMILL_DATABASE_URL")


def examine_database(settings: Settings) -> Iterator[tuple[str, str, bool]]:
    """Yield (what, what was found, whether that is well) for the database, without starting it."""
    embedded = embedded_database(settings)
    if embedded is not None and not embedded.running():
        embedded.examine()
        yield "database", "embedded, not running: `docmill up` starts it", True
        return
    from docmill.adapters.postgres.reachable import require_reachable

    dsn, admin_dsn = database_dsns(settings)
    require_reachable(dsn, variable="DOCMILL_DATABASE_URL")
    yield "database", "answers", True
    if admin_dsn is None:
        return
    from docmill.adapters.postgres.isolation import isolation_faults

    faults = asyncio.run(isolation_faults(admin_dsn))
    yield "tenants kept apart", "; ".join(faults) or "every table has its policy", not faults
