"""A change as the parameters of ``docmill.append``: used by the store, and by claims that are given up."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from typing import Any

from docmill.adapters.postgres.encoding import Subscriptions, events_json, stored_text, to_json
from docmill.adapters.postgres.field_values import field_values
from docmill.domain.documents import Change, Child, Claim
from docmill.domain.errors import DocmillError
from docmill.domain.events import Event, EventId, EventType, first_run_id, uploaded_event_id
from docmill.domain.fairness import kind_of_file, kind_of_reading
from docmill.domain.states import RunState, require_edge

ARCHIVED, INDEXED = "archived", "indexed"


def append_parameters(
    change: Change, claim: dict[str, Any] | None, subscriptions: Subscriptions
) -> dict[str, Any]:
    """``claim`` as ``closing`` gives it; None appends without one."""
    time = change.events[0].time if change.events else datetime.now(UTC)
    values = None if change.result is None else to_json(field_values(change.result))
    events = (*change.events, *_uploaded(change, time))
    return {
        "tenant": change.tenant,
        "claim": None if claim is None else to_json(claim),
        "change": to_json(_run_part(change, time, values)),
        "result": None if change.result is None else to_json(change.result),
        "values": values,
        "children": to_json([_child(child) for child in change.children]) if change.children else None,
        "events": events_json(events, subscriptions, kinds=_kinds(change)) if events else None,
    }


def closing(
    claim: Claim, status: str, *, code: str | None = None, reason: str | None = None
) -> dict[str, Any]:
    """What ends a claim: ``status`` is ``done`` or ``dead``."""
    return {
        "stage": claim.stage,
        "event": claim.event.id,
        "fence": claim.fence,
        "worker": claim.worker,
        "status": status,
        "code": code,
        "reason": None if reason is None else stored_text(reason),
    }


def this_try(claim: Claim, *, code: str, reason: str, lines: Sequence[str]) -> dict[str, Any]:
    """A try that failed, as it is kept with its claim."""
    return {
        "attempt": claim.attempt,
        "time": datetime.now(UTC),
        "worker": claim.worker.partition("@")[0],  # not on which machine: the tenant reads it
        "code": code,
        "reason": stored_text(reason),
        "lines": [stored_text(line) for line in lines],
    }


def _run_part(change: Change, time: datetime, values: str | None) -> dict[str, Any]:
    return {
        "document": change.document,
        "run": change.run,
        "version": change.expected_version,
        "versioned": _is_versioned(change),
        "state": change.state,
        "sources": sources(change.state) if change.state else None,
        "code": change.code,
        "detail": stored_text(change.detail) or None,
        "action": change.action or None,
        "media_type": change.media_type,
        "kind": change.reading and kind_of_reading(change.media_type, change.reading.size_bytes),
        "type_name": change.type_name,
        "type_version": change.type_version,
        "pages": change.pages,
        "reading_sha256": change.reading.sha256 if change.reading else None,
        "reading_size_bytes": change.reading.size_bytes if change.reading else None,
        "archived": ARCHIVED in change.facts,
        "indexed": INDEXED in change.facts,
        "values_hash": None if values is None else hashlib.sha256(values.encode()).hexdigest(),
        "usage_pages": change.usage.pages,
        "usage_cpu_seconds": change.usage.cpu_seconds,
        "usage_llm_tokens": change.usage.llm_tokens,
        "time": time,
        "review": change.review and asdict(change.review),
    }


def _is_versioned(change: Change) -> bool:
    """Tell whether more than side facts, usage and events changes."""
    facts = (change.state, change.media_type, change.type_name, change.pages, change.reading, change.result)
    return any(fact is not None for fact in facts) or bool(change.children)


@cache
def sources(state: RunState) -> tuple[str, ...]:
    """The states that a run may come to this one from."""
    return tuple(before.value for before in RunState if _has_edge(before, state))


def _has_edge(before: RunState, after: RunState) -> bool:
    try:
        require_edge(before, after)
    except DocmillError:
        return False
    return True


def _child(child: Child) -> dict[str, Any]:
    return {
        "id": child.document,
        "run": first_run_id(child.document),
        "name": stored_text(child.name),
        "sha256": child.blob.sha256,
        "size_bytes": child.blob.size_bytes,
        "ordinal": child.ordinal,
    }


def _kinds(change: Change) -> dict[EventId, str]:
    return {
        uploaded_event_id(first_run_id(child.document)): kind_of_file(child.name, child.blob.size_bytes)
        for child in change.children
    }


def _uploaded(change: Change, time: datetime) -> list[Event]:
    """A child begins as an upload does."""
    cause = change.events[0] if change.events else None
    said = {event.id for event in change.events}
    made = [
        Event(
            id=uploaded_event_id(first_run_id(child.document)),
            type=EventType.DOCUMENT_UPLOADED,
            tenant=change.tenant,
            document=child.document,
            run=first_run_id(child.document),
            time=time,
            cause=cause.cause if cause else None,
            trace=cause.trace if cause else "",
            data={"sha256": child.blob.sha256, "size_bytes": child.blob.size_bytes},
        )
        for child in change.children
    ]
    return [event for event in made if event.id not in said]
