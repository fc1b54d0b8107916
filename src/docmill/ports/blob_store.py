"""Files by content."""

from collections.abc import AsyncGenerator, AsyncIterator
from datetime import datetime
from typing import Protocol

from docmill.domain.documents import Blob
from docmill.domain.tenants import TenantId


class BlobStore(Protocol):
    """A tenant's files, each kept once by its SHA-256. Raises Unavailable, or DocmillError(storage_full)."""

    async def put(self, tenant: TenantId, data: bytes) -> Blob:
        """Return once the bytes would survive a power cut.

        Putting the same bytes twice keeps one file, whose time is that of the last put.
        """

    async def check(self) -> None:
        """Write a little and delete it. Raises what ``put`` would: Unavailable or storage_full."""

    async def get(self, tenant: TenantId, sha256: str) -> bytes:
        """Raises NotFound, also for a file that only another tenant has."""

    def pieces(self, tenant: TenantId, sha256: str) -> AsyncGenerator[bytes, None]:
        """Stream the file in pieces of BLOB_PIECE_BYTES or so. Raises as ``get`` does, before the first."""

    async def has(self, tenant: TenantId, sha256: str) -> bool:
        """Tell whether the file is there, without reading it."""

    async def delete(self, tenant: TenantId, sha256: str) -> None:
        """Absent files are fine."""

    def older_than(self, tenant: TenantId, time: datetime) -> AsyncIterator[str]:
        """Stream the SHA-256 of the files that nobody has put since ``time``, in no order.

        What writes that were cut off left behind comes with them, under names that are no SHA-256.
        """

    async def discard(self, tenant: TenantId, name: str, *, unless_since: datetime) -> bool:
        """Delete what ``older_than`` has named, unless somebody has put it since; tell whether it is gone.

        A put of the same bytes comes before it, and the file stays, or after it, and writes the file
        anew. False, too, while somebody is putting and when there was no such file.
        """
