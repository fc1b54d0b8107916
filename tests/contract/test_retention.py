"""ports/retention.Retention, and that erasing reaches every table."""

from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from tests.contract.documents import NOON, upload

from docmill.adapters.postgres.retention import PostgresRetention
from docmill.domain.errors import DocmillError, NotFound, VersionConflict
from docmill.domain.tenants import TenantId
from docmill.ports.retention import RetentionRules
from docmill.stages.collect import Collector

# Tables of the platform that name documents. They have ids, hashes, counts and codes, and nothing of what is in a
# document; they stay after it was erased. One that is not here has to be erased, or to be thought about.
WITHOUT_CONTENT = {"claims", "deliveries", "journal", "ledger", "delivery_attempts"}


@pytest.fixture
def retention(database) -> PostgresRetention:
    return PostgresRetention(database)


async def test_rules_are_versioned(retention, tenant) -> None:
    assert (await retention.rules(tenant)).version == 0
    first = await retention.put_rules(tenant, RetentionRules(30), expected=0, by="key:1")
    assert (first.version, first.default_days, first.changed_by) == (1, 30, "key:1")
    for expected in (0, 2):
        with pytest.raises(VersionConflict):
            await retention.put_rules(tenant, RetentionRules(40), expected=expected, by="key:1")
    second = await retention.put_rules(
        tenant, RetentionRules(None, {"invoice": 9}), expected=None, by="key:2"
    )
    assert (second.version, second.default_days, second.types) == (2, None, {"invoice": 9})
    assert await retention.rules(tenant) == second


async def test_the_first_version_is_not_written_over_a_version_that_is_not_there(retention, tenant) -> None:
    with pytest.raises(VersionConflict):
        await retention.put_rules(tenant, RetentionRules(40), expected=3, by="key:1")


async def test_what_is_due_is_old_enough_for_its_type_and_not_held(
    store, retention, tenant, neighbour, database
) -> None:
    old, typed, held, fresh = [
        (await store.accept(replace(upload(tenant), time=NOON - timedelta(days=days)))).document
        for days in (40, 41, 42, 5)
    ]
    await store.accept(replace(upload(neighbour), time=NOON - timedelta(days=99)))
    async with database.tenant(tenant) as tx:
        await tx.run(b"UPDATE runs SET type_name = 'invoice' WHERE document = %s", (typed,))
    await retention.place_hold(tenant, held, reason="Case 1", by="key:1")
    assert await retention.due(tenant, now=NOON, most=9) == []
    await retention.put_rules(tenant, RetentionRules(30, {"invoice": 365}), expected=None, by="key:1")
    assert await retention.due(tenant, now=NOON, most=9) == [old]
    await retention.put_rules(tenant, RetentionRules(None, {"invoice": 30}), expected=None, by="key:1")
    assert await retention.due(tenant, now=NOON, most=9) == [typed]
    await retention.lift_hold(tenant, held)
    await retention.put_rules(tenant, RetentionRules(4), expected=None, by="key:1")
    assert await retention.due(tenant, now=NOON, most=9) == [held, typed, old, fresh]
    assert await retention.due(tenant, now=NOON, most=2) == [held, typed]
    assert await retention.due(neighbour, now=NOON, most=9) == []


async def test_the_housekeeping_erases_what_is_due_with_a_receipt(
    store, retention, journal, tenant, tenancy
) -> None:
    from tests.fakes import MemoryBlobs

    document = (await store.accept(replace(upload(tenant), time=NOON - timedelta(days=40)))).document
    await retention.put_rules(tenant, RetentionRules(30), expected=None, by="key:1")
    collector = Collector(tenancy, store, journal, MemoryBlobs(), lambda: NOON, 0.0, retention=retention)
    assert (await collector.collect()).documents >= 1  # other tests have tenants with rules, too
    assert (await retention.receipt(tenant, document)).erased_by == "retention"
    assert (await collector.collect()).documents == 0


async def test_a_held_document_is_erased_by_nobody(store, retention, tenant) -> None:
    document = (await store.accept(upload(tenant))).document
    hold = await retention.place_hold(tenant, document, reason="Case 1", by="key:1")
    assert await retention.hold(tenant, document) == hold
    with pytest.raises(DocmillError, match="legal_hold"):
        await store.erase(tenant, document, time=NOON)
    assert (await store.load(tenant, document)).erased_at is None
    await retention.lift_hold(tenant, document)
    await store.erase(tenant, document, time=NOON)
    with pytest.raises(DocmillError, match="erased"):
        await retention.place_hold(tenant, document, reason="Case 2", by="key:1")


async def test_another_tenants_document_is_neither_held_nor_receipted(
    store, retention, tenant, neighbour
) -> None:
    document = (await store.accept(upload(tenant))).document
    for refused in (retention.hold, retention.lift_hold, retention.receipt):
        with pytest.raises(NotFound):
            await refused(neighbour, document)
    with pytest.raises(NotFound):
        await retention.place_hold(neighbour, document, reason="x", by="key:1")


async def test_a_receipt_tells_what_was_deleted_and_what_other_documents_keep(
    store, retention, tenant
) -> None:
    first = upload(tenant)
    second = replace(upload(tenant), blob=first.blob, allow_duplicate=True)
    await store.accept(first)
    await store.accept(second)
    with pytest.raises(DocmillError, match="not_ready"):
        await retention.receipt(tenant, first.document)
    await store.erase(tenant, first.document, time=NOON, by="key:1")
    receipt = await retention.receipt(tenant, first.document)
    assert (receipt.erased_by, receipt.erased_at) == ("key:1", NOON)
    assert receipt.deleted is not None
    assert (receipt.deleted["results"], receipt.deleted["blob_references"], receipt.deleted["messages"]) == (
        1,
        1,
        1,
    )
    assert receipt.blobs[0].shared is True
    assert receipt.needed == {first.blob.sha256}
    assert set(receipt.left.values()) == {0}
    await store.erase(tenant, second.document, time=NOON, by="key:1")
    assert (await retention.receipt(tenant, first.document)).needed == frozenset()


async def test_a_row_that_erasing_left_behind_is_seen_in_the_receipt(
    store, retention, tenant, database
) -> None:
    document = (await store.accept(upload(tenant))).document
    await store.erase(tenant, document, time=NOON)
    async with database.tenant(tenant) as tx:
        await tx.run(b"INSERT INTO field_values VALUES (%s, %s, 'total', '119.00')", (tenant, document))
    assert (await retention.receipt(tenant, document)).left["field_values"] == 1


def columns_named_document(admin: psycopg.Connection, schema: str) -> dict[str, str]:
    rows = admin.execute(
        "SELECT c.relname, coalesce(obj_description(c.oid, 'pg_class'), '') FROM pg_class c"
        " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'document' AND NOT a.attisdropped"
        " WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = %s::regnamespace",
        (schema,),
    )
    return dict(rows.fetchall())


async def test_erasing_empties_every_table_that_names_documents(
    store, retention, tenant, tier, postgres
) -> None:
    """Every table of a tenant is filled with a row of the document, whatever it is for, and looked at afterwards."""
    document = (await store.accept(upload(tenant, idempotency_key="k"))).document
    schema = "docmill_pool" if tier == "pool" else f"t_{tenant}"
    with psycopg.connect(postgres.admin_dsn, autocommit=True) as admin:
        tables = columns_named_document(admin, schema)
        filled = {name for name in tables if name in ("blob_references", "runs", "idempotency_keys")}
        # A hold would keep the document; there is none when it goes.
        filled |= {name for name in tables.keys() - {"holds"} if _fill(admin, schema, name, tenant, document)}
        await store.erase(tenant, document, time=NOON)
        for name, comment in tables.items():
            left = admin.execute(
                f"SELECT count(*) FROM {schema}.{name} WHERE tenant = %s AND document = %s",
                (tenant, document),
            ).fetchone()
            assert left is not None
            assert left[0] == 0 or comment.startswith("kept after erasure: "), name
    assert {"field_values", "chunks", "archive"} <= filled
    assert set((await retention.receipt(tenant, document)).left.values()) == {0}


def _fill(admin: psycopg.Connection, schema: str, table: str, tenant: TenantId, document: object) -> bool:
    """Write a row with something in every column that wants it; False where that cannot be guessed."""
    columns = admin.execute(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = %s AND table_name = %s"
        " AND is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO' AND is_generated = 'NEVER'",
        (schema, table),
    ).fetchall()
    some = {"uuid": str(document), "text": "x", "integer": 1, "bigint": 1, "boolean": True, "json": "{}"}
    some |= {"jsonb": "{}", "timestamp with time zone": NOON, "double precision": 1.0, "date": NOON.date()}
    some |= {"tsvector": "x", "smallint": 1, "numeric": 1, "ARRAY": "{}"}
    values = {name: some.get(kind) for name, kind in columns} | {"tenant": tenant, "document": document}
    names, places = ", ".join(values), ", ".join(["%s"] * len(values))
    try:
        admin.execute(f"INSERT INTO {schema}.{table} ({names}) VALUES ({places})", list(values.values()))
    except (psycopg.errors.IntegrityError, psycopg.errors.DataError):
        return False
    return True


def test_a_table_of_the_platform_that_names_documents_has_nothing_of_them(postgres) -> None:
    with psycopg.connect(postgres.admin_dsn, autocommit=True) as admin:
        assert set(columns_named_document(admin, "docmill")) <= WITHOUT_CONTENT
