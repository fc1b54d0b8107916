"""Documents: the list, one of them, what is inside it, what happened to it, and its end."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from docmill.entrypoints.api import schemas
from docmill.entrypoints.api.answers import json_answer
from docmill.entrypoints.api.filters import PAGING, PARAMETERS, page_limit, tenant_filter
from docmill.entrypoints.api.identity import Caller, MayDelete, MayRead, ServicesOf, TheDocument
from docmill.entrypoints.api.presence import present
from docmill.entrypoints.api.views import document_view, event_view

router = APIRouter(prefix="/v1", tags=["documents"])


@router.get(
    "/documents",
    summary="List documents",
    responses=schemas.answers(200, schemas.DocumentList, 401, 422, 503),
    openapi_extra={"parameters": [*PARAMETERS, *PAGING]},
)
async def list_documents(request: Request, services: ServicesOf, tenant: MayRead) -> Response:
    """Newest first. A filter that is not understood is refused, not ignored."""
    query = request.query_params
    where = await tenant_filter(query, services.catalog, tenant, besides=("limit", "cursor"))
    page = await services.store.find(tenant, where, limit=page_limit(query), cursor=query.get("cursor"))
    return json_answer({"items": [document_view(document) for document in page.documents], "next": page.next})


@router.get(
    "/documents/{document_id}",
    summary="Show a document",
    responses=schemas.answers(200, schemas.DocumentBody, 401, 404, 410, 503),
)
async def show_document(services: ServicesOf, tenant: MayRead, document_id: TheDocument) -> Response:
    return json_answer(document_view(await present(services, tenant, document_id), whole=True))


@router.delete(
    "/documents/{document_id}",
    status_code=204,
    summary="Delete a document",
    responses=schemas.answers(204, None, 401, 403, 404, 409, 503),
)
async def erase_document(
    services: ServicesOf, tenant: MayDelete, caller: Caller, document_id: TheDocument
) -> Response:
    """Result, versions, search entries and file go; a tombstone stays and answers 410. Twice is fine.

    `/receipt` tells what was deleted where. 409 `legal_hold` for a document that is held.
    """
    await services.store.erase(tenant, document_id, time=services.now(), by=caller.subject)
    return Response(status_code=204)


@router.get(
    "/documents/{document_id}/children",
    summary="List the documents that were found inside it",
    responses=schemas.answers(200, schemas.DocumentList, 401, 404, 410, 503),
)
async def list_children(services: ServicesOf, tenant: MayRead, document_id: TheDocument) -> Response:
    await present(services, tenant, document_id)
    children = await services.store.children(tenant, document_id)
    return json_answer({"items": [document_view(child) for child in children], "next": None})


@router.get(
    "/documents/{document_id}/events",
    summary="List what happened to it",
    responses=schemas.answers(200, None, 401, 404, 503),
)
async def list_events(services: ServicesOf, tenant: MayRead, document_id: TheDocument) -> Response:
    """In the order of commits. They carry ids, counts and codes, never values, and outlive the document."""
    await services.store.load(tenant, document_id)
    events = await services.store.journal(tenant, document_id)
    return json_answer({"items": [event_view(event) for event in events], "next": None})
