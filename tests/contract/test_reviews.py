"""The queue, leases and saves of reviewers on a real PostgreSQL."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from tests.contract.conftest import SUBSCRIPTIONS
from tests.contract.documents import upload

from docmill.adapters.embedded_postgres import EmbeddedPostgres
from docmill.adapters.postgres.claims import PostgresClaims
from docmill.adapters.postgres.database import Database
from docmill.adapters.postgres.document_store import PostgresDocumentStore
from docmill.adapters.postgres.isolation import isolation_faults
from docmill.adapters.postgres.operations import PostgresOperations
from docmill.adapters.postgres.reviews import PostgresReviews
from docmill.adapters.postgres.schema import migrate
from docmill.adapters.postgres.tenancy import PostgresTenancy
from docmill.domain.documents import Change, Document, Pins
from docmill.domain.errors import DocmillError, ErrorCode, NotFound, VersionConflict
from docmill.domain.events import DocumentId, EventType
from docmill.domain.limits.review import REVIEW_LEASE_S
from docmill.domain.review import ReviewEntry, ReviewItem, ReviewKind, ReviewSettings, TypePolicy
from docmill.domain.states import RunState
from docmill.domain.tenants import TenantId, Tier
from docmill.domain.types import parse_document_type
from docmill.engines.review.requests import operations_of
from docmill.ports.operations import Key
from docmill.ports.reviews import Period, ReviewFilter, ReviewSave
from docmill.stages.correct import Asked, save_of

ANNA, BEN = "person:anna", "person:ben"
ANY = ReviewFilter()
USED = parse_document_type(
    {
        "name": "invoice",
        "schema": {
            "type": "object",
            "properties": {
                "invoice_number": {"x-docmill": {"kind": "identifier"}},
                "total": {"x-docmill": {"kind": "amount"}},
            },
        },
    }
)
RESULT: dict[str, Any] = {
    "document_id": "",
    "status": "needs_review",
    "type": {"name": "invoice", "confidence": 0.9},
    "blockers": [{"path": "total", "rule": "sums", "message": "does not add up"}],
    "value": {"invoice_number": "INV-7", "total": {"amount": "119.00", "currency": "EUR"}},
    "metadata": {
        "invoice_number": {"confidence": 0.9, "source": "rules", "raw_text": "INV-7", "citations": []},
        "total": {"confidence": 0.8, "source": "rules", "raw_text": "119,00", "citations": []},
    },
    "completeness": {},
    "pins": {},
    "usage": {},
}


@pytest.fixture
def reviews(database: Database) -> PostgresReviews:
    return PostgresReviews(database, subscriptions=SUBSCRIPTIONS)


def entry(loss: float = 5.0, kind: ReviewKind = ReviewKind.REVIEW, **given: Any) -> ReviewEntry:
    return ReviewEntry(kind, loss=loss, rank=loss, rules=("sums",), **given)


async def asked_for(
    store: PostgresDocumentStore, tenant: TenantId, state: RunState = RunState.IN_REVIEW, **given: Any
) -> Document:
    """A document that has come to a person, or was drawn for audit, by the changes that the stages make."""
    accepted = await store.accept(upload(tenant, batch=given.pop("batch", None)))
    review = given.pop("review", None) or entry(**given)
    steps: list[dict[str, Any]] = [
        {"state": RunState.READ},
        {"state": RunState.ANALYZED, "type_name": "invoice", "type_version": 1, "result": RESULT},
    ]
    if state is RunState.ARCHIVED:
        steps += [{"state": RunState.VALIDATED, "review": review}, {"state": RunState.ARCHIVED}]
    else:
        steps.append({"state": state, "review": review})
    for step in steps:
        found = await store.load(tenant, accepted.document)
        await store.append(Change(tenant, found.id, found.run.id, found.run.version, **step), claim=None)
    return await store.load(tenant, accepted.document)


async def saved(
    reviews: PostgresReviews,
    store: PostgresDocumentStore,
    item: ReviewItem,
    *operations: dict[str, Any],
    tenant: TenantId,
    **given: Any,
) -> dict[str, Any]:
    return dict(await reviews.save(await save(store, item, *operations, tenant=tenant, **given)))


async def save(
    store: PostgresDocumentStore,
    item: ReviewItem,
    *operations: dict[str, Any],
    tenant: TenantId,
    subject: str = ANNA,
    lease: UUID | None = None,
    version: int | None = None,
    key: Key | None = None,
) -> ReviewSave:
    document = await store.load(tenant, item.document)
    runs = await store.runs(tenant, item.document)
    assert item.lease is not None
    asked = Asked(
        document,
        item,
        version=item.version if version is None else version,
        subject=subject,
        lease=item.lease.id if lease is None else lease,
        id=uuid4(),
        time=datetime.now(UTC),
        latest=max(run.number for run in runs),
        key=key,
    )
    return save_of(asked, operations_of(list(operations)), USED, {}.get)


SET = {"op": "set", "path": "total", "value": "120.00"}


async def taken(
    reviews: PostgresReviews, tenant: TenantId, document: DocumentId | None = None, subject: str = ANNA
) -> ReviewItem:
    item = await reviews.take(tenant, document, subject=subject, where=ANY)
    assert item is not None
    return item


async def test_the_worst_comes_first_and_pages_hold_all_of_them_once(
    reviews: PostgresReviews, store: PostgresDocumentStore, tenant: TenantId
) -> None:
    documents = [await asked_for(store, tenant, loss=float(loss)) for loss in (3, 9, 1, 9, 5)]
    found: list[ReviewItem] = []
    cursor = None
    while True:
        page = await reviews.queue(tenant, ANY, limit=2, cursor=cursor)
        found += page.items
        cursor = page.next
        if cursor is None:
            break
    assert [item.loss for item in found] == [9, 9, 5, 3, 1]
    assert {item.document for item in found} == {document.id for document in documents}
    cursor = (await reviews.queue(tenant, ANY, limit=2)).next
    with pytest.raises(DocmillError) as refused:
        await reviews.queue(tenant, ReviewFilter(type_name="x"), limit=2, cursor=cursor)
    assert refused.value.code == ErrorCode.REQUEST_INVALID


async def test_filters_let_through_what_they_name(
    reviews: PostgresReviews, store: PostgresDocumentStore, tenant: TenantId
) -> None:
    one = await asked_for(store, tenant, batch="january")
    await asked_for(store, tenant, review=replace(entry(), rules=("iban",)))
    audit = await asked_for(store, tenant, RunState.ARCHIVED, kind=ReviewKind.AUDIT)

    async def ids(where: ReviewFilter) -> set[DocumentId]:
        return {item.document for item in (await reviews.queue(tenant, where, limit=9)).items}

    assert await ids(ReviewFilter(batch="january")) == {one.id}
    assert len(await ids(ReviewFilter(type_name="invoice"))) == 3
    assert await ids(ReviewFilter(type_name="other")) == set()
    assert await ids(ReviewFilter(blocker="iban")) == (await ids(ANY)) - {one.id, audit.id}
    assert await ids(ReviewFilter(kind=ReviewKind.AUDIT)) == {audit.id}
    await taken(reviews, tenant, one.id)
    assert await ids(ReviewFilter(holder=ANNA)) == {one.id}
    assert one.id not in await ids(ReviewFilter(holder=""))


async def test_of_twenty_who_ask_at_once_each_gets_another_one(
    reviews: PostgresReviews, store: PostgresDocumentStore, tenant: TenantId
) -> None:
    for _ in range(5):
        await asked_for(store, tenant)
    found = await asyncio.gather(*(reviews.take(tenant, None, subject=f"p{n}", where=ANY) for n in range(20)))
    documents = [item.document for item in found if item is not None]
    assert len(documents) == len(set(documents)) == 5


async def test_of_two_who_want_the_same_document_one_gets_it(
    reviews: PostgresReviews, store: PostgresDocumentStore, tenant: TenantId
) -> None:
    document = await asked_for(store, tenant)
    for _ in range(10):
        found = await asyncio.gather(
            *(reviews.take(tenant, document.id, subject=who, where=ANY) for who in (ANNA, BEN)),
            return_exceptions=True,
        )
        won = [one for one in found if isinstance(one, ReviewItem)]
        lost = [one for one in found if isinstance(one, DocmillError)]
        assert [error.code for error in lost] == [ErrorCode.LEASE_HELD]
        assert won[0].lease is not None
        lease = won[0].lease
        again = await taken(reviews, tenant, document.id, lease.holder)
        assert again.lease is not None
        assert again.lease.id == lease.id
        await reviews.give_back(tenant, document.id, subject=lease.holder, lease=lease.id)


async def test_an_expired_lease_goes_to_the_next_and_the_late_one_is_refused(
    reviews: PostgresReviews, store: PostgresDocumentStore, tenant: TenantId, database: Database
) -> None:
    short = PostgresReviews(database, subscriptions=SUBSCRIPTIONS, lease_s=0)
    document = await asked_for(store, tenant)
    expired = await reviews.take(tenant, document.id, subject=ANNA, where=ANY)
    assert expired is not None
    assert expired.lease is not None
    assert expired.lease.until - datetime.now(UTC) > timedelta(seconds=REVIEW_LEASE_S - 60)
    await short.extend(tenant, document.id, subject=ANNA, lease=expired.lease.id)  # time passes
    mine = await taken(reviews, tenant, document.id, BEN)
    with pytest.raises(DocmillError) as late:
        await saved(reviews, store, replace(mine, lease=expired.lease), SET, tenant=tenant)
    assert late.value.code == ErrorCode.LEASE_HELD
    assert (await store.load(tenant, document.id)).run.result == RESULT
    assert await reviews.corrections(tenant, document.id) == []
    with pytest.raises(DocmillError):
        await reviews.extend(tenant, document.id, subject=ANNA, lease=expired.lease.id)
    assert (await saved(reviews, store, mine, SET, tenant=tenant, subject=BEN))["outcome"] == "changed"


async def test_a_save_is_one_step_with_its_corrections_and_its_event(
    reviews: PostgresReviews, store: PostgresDocumentStore, claims: PostgresClaims, tenant: TenantId
) -> None:
    document = await asked_for(store, tenant)
    item = await taken(reviews, tenant, document.id)
    await saved(reviews, store, item, SET, {"op": "confirm", "path": "invoice_number"}, tenant=tenant)
    after = await store.load(tenant, document.id)
    assert after.run.result is not None
    assert after.run.result["value"]["total"]["amount"] == "120.00"
    assert after.run.version == document.run.version + 1
    said = await reviews.corrections(tenant, document.id)
    assert [(one.subject, one.correction.outcome) for one in said] == [(ANNA, "changed"), (ANNA, "confirmed")]
    assert said[0].correction.before == {"amount": "119.00", "currency": "EUR"}
    events = await store.journal(tenant, document.id)
    assert events[-1].type is EventType.DOCUMENT_CORRECTED
    assert set(events[-1].data) == {"corrections", "changed", "sha256"}
    assert "120" not in str({k: v for k, v in events[-1].data.items() if k != "sha256"})
    waiting = await claims.take(["validate"], worker="w", most=9)
    assert [claim.event.type for claim in waiting] == [EventType.DOCUMENT_CORRECTED]
    assert await reviews.item(tenant, document.id) is None  # while it is being checked nobody is asked


@pytest.mark.parametrize("version", [0, 2, 4])
async def test_a_save_that_started_from_another_version_leaves_nothing(
    reviews: PostgresReviews, store: PostgresDocumentStore, tenant: TenantId, version: int
) -> None:
    document = await asked_for(store, tenant)
    version += document.run.version == version
    item = await taken(reviews, tenant, document.id)
    with pytest.raises(VersionConflict):
        await saved(reviews, store, item, SET, tenant=tenant, version=version)
    later = {"op": "postpone", "until": (datetime.now(UTC) + timedelta(days=1)).isoformat()}
    with pytest.raises(VersionConflict):
        await saved(reviews, store, item, later, tenant=tenant, version=version)
    assert await store.load(tenant, document.id) == document
    assert await reviews.corrections(tenant, document.id) == []
    kept = await reviews.item(tenant, document.id)
    assert kept is not None
    assert kept.lease == item.lease


async def test_a_request_that_is_repeated_with_its_key_has_one_effect(
    reviews: PostgresReviews, store: PostgresDocumentStore, tenant: TenantId
) -> None:
    document = await asked_for(store, tenant)
    item = await taken(reviews, tenant, document.id)
    key = Key("k", "h")
    saves = [await save(store, item, SET, tenant=tenant, key=key) for _ in range(5)]
    answers = await asyncio.gather(*(reviews.save(one) for one in saves))
    assert len({answer["save"] for answer in answers}) == 1
    assert await reviews.answered(tenant, key) == answers[0]
    assert len(await reviews.corrections(tenant, document.id)) == 1
    with pytest.raises(DocmillError) as other:
        await reviews.save(await save(store, item, SET, tenant=tenant, key=Key("k", "another")))
    assert other.value.code == ErrorCode.IDEMPOTENCY_MISMATCH


async def test_what_still_blocks_brings_it_back_and_what_is_accepted_leaves_the_queue(
    reviews: PostgresReviews, store: PostgresDocumentStore, tenant: TenantId
) -> None:
    document = await asked_for(store, tenant)
    await saved(reviews, store, await taken(reviews, tenant, document.id), SET, tenant=tenant)

    async def step(**given: Any) -> None:
        found = await store.load(tenant, document.id)
        await store.append(Change(tenant, found.id, found.run.id, found.run.version, **given), claim=None)

    await step(state=RunState.IN_REVIEW, review=entry(loss=2.0, barred=ANNA))
    again = await reviews.item(tenant, document.id)
    assert again is not None
    assert (again.loss, again.lease) == (2.0, None)
    with pytest.raises(DocmillError) as first:  # four eyes: the first person does not count twice
        await reviews.take(tenant, document.id, subject=ANNA, where=ANY)
    assert first.value.code == ErrorCode.FORBIDDEN
    assert await reviews.take(tenant, None, subject=ANNA, where=ANY) is None
    assert await reviews.take(tenant, None, subject=BEN, where=ANY) is not None
    await step(state=RunState.VALIDATED)
    assert (await reviews.queue(tenant, ANY, limit=9)).items == ()


async def test_a_rejected_document_ends_with_the_code_and_its_note_stays_out_of_the_run(
    reviews: PostgresReviews, store: PostgresDocumentStore, tenant: TenantId
) -> None:
    document = await asked_for(store, tenant)
    item = await taken(reviews, tenant, document.id)
    await saved(reviews, store, item, {"op": "reject", "reason": "duplicate", "note": "as 7"}, tenant=tenant)
    run = (await store.load(tenant, document.id)).run
    assert (run.state, run.code) == (RunState.REJECTED, "review_rejected")
    assert "duplicate" in run.detail
    assert "as 7" not in run.detail
    assert (await reviews.queue(tenant, ANY, limit=9)).items == ()


async def test_a_postponed_document_is_not_given_out_before_its_time(
    reviews: PostgresReviews, store: PostgresDocumentStore, tenant: TenantId
) -> None:
    document = await asked_for(store, tenant)
    until = datetime.now(UTC) + timedelta(days=1)
    later = {"op": "postpone", "until": until.isoformat(), "note": "the seller calls back"}
    await saved(reviews, store, await taken(reviews, tenant, document.id), later, tenant=tenant)
    assert await reviews.take(tenant, None, subject=BEN, where=ANY) is None
    item = await taken(reviews, tenant, document.id, BEN)  # by name it can be had
    assert (item.postponed_until, item.note) == (until, "the seller calls back")


async def test_an_audit_that_finds_an_error_makes_a_further_run_and_keeps_the_old_one(
    reviews: PostgresReviews, store: PostgresDocumentStore, tenant: TenantId
) -> None:
    document = await asked_for(store, tenant, RunState.ARCHIVED, kind=ReviewKind.AUDIT)
    await saved(reviews, store, await taken(reviews, tenant, document.id), SET, tenant=tenant)
    old, new = await store.runs(tenant, document.id)
    assert (old.state, old.result) == (RunState.ARCHIVED, RESULT)
    assert (new.state, new.number) == (RunState.IN_REVIEW, 2)
    shown = await store.load(tenant, document.id)
    assert shown.run.id == new.id
    assert shown.run.result is not None
    assert shown.run.result["value"]["total"]["amount"] == "120.00"
    assert (await store.journal(tenant, document.id))[-1].run == new.id
    assert (await reviews.queue(tenant, ANY, limit=9)).items == ()


async def test_an_audit_that_finds_nothing_changes_nothing_and_both_are_counted(
    reviews: PostgresReviews, store: PostgresDocumentStore, tenant: TenantId
) -> None:
    right = [await asked_for(store, tenant, RunState.ARCHIVED, kind=ReviewKind.AUDIT) for _ in range(3)]
    for document in right:
        item = await taken(reviews, tenant, document.id)
        await saved(reviews, store, item, {"op": "accept"}, tenant=tenant)
        assert await store.load(tenant, document.id) == document
    wrong = await asked_for(store, tenant, RunState.ARCHIVED, kind=ReviewKind.AUDIT)
    await saved(reviews, store, await taken(reviews, tenant, wrong.id), SET, tenant=tenant)
    now = datetime.now(UTC)
    counts = await reviews.counts(tenant, Period(now - timedelta(days=1), now + timedelta(days=1)))
    (row,) = counts.saves
    assert (row["kind"], row["documents"], row["changed"]) == ("audit", 4, 1)
    told = {(one["field"], one["outcome"]): one["values"] for one in counts.fields}
    assert told == {("total", "changed"): 1, ("total", "confirmed"): 3}
    assert counts.people[0]["subject"] == ANNA


async def test_another_type_is_read_again_in_a_run_of_its_own(
    reviews: PostgresReviews, store: PostgresDocumentStore, claims: PostgresClaims, tenant: TenantId
) -> None:
    document = await asked_for(store, tenant)
    item = await taken(reviews, tenant, document.id)
    await saved(reviews, store, item, {"op": "type", "type": "receipt"}, tenant=tenant)
    old, new = await store.runs(tenant, document.id)
    assert (old.id, old.state) == (document.run.id, RunState.IN_REVIEW)
    assert (new.state, new.pins.type_name) == (RunState.UPLOADED, "receipt")
    await store.append(
        Change(tenant, document.id, new.id, 1, state=RunState.READ), claim=None
    )  # fmt: skip
    await store.append(Change(tenant, document.id, new.id, 2, state=RunState.ANALYZED), claim=None)
    assert (await reviews.item(tenant, document.id)) is not None  # should it fail, the old one is still there
    await store.append(Change(tenant, document.id, new.id, 3, state=RunState.VALIDATED), claim=None)
    assert (await reviews.queue(tenant, ANY, limit=9)).items == ()


async def test_a_correction_that_a_further_run_overtakes_comes_back_to_nobody(
    reviews: PostgresReviews, store: PostgresDocumentStore, tenant: TenantId, database: Database
) -> None:
    """What is validated again then is a run that its document does not show."""
    document = await asked_for(store, tenant)
    await saved(reviews, store, await taken(reviews, tenant, document.id), SET, tenant=tenant)
    operations = PostgresOperations(database, store, subscriptions=SUBSCRIPTIONS)
    new = await operations.reprocess(tenant, document.id, Pins(), time=datetime.now(UTC))
    for version, state in enumerate((RunState.READ, RunState.ANALYZED, RunState.VALIDATED), 1):
        await store.append(Change(tenant, document.id, new.id, version, state=state), claim=None)
    old = (await store.runs(tenant, document.id))[0]
    again = Change(tenant, document.id, old.id, old.version, state=RunState.IN_REVIEW, review=entry())
    await store.append(again, claim=None)
    assert (await reviews.queue(tenant, ANY, limit=9)).items == ()
    assert await reviews.item(tenant, document.id) is None
    assert (await store.load(tenant, document.id)).run.id == new.id


async def test_deleting_a_document_takes_it_out_of_the_queue_with_everything_that_was_typed(
    reviews: PostgresReviews, store: PostgresDocumentStore, tenant: TenantId
) -> None:
    document = await asked_for(store, tenant)
    await saved(reviews, store, await taken(reviews, tenant, document.id), SET, tenant=tenant)
    await store.erase(tenant, document.id, time=datetime.now(UTC))
    assert (await reviews.queue(tenant, ANY, limit=9)).items == ()
    assert await reviews.corrections(tenant, document.id) == []
    now = datetime.now(UTC)
    counts = await reviews.counts(tenant, Period(now - timedelta(days=1), now + timedelta(days=1)))
    assert [row["documents"] for row in counts.saves] == [1]  # that it was reviewed is still counted
    with pytest.raises(DocmillError) as gone:
        await reviews.take(tenant, document.id, subject=ANNA, where=ANY)
    assert gone.value.code == ErrorCode.ERASED


async def test_another_tenant_sees_and_takes_nothing(
    reviews: PostgresReviews, store: PostgresDocumentStore, tenant: TenantId, neighbour: TenantId
) -> None:
    document = await asked_for(store, tenant)
    item = await taken(reviews, tenant, document.id)
    assert item.lease is not None
    assert (await reviews.queue(neighbour, ANY, limit=9)).items == ()
    assert await reviews.take(neighbour, None, subject=ANNA, where=ANY) is None
    for absent in (document.id, DocumentId(uuid4())):
        for refused in (
            reviews.take(neighbour, absent, subject=ANNA, where=ANY),
            reviews.extend(neighbour, absent, subject=ANNA, lease=item.lease.id),
            reviews.corrections(neighbour, absent),
        ):
            with pytest.raises(NotFound):
                await refused
    foreign = replace(await save(store, item, SET, tenant=tenant), tenant=neighbour)
    with pytest.raises(NotFound):
        await reviews.save(foreign)


async def test_settings_are_versioned_and_their_secret_stays(
    reviews: PostgresReviews, tenant: TenantId, neighbour: TenantId
) -> None:
    assert (await reviews.settings(tenant)).version == 0
    wanted = ReviewSettings(types={"invoice": TypePolicy(four_eyes=True, audit_rate=0.5)})
    with pytest.raises(VersionConflict):
        await reviews.put_settings(tenant, wanted, expected=3)
    first = await reviews.put_settings(tenant, wanted, expected=0)
    with pytest.raises(VersionConflict):
        await reviews.put_settings(tenant, wanted, expected=0)
    second = await reviews.put_settings(tenant, replace(wanted, types={}), expected=1)
    assert (first.version, second.version) == (1, 2)
    assert first.policy("invoice").audit_rate == 0.5
    assert first.secret == second.secret != ""
    assert (await reviews.settings(neighbour)).version == 0


async def test_what_waited_before_there_was_a_queue_is_in_it(
    reviews: PostgresReviews,
    store: PostgresDocumentStore,
    tenancy: PostgresTenancy,
    postgres: EmbeddedPostgres,
) -> None:
    own = (await tenancy.create(TenantId("before041"), tier=Tier.SILO)).id
    document = await asked_for(store, own)
    ended = await asked_for(store, own, RunState.ARCHIVED, kind=ReviewKind.AUDIT)
    with psycopg.connect(postgres.admin_dsn, autocommit=True) as admin:
        admin.execute("DROP TRIGGER leave_review ON t_before041.runs")
        admin.execute("DROP TABLE t_before041.corrections, t_before041.review_saves, t_before041.reviews")
        admin.execute("DROP TABLE t_before041.review_settings")
        admin.execute("DELETE FROM docmill.migrations WHERE schema = 't_before041' AND number = 41")
    await migrate(postgres.admin_dsn)
    (item,) = (await reviews.queue(own, ANY, limit=9)).items
    assert (item.document, item.rules, item.loss) == (document.id, ("sums",), 5.0)
    assert item.document != ended.id
    assert await isolation_faults(postgres.admin_dsn) == []
    again = await taken(reviews, own, document.id)
    assert (await saved(reviews, store, again, SET, tenant=own))["state"] == "checking"
