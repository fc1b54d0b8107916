"""Who is asking. The tenant comes from the key and from nowhere else.

Every route depends on `authenticated` or `public`; a test reads it off the routes.
"""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

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
) -> TenantId:
    """Raise DocmillError(unauthenticated) unless the request carries a valid key."""
    key = bearer.credentials if bearer else header
    if not key:
        raise DocmillError(ErrorCode.UNAUTHENTICATED)
    tenant = await services.tenancy.authenticate(key)
    telling(request).tenant = tenant
    return tenant


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


Tenant = Annotated[TenantId, Depends(authenticated)]
Public = Depends(public)
TheDocument = Annotated[DocumentId, Depends(document_of)]
