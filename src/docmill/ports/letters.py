"""Messages that a stage gave up on, as the people of a tenant look after them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from docmill.domain.events import DocumentId, EventId, RunId
from docmill.domain.tenants import TenantId


class LetterState(StrEnum):
    """``given_up``: somebody has closed it; its run stays failed."""

    DEAD = "dead"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class LetterId:
    """A letter is one message in one stage. Written ``read.3f0c9b1e-…``."""

    stage: str
    event: EventId

    def __str__(self) -> str:
        return f"{self.stage}.{self.event}"


@dataclass(frozen=True, slots=True)
class Try:
    """One try that failed. ``lines`` tell where the error came from; nothing here has document content."""

    attempt: int
    time: datetime
    worker: str
    code: str
    reason: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Closing:
    """Who closed a letter, when and why."""

    by: str
    reason: str
    time: datetime


@dataclass(frozen=True, slots=True)
class Letter:
    """``attempts`` counts the tries since the last replay; ``tries`` has the newest ones of all time."""

    id: LetterId
    tenant: TenantId
    document: DocumentId
    run: RunId
    state: LetterState
    code: str
    reason: str
    attempts: int
    replays: int
    time: datetime
    type_name: str | None
    batch: str | None
    closing: Closing | None = None
    tries: tuple[Try, ...] = ()


@dataclass(frozen=True, slots=True)
class LetterFilter:
    """``since`` is the time at which the stage gave up, or later."""

    stage: str | None = None
    code: str | None = None
    type_name: str | None = None
    batch: str | None = None
    since: datetime | None = None
    state: LetterState = LetterState.DEAD


@dataclass(frozen=True, slots=True)
class LetterPage:
    """Newest first. ``next`` is an opaque cursor, None on the last page. Letters of a page have no
    ``tries``."""

    letters: tuple[Letter, ...]
    next: str | None


class Letters(Protocol):
    """Raises Unavailable; NotFound for an absent letter exactly as for another tenant's."""

    async def find(
        self, tenant: TenantId, where: LetterFilter, *, limit: int, cursor: str | None = None
    ) -> LetterPage:
        """Raises DocmillError(request_invalid) for a foreign cursor."""

    async def load(self, tenant: TenantId, letter: LetterId) -> Letter:
        """Return the letter with its tries, oldest first."""

    async def replay(self, tenant: TenantId, letter: LetterId) -> bool:
        """Send it back to its stage; False if it is on its way again already.

        Raises DocmillError(state_forbidden) for one that was given up or whose run was cancelled, and
        DocmillError(erased) when its document was.
        """

    async def matching(self, tenant: TenantId, where: LetterFilter) -> Sequence[LetterId]:
        """Return the letters that a filter means, oldest first, LETTERS_AT_ONCE_MAX at most."""

    async def close(self, tenant: TenantId, letter: LetterId, *, by: str, reason: str) -> Letter:
        """Give up on it for good. Closing twice keeps the first. Raises DocmillError(state_forbidden) for a
        letter that was sent back meanwhile."""
