"""What OpenAPI says about the bodies of quotas and usage."""

from pydantic import BaseModel, Field


class QuotaLimits(BaseModel):
    """`null` is no limit."""

    documents_per_minute: int | None
    pages_per_minute: int | None
    cpu_seconds_per_minute: int | None
    documents_per_month: int | None
    pages_per_month: int | None
    cpu_seconds_per_month: int | None
    stored_bytes: int | None
    uploads_at_once: int | None


class QuotaUsed(BaseModel):
    """`null` where there is no limit: the usage tells it."""

    documents_left_this_minute: int | None
    pages_left_this_minute: int | None
    cpu_seconds_left_this_minute: float | None
    documents_this_month: int | None
    pages_this_month: int | None
    cpu_seconds_this_month: float | None
    stored_bytes: int | None


class Queue(BaseModel):
    documents: int = Field(description="Waiting to be read.")
    oldest_s: float
    wait_s: float = Field(description="How long a new file would wait, as things go now.")


class QuotaState(BaseModel):
    quota: QuotaLimits
    used: QuotaUsed
    queue: Queue


class TenantQuota(QuotaState):
    tenant: str
    weight: float
    stage_weights: dict[str, float]


class UsageCost(BaseModel):
    messages: int = Field(description="Answered by a stage; requests in the stage `api`; runs of a document.")
    cpu_seconds: float
    pages: int
    received_bytes: int
    sent_bytes: int
    stored_bytes: int = Field(description="Files and readings that were put.")
    llm_tokens: int


class UsageLine(UsageCost):
    """With one of these, as `by` says."""

    day: str | None = None
    stage: str | None = None
    document: str | None = None
    tenant: str | None = None


class Usage(BaseModel):
    first: str = Field(alias="from")
    to: str
    by: str
    rows: list[UsageLine]
    total: UsageCost
