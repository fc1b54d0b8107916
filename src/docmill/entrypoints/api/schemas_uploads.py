"""What OpenAPI says about the answers to an upload."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

from docmill.entrypoints.api.schemas import OperationBody, Problem

_ID = "3f0c9b1e-6d1b-4f64-9a53-0a7f3a3c8d11"
_ONE: dict[str, Any] = {
    "name": "invoice.pdf",
    "status": "accepted",
    "document_id": _ID,
    "document": f"/v1/documents/{_ID}",
    "operation": f"/v1/operations/{_ID}",
    "duplicate_of": None,
}


def _example(**values: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [values]})


class Uploaded(BaseModel):
    """One file that docmill has."""

    model_config = _example(**_ONE)
    name: str
    status: Literal["accepted", "duplicate"]
    document_id: str
    document: str
    operation: str
    duplicate_of: str | None


class Refused(BaseModel):
    """One file of several that was refused, and why."""

    name: str
    status: Literal["refused"]
    problem: Problem


class UploadCounts(BaseModel):
    accepted: int
    duplicate: int
    refused: int


class UploadedMany(BaseModel):
    """A form with several files: one item for each, in their order."""

    model_config = _example(items=[_ONE], counts={"accepted": 1, "duplicate": 0, "refused": 0})
    items: list[Uploaded | Refused] = Field(min_length=2)
    counts: UploadCounts


class UploadAccepted(RootModel[Uploaded | UploadedMany]):
    """What one file, or several, became."""


class UploadAnswered(RootModel[Uploaded | UploadedMany | OperationBody]):
    """Nothing new, or with `Prefer: wait` the operation that has ended."""
