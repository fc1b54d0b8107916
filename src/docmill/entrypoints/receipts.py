"""A receipt for people: what was deleted, and what is found when it is looked for again."""

from datetime import datetime
from typing import Any

from docmill.domain.tenants import TenantId
from docmill.ports.blob_store import BlobStore
from docmill.ports.retention import ErasedBlob, Receipt

_KEPT = [
    "the tombstone: id, times, state, hash and size of the file",
    "the events: ids, hashes, counts and codes",
    "the idempotency key, for its hours",
]
_BACKUPS = "A backup from before the deletion still has it: delete it again after restoring one."


async def receipt_view(
    receipt: Receipt, blobs: BlobStore, tenant: TenantId, *, now: datetime
) -> dict[str, Any]:
    """As JSON. Each of the files is looked for on the disk."""
    states = {blob.sha256: await _state(blob, receipt, blobs, tenant) for blob in receipt.blobs}
    return {
        "document_id": str(receipt.document),
        "erased_at": receipt.erased_at.isoformat(),
        "erased_by": receipt.erased_by,
        "looked_at": now.isoformat(),
        "complete": not any(receipt.left.values()) and "waiting" not in states.values(),
        "deleted": receipt.deleted,
        "left": receipt.left,
        "blobs": [{"sha256": sha256, "state": state} for sha256, state in states.items()],
        "kept": _KEPT,
        "backups": _BACKUPS,
    }


async def _state(blob: ErasedBlob, receipt: Receipt, blobs: BlobStore, tenant: TenantId) -> str:
    if blob.sha256 in receipt.needed:
        return "needed"
    return "waiting" if await blobs.has(tenant, blob.sha256) else "gone"
