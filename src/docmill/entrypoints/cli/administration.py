"""What `tenants`, `keys` and `replay` share: they act on the platform's own database, so they need no key."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from docmill.domain.errors import Unavailable
from docmill.entrypoints.cli.options import settings_of

if TYPE_CHECKING:
    from docmill.wiring import Platform

_CONNECTIONS = 2


@asynccontextmanager
async def administered(home: Path | None) -> AsyncIterator["Platform"]:
    """Open the ports of the platform in ``home``. Raises Unavailable when its database is not running."""
    from docmill import wiring

    settings = settings_of(home)
    embedded = wiring.embedded_database(settings)
    if embedded is not None and not embedded.running():
        raise Unavailable(
            f"The database in {settings.home} is not running.",
            action="Start `docmill up` first, or name the platform's folder with --home or DOCMILL_HOME.",
        )
    wiring.require_database(settings)
    async with wiring.platform(settings, connections_max=_CONNECTIONS) as platform:
        yield platform
