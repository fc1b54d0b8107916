"""Looking after the store: invariants that must hold, and what puts them right."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from docmill.domain.events import DocumentId
from docmill.domain.tenants import TenantId


@dataclass(frozen=True, slots=True)
class Fault:
    """An invariant that does not hold. ``check`` names it; ``repair`` says what mending does, "" where
    nothing can.

    ``key`` is what `mend` needs; nothing here has document content.
    """

    check: str
    detail: str
    repair: str = ""
    tenant: TenantId | None = None
    document: DocumentId | None = None
    key: Mapping[str, Any] = field(default_factory=dict)


class Upkeep(Protocol):
    """Raises Unavailable. Looking changes nothing and may be done while the platform works."""

    def faults(self, tenant: TenantId) -> AsyncIterator[Fault]:
        """Yield what is wrong with a tenant's rows, DEEP_FINDINGS_MAX of each kind at the most."""

    def platform_faults(self) -> AsyncIterator[Fault]:
        """Yield what is wrong with what all tenants share: journal, sequencer, isolation, waiting
        messages."""

    async def mend(self, fault: Fault) -> bool:
        """Repair what `faults` and `platform_faults` found; False when there was nothing left to do."""

    async def values_fit(
        self, tenant: TenantId, document: DocumentId, result: Mapping[str, Any] | None
    ) -> bool:
        """Tell whether the filterable values are those of the result."""

    async def rebuild_values(self, tenant: TenantId, document: DocumentId, result: Mapping[str, Any]) -> None:
        """Put the filterable values of the result in the place of those that are there."""

    async def unstick(self) -> int:
        """Make due what waits for a clock that was set back, longer than WAIT_S_LONGEST; return how many."""

    async def backup_running(self) -> bool:
        """Tell whether a backup is being taken: until it ends no file may be deleted."""
