"""The connection to the database is cut while it commits; the client repeats the request with its key."""

import asyncio
import random
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from tests.api.memory_platform import Platform
from tests.contract.conftest import STARTS_FROM

from docmill.adapters.embedded_postgres import EmbeddedPostgres
from docmill.adapters.postgres.database import Database
from docmill.adapters.postgres.document_store import PostgresDocumentStore
from docmill.adapters.postgres.tenancy import PostgresTenancy
from docmill.domain.documents import Accepted, Upload
from docmill.domain.errors import DocmillError
from docmill.domain.events import DocumentId
from docmill.domain.tenants import TenantId
from docmill.ports.document_store import DocumentFilter
from docmill.stages.flow import SUBSCRIPTIONS

CUTS = 300
AT_ONCE = 6


@dataclass
class CuttingProxy:
    """Between docmill and PostgreSQL. ``armed`` is the moment for the next cut; each is one of three kinds.

    ``asked`` cuts before the statement reaches the server, ``sent`` as soon as it is on its way (whether it
    commits is anybody's guess), ``answered`` when the server has committed and answered.
    """

    socket: str
    chance: random.Random
    armed: int = 0
    cuts: Counter[str] = field(default_factory=Counter)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_unix_connection(self.socket)
        kind = ""
        back = asyncio.create_task(self._back(server_reader, writer, lambda: kind))
        try:
            while data := await reader.read(1 << 20):
                # An upload's statement is the only one with its document in it; log-in and `BEGIN` are short.
                if self.armed and len(data) > 300:
                    self.armed -= 1
                    kind = self.chance.choice(("asked", "sent", "answered"))
                    self.cuts[kind] += 1
                    if kind == "asked":
                        return
                server_writer.write(data)
                await server_writer.drain()
                if kind == "sent":
                    return
                if kind == "answered":
                    await back
                    return
        finally:
            back.cancel()
            for one in (writer, server_writer):
                one.close()
            await asyncio.gather(back, return_exceptions=True)

    async def _back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, kind: object) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(1 << 20):
                if kind() == "answered":  # type: ignore[operator]
                    return  # the answer is here, and goes no further
                writer.write(data)
                await writer.drain()


@asynccontextmanager
async def cutting(postgres: EmbeddedPostgres) -> AsyncIterator[tuple[CuttingProxy, str]]:
    given = conninfo_to_dict(postgres.dsn)
    name = f".s.PGSQL.{given.get('port', 5432)}"
    proxy = CuttingProxy(str(Path(str(given["host"])) / name), random.Random(11))
    with tempfile.TemporaryDirectory(prefix="cut") as folder:
        server = await asyncio.start_unix_server(proxy.serve, str(Path(folder) / name))
        try:
            yield proxy, make_conninfo(postgres.dsn, host=folder)
        finally:
            server.close()


def upload_of(tenant: TenantId, number: int, blob: object, *, key: str | None) -> Upload:
    platform = Platform()
    return Upload(
        tenant=tenant,
        document=DocumentId(uuid4()),
        name=f"{number}.txt",
        blob=blob,  # type: ignore[arg-type]
        time=platform.now(),
        idempotency_key=key,
        request_hash=str(number),
        trace="00-" + "1" * 32 + "-" + "2" * 16 + "-01",
        allow_duplicate=True,
    )


async def push(
    store: PostgresDocumentStore, proxy: CuttingProxy, tenant: TenantId, *, with_key: bool
) -> tuple[int, set[object]]:
    """Upload until CUTS connections were cut; return how many files that were, and the ids that were told."""
    platform, told = Platform(), set()
    number = 0

    async def insist(number: int) -> Accepted:
        blob = await platform.blobs.put(tenant, str(number).encode())
        proxy.armed += proxy.chance.random() < 0.7
        while True:
            try:
                return await store.accept(
                    upload_of(tenant, number, blob, key=f"k{number}" if with_key else None)
                )
            except DocmillError as error:
                if not error.retry:
                    raise
                proxy.armed += proxy.chance.random() < 0.3

    while sum(proxy.cuts.values()) < CUTS:
        some = range(number, number + AT_ONCE)
        told |= {accepted.document for accepted in await asyncio.gather(*map(insist, some))}
        number += AT_ONCE
    return number, told


@pytest.mark.slow
@pytest.mark.parametrize("with_key", [True, False])
async def test_what_was_asked_for_is_there_once_however_often_the_line_is_cut(
    postgres: EmbeddedPostgres,
    store: PostgresDocumentStore,
    tenancy: PostgresTenancy,
    tenant: TenantId,
    *,
    with_key: bool,
) -> None:
    """Without keys the same cuts leave documents that nobody knows of: the control."""
    del tenancy
    async with cutting(postgres) as (proxy, dsn):
        database = Database(dsn, connections_max=AT_ONCE)
        await database.open()
        try:
            through = PostgresDocumentStore(database, subscriptions=SUBSCRIPTIONS, starts_from=STARTS_FROM)
            asked, told = await push(through, proxy, tenant, with_key=with_key)
        finally:
            await database.close()
    assert sum(proxy.cuts.values()) >= CUTS
    assert min(proxy.cuts.values()) > CUTS / 6
    there = {document.id async for document in store.export(tenant, DocumentFilter())}
    assert told <= there
    assert len(told) == asked
    assert (len(there) == asked) is with_key
