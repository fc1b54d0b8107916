"""Bodies of `/v1/webhooks`, and the domain's objects as such."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from docmill.domain.limits.webhooks import WEBHOOK_DESCRIPTION_CHARS_MAX, WEBHOOK_URL_CHARS_MAX
from docmill.domain.webhooks import Delivery, DeliveryStatus, Webhook, WebhookType

_ID = "0b6f2f0e-3a8f-4c62-9a53-0a7f3a3c8d11"
_TYPES = "What it is told; none is everything."


class WebhookAsked(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"url": "https://hooks.example.com/docmill", "types": ["document.succeeded"]}]
        },
    )
    url: str = Field(max_length=WEBHOOK_URL_CHARS_MAX, description="An https address of the internet.")
    types: list[WebhookType] = Field([], max_length=len(WebhookType), description=_TYPES)
    description: str = Field("", max_length=WEBHOOK_DESCRIPTION_CHARS_MAX)
    enabled: StrictBool = True


class WebhookChangeAsked(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"enabled": False}]})
    url: str | None = Field(None, max_length=WEBHOOK_URL_CHARS_MAX)
    types: list[WebhookType] | None = Field(None, max_length=len(WebhookType), description=_TYPES)
    description: str | None = Field(None, max_length=WEBHOOK_DESCRIPTION_CHARS_MAX)
    enabled: StrictBool | None = Field(None, description="Off is paused: what happens meanwhile waits.")


class ReplayAsked(BaseModel):
    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"since": "2026-01-05T00:00:00Z"}]}
    )
    since: str = Field(
        description="Deliveries that were written since then; UTC without an offset.",
        json_schema_extra={"format": "date-time"},
    )


class WebhookBody(BaseModel):
    id: str
    url: str
    types: list[str]
    description: str
    enabled: bool
    note: str = Field(description="Why docmill has disabled it.")
    failing_since: str | None = Field(description="When its first delivery failed since one succeeded.")
    version: int
    created_at: str
    updated_at: str


class NewWebhookBody(WebhookBody):
    secret: str = Field(description="`whsec_…`: shown once.")


class WebhookList(BaseModel):
    items: list[WebhookBody]
    next: str | None


class NewSecretBody(BaseModel):
    secret: str = Field(description="`whsec_…`: shown once.")
    overlap_hours: int = Field(description="How long the one before it signs beside it.")


class AttemptBody(BaseModel):
    number: int
    time: str
    duration_ms: int
    status: int | None = Field(description="The receiver's, null where none came.")
    code: str | None = Field(description="Why it was none; null where it was delivered.")


class DeliveryBody(BaseModel):
    id: str
    event_id: str = Field(description="`webhook-id`: the same on every try and replay.")
    type: str
    document_id: str | None
    status: str = Field(description="pending, delivered or given_up")
    created_at: str
    due_at: str | None = Field(description="When it is tried next; null while it waits for one before it.")
    ended_at: str | None
    attempts: list[AttemptBody]


class DeliveryList(BaseModel):
    items: list[DeliveryBody]
    next: str | None


class ReplayBody(BaseModel):
    replayed: int


def webhook_view(webhook: Webhook) -> dict[str, Any]:
    return {
        "id": str(webhook.id),
        "url": webhook.url,
        "types": [str(kind) for kind in webhook.types],
        "description": webhook.description,
        "enabled": webhook.enabled,
        "note": webhook.note,
        "failing_since": webhook.failing_since.isoformat() if webhook.failing_since else None,
        "version": webhook.version,
        "created_at": webhook.created_at.isoformat(),
        "updated_at": webhook.updated_at.isoformat(),
    }


def delivery_view(delivery: Delivery) -> dict[str, Any]:
    pending = delivery.status is DeliveryStatus.PENDING
    return {
        "id": str(delivery.id),
        "event_id": str(delivery.event),
        "type": str(delivery.type),
        "document_id": str(delivery.document) if delivery.document else None,
        "status": str(delivery.status),
        "created_at": delivery.created_at.isoformat(),
        "due_at": delivery.due_at.isoformat() if pending and delivery.due_at else None,
        "ended_at": delivery.ended_at.isoformat() if delivery.ended_at else None,
        "attempts": [
            {
                "number": attempt.number,
                "time": attempt.at.isoformat(),
                "duration_ms": attempt.duration_ms,
                "status": attempt.http_status,
                "code": str(attempt.code) if attempt.code else None,
            }
            for attempt in delivery.attempts
        ],
    }
