"""Waiting for a run to end, for a bounded time: one question to the database for all who wait here."""

import asyncio
import re
from collections import Counter
from contextlib import suppress
from time import monotonic

from docmill.domain.documents import Operation
from docmill.domain.errors import DocmillError
from docmill.domain.events import DocumentId, RunId
from docmill.domain.limits.api import WAIT_POLL_S, WAIT_S_MAX, WAITS_PER_TENANT_MAX
from docmill.domain.states import STATUS
from docmill.domain.tenants import TenantId
from docmill.entrypoints.api.services import Services

_WAIT = re.compile(r"(?:^|[,;\s])wait=(\d{1,4})(?:$|[,;\s])")
_Key = tuple[TenantId, DocumentId, RunId]


def preferred_wait_s(prefer: str | None) -> float:
    """How long ``Prefer: wait=20`` wants to wait (RFC 7240), within the limit; 0 without it."""
    wait = _WAIT.search(prefer or "")
    return min(float(wait[1]), WAIT_S_MAX) if wait else 0.0


class Waiting:
    """All who wait in one process. Costs nothing while nobody does."""

    def __init__(self, services: Services, *, poll_s: float = WAIT_POLL_S) -> None:
        self._services = services
        self._poll_s = poll_s
        self._wanted: dict[_Key, set[asyncio.Future[None]]] = {}
        self._asking: asyncio.Task[None] | None = None
        self._waits: Counter[TenantId] = Counter()

    async def ended(
        self, tenant: TenantId, document: DocumentId, *, timeout_s: float
    ) -> tuple[Operation, bool]:
        """Return the operation, and whether it is not running any more; at the latest after ``timeout_s``.

        At once where too many of the tenant wait here already: to wait is a wish, and room for requests is
        everybody's.
        """
        if self._waits[tenant] >= WAITS_PER_TENANT_MAX:
            timeout_s = 0.0
        self._waits[tenant] += 1
        try:
            return await self._ended(tenant, document, until=monotonic() + timeout_s)
        finally:
            self._waits[tenant] -= 1
            if not self._waits[tenant]:
                del self._waits[tenant]

    async def _ended(self, tenant: TenantId, document: DocumentId, *, until: float) -> tuple[Operation, bool]:
        while True:
            operation = await self._services.store.operation(tenant, document)
            if STATUS[operation.document.run.state] is not None:
                return operation, True
            left_s = until - monotonic()
            if left_s <= 0:
                return operation, False
            with suppress(TimeoutError):
                await self._told((tenant, document, operation.document.run.id), left_s)

    async def _told(self, key: _Key, timeout_s: float) -> None:
        future = asyncio.get_running_loop().create_future()
        self._wanted.setdefault(key, set()).add(future)
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        try:
            async with asyncio.timeout(timeout_s):
                await future
        finally:
            waiting = self._wanted.get(key, set())
            waiting.discard(future)
            if not waiting:
                self._wanted.pop(key, None)

    async def _ask(self) -> None:
        while self._wanted:
            await asyncio.sleep(self._poll_s)
            try:
                ended = await self._services.operations.ended(tuple(self._wanted))
            except DocmillError:  # an outage: who waits finds it, or the end of it, by himself
                continue
            for key in [key for key in self._wanted if key[1] in ended]:
                for future in self._wanted[key]:
                    if not future.done():
                        future.set_result(None)
