"""What has to be true once everything has calmed down."""

from collections import Counter
from typing import TYPE_CHECKING

from docmill.domain.documents import Document, Run
from docmill.domain.events import EventType
from docmill.domain.states import RunState
from docmill.stages.flow import stage
from docmill.stages.results import result_sha256

if TYPE_CHECKING:
    from tests.simulation.world import Asked, World

ENDS = {
    RunState.ARCHIVED: EventType.DOCUMENT_ARCHIVED,
    RunState.IN_REVIEW: EventType.REVIEW_REQUESTED,
}


def violations(world: "World") -> list[str]:
    """Say what is lost, doubled, half-done or left over."""
    wrong = list(world.faults)
    by_id = {document.id: document for document in world.db.documents.values()}
    made = {key: accepted.document for (_, key), (_, accepted) in world.db.keys.items()}
    wrong += [
        f"{asked.key} was acknowledged and is lost"
        for asked in world.wanted
        if asked.document not in by_id and (asked.patient or asked.document)
    ]
    wrong += [f"{extra} was not asked for" for extra in by_id.keys() - made.values()]
    for asked in world.wanted:
        document = by_id.get(asked.document or made.get(asked.key))  # type: ignore[arg-type]
        if document is not None:
            wrong += [f"{asked.key}: {what}" for what in _faults(world, document, asked)]
    return wrong + _open_work(world) + _told(world) + _left_over(world)


def _faults(world: "World", document: Document, asked: "Asked") -> list[str]:
    if asked.erased:
        return _erased(world, document)
    if asked.granted and asked.wish == "cancel":
        return _cancelled(world, document)
    wrong = [] if document.tenant == asked.tenant else ["has changed hands"]
    runs = [document.run, *(run for run in world.db.older.values() if run.document == document.id)]
    wanted = 2 if asked.wish == "again" and asked.granted else 1
    wrong += [] if len(runs) == wanted else [f"has {len(runs)} runs, and not {wanted}"]
    corrected = asked.wish == "correct" and asked.granted
    expected = RunState.ARCHIVED if corrected or asked.data.startswith(b"number") else RunState.IN_REVIEW
    for run in runs:
        wrong += _finished(world, document, run, expected, corrected=corrected)
    if (document.tenant, document.id) not in world.index.chunks:
        wrong.append("is not found")
    if (document.tenant, document.blob.sha256) not in world.blobs.files:
        wrong.append("its file is gone")
    return wrong


def _finished(
    world: "World", document: Document, run: Run, expected: RunState, *, corrected: bool
) -> list[str]:
    wrong = []
    events = Counter(event.type for event in world.db.events if event.run == run.id)
    failures = events.pop(EventType.DOCUMENT_FAILED, 0)
    indexed = events.pop(EventType.DOCUMENT_INDEXED, 0)
    wrong += [f"{name} {count} times" for name, count in events.items() if count > 1]
    wrong += [] if indexed == 1 + corrected else [f"indexed {indexed} times"]
    if corrected and events[EventType.DOCUMENT_CORRECTED] != 1:
        wrong.append("its correction is lost")
    if run.state is not expected or events[ENDS[expected]] != 1:
        wrong.append(f"is {run.state} ({run.code}) after {failures} failures")
    versions = [kept for kept in world.archive.records.values() if kept.run == run.id]
    if len(versions) != (expected is RunState.ARCHIVED):
        wrong.append(f"{len(versions)} archived versions")
    if any(kept.sha256 != result_sha256(run.result or {}) for kept in versions):
        wrong.append("the archive holds another result")
    if run.indexed_at is None:
        wrong.append("is not indexed")
    if run.reading and (document.tenant, run.reading.sha256) not in world.blobs.files:
        wrong.append("its reading is gone")
    return wrong


def _cancelled(world: "World", document: Document) -> list[str]:
    events = Counter(event.type for event in world.db.events if event.document == document.id)
    wrong = (
        [] if document.run.state is RunState.CANCELLED else [f"is {document.run.state}, and not cancelled"]
    )
    wrong += [] if events[EventType.DOCUMENT_CANCELLED] == 1 else ["is not cancelled once"]
    wrong += ["its result came back"] if document.run.result is not None else []
    wrong += ["is found"] if (document.tenant, document.id) in world.index.chunks else []
    wrong += (
        ["is archived"]
        if any(kept.document == document.id for kept in world.archive.records.values())
        else []
    )
    return wrong


def _erased(world: "World", document: Document) -> list[str]:
    key = (document.tenant, document.id)
    wrong = [] if document.erased_at else ["is not erased"]
    wrong += ["its result came back"] if document.run.result is not None else []
    wrong += ["its chunks came back"] if key in world.index.chunks else []
    wrong += ["its versions came back"] if any(kept[:2] == key for kept in world.archive.records) else []
    return wrong


def _open_work(world: "World") -> list[str]:
    return [
        f"{row.stage} of {row.event.document} is {'a dead letter' if row.dead else 'open'}"
        for row in world.db.rows.values()
        if row.dead or not row.done
    ]


def _told(world: "World") -> list[str]:
    """Everything at least once, and for the first time in the order of the journal."""
    takes = frozenset(stage("notify").takes)
    wanted = [event.id for event in world.db.events if event.type in takes]
    first = list(dict.fromkeys(event.id for event in world.ear.heard))
    return [] if first == wanted else [f"heard {len(first)} of {len(wanted)} events, or not in order"]


def _left_over(world: "World") -> list[str]:
    """Files that nobody refers to are collected."""
    kept = [document for document in world.db.documents.values() if document.erased_at is None]
    needed = {(document.tenant, document.blob.sha256) for document in kept}
    runs = [document.run for document in kept]
    runs += [run for run in world.db.older.values() if run.document in {document.id for document in kept}]
    tenants = {document.id: document.tenant for document in kept}
    needed |= {(tenants[run.document], run.reading.sha256) for run in runs if run.reading}
    return [
        f"a file of {tenant} is left over"
        for tenant, name in world.blobs.files
        if (tenant, name) not in needed
    ]
