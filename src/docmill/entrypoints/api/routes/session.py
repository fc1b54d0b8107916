"""`/v1/session`: people who sign in with a password, over a browser."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from docmill.domain.access import Principal, Refusal, Refused, Through
from docmill.domain.errors import ErrorCode
from docmill.domain.tenants import TenantId
from docmill.entrypoints.api import identity_bodies as bodies
from docmill.entrypoints.api import schemas
from docmill.entrypoints.api.answers import json_answer
from docmill.entrypoints.api.browsers import cookie_of, require_own_page, set_cookie, take_cookie
from docmill.entrypoints.api.identity import Public, ServicesOf, Somebody
from docmill.ports.people import Session

router = APIRouter(prefix="/v1", tags=["session"])
_PRIVATE = {"Cache-Control": "no-store"}


async def cookie_that_counts(request: Request, caller: Somebody) -> str:
    """Raise Refused(forbidden) for who has come in by another way than a session."""
    cookie = cookie_of(request)
    if caller.through is not Through.SESSION or cookie is None:
        raise Refused(Refusal.FORBIDDEN, ErrorCode.FORBIDDEN, "It takes a session.")
    return cookie


Cookie = Annotated[str, Depends(cookie_that_counts)]


@router.post(
    "/session",
    summary="Sign in",
    dependencies=[Public],
    responses=schemas.answers(200, bodies.SessionBody, 401, 403, 413, 422, 429, 503),
    openapi_extra=bodies.asking(bodies.SignInAsked),
)
async def sign_in(request: Request, services: ServicesOf) -> Response:
    """Sets a cookie that no script can read. Failures are counted by account and by network address; who is
    unknown is answered like who has mistyped, and as slowly."""
    require_own_page(request)
    wanted = await bodies.asked(request, bodies.SignInAsked)
    address = request.client.host if request.client else ""
    made = await services.identity.sessions.sign_in(wanted.email, wanted.password, address=address)
    answer = _told(made.session.principal, made.session)
    set_cookie(request, answer, made.cookie)
    return answer


@router.get(
    "/session",
    summary="Tell who is asking",
    responses=schemas.answers(200, bodies.SessionBody, 401, 503),
)
async def show_session(request: Request, services: ServicesOf, caller: Somebody) -> Response:
    """Also for keys and tokens: what they are taken for, and what they may do."""
    cookie = cookie_of(request)
    if caller.through is not Through.SESSION or cookie is None:
        return _told(caller, None)
    return _told(caller, await services.identity.sessions.session(cookie))


@router.delete(
    "/session",
    status_code=204,
    summary="Sign out",
    responses=schemas.answers(204, None, 401, 403, 503),
)
async def sign_out(request: Request, services: ServicesOf, cookie: Cookie) -> Response:
    await services.identity.sessions.end(cookie)
    answer = Response(status_code=204)
    take_cookie(request, answer)
    return answer


@router.put(
    "/session/tenant",
    summary="Choose the tenant to act in",
    responses=schemas.answers(200, bodies.SessionBody, 401, 403, 404, 413, 422, 503),
    openapi_extra=bodies.asking(bodies.TenantAsked),
)
async def choose_tenant(request: Request, services: ServicesOf, cookie: Cookie) -> Response:
    """One of those that `GET /v1/session` lists; the cookie and `csrf` are new afterwards."""
    wanted = await bodies.asked(request, bodies.TenantAsked)
    tenant = None if wanted.tenant is None else TenantId(wanted.tenant)
    made = await services.identity.sessions.choose(cookie, tenant)
    answer = _told(made.session.principal, made.session)
    set_cookie(request, answer, made.cookie)
    return answer


@router.put(
    "/session/password",
    status_code=204,
    summary="Change one's own password",
    responses=schemas.answers(204, None, 401, 403, 413, 422, 429, 503),
    openapi_extra=bodies.asking(bodies.PasswordAsked),
)
async def change_password(request: Request, services: ServicesOf, cookie: Cookie) -> Response:
    """All sessions of the person end, this one too. The old password is counted like one at the sign-in."""
    wanted = await bodies.asked(request, bodies.PasswordAsked)
    session = await services.identity.sessions.session(cookie)
    address = request.client.host if request.client else ""
    await services.identity.people.change_password(session, wanted.old, wanted.new, address=address)
    await services.identity.sessions.end(cookie)
    answer = Response(status_code=204)
    take_cookie(request, answer)
    return answer


def _told(principal: Principal, session: Session | None) -> Response:
    roles = session.roles if session else ()
    body = {
        "subject": principal.subject,
        "through": principal.through,
        "tenant": principal.tenant,
        "permissions": sorted(principal.permissions),
        "email": session.email if session else None,
        "platform_admin": session.platform_admin if session else False,
        "tenants": [{"tenant": tenant, "role": role} for tenant, role in roles],
        "csrf": session.csrf if session else None,
    }
    return json_answer(body, headers=_PRIVATE)
