"""Who works on what: one claim per (stage, message), with fence, lease, heartbeat and attempts."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from docmill.domain.documents import Change, Claim, DeadLetter
from docmill.domain.tenants import TenantId


class Claims(Protocol):
    """At-least-once: a claim whose lease ends is handed out again with a newer fence. Raises Unavailable."""

    async def take(self, stages: Sequence[str], *, worker: str, most: int) -> Sequence[Claim]:
        """Return up to ``most`` claims, stages in the given order of priority.

        Within a stage the tenant with the least virtual time comes first, then its oldest message.
        A message whose last allowed attempt died comes back once more with ``attempt`` above
        ATTEMPTS_MAX, to be given up on.
        """

    async def beat(
        self, claims: Sequence[Claim], *, percent: int | None = None
    ) -> frozenset[tuple[str, UUID]]:
        """Extend the leases; return (stage, event id) of those that are lost."""

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
        """Give the message back, to be taken again after ``delay_s``. Raises StaleClaim.

        ``lines`` tell where the error came from; they are kept with the try, without document content.

        ``counted`` False takes this try back (attempts - 1): the fault was a full disk or a server
        that is away, not the message's.
        """

    async def give_up(
        self, claim: Claim, change: Change, *, code: str, reason: str, lines: Sequence[str] = ()
    ) -> None:
        """Make the message a dead letter and save `change` (the run's FAILED) in one transaction.

        Raises StaleClaim.
        """

    async def charge(self, claim: Claim, *, cpu_seconds: float) -> None:
        """Correct the tenant's virtual time in this stage by what the work really cost."""

    async def forsake(self, worker: str, *, counted: bool = True) -> int:
        """End the leases of a worker that is known to be dead; return how many.

        ``counted`` False takes their tries back: the worker was told to stop, it did not die of a message.
        Counted ones become suspects: each is handed out again to a worker that has nothing else in hand,
        after all other work or SUSPECT_PATIENCE_S. So does a message whose lease ended without a word.
        """

    async def wait(self, *, timeout_s: float) -> None:
        """Return when there may be new work, at the latest after ``timeout_s``."""

    async def backlog(self) -> dict[tuple[str, TenantId], tuple[int, float]]:
        """Return (messages waiting or worked on, age of the oldest in seconds) by (stage, tenant)."""

    async def dead_letters(self, tenant: TenantId | None = None) -> Sequence[DeadLetter]:
        """Return the dead letters that nobody has replayed."""

    async def replay(self, letter: DeadLetter) -> bool:
        """Send a dead letter back to its stage, its run to the state that the stage starts from.

        False if it was sent back before, and when its document was erased or its run cancelled meanwhile.
        """
