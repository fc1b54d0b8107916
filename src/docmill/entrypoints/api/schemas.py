"""What OpenAPI says about bodies. Handlers answer with ready JSON: these describe it and check nothing."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

_ID = "3f0c9b1e-6d1b-4f64-9a53-0a7f3a3c8d11"


def _example(**values: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [values]})


class Problem(BaseModel):
    """RFC 9457, `application/problem+json`."""

    model_config = _example(
        type="/docs/errors#not_found",
        title="There is no such thing.",
        status=404,
        code="not_found",
        detail="There is no such thing.",
        action="Check the id.",
        stage=None,
        retryable=False,
        request_id="9f86d081884c7d659a2feaa0c55ad015",
    )
    type: str
    title: str
    status: int
    code: str = Field(description="One of the closed list at /docs/errors.")
    detail: str
    action: str = Field(description="What to do about it.")
    stage: str | None
    retryable: bool = Field(description="The same request may work later without anybody changing it.")
    request_id: str


class Uploaded(BaseModel):
    """One file. A form with many answers `{"items": [...], "counts": {...}}`."""

    model_config = _example(
        name="invoice.pdf",
        status="accepted",
        document_id=_ID,
        document=f"/v1/documents/{_ID}",
        operation=f"/v1/operations/{_ID}",
        duplicate_of=None,
    )
    name: str
    status: str = Field(description="accepted, duplicate or refused")
    document_id: str
    document: str
    operation: str
    duplicate_of: str | None


class OperationBody(BaseModel):
    model_config = _example(
        id=_ID,
        document_id=_ID,
        status="running",
        stage="read",
        percent=40,
        attempt=1,
        code=None,
        state="uploaded",
        updated_at="2026-01-05T09:30:00+00:00",
    )
    id: str
    document_id: str
    status: str = Field(description="running, needs_review, succeeded, rejected or failed")
    stage: str | None
    percent: int
    attempt: int
    code: str | None
    detail: str | None = Field(None, description="What exactly was wrong; only with a code.")
    action: str | None = Field(None, description="What to do about it; only with a code.")
    state: str
    updated_at: str
    result: str | None = None


class DocumentBody(BaseModel):
    model_config = _example(
        id=_ID,
        name="invoice.pdf",
        state="archived",
        status="succeeded",
        code=None,
        type="invoice",
        requested_type=None,
        batch="january",
        parent=None,
        ordinal=None,
        media_type="application/pdf",
        size_bytes=48213,
        sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        pages=1,
        blockers=[],
        created_at="2026-01-05T09:30:00+00:00",
        updated_at="2026-01-05T09:30:01+00:00",
    )
    id: str
    name: str
    state: str
    status: str
    code: str | None
    detail: str | None = Field(None, description="What exactly was wrong; only with a code.")
    action: str | None = Field(None, description="What to do about it; only with a code.")
    type: str | None
    requested_type: str | None
    batch: str | None
    parent: str | None
    ordinal: int | None
    media_type: str | None
    size_bytes: int
    sha256: str
    pages: int | None
    created_at: str
    updated_at: str
    blockers: list[dict[str, Any]] | None = Field(None, description="Not in lists.")


class DocumentList(BaseModel):
    items: list[DocumentBody]
    next: str | None = Field(description="Give it back as `cursor` for the next page; null on the last one.")


class ResultBody(BaseModel):
    model_config = _example(
        document_id=_ID,
        name="invoice.pdf",
        status="succeeded",
        code=None,
        run=1,
        type={"name": "invoice", "confidence": 0.97},
        blockers=[],
        value={"invoice_number": "INV-7", "gross_total": {"amount": "119.00", "currency": "EUR"}},
        metadata={
            "invoice_number": {
                "confidence": 0.98,
                "calibrated": False,
                "source": "rules",
                "raw_text": "INV-7",
                "citations": [
                    {"page": 1, "box": [56.8, 35.2, 162.2, 48.1], "unit": "pt", "page_size": [595, 842]}
                ],
            }
        },
        completeness={"line_items": {"expected": 1, "returned": 1, "reconciles": True}},
        pins={"reader": "docmill 0.1.0", "schema": 1, "rules": 0},
        usage={"pages": 1, "cpu_seconds": 0.12, "llm_tokens": 0},
    )
    document_id: str
    name: str
    status: str
    code: str | None
    detail: str | None = Field(None, description="What exactly was wrong; only with a code.")
    action: str | None = Field(None, description="What to do about it; only with a code.")
    run: int
    type: dict[str, Any] | None
    blockers: list[dict[str, Any]]
    value: dict[str, Any] | None
    metadata: dict[str, Any]
    completeness: dict[str, Any]


class Hits(BaseModel):
    model_config = _example(
        query="toner cartridge",
        by=["text", "meaning"],
        items=[
            {
                "document_id": _ID,
                "name": "invoice.pdf",
                "type": "invoice",
                "page": 1,
                "box": [56.8, 300.1, 420.0, 340.9],
                "unit": "pt",
                "page_size": [595, 842],
                "text": "2 Toner cartridge black",
                "score": 0.032,
                "found_by": ["text", "meaning"],
            }
        ],
    )
    query: str
    by: list[str]
    items: list[dict[str, Any]]


class SearchBody(BaseModel):
    model_config = _example(query="toner cartridge", type="invoice", limit=10)
    query: str
    type: str | None = None
    limit: int = 10
    per_document: int = 3


class Batch(BaseModel):
    model_config = _example(
        id="january",
        total=30,
        ended=False,
        counts={"running": 2, "needs_review": 3, "succeeded": 24, "rejected": 1, "failed": 0},
        states={"read": 2, "in_review": 3, "archived": 24, "rejected": 1},
    )
    id: str
    total: int
    ended: bool
    counts: dict[str, int]
    states: dict[str, int]


_MEANS = {
    200: "As asked.",
    304: "Nothing has changed.",
    401: "No valid key.",
    404: "Absent, or another tenant's.",
    409: "Not ready, or the run failed.",
    410: "The document was deleted.",
    412: "Changed by somebody else meanwhile.",
    413: "Larger than a limit.",
    422: "Cannot be followed; `detail` says what.",
    503: "A part does not answer; Retry-After says when to come again.",
}


def answers(status: int, model: type[BaseModel] | None, *others: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route: its own answer, and problems for the other statuses."""
    out: dict[int | str, dict[str, Any]] = {status: {"description": _MEANS.get(status, "Accepted.")}}
    if model is not None:
        out[status]["model"] = model
    for other in others:
        out[other] = {"description": _MEANS[other]}
        if other >= 400:
            schema = {"$ref": "#/components/schemas/Problem"}
            out[other]["content"] = {"application/problem+json": {"schema": schema}}
        elif other == 200 and model is not None:
            out[other]["model"] = model
    return out


UPLOAD_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "file": {"type": "array", "items": {"type": "string", "format": "binary"}},
                        "type": {"type": "string", "examples": ["invoice"]},
                        "batch": {"type": "string", "examples": ["january"]},
                        "allow_duplicate": {"type": "boolean"},
                    },
                    "required": ["file"],
                }
            },
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}

SEARCH_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": SearchBody.model_json_schema(),
                "example": {"query": "toner cartridge", "limit": 10},
            }
        },
    }
}


def json_body(description: str, example: Any) -> dict[str, Any]:
    """An `openapi_extra` for a JSON body that the domain checks itself."""
    schema = {"type": "array" if isinstance(example, list) else "object"}
    content = {"application/json": {"schema": schema, "example": example}}
    return {"requestBody": {"required": True, "description": description, "content": content}}
