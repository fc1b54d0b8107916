"""The database that the settings name."""

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from docmill.settings import Settings

if TYPE_CHECKING:
    from docmill.adapters.embedded_postgres import EmbeddedPostgres


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


def migrate(
    settings: Settings,
    *,
    kinds: Collection[str] = ("pre", "post"),
    progress: Callable[[int, int], None] = lambda _done, _behind: None,
) -> int:
    """Bring the database up to this release; return how many migrations ran. Raises what the adapter does.

    ``progress`` hears how many of the tenants' schemas that were behind are done.
    """
    from docmill.adapters.postgres import schema

    _, admin_dsn = database_dsns(settings)
    return 0 if admin_dsn is None else asyncio.run(schema.migrate(admin_dsn, kinds=kinds, progress=progress))


async def pending_migrations(settings: Settings) -> Sequence[Mapping[str, object]]:
    """What `migrate` would run: number, name, scope, kind, and how many schemas lack it."""
    from docmill.adapters.postgres import schema

    _, admin_dsn = database_dsns(settings)
    return [] if admin_dsn is None else await schema.pending(admin_dsn)


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
