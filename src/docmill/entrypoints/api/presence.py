"""Loading a document that is still there."""

from docmill.domain.documents import Document
from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.events import DocumentId
from docmill.domain.tenants import TenantId
from docmill.entrypoints.api.services import Services


async def present(services: Services, tenant: TenantId, document: DocumentId) -> Document:
    """Raises NotFound for an absent or foreign id, DocmillError(erased) for a deleted document."""
    found = await services.store.load(tenant, document)
    if found.erased_at is not None:
        raise DocmillError(ErrorCode.ERASED)
    return found
