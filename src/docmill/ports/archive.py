"""Every version of every result, for good."""

from collections.abc import Sequence
from typing import Protocol

from docmill.domain.documents import ArchiveRecord
from docmill.domain.events import DocumentId
from docmill.domain.tenants import TenantId


class Archive(Protocol):
    """Versions are immutable. Raises Unavailable; NotFound for absent and foreign ids alike."""

    async def put(self, record: ArchiveRecord) -> None:
        """Keep a version.

        The same record twice is kept once; another under the same version is refused (version_conflict).
        """

    async def versions(self, tenant: TenantId, document: DocumentId) -> Sequence[ArchiveRecord]:
        """Return all versions, oldest first; empty while there is none."""
