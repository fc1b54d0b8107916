"""`GET /v1/limits`: what one file may cost."""

from fastapi import APIRouter
from starlette.responses import Response

from docmill.domain.reading_limits import DEFAULT
from docmill.entrypoints.api import schemas
from docmill.entrypoints.api.answers import json_answer
from docmill.entrypoints.api.identity import MayRead, ServicesOf

router = APIRouter(prefix="/v1", tags=["documents"])


@router.get(
    "/limits",
    summary="Tell what one file may cost",
    responses=schemas.answers(200, None, 401, 503),
)
async def limits(services: ServicesOf, tenant: MayRead) -> Response:
    """The tenant's limits, and everybody's: an operator may lower them for a tenant."""
    held = await services.tenancy.reading_limits(tenant)
    return json_answer({"limits": held.to_json(), "everybody": DEFAULT.to_json()})
