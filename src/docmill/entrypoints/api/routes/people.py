"""`/v1/people`: who signs in to a tenant, and as what."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from docmill.domain.access import GRANTS, Role
from docmill.domain.errors import NotFound
from docmill.domain.limits.identity import EMAIL_CHARS_MAX
from docmill.entrypoints.api import identity_bodies as bodies
from docmill.entrypoints.api import schemas
from docmill.entrypoints.api.answers import json_answer
from docmill.entrypoints.api.identity import Caller, MayManageKeys, ServicesOf

router = APIRouter(prefix="/v1", tags=["people"])

Email = Annotated[
    str,
    Path(
        max_length=EMAIL_CHARS_MAX,
        pattern=r"^[^@/\x00-\x20\x7f]+@[^@/\x00-\x20\x7f]+$",
        examples=["ada@acme.example"],
    ),
]


@router.get(
    "/people", summary="List people", responses=schemas.answers(200, bodies.MemberList, 401, 403, 503)
)
async def list_people(services: ServicesOf, tenant: MayManageKeys) -> Response:
    """Those of the tenant, by their addresses."""
    members = await services.identity.people.members(tenant)
    return json_answer({"items": [bodies.member_view(member) for member in members], "next": None})


@router.get(
    "/people/{email}",
    summary="Show somebody's role",
    responses=schemas.answers(200, bodies.MemberBody, 401, 403, 404, 422, 503),
)
async def show_person(services: ServicesOf, tenant: MayManageKeys, email: Email) -> Response:
    return json_answer(bodies.member_view(await services.identity.people.member(tenant, email)))


@router.put(
    "/people/{email}",
    summary="Give somebody a role",
    responses=schemas.answers(200, bodies.MemberBody, 401, 403, 413, 422, 503),
    openapi_extra=bodies.asking(bodies.RoleAsked),
)
async def grant_role(
    request: Request, services: ServicesOf, tenant: MayManageKeys, caller: Caller, email: Email
) -> Response:
    """In the place of an earlier one; never more than the giver has. Whether somebody is known to other
    tenants cannot be told from the answer. Passwords are set by the person himself or by `docmill people
    password`."""
    role = Role((await bodies.asked(request, bodies.RoleAsked)).role)
    caller.require_all(GRANTS[role])
    try:
        held = await services.identity.people.member(tenant, email)
    except NotFound:
        pass
    else:
        caller.require_all(GRANTS[held.role])
    made = await services.identity.people.grant(tenant, email, role, by=caller.subject)
    return json_answer(bodies.member_view(made))


@router.delete(
    "/people/{email}",
    status_code=204,
    summary="Take somebody's role",
    responses=schemas.answers(204, None, 401, 403, 404, 422, 503),
)
async def revoke_role(services: ServicesOf, tenant: MayManageKeys, caller: Caller, email: Email) -> Response:
    """The person stays what he is elsewhere. A session in this tenant can do nothing here within seconds."""
    caller.require_all(GRANTS[(await services.identity.people.member(tenant, email)).role])
    await services.identity.people.revoke(tenant, email)
    return Response(status_code=204)
