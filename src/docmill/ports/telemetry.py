"""Telling how the work goes. Nothing that is told has document content in it.

One protocol for each of those who tell something; an adapter may well be all of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from docmill.domain.access import Refusal
from docmill.domain.documents import Claim
from docmill.domain.tenants import TenantId

Attributes = Mapping[str, str | int | float | bool]
"""Ids, codes, counts and sizes; never text, names or values."""


@dataclass(frozen=True, slots=True)
class Done:
    """What an answer came to. ``pages`` are those that this stage has read; ``confidences`` those of the
    fields that it has found; ``accepted`` says whether a person is needed, None where that was not asked."""

    type_name: str | None = None
    pages: int = 0
    type_confidence: float | None = None
    confidences: Sequence[float] = ()
    accepted: bool | None = None


NOTHING = Done()


class Telemetry(Protocol):
    """Of the stages. Cheap and never failing: telling about work does not stop it."""

    def began(self, claim: Claim) -> None:
        """The work on a message begins, in the task that calls: what `Parts` tells there is a part of it."""

    def answered(self, claim: Claim, *, wall_s: float, cpu_seconds: float, done: Done = NOTHING) -> None:
        """A stage's answer was saved."""

    def failed(self, claim: Claim, *, code: str, final: bool, error: BaseException | None) -> None:
        """A try failed: ``final`` when the message became a dead letter.

        Of an unexpected error its kind and frames are told, not its text.
        """

    def lost(self, claim: Claim) -> None:
        """Another worker has taken the message over, or the document was erased."""

    def outage(self, what: str, error: BaseException) -> None:
        """A server does not answer, and whoever needs it waits."""


class Lock(StrEnum):
    """What stopped a file that went too far, as far as the end of its reader tells."""

    SYSTEM_CALL = "system_call"
    CPU_TIME = "cpu_time"
    WALL_TIME = "wall_time"
    MEMORY = "memory"
    OUTPUT = "output"  # more words, pages or messages than an honest reader has
    DEATH = "death"  # a signal of its own: it crashed


class Parts(Protocol):
    """Of whoever works for a stage in processes of its own."""

    def part(self, name: str, *, wall_s: float, attributes: Attributes) -> None:
        """A piece of the message in hand has just ended, after ``wall_s``."""

    def lock_fired(self, lock: Lock) -> None: ...


class Alarms(Protocol):
    """Of what an attack would look like."""

    def refused(self, reason: Refusal) -> None:
        """A credential was refused."""

    def foreign(self, tenant: TenantId) -> None:
        """``tenant`` has asked for an id that is another's. It was answered as for an absent one."""

    def blob_refused(self, code: str) -> None:
        """A file was not taken at the door, or is not what its name says (a code of `domain/errors`)."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request that has been answered. ``route`` is its template, "" for none; ``code`` that of the error
    that was answered, or ""; ``trace`` the W3C traceparent of its span, ``parent`` the id of its
    caller's.
    """

    method: str
    route: str
    status: int
    wall_s: float
    trace: str = ""
    parent: str = ""
    tenant: str = ""
    document: str = ""
    code: str = ""


class Traffic(Protocol):
    """Of the API."""

    def request_began(self) -> None: ...

    def request_ended(self, exchange: Exchange) -> None: ...


class WebhookTelling(Protocol):
    """Of webhooks."""

    def delivered(self, tenant: TenantId, *, outcome: str, wall_s: float) -> None:
        """``outcome``: ``ok``, ``given_up``, or why the try was none (`domain.webhooks.SendCode`)."""


class Silence:
    """Nobody listens: `Parts`, `Alarms`, `Traffic` and `WebhookTelling` of who has nobody to tell."""

    def part(self, name: str, *, wall_s: float, attributes: Attributes) -> None: ...

    def lock_fired(self, lock: Lock) -> None: ...

    def refused(self, reason: Refusal) -> None: ...

    def foreign(self, tenant: TenantId) -> None: ...

    def blob_refused(self, code: str) -> None: ...

    def request_began(self) -> None: ...

    def request_ended(self, exchange: Exchange) -> None: ...

    def delivered(self, tenant: TenantId, *, outcome: str, wall_s: float) -> None: ...


SILENCE = Silence()
