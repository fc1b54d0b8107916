"""Who is asking, and may he. The tenant comes from the credential and from nowhere else.

Every route names what it takes: a parameter annotated with one of the ``May…`` types, or `Public`. A test
reads it off the routes.
"""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from docmill.domain.access import Permission, Principal
from docmill.domain.errors import DocmillError, ErrorCode, NotFound
from docmill.domain.events import DocumentId
from docmill.domain.tenants import TenantId
from docmill.entrypoints.api.services import Services
from docmill.entrypoints.api.tracing import telling

_bearer = HTTPBearer(auto_error=False, description="A tenant's key: `dm_…`.")
_header = APIKeyHeader(
    name="X-Api-Key", auto_error=False, description="The same key, for clients that cannot send the other."
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
) -> Principal:
    """Raise DocmillError(unauthenticated) unless the request carries a valid credential."""
    key = bearer.credentials if bearer else header
    if not key:
        raise DocmillError(ErrorCode.UNAUTHENTICATED)
    principal = await services.tenancy.authenticate(key)
    telling(request).tenant = principal.tenant or ""
    return principal


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
Public = Depends(public)
TheDocument = Annotated[DocumentId, Depends(document_of)]
