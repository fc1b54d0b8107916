"""Hybrid search over the tenant's documents."""

from dataclasses import dataclass, fields
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from docmill.domain.errors import DocmillError, ErrorCode, Unavailable
from docmill.domain.limits.search import QUERY_CHARS_MAX, SEARCH_HITS_MAX, SEARCH_HITS_PER_DOCUMENT
from docmill.domain.tenants import TenantId
from docmill.entrypoints.api import schemas
from docmill.entrypoints.api.answers import json_answer
from docmill.entrypoints.api.bodies import json_object
from docmill.entrypoints.api.filters import parsed_time
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
    created_gte: Annotated[
        str | None, Query(description="Uploaded not before: ISO 8601, UTC when it has no offset.")
    ] = None,
    created_lt: Annotated[str | None, Query(description="Uploaded before.")] = None,
) -> Response:
    """By words and by meaning, fused by rank. Hits carry page and box; `by` tells which ones answered.

    What neither has a word of the query nor is near to it in meaning is no hit.
    """
    asked = _Asked(q, type, limit, per_document, created_gte, created_lt)
    return await _search(services, tenant, asked)


@router.post("/search", summary="Search", responses=_RESPONSES, openapi_extra=schemas.SEARCH_BODY)
async def search_by_body(request: Request, services: ServicesOf, tenant: MayRead) -> Response:
    """The same with a JSON body, so that the words stand in no proxy's log."""
    body = await json_object(request)
    if unknown := set(body) - {each.name for each in fields(_Asked)}:
        raise DocmillError(ErrorCode.REQUEST_INVALID, f"{', '.join(sorted(unknown))[:100]}: not known here.")
    texts = (body.get(name) for name in ("type", "created_gte", "created_lt"))
    numbers = (body.get(name, 1) for name in ("limit", "per_document"))
    if (
        not isinstance(body.get("query"), str)
        or not all(isinstance(text, str | None) for text in texts)
        or not all(isinstance(number, int) for number in numbers)
    ):
        raise DocmillError(
            ErrorCode.REQUEST_INVALID,
            'want {"query": text, "type": text or null, "limit": number, "per_document": number,'
            ' "created_gte": time or null, "created_lt": time or null}',
        )
    return await _search(services, tenant, _Asked(**body))


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a request says, under the names of its JSON body."""

    query: str
    type: str | None = None
    limit: int = _LIMIT_DEFAULT
    per_document: int = SEARCH_HITS_PER_DOCUMENT
    created_gte: str | None = None
    created_lt: str | None = None


async def _search(services: Services, tenant: TenantId, asked: _Asked) -> Response:
    if "\0" in (asked.type or ""):
        raise DocmillError(ErrorCode.REQUEST_INVALID, "type: no name has a zero byte.")
    text = " ".join(asked.query.split())
    if not 1 <= len(text) <= QUERY_CHARS_MAX:
        raise DocmillError(ErrorCode.REQUEST_INVALID, f"query: want 1 to {QUERY_CHARS_MAX} characters.")
    for name, number in (("limit", asked.limit), ("per_document", asked.per_document)):
        if not 1 <= number <= SEARCH_HITS_MAX:
            raise DocmillError(ErrorCode.REQUEST_INVALID, f"{name}: want 1 to {SEARCH_HITS_MAX}.")
    since, until = (
        None if time is None else parsed_time(name, time)
        for name, time in (("created_gte", asked.created_gte), ("created_lt", asked.created_lt))
    )
    try:
        vector = (await services.embedder.embed([text]))[0]
    except Unavailable:
        vector = None  # the words alone still answer, and `by` says that it was they alone
    wanted = SearchRequest(
        text,
        vector,
        services.embedder.model,
        asked.limit,
        type_name=asked.type,
        per_document=asked.per_document,
        created_gte=since,
        created_lt=until,
    )
    hits = await services.index.search(tenant, wanted)
    by = ["text"] if vector is None else ["text", "meaning"]
    return json_answer({"query": text, "by": by, "items": [hit_view(hit) for hit in hits]})
