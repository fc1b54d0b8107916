"""`GET /v1/operations/{id}`: how far a document's newest run is. Always 200 while the document is known."""

import hashlib

import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from docmill.domain.limits import RETRY_AFTER_S
from docmill.entrypoints.api import schemas
from docmill.entrypoints.api.identity import MayRead, ServicesOf, TheDocument
from docmill.entrypoints.api.views import RUNNING, operation_view

router = APIRouter(prefix="/v1", tags=["operations"])


@router.get(
    "/operations/{document_id}",
    summary="Ask how far it is",
    responses=schemas.answers(200, schemas.OperationBody, 304, 401, 404, 503),
)
async def show_operation(
    request: Request, services: ServicesOf, tenant: MayRead, document_id: TheDocument
) -> Response:
    """An operation has its document's id. Failed runs answer 200 as well: status and code say so."""
    view = operation_view(await services.store.operation(tenant, document_id))
    body = orjson.dumps(view)
    headers = {"ETag": f'"{hashlib.sha256(body).hexdigest()[:32]}"'}
    if view["status"] == RUNNING:
        headers["Retry-After"] = str(RETRY_AFTER_S)
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/json")
