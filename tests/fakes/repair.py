"""Dead letters, retention and holds in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from tests.fakes.flow import MemoryClaims, MemoryDatabase

from docmill.domain.documents import DeadLetter
from docmill.domain.errors import DocmillError, ErrorCode, NotFound, VersionConflict
from docmill.domain.events import DocumentId, first_run_id
from docmill.domain.tenants import TenantId
from docmill.ports.letters import Closing, Letter, LetterFilter, LetterId, LetterPage, LetterState, Try
from docmill.ports.retention import ErasedBlob, Hold, Receipt, RetentionRules


@dataclass
class MemoryLetters:
    """`Letters`. A letter that was sent back is remembered in ``sent``."""

    db: MemoryDatabase
    closed: dict[tuple[TenantId, LetterId], Letter] = field(default_factory=dict)
    sent: set[tuple[TenantId, LetterId]] = field(default_factory=set)

    async def find(
        self, tenant: TenantId, where: LetterFilter, *, limit: int, cursor: str | None = None
    ) -> LetterPage:
        if cursor is not None and not cursor.isdecimal():
            raise DocmillError(ErrorCode.REQUEST_INVALID, "cursor")
        found = [letter for letter in self._all(tenant, where.state) if _fits(letter, where)]
        first = int(cursor or 0)
        page = tuple(replace(letter, tries=()) for letter in found[first : first + limit])
        return LetterPage(page, str(first + limit) if len(found) > first + limit else None)

    async def load(self, tenant: TenantId, letter: LetterId) -> Letter:
        for state in LetterState:
            for found in self._all(tenant, state):
                if found.id == letter:
                    return found
        raise NotFound("letter")

    async def replay(self, tenant: TenantId, letter: LetterId) -> bool:
        if (tenant, letter) in self.sent:
            return False
        found = await self.load(tenant, letter)
        if self.db.document(tenant, found.document).erased_at is not None:
            raise DocmillError(ErrorCode.ERASED)
        if found.closing is not None:
            raise DocmillError(ErrorCode.STATE_FORBIDDEN)
        self.sent.add((tenant, letter))
        return await MemoryClaims(self.db).replay(self._dead(tenant, letter))

    async def matching(self, tenant: TenantId, where: LetterFilter) -> Sequence[LetterId]:
        return [letter.id for letter in self._all(tenant, LetterState.DEAD) if _fits(letter, where)]

    async def close(self, tenant: TenantId, letter: LetterId, *, by: str, reason: str) -> Letter:
        if (tenant, letter) in self.sent:
            raise DocmillError(ErrorCode.STATE_FORBIDDEN)
        found = await self.load(tenant, letter)
        if found.closing is None:
            self.db.letters.remove(self._dead(tenant, letter))
            closing = Closing(by, reason, datetime.now(UTC))
            found = replace(found, state=LetterState.GIVEN_UP, closing=closing)
            self.closed[tenant, letter] = found
        return found

    def _dead(self, tenant: TenantId, letter: LetterId) -> DeadLetter:
        for dead in self.db.letters:
            if (dead.tenant, dead.stage, dead.event) == (tenant, letter.stage, letter.event):
                return dead
        raise NotFound("letter")

    def _all(self, tenant: TenantId, state: LetterState) -> list[Letter]:
        if state is LetterState.GIVEN_UP:
            return [letter for (owner, _), letter in self.closed.items() if owner == tenant]
        return [self._letter(dead) for dead in self.db.letters if dead.tenant == tenant]

    def _letter(self, dead: DeadLetter) -> Letter:
        document = self.db.document(dead.tenant, dead.document)
        return Letter(
            id=LetterId(dead.stage, dead.event),
            tenant=dead.tenant,
            document=dead.document,
            run=first_run_id(dead.document),
            state=LetterState.DEAD,
            code=dead.code,
            reason=dead.reason,
            attempts=dead.attempts,
            replays=0,
            time=dead.time,
            type_name=document.run.type_name,
            batch=document.batch,
            tries=(Try(dead.attempts, dead.time, "w", dead.code, dead.reason, ("read.py:1 in read",)),),
        )


def _fits(letter: Letter, where: LetterFilter) -> bool:
    return (
        where.stage in (None, letter.id.stage)
        and where.code in (None, letter.code)
        and where.type_name in (None, letter.type_name)
        and where.batch in (None, letter.batch)
        and (where.since is None or letter.time >= where.since)
    )


@dataclass
class MemoryRetention:
    """`Retention`."""

    db: MemoryDatabase
    stored: dict[TenantId, RetentionRules] = field(default_factory=dict)
    holds: dict[tuple[TenantId, DocumentId], Hold] = field(default_factory=dict)

    async def rules(self, tenant: TenantId) -> RetentionRules:
        return self.stored.get(tenant, RetentionRules())

    async def put_rules(
        self, tenant: TenantId, rules: RetentionRules, *, expected: int | None, by: str
    ) -> RetentionRules:
        before = await self.rules(tenant)
        if expected not in (None, before.version):
            raise VersionConflict
        changed = replace(rules, version=before.version + 1, changed_by=by, changed_at=datetime.now(UTC))
        self.stored[tenant] = changed
        return changed

    async def due(self, tenant: TenantId, *, now: datetime, most: int) -> Sequence[DocumentId]:
        rules = await self.rules(tenant)
        due = []
        for (owner, document), found in self.db.documents.items():
            days = rules.types.get(found.run.type_name or "", rules.default_days)
            free = owner == tenant and found.erased_at is None and (owner, document) not in self.holds
            if free and days is not None and found.created_at < now - timedelta(days=days):
                due.append(document)
        return due[:most]

    async def hold(self, tenant: TenantId, document: DocumentId) -> Hold | None:
        if self.db.document(tenant, document).erased_at is not None:
            raise DocmillError(ErrorCode.ERASED)
        return self.holds.get((tenant, document))

    async def place_hold(self, tenant: TenantId, document: DocumentId, *, reason: str, by: str) -> Hold:
        await self.hold(tenant, document)
        placed = self.holds[tenant, document] = Hold(reason, by, datetime.now(UTC))
        return placed

    async def lift_hold(self, tenant: TenantId, document: DocumentId) -> None:
        await self.hold(tenant, document)
        self.holds.pop((tenant, document), None)

    async def receipt(self, tenant: TenantId, document: DocumentId) -> Receipt:
        found = self.db.document(tenant, document)
        if found.erased_at is None:
            raise DocmillError(ErrorCode.NOT_READY)
        blobs = (ErasedBlob(found.blob.sha256, shared=False),)
        deleted, left = {"results": 1, "chunks": 3}, {"results": 0, "chunks": 0}
        return Receipt(document, found.erased_at, "key:dm_acme", deleted, left, blobs, frozenset())
