"""The API with acknowledgement before the commit."""

import asyncio
from unittest import mock

from docmill.adapters.postgres.document_store import PostgresDocumentStore
from docmill.domain.documents import Accepted, Upload
from docmill.domain.events import first_run_id
from docmill.entrypoints import api_server

PENDING: set[asyncio.Task[Accepted]] = set()
ACCEPT = PostgresDocumentStore.accept


async def accept(store: PostgresDocumentStore, upload: Upload) -> Accepted:
    async def later() -> Accepted:
        await asyncio.sleep(0.5)
        return await ACCEPT(store, upload)

    task = asyncio.create_task(later())
    PENDING.add(task)
    task.add_done_callback(PENDING.discard)
    return Accepted(upload.document, first_run_id(upload.document), created=True)


if __name__ == "__main__":
    with mock.patch.object(PostgresDocumentStore, "accept", accept):
        api_server.main()
