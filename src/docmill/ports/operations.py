"""What a caller asks of a document's runs."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from docmill.domain.documents import Pins, Run
from docmill.domain.events import DocumentId, RunId
from docmill.domain.tenants import TenantId


@dataclass(frozen=True, slots=True)
class Key:
    """An Idempotency-Key, with a hash of the request that it came with."""

    text: str
    request_hash: str


class Operations(Protocol):
    """Atomic within one (tenant, document).

    Raises Unavailable, DocmillError(erased, idempotency_mismatch), and NotFound for an absent id exactly
    as for another tenant's.
    """

    async def cancel(
        self, tenant: TenantId, document: DocumentId, *, time: datetime, key: Key | None = None
    ) -> bool:
        """End the newest run as CANCELLED with DocumentCancelled; False when it was cancelled before.

        Its open claims are closed with a newer fence, so who works on it loses; nothing that it made is
        kept, and the document shows again what it showed before. Raises DocmillError(state_forbidden)
        when the run has ended otherwise.
        """

    async def reprocess(
        self,
        tenant: TenantId,
        document: DocumentId,
        pins: Pins,
        *,
        time: datetime,
        trace: str = "",
        key: Key | None = None,
    ) -> Run:
        """Begin a further run with DocumentUploaded; return it, or the one that the same key began.

        The document shows it once it has come to something; a run that fails or is cancelled leaves
        what was there. Raises DocmillError(state_forbidden) while another run is under way.
        """

    async def ended(self, waiting: Collection[tuple[TenantId, DocumentId, RunId]]) -> frozenset[DocumentId]:
        """Return those of these documents whose run has, as the journal says, ended or come to a person.

        One question for all that wait in a process. A run that was sent back since may be among them:
        who waits looks for himself.
        """
