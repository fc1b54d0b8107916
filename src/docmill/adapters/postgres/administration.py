"""The connection that may change roles and the schema."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
from psycopg.rows import dict_row

from docmill.adapters.postgres.database import Connection, Row, translated
from docmill.adapters.postgres.queries import queries


@asynccontextmanager
async def administration(admin_dsn: str) -> AsyncIterator[Connection]:
    """A connection that alone may change the schema while it is open."""
    with translated():
        connection = await psycopg.AsyncConnection[Row].connect(
            admin_dsn, autocommit=True, row_factory=dict_row, prepare_threshold=None
        )
        async with connection:
            await connection.execute(queries("migrations")["lock"])
            yield connection
