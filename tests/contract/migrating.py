"""A migration in a process of its own, slow enough to be killed on its way."""

import asyncio
import sys

from docmill.adapters.postgres import schema
from docmill.adapters.postgres.schema import Migration, migrate, shipped

SLOW = Migration(
    900, "slow", "tenant", "pre", b"SELECT pg_sleep(0.05); CREATE TABLE extra (tenant text NOT NULL)"
)


def with_added(*added: Migration) -> None:
    """Have this process's release ship more."""
    release = (*shipped(), *added)
    schema.shipped = lambda: release


if __name__ == "__main__":
    with_added(SLOW)
    asyncio.run(migrate(sys.argv[1]))
