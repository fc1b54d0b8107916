"""Telling a tenant's own programs what became of its documents: what, how it is signed, when it is repeated.

Signatures, headers and bodies are those of https://www.standardwebhooks.com: its libraries verify them.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID, uuid5

from docmill.domain.events import NAMESPACE, DocumentId, EventId
from docmill.domain.limits.webhooks import (
    WEBHOOK_GIVE_UP_HOURS,
    WEBHOOK_RETRY_JITTER,
    WEBHOOK_RETRY_S,
    WEBHOOK_SECRET_BYTES,
    WEBHOOK_SIGNATURES_MAX,
)
from docmill.domain.tenants import TenantId

WebhookId = NewType("WebhookId", UUID)
DeliveryId = NewType("DeliveryId", UUID)

SECRET_PREFIX = "whsec_"  # noqa: S105 - what every secret begins with


class WebhookType(StrEnum):
    """What an endpoint can be told."""

    DOCUMENT_SUCCEEDED = "document.succeeded"
    DOCUMENT_FAILED = "document.failed"
    DOCUMENT_REJECTED = "document.rejected"
    DOCUMENT_NEEDS_REVIEW = "document.needs_review"
    DOCUMENT_CANCELLED = "document.cancelled"
    DOCUMENT_ERASED = "document.erased"
    BATCH_COMPLETED = "batch.completed"
    REVIEW_COMPLETED = "review.completed"
    TEST = "test"


class DeliveryStatus(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


class SendCode(StrEnum):
    """Why a try of a delivery was none. No text of the receiver is ever kept."""

    HTTP_STATUS = "http_status"  # an answer other than 2xx
    GONE = "gone"  # 410: the endpoint wants no more
    REDIRECTED = "redirected"  # not followed: the new address was never checked
    TIMEOUT = "timeout"
    CONNECT_TIMEOUT = "connect_timeout"
    CONNECT_FAILED = "connect_failed"
    TLS_FAILED = "tls_failed"
    NAME_UNKNOWN = "name_unknown"
    ADDRESS_REFUSED = "address_refused"
    ANSWER_INVALID = "answer_invalid"  # not HTTP
    UNSIGNED = "unsigned"  # the secret cannot be read any more


@dataclass(frozen=True, slots=True)
class Webhook:
    """An endpoint of a tenant. No ``types`` are all of them.

    Disabled is paused: what happens meanwhile waits, in order, until it is enabled again or older than the
    log. ``note`` says why docmill has disabled it.
    """

    id: WebhookId
    tenant: TenantId
    url: str
    types: tuple[WebhookType, ...]
    description: str
    enabled: bool
    note: str
    version: int
    created_at: datetime
    updated_at: datetime
    failing_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try. ``http_status`` is None where no answer came, ``code`` None where it was delivered."""

    number: int
    at: datetime
    duration_ms: int
    http_status: int | None
    code: SendCode | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one endpoint. ``due_at`` None while it waits for the one before it."""

    id: DeliveryId
    webhook: WebhookId
    event: EventId
    type: WebhookType
    document: DocumentId | None
    status: DeliveryStatus
    created_at: datetime
    due_at: datetime | None
    ended_at: datetime | None
    attempts: tuple[Attempt, ...] = ()


@dataclass(frozen=True, slots=True)
class Letter:
    """What is to be told to every endpoint of the tenant that takes the type, or to ``only`` one of them.

    Letters of one ``subject`` reach an endpoint in the order of (position, ordinal); subjects do not wait for
    each other. ``event`` makes it one letter, however often it is written.
    """

    event: EventId
    tenant: TenantId
    type: WebhookType
    subject: UUID
    position: int
    body: str
    ordinal: int = 0
    document: DocumentId | None = None
    only: WebhookId | None = None


@dataclass(frozen=True, slots=True)
class Leased:
    """A delivery that this process is to send now. A late holder is refused by its ``fence``."""

    id: DeliveryId
    tenant: TenantId
    webhook: WebhookId
    event: EventId
    url: str
    body: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    fence: int
    tries: int  # failed ones since it was written or replayed
    first_tried_at: datetime | None


@dataclass(frozen=True, slots=True)
class Sent:
    """How one try went. ``code`` is None when the receiver has taken it."""

    http_status: int | None
    code: SendCode | None


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a failed delivery is tried again, and when it is given up."""

    waits_s: tuple[float, ...] = WEBHOOK_RETRY_S
    jitter: float = WEBHOOK_RETRY_JITTER
    give_up_s: float = WEBHOOK_GIVE_UP_HOURS * 3600.0

    def wait_s(self, tries: int, *, age_s: float, chance: float) -> float | None:
        """Seconds until the next try, None to give up.

        ``tries``: failed ones, this one included. ``age_s``: since the first of them. ``chance``: 0 to 1.
        """
        if age_s >= self.give_up_s:
            return None
        wait_s = self.waits_s[min(tries, len(self.waits_s)) - 1]
        return wait_s * (1 + self.jitter * (2 * chance - 1))


def new_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(WEBHOOK_SECRET_BYTES)).decode()


def signed_headers(event: EventId, body: bytes, *, secrets: Sequence[str], at: datetime) -> dict[str, str]:
    """The headers by which a receiver knows that the body is ours, and new: one signature for each secret."""
    timestamp = str(int(at.timestamp()))
    content = b".".join((str(event).encode(), timestamp.encode(), body))
    return {
        "webhook-id": str(event),
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(
            _signature(secret, content) for secret in secrets[:WEBHOOK_SIGNATURES_MAX]
        ),
    }


def _signature(secret: str, content: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def review_event_id(cause: EventId) -> EventId:
    """The end of a review is told beside the journal's own event, so it needs an id of its own."""
    return EventId(uuid5(NAMESPACE, f"review:{cause}"))


def batch_event_id(tenant: TenantId, batch: str) -> EventId:
    """One for each batch of a tenant: it is completed once."""
    return EventId(uuid5(NAMESPACE, f"batch:{tenant}:{batch}"))
