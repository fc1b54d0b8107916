"""Every version of every result, in a table that is only ever added to."""

from collections.abc import Sequence

from docmill.adapters.postgres.database import Database
from docmill.adapters.postgres.encoding import to_json
from docmill.adapters.postgres.queries import queries
from docmill.domain.documents import ArchiveRecord
from docmill.domain.errors import NotFound
from docmill.domain.events import DocumentId, RunId
from docmill.domain.tenants import TenantId


class PostgresArchive:
    """ports/archive.Archive. Raises DocmillError(erased) when the document was erased meanwhile."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sql = queries("archive")

    async def put(self, record: ArchiveRecord) -> None:
        await self._database.call(
            self._sql["put"],
            {
                "tenant": record.tenant,
                "document": record.document,
                "version": record.version,
                "run": record.run,
                "sha256": record.sha256,
                "time": record.time,
                "result": to_json(record.result),
            },
        )

    async def versions(self, tenant: TenantId, document: DocumentId) -> Sequence[ArchiveRecord]:
        async with self._database.tenant(tenant) as tx:
            rows = await tx.all(self._sql["versions"], {"tenant": tenant, "document": document})
        if not rows:
            raise NotFound
        return [
            ArchiveRecord(
                tenant=tenant,
                document=document,
                run=RunId(row["run"]),
                version=row["version"],
                sha256=row["sha256"],
                time=row["time"],
                result=row["result"],
            )
            for row in rows
            if row["version"] is not None
        ]
