"""Documents, claims and journal in memory, atomic because nothing awaits between two steps."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import UUID

from docmill.domain.documents import (
    Accepted,
    Change,
    Child,
    Claim,
    DeadLetter,
    Document,
    Operation,
    Run,
    Upload,
)
from docmill.domain.errors import DocmillError, ErrorCode, NotFound, StaleClaim, VersionConflict
from docmill.domain.events import DocumentId, Event, EventId, EventType, first_run_id, uploaded_event_id
from docmill.domain.limits.flow import ATTEMPTS_MAX
from docmill.domain.results import Usage
from docmill.domain.states import RunState, require_edge
from docmill.domain.tenants import TenantId
from docmill.ports.document_store import DocumentFilter, DocumentPage
from docmill.stages.flow import SUBSCRIPTIONS, stage

Key = tuple[TenantId, DocumentId]


@dataclass
class Row:
    """A claim: `held` while a worker has it."""

    stage: str
    event: Event
    fence: int = 0
    attempts: int = 0
    held: str | None = None
    done: bool = False
    dead: bool = False
    replays: int = 0
    due: int = 0  # ticks of the fake clock of `MemoryClaims`
    suspect: bool = False  # its last worker died; only the simulation's claims look at it


@dataclass
class MemoryDatabase:
    """What the three share, as the adapters share one PostgreSQL."""

    documents: dict[Key, Document] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    positions: int = 0
    rows: dict[tuple[str, UUID], Row] = field(default_factory=dict)
    letters: list[DeadLetter] = field(default_factory=list)
    keys: dict[tuple[TenantId, str], tuple[str, Accepted]] = field(default_factory=dict)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    older: dict[UUID, Run] = field(default_factory=dict)  # runs that their documents show no more

    def document(self, tenant: TenantId, document: DocumentId) -> Document:
        try:
            return self.documents[tenant, document]
        except KeyError:
            raise NotFound("document") from None

    def publish(self, event: Event) -> None:
        if any(known.id == event.id for known in self.events):
            return
        self.events.append(event)
        for name in SUBSCRIPTIONS[event.type]:
            self.rows[name, event.id] = Row(name, event)
        self.news.set()

    def close(self, claim: Claim) -> None:
        self.held(claim).done = True

    def held(self, claim: Claim) -> Row:
        row = self.rows[claim.stage, claim.event.id]
        if row.fence != claim.fence or row.held != claim.worker or row.done:
            raise StaleClaim
        return row

    def save(self, change: Change) -> None:
        document = self.document(change.tenant, change.document)
        run = self.run_of(document, change.run)
        moves = change.state is not None or change.result is not None
        if moves and run.version != change.expected_version:
            raise VersionConflict
        if change.state is not None:
            require_edge(run.state, change.state)
        now = datetime.now(UTC)
        given = {
            name: value
            for name in (
                "state",
                "code",
                "detail",
                "action",
                "type_name",
                "type_version",
                "pages",
                "reading",
                "result",
            )
            if (value := getattr(change, name)) is not None
        }
        facts = {f"{fact}_at": now for fact in change.facts}
        usage = Usage(
            max(run.usage.pages, change.usage.pages),
            run.usage.cpu_seconds + change.usage.cpu_seconds,
            run.usage.llm_tokens + change.usage.llm_tokens,
        )
        run = replace(run, **given, **facts, usage=usage, version=run.version + moves, updated_at=now)
        document = replace(document, media_type=change.media_type or document.media_type)
        self.put_run(document, run)
        for child in change.children:
            self.add(change.tenant, child, document, now)
        for event in change.events:
            self.publish(event)

    def run_of(self, document: Document, run: UUID) -> Run:
        return document.run if run == document.run.id else self.older[run]

    def put_run(self, document: Document, run: Run) -> None:
        if run.id == document.run.id:
            document = replace(document, run=run)
        else:
            self.older[run.id] = run
        self.documents[document.tenant, document.id] = document

    def add(self, tenant: TenantId, child: Child, parent: Document, now: datetime) -> None:
        if (tenant, child.document) in self.documents:
            return
        self.documents[tenant, child.document] = Document(
            id=child.document,
            tenant=tenant,
            name=child.name,
            blob=child.blob,
            created_at=now,
            run=first_run(child.document, now),
            batch=parent.batch,
            parent=parent.id,
            ordinal=child.ordinal,
        )
        self.publish(uploaded(tenant, child.document, now))


def first_run(document: DocumentId, now: datetime) -> Run:
    return Run(first_run_id(document), document, 1, RunState.UPLOADED, 1, None, now, now)


def uploaded(tenant: TenantId, document: DocumentId, now: datetime, trace: str = "") -> Event:
    run = first_run_id(document)
    return Event(uploaded_event_id(run), EventType.DOCUMENT_UPLOADED, tenant, document, run, now, trace=trace)


@dataclass
class MemoryStore:
    """`DocumentStore`. `value` filters are not applied."""

    db: MemoryDatabase

    async def accept(self, upload: Upload) -> Accepted:
        await asyncio.sleep(0)
        key = (upload.tenant, upload.idempotency_key or "")
        if upload.idempotency_key and key in self.db.keys:
            request_hash, made = self.db.keys[key]
            if request_hash != upload.request_hash:
                raise DocmillError(ErrorCode.IDEMPOTENCY_MISMATCH)
            return replace(made, created=False)
        twin = None if upload.allow_duplicate else self._same_bytes(upload)
        accepted = Accepted(upload.document, first_run_id(upload.document), created=True)
        if twin is not None:
            accepted = Accepted(twin.id, twin.run.id, created=False, duplicate_of=twin.id)
        if upload.idempotency_key:
            self.db.keys[key] = (upload.request_hash, accepted)
        if twin is None:
            self._create(upload)
        return accepted

    def _same_bytes(self, upload: Upload) -> Document | None:
        for (tenant, _), document in self.db.documents.items():
            if tenant == upload.tenant and document.blob == upload.blob and document.erased_at is None:
                return document
        return None

    def _create(self, upload: Upload) -> None:
        self.db.documents[upload.tenant, upload.document] = Document(
            id=upload.document,
            tenant=upload.tenant,
            name=upload.name,
            blob=upload.blob,
            created_at=upload.time,
            run=first_run(upload.document, upload.time),
            requested_type=upload.requested_type,
            batch=upload.batch,
        )
        self.db.publish(uploaded(upload.tenant, upload.document, upload.time, upload.trace))

    async def load(self, tenant: TenantId, document: DocumentId) -> Document:
        await asyncio.sleep(0)
        return self.db.document(tenant, document)

    async def operation(self, tenant: TenantId, document: DocumentId) -> Operation:
        found = self.db.document(tenant, document)
        waiting = [row for row in self.db.rows.values() if row.event.document == document and not row.done]
        name = waiting[0].stage if waiting else None
        return Operation(found, name, 0 if waiting else 100, 1, found.id)

    async def runs(self, tenant: TenantId, document: DocumentId) -> Sequence[Run]:
        shown = self.db.document(tenant, document).run
        runs = [shown, *(run for run in self.db.older.values() if run.document == document)]
        return sorted(runs, key=lambda run: run.number)

    async def append(self, change: Change, *, claim: Claim | None) -> None:
        await asyncio.sleep(0)
        if claim is not None:
            self.db.held(claim)
        self.db.save(change)
        if claim is not None:
            self.db.close(claim)

    async def find(
        self, tenant: TenantId, where: DocumentFilter, *, limit: int, cursor: str | None = None
    ) -> DocumentPage:
        if cursor is not None and not cursor.isdigit():
            raise DocmillError(ErrorCode.REQUEST_INVALID, "cursor")
        found = [d for d in reversed(self.db.documents.values()) if d.tenant == tenant and _fits(d, where)]
        first = int(cursor or 0)
        rest = len(found) > first + limit
        return DocumentPage(tuple(found[first : first + limit]), str(first + limit) if rest else None)

    async def export(self, tenant: TenantId, where: DocumentFilter) -> AsyncIterator[Document]:
        for document in (await self.find(tenant, where, limit=10**9)).documents:
            yield document

    async def children(self, tenant: TenantId, document: DocumentId) -> Sequence[Document]:
        self.db.document(tenant, document)
        found = [d for d in self.db.documents.values() if d.tenant == tenant and d.parent == document]
        return sorted(found, key=lambda child: child.ordinal or 0)

    async def twin(
        self, tenant: TenantId, document: DocumentId, *, type_name: str, values: dict[str, str]
    ) -> DocumentId | None:
        own = self.db.document(tenant, document)
        for other in self.db.documents.values():
            if other.tenant == tenant and other.id != document and other.created_at < own.created_at:
                value = (other.run.result or {}).get("value", {})
                same = all(_at(value, path) == text for path, text in values.items())
                if same and other.run.type_name == type_name:
                    return other.id
        return None

    async def erase(
        self, tenant: TenantId, document: DocumentId, *, time: datetime, by: str = ""
    ) -> Sequence[str]:
        found = self.db.document(tenant, document)
        gone = replace(found, erased_at=found.erased_at or time, run=replace(found.run, result=None))
        self.db.documents[tenant, document] = gone
        for row in self.db.rows.values():
            if row.event.document == document:
                row.done = True
        others = {d.blob.sha256 for d in self.db.documents.values() if d.tenant == tenant and not d.erased_at}
        blobs = {found.blob.sha256, *([found.run.reading.sha256] if found.run.reading else [])}
        return sorted(blobs - others)

    async def counts(self, tenant: TenantId, *, batch: str | None = None) -> dict[str, int]:
        counts: dict[str, int] = {}
        for document in self.db.documents.values():
            if document.tenant == tenant and batch in (None, document.batch):
                counts[document.run.state] = counts.get(document.run.state, 0) + 1
        return counts

    async def journal(self, tenant: TenantId, document: DocumentId) -> Sequence[Event]:
        self.db.document(tenant, document)
        return [event for event in self.db.events if event.document == document]

    async def unreferenced(self, tenant: TenantId, blobs: Sequence[str]) -> frozenset[str]:
        await asyncio.sleep(0)
        kept = [d for d in self.db.documents.values() if d.tenant == tenant and d.erased_at is None]
        ids = {d.id for d in kept}
        runs = [*(d.run for d in kept), *(run for run in self.db.older.values() if run.document in ids)]
        needed = {d.blob.sha256 for d in kept} | {run.reading.sha256 for run in runs if run.reading}
        return frozenset(blobs) - needed

    async def forget(self, tenant: TenantId, *, most: int) -> int:
        return 0


def _fits(document: Document, where: DocumentFilter) -> bool:
    return (
        (not where.states or document.run.state in where.states)
        and where.type_name in (None, document.run.type_name)
        and where.batch in (None, document.batch)
        and where.parent in (None, document.parent)
        and (where.created_gte is None or document.created_at >= where.created_gte)
        and (where.created_lt is None or document.created_at < where.created_lt)
    )


def _at(value: object, path: str) -> object:
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


@dataclass
class MemoryClaims:
    """`Claims`. A lease ends when `expire` is called; a backoff, when `pass_time` is."""

    db: MemoryDatabase
    now: float = 0.0
    charged: list[tuple[str, float]] = field(default_factory=list)
    delays: list[float] = field(default_factory=list)

    async def take(self, stages: Sequence[str], *, worker: str, most: int) -> Sequence[Claim]:
        await asyncio.sleep(0)
        taken: list[Claim] = []
        for name in stages:
            for row in self.db.rows.values():
                free = row.held is None and not row.done and not row.dead and row.due <= self.now
                if row.stage == name and free and len(taken) < most:
                    row.fence, row.attempts, row.held = row.fence + 1, row.attempts + 1, worker
                    held = self.db.documents.get((row.event.tenant, row.event.document))
                    taken.append(
                        Claim(name, row.event, row.fence, row.attempts, worker, row.replays, held=held)
                    )
        return taken

    async def beat(
        self, claims: Sequence[Claim], *, percent: int | None = None
    ) -> frozenset[tuple[str, UUID]]:
        lost = set()
        for claim in claims:
            try:
                self.db.held(claim)
            except StaleClaim:
                lost.add((claim.stage, claim.event.id))
        return frozenset(lost)

    async def retry(
        self,
        claim: Claim,
        *,
        delay_s: float,
        code: str,
        reason: str,
        counted: bool = True,
        lines: Sequence[str] = (),
    ) -> None:
        row = self.db.held(claim)
        row.held, row.due = None, self.now + delay_s
        row.attempts -= not counted
        self.delays.append(delay_s)

    async def give_up(
        self, claim: Claim, change: Change, *, code: str, reason: str, lines: Sequence[str] = ()
    ) -> None:
        row = self.db.held(claim)
        self.db.save(change)
        row.dead, row.held = True, None
        event = claim.event
        self.db.letters.append(
            DeadLetter(
                claim.stage, event.id, event.tenant, event.document, code, reason,
                min(claim.attempt, ATTEMPTS_MAX), datetime.now(UTC),
            )
        )  # fmt: skip

    async def charge(self, claim: Claim, *, cpu_seconds: float) -> None:
        self.charged.append((claim.stage, cpu_seconds))

    async def forsake(self, worker: str, *, counted: bool = True) -> int:
        held = [row for row in self.db.rows.values() if row.held == worker and not row.done]
        for row in held:
            row.held = None
            row.attempts -= not counted
        self.db.news.set()
        return len(held)

    async def wait(self, *, timeout_s: float) -> None:
        self.db.news.clear()
        try:
            await asyncio.wait_for(self.db.news.wait(), timeout_s)
        except TimeoutError:
            return

    async def backlog(self) -> dict[tuple[str, TenantId], tuple[int, float]]:
        waiting: dict[tuple[str, TenantId], tuple[int, float]] = {}
        for row in self.db.rows.values():
            if not row.done and not row.dead:
                key = (row.stage, row.event.tenant)
                waiting[key] = (waiting.get(key, (0, 0.0))[0] + 1, 0.0)
        return waiting

    async def dead_letters(self, tenant: TenantId | None = None) -> Sequence[DeadLetter]:
        return [letter for letter in self.db.letters if tenant in (None, letter.tenant)]

    async def replay(self, letter: DeadLetter) -> bool:
        if letter not in self.db.letters:
            return False
        self.db.letters.remove(letter)
        row = self.db.rows[letter.stage, letter.event]
        row.dead, row.attempts, row.due, row.replays = False, 0, 0, row.replays + 1
        document, starts_from = (
            self.db.document(letter.tenant, letter.document),
            stage(letter.stage).starts_from,
        )
        run = self.db.run_of(document, row.event.run)
        if run.state is RunState.FAILED and starts_from is not None:
            self.db.put_run(document, replace(run, state=starts_from, code=None, version=run.version + 1))
        self.db.news.set()
        return True

    def expire(self, worker: str) -> None:
        """The leases of a worker end: what it holds may be taken by others."""
        for row in self.db.rows.values():
            if row.held == worker:
                row.held = None

    def pass_time(self, seconds: float) -> None:
        self.now += seconds

    def hand_out(self, row: Row) -> Claim:
        """Deliver this very message, whatever became of it before."""
        row.done, row.held, row.fence = False, "w", row.fence + 1
        return Claim(row.stage, row.event, row.fence, 1, "w", row.replays)

    def again(self, stage_name: str, event: EventId) -> None:
        """Deliver a message once more although it was answered, as a broker may."""
        row = self.db.rows[stage_name, event]
        row.done, row.held = False, None


@dataclass
class MemoryJournal:
    db: MemoryDatabase

    async def sequence(self) -> int:
        fresh = len(self.db.events) - self.db.positions
        for at in range(self.db.positions, len(self.db.events)):
            self.db.events[at] = dataclasses.replace(self.db.events[at], position=at + 1)
        self.db.positions += fresh
        return fresh

    async def read(self, *, after: int, limit: int) -> Sequence[Event]:
        return self.db.events[after : min(after + limit, self.db.positions)]

    async def compact(self) -> int:
        return 0
