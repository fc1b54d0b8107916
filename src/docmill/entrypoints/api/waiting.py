"""Waiting for a run to end, for a bounded time."""

import asyncio
from time import monotonic

from docmill.domain.documents import Operation
from docmill.domain.events import DocumentId
from docmill.domain.states import STATUS
from docmill.domain.tenants import TenantId
from docmill.entrypoints.api.services import Services

_PAUSE_FIRST_S = 0.05
_PAUSE_MAX_S = 0.5


async def ended(
    services: Services, tenant: TenantId, document: DocumentId, *, timeout_s: float
) -> Operation | None:
    """Return the operation once it is not running any more, None when it still is after ``timeout_s``."""
    until = monotonic() + timeout_s
    pause_s = _PAUSE_FIRST_S
    while True:
        operation = await services.store.operation(tenant, document)
        if STATUS[operation.document.run.state] is not None:
            return operation
        if monotonic() + pause_s > until:
            return None
        await asyncio.sleep(pause_s)
        pause_s = min(pause_s * 1.5, _PAUSE_MAX_S)
