"""Files that were sent together."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from docmill.domain.batches import Batch, BatchItemPage, BatchPage, Expected, Noted
from docmill.domain.tenants import TenantId
from docmill.ports.operations import Key


class Batches(Protocol):
    """A batch is there as soon as it was made, or an upload has named it.

    Raises Unavailable, and NotFound for an absent id exactly as for another tenant's.
    """

    async def create(
        self,
        tenant: TenantId,
        *,
        label: str | None,
        expected: Sequence[Expected],
        time: datetime,
        key: Key | None,
    ) -> str:
        """Make a batch; return its id, or that of the one that the same key made.

        Raises DocmillError(idempotency_mismatch).
        """

    async def load(self, tenant: TenantId, batch: str) -> Batch:
        """Return the batch with its counts."""

    async def find(self, tenant: TenantId, *, limit: int, cursor: str | None = None) -> BatchPage:
        """Return one page of batches. Raises DocmillError(request_invalid) for a foreign cursor."""

    async def items(
        self, tenant: TenantId, batch: str, *, limit: int, cursor: str | None = None
    ) -> BatchItemPage:
        """Return one page of what the batch consists of: its documents, oldest first, then the rest.

        Raises DocmillError(request_invalid) for a foreign cursor.
        """

    async def note(self, tenant: TenantId, batch: str, items: Sequence[Noted], *, time: datetime) -> None:
        """Keep what became of files that made no document of the batch. The same one twice is one."""

    async def cancel(self, tenant: TenantId, batch: str, *, time: datetime, key: Key | None) -> None:
        """Take no more files into it, and expect none. What is on its way is cancelled one by one.

        Idempotent. Raises DocmillError(idempotency_mismatch).
        """
