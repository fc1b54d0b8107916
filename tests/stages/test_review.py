"""What becomes of a correction: validated again, once more to a person, or into the archive."""

from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import uuid4

from tests.stages.conftest import ACME, MemoryPlatform, number_wanted

from docmill.domain.documents import Accepted, Answer, Document
from docmill.domain.events import EventType
from docmill.domain.review import Lease, ReviewEntry, ReviewItem, ReviewKind, ReviewSettings, TypePolicy
from docmill.domain.states import RunState
from docmill.domain.tenants import TenantId
from docmill.domain.types import parse_document_type
from docmill.engines.review.requests import operations_of
from docmill.stages.correct import Asked, save_of
from docmill.stages.validate import validate
from docmill.stages.work import Work

NOTE = parse_document_type(
    {
        "name": "note",
        "schema": {"type": "object", "properties": {"number": {"x-docmill": {"kind": "identifier"}}}},
    }
)
SET = {"op": "set", "path": "number", "value": "8"}


async def corrected(
    platform: MemoryPlatform, accepted: Accepted, *operations: dict[str, Any], by: str = "anna"
) -> None:
    """As a reviewer's request does it."""
    document = await platform.document(accepted)
    run = document.run
    now = datetime.now(UTC)
    item = ReviewItem(
        document.id, run.id, run.version, ReviewKind.REVIEW, "", "note", None, 1.0, 1.0, (), now, now,
        lease=Lease(uuid4(), by, now),
    )  # fmt: skip
    assert item.lease is not None
    asked = Asked(document, item, run.version, by, item.lease.id, uuid4(), now, latest=1)
    save = save_of(asked, operations_of(list(operations)), NOTE, {}.get)
    assert save.change is not None
    await platform.store.append(save.change, claim=None)


async def blocked(platform: MemoryPlatform) -> tuple[Accepted, Document]:
    accepted = await platform.upload("nothing here")
    await platform.settle()
    document = await platform.document(accepted)
    assert document.run.state is RunState.IN_REVIEW
    return accepted, document


async def test_a_value_that_was_set_is_accepted_and_archived(platform: MemoryPlatform) -> None:
    accepted, _ = await blocked(platform)
    await corrected(platform, accepted, SET)
    await platform.settle()
    run = (await platform.document(accepted)).run
    assert run.state is RunState.ARCHIVED
    assert run.result is not None
    assert (run.result["status"], run.result["value"]) == ("succeeded", {"number": "8"})
    (record,) = platform.archive.records.values()
    assert record.result["metadata"]["number"]["reviewer"] == "anna"
    assert platform.db.events[-1].type in (EventType.DOCUMENT_INDEXED, EventType.DOCUMENT_ARCHIVED)


async def test_what_a_person_has_marked_missing_does_not_block_again(platform: MemoryPlatform) -> None:
    accepted, _ = await blocked(platform)
    await corrected(platform, accepted, {"op": "missing", "path": "number"})
    await platform.settle()
    assert (await platform.document(accepted)).run.state is RunState.ARCHIVED


async def test_a_rule_that_is_still_broken_asks_again_until_it_is_overridden(
    platform: MemoryPlatform,
) -> None:
    await platform.upload("number 8")
    await platform.settle()
    accepted, _ = await blocked(platform)
    await corrected(platform, accepted, SET)  # the number that the first document has
    await platform.settle()
    run = (await platform.document(accepted)).run
    assert run.state is RunState.IN_REVIEW
    assert run.result is not None
    assert [blocker["rule"] for blocker in run.result["blockers"]] == ["duplicate"]
    assert run.result["value"] == {"number": "8"}
    await corrected(platform, accepted, {"op": "confirm", "path": "number"})
    await platform.settle()
    assert (await platform.document(accepted)).run.state is RunState.IN_REVIEW  # confirming is not enough
    await corrected(platform, accepted, {"op": "override", "rule": "duplicate", "reason": "two copies"})
    await platform.settle()
    run = (await platform.document(accepted)).run
    assert run.state is RunState.ARCHIVED
    assert run.result is not None
    assert [one["rule"] for one in run.result["review"]["overrides"]] == ["duplicate"]


async def test_a_correction_that_is_delivered_twice_is_checked_once(platform: MemoryPlatform) -> None:
    accepted, _ = await blocked(platform)
    await corrected(platform, accepted, SET)
    first, second = (await platform.take("validate"))[0], None
    await platform.claims.retry(first, delay_s=0, code="", reason="")
    second = (await platform.take("validate"))[0]
    await platform.runner.deliver(second)
    await platform.runner.deliver(first)
    events = [event.type for event in platform.db.events if event.document == accepted.document]
    assert events.count(EventType.DOCUMENT_VALIDATED) == 1


async def test_a_correction_whose_checking_died_can_be_replayed(platform: MemoryPlatform) -> None:
    accepted, _ = await blocked(platform)
    await corrected(platform, accepted, SET)

    async def broken(_work: Work) -> Answer:
        raise RuntimeError

    whole = dict(platform.runner.handlers)
    platform.runner.handlers["validate"] = broken  # type: ignore[index]
    await platform.settle()
    assert (await platform.document(accepted)).run.state is RunState.FAILED
    platform.runner.handlers["validate"] = whole["validate"]  # type: ignore[index]
    assert await platform.claims.replay((await platform.claims.dead_letters())[0])
    await platform.settle()
    run = (await platform.document(accepted)).run
    assert run.state is RunState.ARCHIVED
    assert run.result is not None
    assert run.result["value"] == {"number": "8"}


async def test_with_four_eyes_the_first_person_is_not_enough(platform: MemoryPlatform) -> None:
    asked: list[ReviewEntry | None] = []

    async def wishes(_tenant: TenantId) -> ReviewSettings:
        return ReviewSettings(1, {"note": TypePolicy(four_eyes=True)}, "s")

    async def watched(work: Work) -> Answer:
        answer = await validate(
            work, store=platform.store, catalog=platform.catalog, judge=number_wanted, wishes_of=wishes
        )
        asked.append(answer.review)
        return answer

    platform.runner.handlers["validate"] = watched  # type: ignore[index]
    accepted, _ = await blocked(platform)
    await corrected(platform, accepted, SET, by="anna")
    await platform.settle()
    run = (await platform.document(accepted)).run
    assert run.state is RunState.IN_REVIEW
    assert run.result is not None
    assert [blocker["rule"] for blocker in run.result["blockers"]] == ["four_eyes"]
    assert asked[-1] is not None
    assert asked[-1].barred == "anna"
    await corrected(platform, accepted, {"op": "accept"}, by="ben")
    await platform.settle()
    run = (await platform.document(accepted)).run
    assert run.state is RunState.ARCHIVED
    assert run.result is not None
    assert run.result["review"]["by"] == ["anna", "ben"]


async def test_the_sample_is_drawn_from_what_nobody_looked_at(platform: MemoryPlatform) -> None:
    asked: list[ReviewEntry | None] = []

    async def everything(_tenant: TenantId) -> ReviewSettings:
        return ReviewSettings(1, {"*": TypePolicy(audit_rate=1.0)}, "s")

    judged = partial(validate, catalog=platform.catalog, judge=number_wanted, wishes_of=everything)

    async def watched(work: Work) -> Answer:
        answer = await judged(work, store=platform.store)
        asked.append(answer.review)
        return answer

    platform.runner.handlers["validate"] = watched  # type: ignore[index]
    accepted = await platform.upload("number 7")
    await platform.settle()
    assert (await platform.document(accepted)).run.state is RunState.ARCHIVED  # it does not wait for anybody
    assert [one and one.kind for one in asked] == [ReviewKind.AUDIT]
    accepted, _ = await blocked(platform)
    await corrected(platform, accepted, SET)
    await platform.settle()
    assert [one and one.kind for one in asked] == [ReviewKind.AUDIT, ReviewKind.REVIEW, None]
    assert ACME
