"""Hybrid search over the tenant's documents."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from docmill.domain.errors import DocmillError, ErrorCode, Unavailable
from docmill.domain.limits import QUERY_CHARS_MAX, SEARCH_HITS_MAX, SEARCH_HITS_PER_DOCUMENT
from docmill.domain.tenants import TenantId
from docmill.entrypoints.api import schemas
from docmill.entrypoints.api.answers import json_answer
from docmill.entrypoints.api.bodies import json_object
from docmill.entrypoints.api.identity import MayRead, ServicesOf
from docmill.entrypoints.api.services import Services
from docmill.entrypoints.api.views import hit_view
from docmill.ports.search_index import SearchRequest

router = APIRouter(prefix="/v1", tags=["search"])
_RESPONSES = schemas.answers(200, schemas.Hits, 401, 422, 503)
_LIMIT_DEFAULT = 10


@router.get("/search", summary="Search", responses=_RESPONSES)
async def search_by_query(
    services: ServicesOf,
    tenant: MayRead,
    *,
    q: Annotated[str, Query(description=f"Words, at most {QUERY_CHARS_MAX} characters.")],
    type: Annotated[str | None, Query()] = None,  # noqa: A002
    limit: Annotated[int, Query(description=f"1 to {SEARCH_HITS_MAX}.")] = _LIMIT_DEFAULT,
    per_document: Annotated[
        int, Query(description=f"Hits of one document at the most, 1 to {SEARCH_HITS_MAX}.")
    ] = SEARCH_HITS_PER_DOCUMENT,
) -> Response:
    """By words and by meaning, fused by rank. Hits carry page and box; `by` tells which ones answered.

    What neither has a word of the query nor is near to it in meaning is no hit.
    """
    return await _search(services, tenant, q, type_name=type, limit=limit, per_document=per_document)


@router.post("/search", summary="Search", responses=_RESPONSES, openapi_extra=schemas.SEARCH_BODY)
async def search_by_body(request: Request, services: ServicesOf, tenant: MayRead) -> Response:
    """The same with a JSON body, so that the words stand in no proxy's log."""
    body = await json_object(request)
    text, type_name, limit = body.get("query"), body.get("type"), body.get("limit", _LIMIT_DEFAULT)
    per_document = body.get("per_document", SEARCH_HITS_PER_DOCUMENT)
    numbers = isinstance(limit, int) and isinstance(per_document, int)
    if not isinstance(text, str) or not isinstance(type_name, str | None) or not numbers:
        raise DocmillError(
            ErrorCode.REQUEST_INVALID,
            'want {"query": text, "type": text or null, "limit": number, "per_document": number}',
        )
    if unknown := set(body) - {"query", "type", "limit", "per_document"}:
        raise DocmillError(ErrorCode.REQUEST_INVALID, f"{', '.join(sorted(unknown))[:100]}: not known here.")
    return await _search(services, tenant, text, type_name=type_name, limit=limit, per_document=per_document)


async def _search(
    services: Services, tenant: TenantId, text: str, *, type_name: str | None, limit: int, per_document: int
) -> Response:
    if "\0" in (type_name or ""):
        raise DocmillError(ErrorCode.REQUEST_INVALID, "type: no name has a zero byte.")
    text = " ".join(text.split())
    if not 1 <= len(text) <= QUERY_CHARS_MAX:
        raise DocmillError(ErrorCode.REQUEST_INVALID, f"query: want 1 to {QUERY_CHARS_MAX} characters.")
    for name, number in (("limit", limit), ("per_document", per_document)):
        if not 1 <= number <= SEARCH_HITS_MAX:
            raise DocmillError(ErrorCode.REQUEST_INVALID, f"{name}: want 1 to {SEARCH_HITS_MAX}.")
    try:
        vector = (await services.embedder.embed([text]))[0]
    except Unavailable:
        vector = None  # the words alone still answer, and `by` says that it was they alone
    asked = SearchRequest(
        text, vector, services.embedder.model, limit, type_name=type_name, per_document=per_document
    )
    hits = await services.index.search(tenant, asked)
    by = ["text"] if vector is None else ["text", "meaning"]
    return json_answer({"query": text, "by": by, "items": [hit_view(hit) for hit in hits]})
