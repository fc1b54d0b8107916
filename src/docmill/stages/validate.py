"""Whether a result may be accepted without a person."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from docmill.domain.documents import Answer
from docmill.domain.errors import DocmillError, ErrorCode, NotFound
from docmill.domain.events import EventType, NewEvent
from docmill.domain.results import Blocker
from docmill.domain.review import ReviewSettings
from docmill.domain.states import RunState
from docmill.domain.tenants import TenantId
from docmill.domain.types import DocumentType
from docmill.engines.review.answers import second_look, unanswered
from docmill.ports.catalog import Catalog, Rules
from docmill.ports.document_store import DocumentStore
from docmill.stages.metering import computed
from docmill.stages.results import Json, validated_result
from docmill.stages.review import asked_to_look, drawn_for_audit
from docmill.stages.work import Work

Judge = Callable[[DocumentType, Rules, Mapping[str, Any], Mapping[str, Any]], Sequence[Blocker]]
"""Schema and rules: type, rules, result, and the context that `judging_context` makes."""


WishesOf = Callable[[TenantId], Awaitable[ReviewSettings]]
"""How a tenant wants its reviews done."""


async def no_wishes(_tenant: TenantId) -> ReviewSettings:
    return ReviewSettings()


async def validate(
    work: Work,
    *,
    store: DocumentStore,
    catalog: Catalog,
    judge: Judge,
    wishes_of: WishesOf = no_wishes,
) -> Answer:
    """Answer ReviewRequested when anything blocks automatic acceptance, else DocumentValidated.

    What a person has answered does not block again: see `engines/review/answers.py`.
    """
    result = work.run.result
    if result is None:
        raise DocmillError(ErrorCode.STATE_FORBIDDEN, "the run has no result")
    blockers, rules_version, used = await _verdict(work, result, store=store, catalog=catalog, judge=judge)
    wishes = await wishes_of(work.document.tenant)
    corrected = "review" in result
    if corrected:
        blockers, result = _answered(result, blockers, wishes, work.run.type_name)
    final = validated_result(result, blockers, rules_version=rules_version, usage=work.run.usage)
    told = len(final["blockers"])
    if told:
        return Answer(
            state=RunState.IN_REVIEW,
            result=final,
            review=asked_to_look(work.document, final, used, doubts=result["blockers"]),
            events=(NewEvent(EventType.REVIEW_REQUESTED, {"blockers": told}),),
        )
    audit = None if corrected else drawn_for_audit(work.document, final, used, wishes, work.run.type_name)
    return Answer(
        state=RunState.VALIDATED,
        result=final,
        review=audit,
        events=(NewEvent(EventType.DOCUMENT_VALIDATED),),
    )


def _answered(
    result: Mapping[str, Any], blockers: Sequence[Blocker], wishes: ReviewSettings, type_name: str | None
) -> tuple[Sequence[Blocker], Json]:
    """What still blocks after a correction; a second pair of eyes is asked for when nothing else does."""
    left, overrides = unanswered(result, blockers)
    kept = {**result, "review": {**result["review"], "overrides": overrides}}
    if not left and not result["blockers"]:
        again = second_look(kept, wishes.policy(type_name))
        left = [] if again is None else [again]
    return left, kept


async def _verdict(
    work: Work, result: Mapping[str, Any], *, store: DocumentStore, catalog: Catalog, judge: Judge
) -> tuple[Sequence[Blocker], int | None, DocumentType | None]:
    tenant, name = work.document.tenant, work.run.type_name
    if name is None or work.run.type_version is None:
        return (), None, None  # no definition stands behind the type: what blocks is what analyzing said
    try:
        used = await catalog.document_type(tenant, name, version=work.run.type_version, edition=work.edition)
    except NotFound:  # a shipped type of an older release: judge by what there is now
        used = await catalog.document_type(tenant, name, edition=work.edition)
    rules = await catalog.rules(tenant, name, version=work.run.pins.rules_version, edition=work.edition)
    twin = await _twin(work, used, result, store=store)
    size_bytes = 0 if work.run.reading is None else work.run.reading.size_bytes
    blockers = await computed(size_bytes, judge, used, rules, result, judging_context(work.event.time, twin))
    return blockers, rules.version, used


def judging_context(time: datetime, twin: str | None) -> dict[str, Any]:
    """What rules may know besides the value: ``today`` (ISO date) and ``duplicate_of`` (an id or None).

    The day is the message's, so that a replay judges alike.
    """
    return {"today": time.date().isoformat(), "duplicate_of": twin}


async def _twin(
    work: Work, used: DocumentType, result: Mapping[str, Any], *, store: DocumentStore
) -> str | None:
    values = identity(used, result["value"])
    if not values:
        return None
    found = await store.twin(work.document.tenant, work.document.id, type_name=used.name, values=values)
    return None if found is None else str(found)


def identity(used: DocumentType, value: Mapping[str, Any]) -> dict[str, str]:
    """The values at the type's ``identity`` paths, which no two documents share; {} unless all are there."""
    found: dict[str, str] = {}
    for path in used.source.get("identity", ()):
        node: Any = value
        for name in path.split("."):
            node = node.get(name) if isinstance(node, Mapping) else None
        if not isinstance(node, str) or not node:
            return {}
        found[path] = node
    return found
