"""The committed events in one gapless order."""

from collections.abc import Sequence
from typing import Protocol

from docmill.domain.events import Event


class Journal(Protocol):
    """Reading by ``position`` never skips a row that commits late. Raises Unavailable."""

    async def sequence(self) -> int:
        """Give positions to committed rows that have none; return how many.

        One caller at a time does it, others get 0.
        """

    async def read(self, *, after: int, limit: int) -> Sequence[Event]:
        """Return events with a position above ``after``, in order."""

    async def compact(self) -> int:
        """Give back the storage that was set aside for times in which nothing happened.

        Returns how many pieces that were. Events are never deleted.
        """
