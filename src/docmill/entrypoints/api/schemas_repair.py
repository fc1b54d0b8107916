"""What OpenAPI says about the bodies of dead letters, retention, holds and receipts."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

_ID = "3f0c9b1e-6d1b-4f64-9a53-0a7f3a3c8d11"
_SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_TIME = "2026-01-05T09:30:00+00:00"


def _example(**values: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [values]})


class TryBody(BaseModel):
    """One try that failed."""

    attempt: int
    time: str
    worker: str
    code: str
    reason: str
    lines: list[str] = Field(description="Where the error came from, the innermost last.")


class GivingUp(BaseModel):
    """Who closed it, when and why."""

    by: str
    reason: str
    time: str


class LetterBody(BaseModel):
    model_config = _example(
        id=f"read.{_ID}",
        document_id=_ID,
        stage="read",
        state="dead",
        code="internal_error",
        reason="unexpected ValueError",
        attempts=5,
        replays=0,
        time=_TIME,
        type=None,
        batch="january",
        given_up=None,
        tries=[
            {
                "attempt": 5,
                "time": _TIME,
                "worker": "worker-1",
                "code": "internal_error",
                "reason": "unexpected ValueError",
                "lines": ["read.py:42 in read", "ValueError"],
            }
        ],
    )
    id: str
    document_id: str
    stage: str
    state: str = Field(description="dead or given_up")
    code: str
    reason: str
    attempts: int = Field(description="Tries since the last replay.")
    replays: int
    time: str
    type: str | None
    batch: str | None
    given_up: GivingUp | None
    tries: list[TryBody] | None = Field(None, description="Not in lists.")


class LetterList(BaseModel):
    items: list[LetterBody]
    next: str | None = Field(description="Give it back as `cursor` for the next page; null on the last one.")


class Replayed(BaseModel):
    model_config = _example(id=f"read.{_ID}", replayed=True)
    id: str
    replayed: bool


class ReplayedMany(BaseModel):
    model_config = _example(matched=12, replayed=0, dry_run=True)
    matched: int
    replayed: int
    dry_run: bool


class RetentionBody(BaseModel):
    model_config = _example(
        version=2, default_days=365, types={"invoice": 3650}, changed_by="key:1a2b3c4d5e6f", changed_at=_TIME
    )
    version: int
    default_days: int | None = Field(description="null keeps for ever.")
    types: dict[str, int]
    changed_by: str | None
    changed_at: str | None


class HoldBody(BaseModel):
    model_config = _example(
        document_id=_ID, held=True, reason="Case 12/26", placed_by="key:1a2b3c4d5e6f", placed_at=_TIME
    )
    document_id: str
    held: bool
    reason: str | None
    placed_by: str | None
    placed_at: str | None


class ReceiptBlob(BaseModel):
    """A file, by its hash."""

    sha256: str
    state: str = Field(
        description="gone: not on the disk any more. waiting: nothing needs it, the housekeeping deletes it "
        "after its grace. needed: another document has the same bytes."
    )


class ReceiptBody(BaseModel):
    model_config = _example(
        document_id=_ID,
        erased_at=_TIME,
        erased_by="key:1a2b3c4d5e6f",
        looked_at=_TIME,
        complete=True,
        deleted={"results": 1, "field_values": 14, "chunks": 3, "archive": 1, "blob_references": 2},
        left={"results": 0, "field_values": 0, "chunks": 0, "archive": 0, "blob_references": 0},
        blobs=[{"sha256": _SHA256, "state": "gone"}],
        kept=["the tombstone: id, times, hash of the file", "the events: ids, counts and codes"],
        backups="A backup from before the deletion still has it; erase it again after restoring one.",
    )  # fmt: skip
    document_id: str
    erased_at: str
    erased_by: str | None = Field(description="null for what was deleted before there were receipts.")
    looked_at: str = Field(description="When it was looked again, for `left` and the states of the blobs.")
    complete: bool = Field(description="Nothing is left, on the disk neither.")
    deleted: dict[str, int] | None = Field(description="What was deleted, by kind.")
    left: dict[str, int] = Field(description="What is found now, by kind.")
    blobs: list[ReceiptBlob]
    kept: list[str]
    backups: str


class ReplayMany(BaseModel):
    """Which dead letters are meant."""

    stage: str | None = None
    code: str | None = None
    type: str | None = None
    batch: str | None = None
    since: str | None = None
    dry_run: bool = False
