"""What OpenAPI says about the bodies of reviews."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

_ID = "3f0c9b1e-6d1b-4f64-9a53-0a7f3a3c8d11"
_LEASE = "5b0e3c1a-4f6e-4c5a-9d0e-2f6c1f7b8a90"
_TIME = "2026-01-05T09:30:00+00:00"


def _example(**values: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [values]})


class LeaseBody(BaseModel):
    id: str | None = Field(description="To be sent with every save; only its holder is told.")
    holder: str
    until: str


class ReviewBody(BaseModel):
    model_config = _example(
        document_id=_ID,
        kind="review",
        name="invoice.pdf",
        type="invoice",
        batch="january",
        version=4,
        loss=14.5,
        blockers=["sums"],
        entered_at=_TIME,
        uploaded_at=_TIME,
        lease={"id": _LEASE, "holder": "key:1a2b3c4d5e6f", "until": _TIME},
        postponed_until=None,
        note="",
    )
    document_id: str
    kind: str = Field(description="review: something blocks; audit: drawn from what was accepted by itself")
    name: str
    type: str | None
    batch: str | None
    version: int = Field(description="The run's: what If-Match wants.")
    loss: float = Field(
        description="What is expected to go wrong if nobody looks; the queue's order, with age."
    )
    blockers: list[str] = Field(description="The rules that block it.")
    entered_at: str
    uploaded_at: str
    lease: LeaseBody | None
    postponed_until: str | None
    note: str


class ReviewList(BaseModel):
    items: list[ReviewBody]
    next: str | None = Field(description="Give it back as `cursor` for the next page; null on the last one.")


class ReviewWhole(BaseModel):
    model_config = _example(
        document_id=_ID, review=None, result=None, corrections=[], pages=f"/v1/documents/{_ID}/pages/1"
    )
    document_id: str
    review: ReviewBody | None = Field(description="null while nobody is asked about it.")
    result: dict[str, Any] | None
    corrections: list[dict[str, Any]]
    pages: str


class SavedBody(BaseModel):
    model_config = _example(
        save=_LEASE,
        document_id=_ID,
        outcome="changed",
        state="checking",
        corrections=1,
        run=1,
        evidence=[{"path": "gross_total", "evidence": "matches"}],
        operation=f"/v1/operations/{_ID}",
    )
    save: str
    document_id: str
    outcome: str = Field(description="confirmed, changed, rejected, postponed or type_changed")
    state: str = Field(description="checking: being validated again; open: back in the queue; done")
    corrections: int
    run: int
    evidence: list[dict[str, str]] = Field(description="Whether the words under each box say the value.")
    operation: str


class CorrectionList(BaseModel):
    items: list[dict[str, Any]]
    next: str | None


class ReviewSettingsBody(BaseModel):
    model_config = _example(
        version=1,
        types={"invoice": {"four_eyes": True, "four_eyes_above": "1000.00", "audit_rate": 0.02}},
    )
    version: int
    types: dict[str, dict[str, Any]] = Field(description="By type; `*` holds for all that are not named.")


class ReviewStatistics(BaseModel):
    since: str
    until: str
    types: list[dict[str, Any]]
    people: list[dict[str, Any]] | None = Field(None, description="Only for who may manage the tenant.")


SAVE_EXAMPLE: dict[str, Any] = {
    "lease": _LEASE,
    "operations": [
        {"op": "set", "path": "gross_total", "value": "119.00 EUR", "page": 1, "box": [410, 700, 470, 712]},
        {"op": "confirm", "path": "invoice_number"},
        {"op": "missing", "path": "due_date", "reason": "not_found"},
        {"op": "remove_row", "path": "line_items[3]"},
        {"op": "override", "rule": "due_after_issue", "reason": "agreed by telephone"},
    ],
}
