"""ports/archive.Archive."""

import asyncio
from dataclasses import replace
from uuid import uuid4

import pytest
from tests.contract.documents import NOON, invoice, upload

from docmill.adapters.postgres.archive import PostgresArchive
from docmill.domain.documents import ArchiveRecord, Document
from docmill.domain.errors import DocmillError, ErrorCode, NotFound, VersionConflict
from docmill.domain.events import DocumentId


@pytest.fixture
def archive(database) -> PostgresArchive:
    return PostgresArchive(database)


@pytest.fixture
async def document(store, tenant) -> Document:
    accepted = await store.accept(upload(tenant))
    return await store.load(tenant, accepted.document)


def record(document: Document, version: int = 1, **given) -> ArchiveRecord:
    defaults = {"sha256": f"{version:064}", "time": NOON, "result": invoice()}
    return ArchiveRecord(
        tenant=document.tenant,
        document=document.id,
        run=document.run.id,
        version=version,
        **(defaults | given),
    )


async def test_versions_come_back_as_they_were_put_oldest_first(archive, document, tenant) -> None:
    precise = {"total": 1.10, "big": 12345678901234567, "text": "Größe\u0000\n", "nothing": None}
    first, second = record(document, 1), record(document, 2, result=precise)
    await archive.put(second)
    await archive.put(first)
    assert await archive.versions(tenant, document.id) == [first, second]


async def test_a_document_that_is_not_archived_yet_has_no_versions(archive, document, tenant) -> None:
    assert list(await archive.versions(tenant, document.id)) == []


async def test_the_same_record_twice_is_kept_once(archive, document, tenant) -> None:
    await asyncio.gather(*(archive.put(record(document)) for _ in range(5)))
    assert len(await archive.versions(tenant, document.id)) == 1


async def test_another_record_under_the_same_version_is_refused(archive, document, tenant) -> None:
    await archive.put(record(document))
    with pytest.raises(VersionConflict):
        await archive.put(record(document, sha256="f" * 64))
    assert await archive.versions(tenant, document.id) == [record(document)]


async def test_of_racing_records_under_one_version_exactly_one_is_kept(archive, document, tenant) -> None:
    racing = [record(document, sha256=f"{n:064}") for n in range(10)]
    answers = await asyncio.gather(*map(archive.put, racing), return_exceptions=True)
    assert [type(answer) for answer in answers].count(type(None)) == 1
    assert len(await archive.versions(tenant, document.id)) == 1


async def test_absent_and_foreign_documents_are_not_found(archive, document, neighbour) -> None:
    await archive.put(record(document))
    for tenant, wanted in ((document.tenant, DocumentId(uuid4())), (neighbour, document.id)):
        with pytest.raises(NotFound):
            await archive.versions(tenant, wanted)
        with pytest.raises(NotFound):
            await archive.put(replace(record(document), tenant=tenant, document=wanted))
    assert len(await archive.versions(document.tenant, document.id)) == 1


async def test_an_erased_document_keeps_no_versions_and_takes_none(archive, store, document, tenant) -> None:
    await archive.put(record(document))
    await store.erase(tenant, document.id, time=NOON)
    with pytest.raises(DocmillError) as caught:
        await archive.put(record(document, 2))
    assert caught.value.code is ErrorCode.ERASED
    assert list(await archive.versions(tenant, document.id)) == []


async def test_a_version_cannot_be_changed_even_by_the_tenant_s_own_role(
    archive, document, tenant, database
) -> None:
    await archive.put(record(document))
    with pytest.raises(VersionConflict):
        async with database.tenant(tenant) as tx:
            await tx.run(b"UPDATE archive SET sha256 = 'other'")
    assert await archive.versions(tenant, document.id) == [record(document)]
