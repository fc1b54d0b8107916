"""What a stage is handed, and the form that every stage has."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from docmill.domain.documents import Answer, Document, Run
from docmill.domain.events import Event

Clock = Callable[[], datetime]


def unheard(_percent: int) -> None:
    """Nobody watches how far the work is."""


@dataclass(frozen=True, slots=True)
class Work:
    """One message with the document and the run that it is about, as last saved.

    ``report`` takes the percent done, for whoever watches the operation; calling it is cheap.
    ``edition`` is what the tenant's catalog is asked for by, as the claim says.
    """

    event: Event
    document: Document
    run: Run
    report: Callable[[int], None] = unheard
    edition: str | None = None


Handler = Callable[[Work], Awaitable[Answer]]
"""A stage: from a message to an answer. It may be called again with the same message, at any time."""
