"""Following the journal: whoever wants to be told, in the one order in which things were committed."""

from typing import Protocol

from docmill.domain.events import Event
from docmill.domain.limits.processes import FOLLOW_BATCH_EVENTS
from docmill.ports.journal import Journal
from docmill.stages.flow import stage

_TAKES = frozenset(stage("notify").takes)


class Bookmark(Protocol):
    """Where a follower is in the journal, kept over restarts."""

    def load(self) -> int:
        """Return the position of the last event that was told; 0 at first."""

    def save(self, position: int) -> None: ...


class Listener(Protocol):
    """Somebody who is told at least once, in order."""

    def told(self, event: Event) -> None: ...


async def follow(journal: Journal, bookmark: Bookmark, listener: Listener) -> int:
    """Tell everything that was committed since the last time; return how many journal rows that were.

    The bookmark moves after the listener was told: a crash between the two tells it once more.
    """
    told = 0
    position = bookmark.load()
    while events := await journal.read(after=position, limit=FOLLOW_BATCH_EVENTS):
        for event in events:
            if event.type in _TAKES:
                listener.told(event)
        position = events[-1].position or position
        bookmark.save(position)
        told += len(events)
    return told
