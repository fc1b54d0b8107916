"""`docmill doctor --deep`: what must hold in the store, looked at tenant by tenant, and what puts it
right."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from docmill.domain.documents import ArchiveRecord, Blob, Document
from docmill.domain.errors import NotFound
from docmill.domain.limits.flow import COLLECT_ASKED_BLOBS
from docmill.domain.limits.repair import DEEP_BLOBS_SAMPLE
from docmill.domain.states import RunState
from docmill.domain.tenants import TenantId
from docmill.ports.archive import Archive
from docmill.ports.blob_store import BlobStore
from docmill.ports.document_store import DocumentFilter, DocumentStore
from docmill.ports.upkeep import Fault, Upkeep
from docmill.stages.results import result_sha256


@dataclass(frozen=True, slots=True)
class Doctor:
    """Memory does not grow with the number of tenants or documents: one document at a time is looked at."""

    store: DocumentStore
    archive: Archive
    blobs: BlobStore
    upkeep: Upkeep

    async def tenant(self, tenant: TenantId, *, all_blobs: bool) -> AsyncIterator[Fault]:
        """Yield what is wrong with a tenant's documents.

        Every file is looked for; the bytes are compared with the hash for all, or for the newest
        DEEP_BLOBS_SAMPLE documents.
        """
        async for fault in self.upkeep.faults(tenant):
            yield fault
        seen = 0
        async for document in self.store.export(tenant, DocumentFilter()):
            async for fault in self._document(document, read=all_blobs or seen < DEEP_BLOBS_SAMPLE):
                yield fault
            seen += 1

    async def unneeded(self, tenant: TenantId, *, before: datetime) -> int:
        """Count the files that nothing refers to: the housekeeping deletes them in its time."""
        count, names = 0, []
        async for name in self.blobs.older_than(tenant, before):
            names.append(name)
            if len(names) == COLLECT_ASKED_BLOBS:
                count += len(await self.store.unreferenced(tenant, names))
                names = []
        return count + len(await self.store.unreferenced(tenant, names))

    async def mend(self, fault: Fault) -> bool:
        """Repair one fault; False when nothing can be done about it, or nothing is left to do."""
        if fault.check not in ("field_values", "version_missing"):
            return await self.upkeep.mend(fault)
        assert fault.tenant is not None
        assert fault.document is not None
        document = await self.store.load(fault.tenant, fault.document)
        if document.run.result is None:
            return False
        if fault.check == "field_values":
            await self.upkeep.rebuild_values(fault.tenant, fault.document, document.run.result)
        else:
            await self.archive.put(_record(document))
        return True

    async def _document(self, document: Document, *, read: bool) -> AsyncIterator[Fault]:
        tenant, run = document.tenant, document.run
        if not await self.upkeep.values_fit(tenant, document.id, run.result):
            detail = "the filterable values are not those of the result"
            yield Fault("field_values", detail, "make them anew", tenant, document.id)
        for detail in await self._versions(document):
            repair = "keep the version again" if detail == _NO_VERSION else ""
            yield Fault("version_missing" if repair else "version", detail, repair, tenant, document.id)
        for what, blob in (("file", document.blob), ("reading", run.reading)):
            if blob is not None and (detail := await self._blob(tenant, blob, read=read)):
                yield Fault("blob", f"{what} {blob.sha256}: {detail}", "", tenant, document.id)

    async def _versions(self, document: Document) -> list[str]:
        run = document.run
        faults: list[str] = []
        versions = {each.version: each for each in await self.archive.versions(document.tenant, document.id)}
        faults += [
            f"version {each.version} in the archive has not the hash that it was kept under"
            for each in versions.values()
            if result_sha256(each.result) != each.sha256
        ]
        if run.state is RunState.ARCHIVED and run.result is not None:
            own = versions.get(run.number)
            if own is None:
                faults.append(_NO_VERSION)
            elif own.sha256 != result_sha256(run.result):
                faults.append(f"version {own.version} in the archive is not the run's result")
        return faults

    async def _blob(self, tenant: TenantId, blob: Blob, *, read: bool) -> str:
        try:
            if not read:
                return "" if await self.blobs.has(tenant, blob.sha256) else "is not there"
            data = await self.blobs.get(tenant, blob.sha256)
        except NotFound:
            return "is not there"
        return "" if hashlib.sha256(data).hexdigest() == blob.sha256 else "has other bytes than its name says"


_NO_VERSION = "the run is archived, and the archive has no version of it"


def _record(document: Document) -> ArchiveRecord:
    run = document.run
    assert run.result is not None
    time = run.archived_at or run.updated_at
    sha256 = result_sha256(run.result)
    return ArchiveRecord(document.tenant, document.id, run.id, run.number, sha256, time, run.result)
