"""What OpenAPI says about bodies. Handlers answer with ready JSON: these describe it and check nothing."""

from typing import Any, Literal

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


class OperationBody(BaseModel):
    model_config = _example(
        id=_ID,
        document_id=_ID,
        run=1,
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
    run: int = Field(description="The number of the run that it tells of: the newest.")
    status: str = Field(description="running, needs_review, succeeded, rejected, failed or cancelled")
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
    created_gte: str | None = Field(default=None, description="Uploaded not before: ISO 8601.")
    created_lt: str | None = Field(default=None, description="Uploaded before.")


class BatchHead(BaseModel):
    id: str
    label: str | None
    created_at: str
    cancelled_at: str | None = Field(description="From then on it takes no files.")
    completed_at: str | None = Field(description="When its completion was told.")


class Batch(BatchHead):
    model_config = _example(
        id="january",
        label=None,
        created_at="2026-01-05T09:30:00+00:00",
        cancelled_at=None,
        completed_at=None,
        total=32,
        ended=False,
        completed=False,
        counts={
            "running": 2,
            "needs_review": 3,
            "succeeded": 24,
            "rejected": 1,
            "failed": 0,
            "cancelled": 0,
            "expected": 0,
            "duplicate": 1,
            "refused": 1,
        },
        states={"read": 2, "in_review": 3, "archived": 24, "rejected": 1},
    )
    total: int = Field(description="Items: documents, and files that made none.")
    ended: bool = Field(description="Nothing of it is on its way.")
    completed: bool = Field(description="Nor is anything of its manifest still to come.")
    counts: dict[str, int]
    states: dict[str, int] = Field(description="Of its documents alone.")


class BatchList(BaseModel):
    items: list[BatchHead]
    next: str | None


class BatchItem(BaseModel):
    name: str
    outcome: str = Field(description="accepted, duplicate, refused or expected")
    status: str = Field(description="As of an operation; refused or expected where there is no document.")
    document_id: str | None
    duplicate_of: str | None
    parent: str | None
    type: str | None
    sha256: str | None
    code: str | None
    detail: str | None = Field(description="What exactly was wrong with a file that was refused.")


class BatchItems(BaseModel):
    items: list[BatchItem]
    next: str | None


class ManifestItem(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=1, max_length=255)
    sha256: str | None = Field(None, pattern="^[0-9a-f]{64}$")
    type: str | None = None
    priority: Literal["high", "normal", "low"] | None = None


class NewBatch(BaseModel):
    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"label": "January", "items": [{"name": "a.pdf"}]}]}
    )
    label: str | None = Field(None, max_length=200)
    items: list[ManifestItem] = Field([], max_length=10_000, description="What will be uploaded.")


class RunBody(BaseModel):
    model_config = _example(
        id=_ID,
        number=2,
        state="uploaded",
        status="running",
        code=None,
        type=None,
        type_version=None,
        pages=None,
        version=1,
        usage={"pages": 0, "cpu_seconds": 0.0, "llm_tokens": 0},
        pins={"type": "invoice"},
        created_at="2026-01-05T09:30:00+00:00",
        updated_at="2026-01-05T09:30:00+00:00",
        archived_at=None,
        indexed_at=None,
    )
    id: str
    number: int
    state: str
    status: str
    code: str | None
    type: str | None
    type_version: int | None
    pages: int | None
    version: int
    usage: dict[str, Any]
    pins: dict[str, Any] = Field(description="What it was asked to be made with.")
    created_at: str
    updated_at: str
    archived_at: str | None
    indexed_at: str | None
    detail: str | None = Field(None, description="What exactly was wrong; only with a code.")
    action: str | None = Field(None, description="What to do about it; only with a code.")


class ReprocessBody(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"type": "invoice", "reason": "new rules for totals"}]},
    )
    type: str | None = Field(None, description="Skip classification: this is its type.")
    type_version: int | None = Field(None, ge=0, le=2**31 - 1, description="Of the type that is named.")
    rules_version: int | None = Field(None, ge=0, le=2**31 - 1, description="0: the shipped defaults.")
    reason: str | None = Field(None, max_length=500, description="For people.")


_MEANS = {
    200: "As asked.",
    201: "Made.",
    204: "Nothing to tell.",
    304: "Nothing has changed.",
    401: "No valid key.",
    402: "A budget is used up.",
    403: "The credential does not allow this.",
    404: "Absent, or another tenant's.",
    409: "Not ready, or the run failed.",
    410: "The document was deleted.",
    412: "Changed by somebody else meanwhile.",
    413: "Larger than a limit.",
    422: "Cannot be followed; `detail` says what.",
    429: "Too many; Retry-After says when to come again.",
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


def media(*media_types: str) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route whose answer is no JSON; it has ``response_class=Response`` as well."""
    schema = {"type": "string", "format": "binary"}
    content = {media_type: {"schema": schema} for media_type in media_types}
    return {200: {"description": _MEANS[200], "content": content}}


def beside_json(
    responses: dict[int | str, dict[str, Any]], media_type: str
) -> dict[int | str, dict[str, Any]]:
    """The same ``responses``, of a route that gives its answer as ``media_type`` to who asks for that."""
    content = {media_type: {"schema": {"type": "string", "format": "binary"}}}
    return responses | {200: responses[200] | {"content": content}}


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
                        "priority": {"type": "string", "enum": ["high", "normal", "low"]},
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


def model_body(model: type[BaseModel], *, required: bool = True) -> dict[str, Any]:
    """An `openapi_extra` for a JSON body of this form."""
    # In place and not as a component: FastAPI collects those of its own models only.
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    definitions = schema.pop("$defs", {})
    content = {"application/json": {"schema": _inlined(schema, definitions)}}
    return {"requestBody": {"required": required, "content": content}}


def _inlined(node: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_inlined(one, definitions) for one in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _inlined(definitions[node["$ref"].rpartition("/")[2]], definitions)
    return {name: _inlined(below, definitions) for name, below in node.items()}


def json_body(description: str, example: Any) -> dict[str, Any]:
    """An `openapi_extra` for a JSON body that the domain checks itself."""
    schema = {"type": "array" if isinstance(example, list) else "object"}
    content = {"application/json": {"schema": schema, "example": example}}
    return {"requestBody": {"required": True, "description": description, "content": content}}
