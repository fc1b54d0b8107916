"""Who is asking, and may he. The tenant comes from the credential and from nowhere else.

Every route names what it takes, and one thing only: a parameter annotated with one of the ``May…`` types,
`Somebody` or `Public`. OpenAPI tells it as `x-permission`; a test reads it off the routes.
"""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.security import APIKeyCookie, APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from docmill.domain.access import Permission, Principal, Refusal, Refused
from docmill.domain.errors import NotFound
from docmill.domain.events import DocumentId
from docmill.domain.tenants import TenantId
from docmill.entrypoints.api.browsers import COOKIE, cookie_of, require_csrf
from docmill.entrypoints.api.services import Services
from docmill.entrypoints.api.tracing import telling
from docmill.ports.identity import Identity

_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="bearer",
    description="A key, `dm_…`, a token that it was exchanged for, or one of an issuer that docmill knows.",
)
_header = APIKeyHeader(
    name="X-Api-Key",
    auto_error=False,
    scheme_name="key",
    description="A key, for clients that cannot send the other header.",
)
_cookie = APIKeyCookie(
    name=COOKIE,
    auto_error=False,
    scheme_name="session",
    description="What `POST /v1/session` sets; all but reading takes `X-Csrf-Token` beside it.",
)


async def services_of(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


ServicesOf = Annotated[Services, Depends(services_of)]


async def authenticated(
    request: Request,
    services: ServicesOf,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    header: Annotated[str | None, Depends(_header)],
    _declared: Annotated[str | None, Depends(_cookie)],
) -> Principal:
    """Raise Refused unless the request carries a valid credential. The first that is there counts, good or
    bad.
    """
    cookie = cookie_of(request)
    if bearer or "authorization" in request.headers:
        principal = await _holder(services.identity, bearer.credentials if bearer else "")
    elif header is not None:
        principal = await services.identity.keys.authenticate(header)
    elif cookie is not None:
        session = await services.identity.sessions.session(cookie)
        require_csrf(request, session)
        principal = session.principal
    else:
        raise Refused(Refusal.MISSING)
    telling(request).tenant = principal.tenant or ""
    return principal


async def _holder(identity: Identity, credential: str) -> Principal:
    if credential.startswith("dm_"):
        return await identity.keys.authenticate(credential)
    if identity.tokens.is_own(credential):
        return await identity.tokens.authenticate(credential)
    return await identity.issuers.authenticate(credential)


async def asked_again(request: Request, services: Services) -> Principal:
    """Who is asking, as of now: for answers that go on for hours. Raise Refused when the credential has
    ended.
    """
    return await authenticated(request, services, await _bearer(request), await _header(request), None)


Caller = Annotated[Principal, Depends(authenticated)]


@dataclass(frozen=True)
class Taking:
    """The dependency of a route that takes ``permission``; gives the tenant that the caller acts in."""

    permission: Permission

    async def __call__(self, caller: Caller) -> TenantId:
        """Raise DocmillError(forbidden) unless the caller has the permission, within a tenant."""
        caller.require(self.permission)
        return caller.acting_in


@dataclass(frozen=True)
class TakingPlatform:
    """The dependency of a route about the platform itself; gives who is asking."""

    permission: Permission = Permission.PLATFORM_MANAGE

    async def __call__(self, caller: Caller) -> Principal:
        caller.require(self.permission)
        return caller


async def somebody(caller: Caller) -> Principal:
    """Declares that a route is for everybody whom docmill knows, whatever he may do."""
    return caller


async def public() -> None:
    """Declares that a route tells nothing of a tenant and needs no key."""


async def document_of(request: Request, document_id: str) -> DocumentId:
    """A text that is no id cannot be the id of anything: NotFound, as for an absent one."""
    try:
        document = DocumentId(UUID(document_id))
    except ValueError:
        raise NotFound from None
    telling(request).document = str(document)
    return document


MayRead = Annotated[TenantId, Depends(Taking(Permission.DOCUMENTS_READ))]
MayWrite = Annotated[TenantId, Depends(Taking(Permission.DOCUMENTS_WRITE))]
MayDelete = Annotated[TenantId, Depends(Taking(Permission.DOCUMENTS_DELETE))]
MayReview = Annotated[TenantId, Depends(Taking(Permission.REVIEW_WORK))]
MayWriteTypes = Annotated[TenantId, Depends(Taking(Permission.TYPES_WRITE))]
MayManageWebhooks = Annotated[TenantId, Depends(Taking(Permission.WEBHOOKS_MANAGE))]
MayManageLetters = Annotated[TenantId, Depends(Taking(Permission.LETTERS_MANAGE))]
MaySeeUsage = Annotated[TenantId, Depends(Taking(Permission.USAGE_READ))]
MayManageKeys = Annotated[TenantId, Depends(Taking(Permission.KEYS_MANAGE))]
MayManageTenant = Annotated[TenantId, Depends(Taking(Permission.TENANT_MANAGE))]
MayManagePlatform = Annotated[Principal, Depends(TakingPlatform())]
Somebody = Annotated[Principal, Depends(somebody)]
Public = Depends(public)
TheDocument = Annotated[DocumentId, Depends(document_of)]


def taken(dependant: Dependant) -> set[str]:
    """What a route of these dependencies says that it takes: permissions, ``authenticated`` or ``public``."""
    found = set[str]().union(*(taken(inner) for inner in dependant.dependencies))
    if isinstance(dependant.call, Taking | TakingPlatform):
        found.add(dependant.call.permission)
    elif dependant.call in _WORDS:
        found.add(_WORDS[dependant.call])
    return found


_WORDS: dict[object, str] = {somebody: "authenticated", public: "public"}
