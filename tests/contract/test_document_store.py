"""ports/document_store.DocumentStore, for a tenant in the pool and for one in a silo."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from tests.contract.documents import NOON, answer, blob, children_of, invoice, made_up_claim, upload

from docmill.adapters.postgres import filters
from docmill.adapters.postgres.changes import append_parameters, closing
from docmill.adapters.postgres.database import Database
from docmill.adapters.postgres.queries import queries
from docmill.adapters.postgres.state_hash import state_hash
from docmill.domain.documents import Change
from docmill.domain.errors import DocmillError, NotFound, StaleClaim, VersionConflict
from docmill.domain.events import DocumentId
from docmill.domain.states import RunState
from docmill.ports.document_store import DocumentFilter, ValueFilter
from docmill.stages.flow import SUBSCRIPTIONS

STAGES = ("archive", "validate", "analyze", "read", "index")


async def work_off(store, claims, *, most=1_000, **given) -> int:
    """Answer messages until there are none; return how many."""
    for count in range(most):
        taken = await claims.take(STAGES, worker="w", most=1)
        if not taken:
            return count
        document = await store.load(taken[0].event.tenant, taken[0].event.document)
        await store.append(answer(taken[0], document, **given.get(taken[0].stage, {})), claim=taken[0])
    return most


async def read_one(store, claims, tenant):
    """Return a document and the claim on its first message."""
    accepted = await store.accept(upload(tenant))
    (claim,) = await claims.take(["read"], worker="w", most=1)
    return await store.load(tenant, accepted.document), claim


async def test_a_document_goes_from_upload_to_archived(store, claims, tenant) -> None:
    accepted = await store.accept(upload(tenant, batch="b", requested_type="invoice"))
    assert await work_off(store, claims) == 5
    done = await store.load(tenant, accepted.document)
    assert (done.run.state, done.run.version, done.run.number) == (RunState.ARCHIVED, 5, 1)
    assert done.run.result == invoice()
    assert (done.batch, done.requested_type, done.media_type) == ("b", "invoice", "application/pdf")
    assert done.run.indexed_at is not None
    assert [event.type.value for event in await store.journal(tenant, done.id)][:4] == [
        "DocumentUploaded",
        "DocumentRead",
        "DocumentAnalyzed",
        "DocumentValidated",
    ]
    assert await store.runs(tenant, done.id) == [done.run]


async def test_twenty_parallel_uploads_with_one_key_make_one_document(store, tenant) -> None:
    file = blob()
    uploads = [
        upload(tenant, blob=file, idempotency_key="k", request_hash="h", allow_duplicate=True)
        for _ in range(20)
    ]
    answers = await asyncio.gather(*(store.accept(one) for one in uploads))
    assert len({one.document for one in answers}) == 1
    assert [one.created for one in answers].count(True) == 1
    assert await store.counts(tenant) == {"uploaded": 1}


async def test_a_key_that_comes_back_with_another_request_is_refused(store, tenant) -> None:
    await store.accept(upload(tenant, idempotency_key="k", request_hash="one"))
    with pytest.raises(DocmillError, match="idempotency_mismatch"):
        await store.accept(upload(tenant, idempotency_key="k", request_hash="other"))
    assert await store.counts(tenant) == {"uploaded": 1}


async def test_a_key_is_forgotten_after_its_hours(store, tenant, database) -> None:
    first = await store.accept(upload(tenant, idempotency_key="k", request_hash="one"))
    async with database.tenant(tenant) as tx:
        await tx.run(b"UPDATE idempotency_keys SET created_at = now() - interval '25 hours'")
    second = await store.accept(upload(tenant, idempotency_key="k", request_hash="other"))
    assert second.created
    assert second.document != first.document


async def test_one_tenants_key_is_not_the_other_ones(store, tenant, neighbour) -> None:
    first = await store.accept(upload(tenant, idempotency_key="k", request_hash="one"))
    second = await store.accept(upload(neighbour, idempotency_key="k", request_hash="two"))
    assert first.created
    assert second.created


async def test_the_same_bytes_are_taken_once_even_at_the_same_time(store, tenant) -> None:
    file = blob()
    answers = await asyncio.gather(*(store.accept(upload(tenant, blob=file)) for _ in range(10)))
    (created,) = (one for one in answers if one.created)
    assert {one.duplicate_of for one in answers if not one.created} == {created.document}
    again = await store.accept(upload(tenant, blob=file, allow_duplicate=True))
    assert again.created


async def test_an_erased_document_and_a_member_of_an_archive_are_no_duplicates(store, claims, tenant) -> None:
    document, claim = await read_one(store, claims, tenant)
    members = children_of(document.id, 1)
    await store.append(answer(claim, document, state=RunState.UNPACKED, children=members), claim=claim)
    assert (await store.accept(upload(tenant, blob=members[0].blob))).created
    await store.erase(tenant, document.id, time=NOON)
    assert (await store.accept(upload(tenant, blob=document.blob))).created


async def test_another_tenants_bytes_are_no_duplicate(store, tenant, neighbour) -> None:
    file = blob()
    await store.accept(upload(tenant, blob=file))
    assert (await store.accept(upload(neighbour, blob=file))).duplicate_of is None


async def test_another_tenant_cannot_tell_that_a_document_exists(store, claims, tenant, neighbour) -> None:
    document = (await store.accept(upload(tenant))).document
    absent = DocumentId(uuid4())
    calls = [
        lambda which: store.load(neighbour, which),
        lambda which: store.operation(neighbour, which),
        lambda which: store.runs(neighbour, which),
        lambda which: store.children(neighbour, which),
        lambda which: store.journal(neighbour, which),
        lambda which: store.erase(neighbour, which, time=NOON),
        lambda which: store.twin(neighbour, which, type_name="invoice", values={"a": "b"}),
    ]
    for call in calls:
        errors = []
        for which in (document, absent):
            with pytest.raises(NotFound) as caught:
                await call(which)
            errors.append(str(caught.value).replace(str(which), ""))
        assert errors[0] == errors[1]
    assert (await store.find(neighbour, DocumentFilter(), limit=10)).documents == ()
    assert [one async for one in store.export(neighbour, DocumentFilter())] == []
    assert await store.counts(neighbour) == {}
    assert (await store.load(tenant, document)).erased_at is None


async def test_another_tenant_cannot_append_to_a_document(store, claims, tenant, neighbour) -> None:
    document, claim = await read_one(store, claims, tenant)
    foreign = replace(answer(claim, document), tenant=neighbour, events=())
    with pytest.raises(StaleClaim):
        await store.append(foreign, claim=claim)
    with pytest.raises(NotFound):
        await store.append(foreign, claim=None)
    assert (await store.load(tenant, document.id)).run.state == RunState.UPLOADED


async def test_of_twenty_racing_writers_exactly_one_wins(store, claims, tenant) -> None:
    document, claim = await read_one(store, claims, tenant)
    change = answer(claim, document)
    results = await asyncio.gather(
        *(store.append(change, claim=None) for _ in range(20)), return_exceptions=True
    )
    assert results.count(None) == 1
    assert sum(isinstance(result, VersionConflict) for result in results) == 19
    assert len(await store.journal(tenant, document.id)) == 2


async def test_of_twenty_holders_of_one_claim_exactly_one_wins(store, claims, tenant) -> None:
    document, claim = await read_one(store, claims, tenant)
    change = answer(claim, document)
    results = await asyncio.gather(
        *(store.append(change, claim=claim) for _ in range(20)), return_exceptions=True
    )
    assert results.count(None) == 1
    assert sum(isinstance(result, StaleClaim) for result in results) == 19


async def test_a_late_holder_is_refused_by_its_fence(store, claims, tenant) -> None:
    document, late = await read_one(store, claims, tenant)
    await claims.forsake("w")
    (newer,) = await claims.take(["read"], worker="w", most=1)
    assert newer.fence > late.fence
    with pytest.raises(StaleClaim):
        await store.append(answer(late, document), claim=late)
    assert await store.load(tenant, document.id) == document
    await store.append(answer(newer, document), claim=newer)


async def test_a_claim_that_never_was_is_refused(store, tenant) -> None:
    accepted = await store.accept(upload(tenant))
    document = await store.load(tenant, accepted.document)
    change = Change(tenant, document.id, document.run.id, 1, state=RunState.READ)
    with pytest.raises(StaleClaim):
        await store.append(change, claim=made_up_claim(document))


async def test_an_edge_that_the_chart_does_not_have_is_refused(store, claims, tenant) -> None:
    document, claim = await read_one(store, claims, tenant)
    with pytest.raises(DocmillError, match=r"state_forbidden.*from uploaded to archived"):
        await store.append(answer(claim, document, state=RunState.ARCHIVED), claim=claim)
    assert await store.load(tenant, document.id) == document


async def test_a_refused_change_leaves_nothing_half_written(store, claims, tenant, database) -> None:
    document, claim = await read_one(store, claims, tenant)
    before = await state_hash(database, tenant)
    members = children_of(document.id, 3)
    stale = replace(answer(claim, document), expected_version=9, children=members)
    with pytest.raises(VersionConflict):
        await store.append(stale, claim=claim)
    assert await state_hash(database, tenant) == before
    await store.append(answer(claim, document), claim=claim)  # the claim was not closed either


async def test_a_connection_that_is_cut_in_the_middle_leaves_nothing_half_written(
    store, claims, tenant, database, postgres
) -> None:
    document, claim = await read_one(store, claims, tenant)
    before = await state_hash(database, tenant)
    with psycopg.connect(postgres.admin_dsn, autocommit=True) as admin, admin.transaction():
        # The children's table is held, so that the change stands still after the run was written.
        admin.execute("SET LOCAL lock_timeout = '5s'")
        schema = admin.execute(
            "SELECT coalesce(to_regclass(%s), to_regclass('docmill_pool.blob_references'))::text",
            (f"t_{tenant}.blob_references",),
        ).fetchone()[0]
        admin.execute(f"LOCK TABLE {schema} IN ACCESS EXCLUSIVE MODE")
        writing = asyncio.create_task(
            store.append(replace(answer(claim, document), children=children_of(document.id, 2)), claim=claim)
        )
        victim = None
        while victim is None:
            await asyncio.sleep(0.02)
            victim = admin.execute(
                "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%docmill.append%'"
            ).fetchone()
        admin.execute("SELECT pg_terminate_backend(%s)", victim)
        with pytest.raises(DocmillError, match="unavailable"):
            await writing
    assert await state_hash(database, tenant) == before
    await store.append(answer(claim, document), claim=claim)


async def test_fifty_children_are_fifty_however_often_their_parent_is_answered(store, claims, tenant) -> None:
    document, claim = await read_one(store, claims, tenant)
    unpacked = answer(claim, document, state=RunState.UNPACKED, children=children_of(document.id, 50))
    await store.append(unpacked, claim=claim)
    with pytest.raises(StaleClaim):
        await store.append(unpacked, claim=claim)
    children = await store.children(tenant, document.id)
    assert [child.ordinal for child in children] == list(range(50))
    assert {child.parent for child in children} == {document.id}
    assert len(await claims.take(["read"], worker="w", most=100)) == 50
    page = await store.find(tenant, DocumentFilter(parent=document.id), limit=100)
    assert len(page.documents) == 50


async def test_children_belong_to_their_parents_batch(store, claims, tenant) -> None:
    accepted = await store.accept(upload(tenant, batch="b", requested_type="receipt"))
    (claim,) = await claims.take(["read"], worker="w", most=1)
    document = await store.load(tenant, accepted.document)
    await store.append(
        answer(claim, document, state=RunState.UNPACKED, children=children_of(document.id, 1)), claim=claim
    )
    (child,) = await store.children(tenant, document.id)
    assert (child.batch, child.requested_type) == ("b", "receipt")
    assert await store.counts(tenant, batch="b") == {"unpacked": 1, "uploaded": 1}


async def test_archive_and_index_do_not_collide_whatever_their_order(store, claims, tenant) -> None:
    for order in (("archive", "index"), ("index", "archive")):
        accepted = await store.accept(upload(tenant))
        for stage in ("read", "analyze", "validate"):
            (claim,) = await claims.take([stage], worker="w", most=1)
            await store.append(answer(claim, await store.load(tenant, accepted.document)), claim=claim)
        seen = await store.load(tenant, accepted.document)  # both load before either saves
        for stage in order:
            (claim,) = await claims.take([stage], worker="w", most=1)
            await store.append(answer(claim, seen), claim=claim)
        done = await store.load(tenant, accepted.document)
        assert (done.run.state, done.run.version) == (RunState.ARCHIVED, 5)
        assert done.run.indexed_at is not None


async def test_every_message_delivered_twice_comes_to_the_same(store, claims, tenant, database) -> None:
    accepted = await store.accept(upload(tenant))
    await work_off(store, claims)
    once = await state_hash(database, tenant)
    for event in await store.journal(tenant, accepted.document):
        assert await claims.redeliver(event) == 0
    assert await work_off(store, claims) == 0
    assert await state_hash(database, tenant) == once


async def test_the_same_answer_twice_says_its_event_once(store, claims, tenant) -> None:
    document, claim = await read_one(store, claims, tenant)
    change = answer(claim, document)
    await store.append(change, claim=claim)
    await store.append(replace(change, state=None, media_type=None, pages=None, reading=None), claim=None)
    assert len(await store.journal(tenant, document.id)) == 2


async def test_lists_are_filtered_and_paged_newest_first(store, claims, tenant) -> None:
    made = [await store.accept(upload(tenant, minutes=n % 3, batch=f"b{n % 2}")) for n in range(12)]
    await work_off(store, claims, most=30)
    seen, cursor = [], None
    while True:
        page = await store.find(tenant, DocumentFilter(), limit=5, cursor=cursor)
        seen += page.documents
        cursor = page.next
        if cursor is None:
            break
    assert {one.id for one in seen} == {one.document for one in made}
    assert len(seen) == 12
    assert seen == sorted(seen, key=lambda one: (one.created_at, one.id), reverse=True)
    assert all(one.run.result is None for one in seen)
    for where, count in (
        (DocumentFilter(batch="b1"), 6),
        (DocumentFilter(created_gte=NOON + timedelta(minutes=1)), 8),
        (DocumentFilter(created_lt=NOON + timedelta(minutes=1)), 4),
        (DocumentFilter(type_name="letter"), 0),
    ):
        assert len((await store.find(tenant, where, limit=50)).documents) == count
    counts = await store.counts(tenant)
    for state in RunState:
        page = await store.find(tenant, DocumentFilter(states=(state,)), limit=50)
        assert len(page.documents) == counts.get(state.value, 0)


async def test_a_cursor_of_another_list_is_refused(store, tenant, neighbour) -> None:
    for _ in range(3):
        await store.accept(upload(tenant))
    cursor = (await store.find(tenant, DocumentFilter(), limit=2)).next
    assert cursor is not None
    for bad, who, where in (
        (cursor, neighbour, DocumentFilter()),
        (cursor, tenant, DocumentFilter(batch="b")),
        ("nonsense", tenant, DocumentFilter()),
        ("é", tenant, DocumentFilter()),
        ("W10", tenant, DocumentFilter()),
    ):
        with pytest.raises(DocmillError, match="request_invalid"):
            await store.find(who, where, limit=2, cursor=bad)


@pytest.mark.parametrize(
    ("path", "operator", "operand", "numbers"),
    [
        ("total", "gte", "100", {"B", "C"}),
        ("total", "gt", "100.00", {"C"}),
        ("total", "lt", "100", {"A"}),
        ("total", "lte", "100.0", {"A", "B"}),
        ("total", "eq", "100", {"B"}),
        ("total", "ne", "100", {"A", "C"}),
        ("total.currency", "eq", "EUR", {"A", "B", "C"}),
        ("issue_date", "gte", "2026-02-01", {"B", "C"}),
        ("issue_date", "lt", "2026-02-01", {"A"}),
        ("seller.name", "contains", "müller", {"A", "B", "C"}),
        ("seller.name", "eq", "müller", set()),
        ("invoice_number", "eq", "A", {"A"}),
        ("paid", "eq", "false", {"A", "B", "C"}),
        ("due_date", "ne", "x", set()),
        ("invoice_number", "eq", "' OR true --", set()),
    ],
)
async def test_values_are_compared_as_what_they_are(
    store, claims, tenancy, operator, operand, path, numbers
) -> None:
    from docmill.domain.tenants import Tier, tenant_id

    name = tenant_id("v" + uuid4().hex[:12])
    tenant = (await tenancy.create(name, tier=Tier.POOL)).id
    for number, total, issued in (
        ("A", "99.999999", "2026-01-31"),
        ("B", "100.00", "2026-02-01"),
        ("C", "1234567890.01", "2026-03-01"),
    ):
        await store.accept(upload(tenant))
        await work_off(store, claims, analyze={"result": invoice(number, total, issued)})
    where = DocumentFilter(values=(ValueFilter(tuple(path.split(".")), operator, operand),))
    found = [one async for one in store.export(tenant, where)]
    assert {one.run.result["value"]["invoice_number"] for one in found} == numbers


async def test_amounts_that_floating_point_cannot_tell_apart_are_told_apart(store, claims, tenant) -> None:
    for number, total in (("A", "123456789012345678.1"), ("B", "123456789012345678.2")):
        await store.accept(upload(tenant))
        await work_off(store, claims, analyze={"result": invoice(number, total)})
    for operator, operand, number in (
        ("gt", "123456789012345678.1", "B"),
        ("lt", "123456789012345678.2", "A"),
        ("gte", "123456789012345678.2", "B"),
        ("eq", "123456789012345678.10", "A"),
    ):
        where = DocumentFilter(values=(ValueFilter(("total",), operator, operand),))
        found = [one async for one in store.export(tenant, where)]
        assert [one.run.result["value"]["invoice_number"] for one in found] == [number]


@pytest.mark.parametrize(
    ("operator", "operand", "index", "bound"),
    [
        ("gte", "100", "field_values_number", "number_approx >="),
        ("lt", "100", "field_values_number", "number_approx <"),
        ("gte", "2026-01-31", "field_values_date", "date >="),
        ("eq", "INV-7", "field_values_text", "text ="),
    ],
)
async def test_a_filter_on_a_value_is_served_by_an_index(
    database, tenant, operator, operand, index, bound
) -> None:
    query = sql.SQL("EXPLAIN SELECT document FROM field_values v WHERE v.path = 'total' AND {}").format(
        filters._comparison(operator, operand)
    )
    async with database.tenant(tenant) as tx:
        await tx.run(b"SET LOCAL enable_seqscan = off")
        plan = "\n".join(row["QUERY PLAN"] for row in await tx.all(query))
    conditions = next(line for line in plan.splitlines() if "Index Cond" in line)
    assert index in plan
    assert bound in conditions


async def test_a_bound_that_is_no_number_and_no_date_is_refused(store, tenant) -> None:
    for operator, operand in (("gte", "much"), ("like", "x")):
        where = DocumentFilter(values=(ValueFilter(("total",), operator, operand),))
        with pytest.raises(DocmillError, match="request_invalid"):
            await store.find(tenant, where, limit=2)


async def test_the_newest_result_decides_what_a_filter_finds(store, claims, tenant) -> None:
    await store.accept(upload(tenant))
    await work_off(store, claims, most=2)
    (claim,) = await claims.take(["validate"], worker="w", most=1)
    document = await store.load(tenant, claim.event.document)
    await store.append(answer(claim, document, result=invoice("INV-8")), claim=claim)
    for number, count in (("INV-7", 0), ("INV-8", 1)):
        where = DocumentFilter(values=(ValueFilter(("invoice_number",), "eq", number),))
        assert len((await store.find(tenant, where, limit=5)).documents) == count


async def test_a_twin_is_an_earlier_document_of_the_type_with_the_same_values(store, claims, tenant) -> None:
    first = await store.accept(upload(tenant))
    second = await store.accept(upload(tenant, minutes=1))
    await work_off(store, claims)
    same = {"invoice_number": "INV-7", "seller.name": "Müller & Söhne"}
    find = store.twin
    assert await find(tenant, second.document, type_name="invoice", values=same) == first.document
    assert await find(tenant, first.document, type_name="invoice", values=same) is None
    assert await find(tenant, second.document, type_name="receipt", values=same) is None
    other = {**same, "invoice_number": "INV-9"}
    assert await find(tenant, second.document, type_name="invoice", values=other) is None
    await store.erase(tenant, first.document, time=NOON)
    assert await find(tenant, second.document, type_name="invoice", values=same) is None


async def test_erasing_leaves_a_tombstone_and_nothing_else(store, claims, tenant, database) -> None:
    accepted = await store.accept(upload(tenant))
    await work_off(store, claims)
    document = await store.load(tenant, accepted.document)
    freed = await store.erase(tenant, document.id, time=NOON)
    assert set(freed) == {document.blob.sha256, document.run.reading.sha256}
    assert list(await store.erase(tenant, document.id, time=NOON)) == []
    gone = await store.load(tenant, document.id)
    assert (gone.erased_at, gone.name, gone.run.result) == (NOON, "", None)
    assert (await store.find(tenant, DocumentFilter(), limit=5)).documents == ()
    assert await store.counts(tenant) == {}
    async with database.tenant(tenant) as tx:
        for table in (b"field_values", b"blob_references", b"chunks", b"archive"):
            assert await tx.all(b"SELECT 1 FROM " + table) == []
    assert (await store.journal(tenant, document.id))[-1].type == "DocumentErased"


async def test_erasing_ends_the_work_that_a_stage_hands_on_meanwhile(store, claims, tenant, database) -> None:
    document, claim = await read_one(store, claims, tenant)
    parameters = append_parameters(answer(claim, document), closing(claim, "done"), SUBSCRIPTIONS)
    async with database.service() as stage:
        await stage.all(queries("documents")["append"], parameters)
        erasing = asyncio.create_task(store.erase(tenant, document.id, time=NOON))
        async with asyncio.timeout(20):
            while not await _waiting_for_a_lock(database):  # noqa: ASYNC110 - the server has no event for it
                await asyncio.sleep(0.01)
    await erasing
    assert await claims.backlog() == {}
    assert (await store.load(tenant, document.id)).erased_at == NOON


async def _waiting_for_a_lock(database: Database) -> bool:
    waiting = b"SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename = current_user"
    return bool(await database.call(waiting))


async def test_a_blob_that_another_document_needs_is_not_given_up(store, tenant) -> None:
    file = blob()
    first = await store.accept(upload(tenant, blob=file))
    second = await store.accept(upload(tenant, blob=file, allow_duplicate=True))
    assert list(await store.erase(tenant, first.document, time=NOON)) == []
    assert list(await store.erase(tenant, second.document, time=NOON)) == [file.sha256]


async def test_a_claim_on_an_erased_document_has_lost_its_fence(store, claims, tenant) -> None:
    document, claim = await read_one(store, claims, tenant)
    await store.erase(tenant, document.id, time=NOON)
    with pytest.raises(StaleClaim):
        await store.append(answer(claim, document), claim=claim)
    with pytest.raises(DocmillError, match="erased"):
        await store.append(answer(claim, document), claim=None)
    assert await claims.take(STAGES, worker="w", most=5) == []


async def test_a_rejected_run_says_what_was_wrong_and_what_to_do(store, claims, tenant) -> None:
    document, claim = await read_one(store, claims, tenant)
    why = {"code": "type_unknown", "detail": "a HEIC picture", "action": "Save the photo as JPEG."}
    await store.append(answer(claim, document, state=RunState.REJECTED, **why), claim=claim)
    run = (await store.load(tenant, document.id)).run
    assert (run.code, run.detail, run.action) == tuple(why.values())
    assert await store.runs(tenant, document.id) == [run]


async def test_the_operation_tells_stage_and_percent(store, claims, tenant) -> None:
    document, claim = await read_one(store, claims, tenant)
    await claims.beat([claim], percent=50)
    operation = await store.operation(tenant, document.id)
    assert (operation.stage, operation.percent, operation.attempt) == ("read", 30, 1)
    await store.append(answer(claim, document), claim=claim)
    assert (await store.operation(tenant, document.id)).stage == "analyze"
    await work_off(store, claims)
    operation = await store.operation(tenant, document.id)
    assert (operation.stage, operation.percent) == (None, 100)


async def test_text_that_no_database_can_hold_is_kept_as_far_as_it_can(store, claims, tenant) -> None:
    accepted = await store.accept(upload(tenant, name="a\0b\ud800.pdf"))
    await work_off(store, claims, analyze={"result": invoice("INV\0-\ud800", "1")})
    assert (await store.load(tenant, accepted.document)).name == "ab?.pdf"
    where = DocumentFilter(values=(ValueFilter(("invoice_number",), "contains", "INV"),))
    assert len((await store.find(tenant, where, limit=5)).documents) == 1
