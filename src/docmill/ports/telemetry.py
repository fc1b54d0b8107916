"""Telling how the work goes. Nothing that is told has document content in it."""

from typing import Protocol

from docmill.domain.documents import Claim


class Telemetry(Protocol):
    """Cheap and never failing: telling about work does not stop it."""

    def answered(self, claim: Claim, *, wall_s: float, cpu_seconds: float) -> None:
        """A stage's answer was saved."""

    def failed(self, claim: Claim, *, code: str, final: bool, error: BaseException | None) -> None:
        """A try failed: ``final`` when the message became a dead letter.

        Of an unexpected error its kind and frames are told, not its text.
        """

    def lost(self, claim: Claim) -> None:
        """Another worker has taken the message over, or the document was erased."""

    def outage(self, what: str, error: BaseException) -> None:
        """A server does not answer, and whoever needs it waits."""
