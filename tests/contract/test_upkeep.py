"""`docmill doctor --deep`: each invariant with a planted fault that is found, and mended where that can be."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from tests.contract.documents import NOON, answer, upload

from docmill.adapters.objectstore import ObstoreBlobs
from docmill.adapters.postgres.archive import PostgresArchive
from docmill.adapters.postgres.upkeep import PostgresUpkeep
from docmill.domain.documents import ArchiveRecord, Blob
from docmill.domain.states import RunState
from docmill.domain.tenants import TenantId
from docmill.ports.upkeep import Fault
from docmill.stages.flow import FLOW, SUBSCRIPTIONS
from docmill.stages.repair import Doctor
from docmill.stages.results import result_sha256
from docmill.stages.worker import claiming_stages

RESULT = {"value": {"invoice_number": "INV-7", "total": {"amount": "119.00", "currency": "EUR"}}}
STAGE_OF = {row.starts_from: row.name for row in FLOW if row.starts_from is not None}


@dataclass
class Store:
    """A tenant with one archived document, and hands to break it."""

    tenant: TenantId
    schema: str
    document: Any
    file: Blob
    doctor: Doctor
    admin: psycopg.Connection[Any]

    def break_it(self, statement: str, *parameters: object) -> None:
        self.admin.execute(statement.replace("TENANT", self.schema), parameters)

    async def faults(self) -> list[Fault]:
        return [fault async for fault in self.doctor.tenant(self.tenant, all_blobs=True)]

    async def mended(self) -> dict[str, bool]:
        return {fault.check: await self.doctor.mend(fault) for fault in await self.faults()}


@pytest.fixture
def upkeep(database, postgres) -> PostgresUpkeep:
    return PostgresUpkeep(
        database, subscriptions=SUBSCRIPTIONS, stage_of=STAGE_OF, admin_dsn=postgres.admin_dsn
    )


@pytest.fixture
async def kept(store, claims, tenant, tier, database, upkeep, postgres, tmp_path) -> AsyncIterator[Store]:
    blobs, archive = ObstoreBlobs(f"file://{tmp_path}/blobs"), PostgresArchive(database)
    file = await blobs.put(tenant, b"the file")
    reading = await blobs.put(tenant, b"the reading")
    accepted = await store.accept(upload(tenant, blob=file, idempotency_key="k"))
    for _ in range(10):
        taken = await claims.take(claiming_stages(), worker="w", most=9)
        for claim in taken:
            given = {}
            if claim.stage == "read":
                given = {"reading": reading}
            if claim.stage in ("analyze", "validate"):
                given = {"result": RESULT}
            document = await store.load(tenant, accepted.document)
            if claim.stage == "archive":
                record = ArchiveRecord(
                    tenant, document.id, document.run.id, 1, result_sha256(RESULT), NOON, RESULT
                )
                await archive.put(record)
            await store.append(answer(claim, document, **given), claim=claim)
        if not taken:
            break
    with psycopg.connect(postgres.admin_dsn, autocommit=True) as admin:
        schema = "docmill_pool" if tier == "pool" else f"t_{tenant}"
        doctor = Doctor(store, archive, blobs, upkeep)
        made = Store(tenant, schema, accepted.document, file, doctor, admin)
        made.break_it(
            "INSERT INTO TENANT.chunks (tenant, document, ordinal, run, unit, text, words, model)"
            " SELECT tenant, document, 0, id, 'pt', 'x', 'x', 'm' FROM TENANT.runs WHERE document = %s",
            accepted.document,
        )
        yield made


async def test_a_store_that_is_well_has_no_faults(kept, store) -> None:
    assert (await store.load(kept.tenant, kept.document)).run.state is RunState.ARCHIVED
    assert await kept.faults() == []


FAULTS = {
    "stuck_run": "UPDATE TENANT.runs SET state = 'analyzed' WHERE document = %s",
    "event_without_claim": "DELETE FROM docmill.claims WHERE document = %s AND stage = 'index'",
    "claim_without_event": "UPDATE docmill.claims SET status = 'open', seq = -seq"
    " WHERE document = %s AND stage = 'archive'",
    "newest_run": "UPDATE TENANT.runs SET newest = false WHERE document = %s",
    "file_reference": "DELETE FROM TENANT.blob_references WHERE document = %s AND role = 'file'",
    "reading_reference": "DELETE FROM TENANT.blob_references WHERE document = %s AND role = 'reading'",
    "not_searchable": "DELETE FROM TENANT.chunks WHERE document = %s",
    "not_in_queue": "UPDATE TENANT.runs SET state = 'in_review', version = version + 1 WHERE document = %s",
    "lost_key": "UPDATE TENANT.idempotency_keys SET document = gen_random_uuid() WHERE document = %s",
    "field_values": "DELETE FROM TENANT.field_values WHERE document = %s AND path = 'total'",
    "version_missing": "DELETE FROM TENANT.archive WHERE document = %s",
}


@pytest.mark.parametrize("check", FAULTS)
async def test_a_planted_fault_is_found_and_mended(kept, check: str) -> None:
    kept.break_it(FAULTS[check], kept.document)
    found = await kept.faults()
    assert check in {fault.check for fault in found}
    fault = next(fault for fault in found if fault.check == check)
    assert (fault.tenant, bool(fault.repair), bool(fault.detail)) == (kept.tenant, True, True)
    assert (await kept.mended())[check] is True
    assert check not in {fault.check for fault in await kept.faults()}


async def test_what_is_left_of_an_erased_document_is_found_and_deleted(kept, store) -> None:
    await store.erase(kept.tenant, kept.document, time=NOON)
    assert await kept.faults() == []
    kept.break_it(
        "INSERT INTO TENANT.field_values (tenant, document, path, text) VALUES (%s, %s, 'a', 'b')",
        kept.tenant, kept.document,
    )  # fmt: skip
    kept.break_it(
        "UPDATE docmill.claims SET status = 'open' WHERE document = %s AND stage = 'read'", kept.document
    )
    assert {fault.check for fault in await kept.faults()} == {"remnant", "claim_of_erased"}
    assert set((await kept.mended()).values()) == {True}
    assert await kept.faults() == []


async def test_versions_that_are_not_what_they_were_are_found(kept) -> None:
    kept.break_it("ALTER TABLE TENANT.archive DISABLE TRIGGER archive_is_immutable")
    kept.break_it("UPDATE TENANT.archive SET sha256 = repeat('0', 64) WHERE document = %s", kept.document)
    kept.break_it("ALTER TABLE TENANT.archive ENABLE TRIGGER archive_is_immutable")
    faults = [fault for fault in await kept.faults() if fault.check == "version"]
    assert len(faults) == 2  # neither its own hash nor the run's result
    assert not any(fault.repair for fault in faults)


async def test_a_file_that_is_missing_or_has_other_bytes_is_found(kept, tmp_path) -> None:
    path = tmp_path / "blobs" / kept.tenant / kept.file.sha256[:2] / kept.file.sha256
    path.write_bytes(b"another file")
    (fault,) = await kept.faults()
    assert (fault.check, fault.document, "other bytes" in fault.detail) == ("blob", kept.document, True)
    path.unlink()
    (fault,) = await kept.faults()
    assert "is not there" in fault.detail


async def test_files_that_nobody_needs_are_counted(kept, store) -> None:
    from docmill import wiring

    assert await kept.doctor.unneeded(kept.tenant, before=wiring.now()) == 0
    await kept.doctor.blobs.put(kept.tenant, b"an orphan")
    assert await kept.doctor.unneeded(kept.tenant, before=wiring.now()) == 1


async def platform_checks(upkeep: PostgresUpkeep) -> list[str]:
    return [fault.check async for fault in upkeep.platform_faults()]


async def test_the_platforms_own_faults_are_found(kept, journal, upkeep) -> None:
    while await journal.sequence():
        pass
    assert await platform_checks(upkeep) == []
    kept.break_it("UPDATE docmill.sequencer SET last = last - 1")
    assert await platform_checks(upkeep) == ["sequencer"]
    (fault,) = [fault async for fault in upkeep.platform_faults()]
    assert await upkeep.mend(fault) is True
    assert await platform_checks(upkeep) == []
    kept.break_it("UPDATE docmill.journal SET position = 2 WHERE position = 3")
    assert await platform_checks(upkeep) == ["positions", "positions"]  # one twice, and one not at all
    kept.break_it(
        "UPDATE docmill.journal SET position = 3 WHERE ctid = (SELECT max(ctid) FROM docmill.journal WHERE position = 2)"
    )
    kept.break_it("GRANT SELECT ON TENANT.field_values TO docmill_service")
    assert await platform_checks(upkeep) == ["isolation"]
    kept.break_it("REVOKE SELECT ON TENANT.field_values FROM docmill_service")


async def test_messages_that_wait_for_a_clock_that_was_set_back_are_found(
    store, tenant, upkeep, kept
) -> None:
    await store.accept(upload(tenant))
    kept.break_it("UPDATE docmill.claims SET available_at = now() + interval '1 hour' WHERE status = 'open'")
    fault = next(iter([fault async for fault in upkeep.platform_faults() if fault.check == "late"]))
    assert await upkeep.mend(fault) is True
    assert "late" not in await platform_checks(upkeep)


async def test_looking_while_stages_work_finds_nothing(store, claims, kept, tenant) -> None:
    file = await kept.doctor.blobs.put(tenant, b"another file")
    await store.accept(upload(tenant, blob=file))
    assert await kept.faults() == []  # waiting
    (claim,) = await claims.take(claiming_stages(), worker="w", most=1)
    assert await kept.faults() == []  # in hand
    await claims.retry(claim, delay_s=3_600, code="unavailable", reason="x")
    assert await kept.faults() == []  # backing off
