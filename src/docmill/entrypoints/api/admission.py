"""Before a byte of an upload is read, or a document is read again: may the tenant ask for that now?

A client that sends `Expect: 100-continue` is refused before it has sent anything.
"""

from collections.abc import AsyncIterator, MutableMapping
from pathlib import Path
from shutil import disk_usage
from time import monotonic
from typing import Annotated, Any

from fastapi import Depends, Request

from docmill.domain import pressure
from docmill.domain.errors import ErrorCode
from docmill.domain.limits.api import RETRY_AFTER_S
from docmill.domain.limits.fairness import PRESSURE_LOOK_S, QUEUE_DISK_FREE_BYTES_MIN
from docmill.domain.quotas import TurnedAway
from docmill.entrypoints.api.identity import MayWrite, ServicesOf
from docmill.ports.quotas import Admission

RATE = "docmill.rate"
"""Where in the scope the headers are that every answer to an upload has."""


class Disk:
    """Whether the folder of the blobs gets full, as of a moment ago. None is a store that has no end."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._low, self._due = False, float("-inf")

    def is_low(self) -> bool:
        if self._folder is not None and monotonic() >= self._due:
            self._due = monotonic() + PRESSURE_LOOK_S
            try:
                self._low = disk_usage(self._folder).free < QUEUE_DISK_FREE_BYTES_MIN
            except OSError:
                self._low = False  # storing the file will say what is amiss
        return self._low


async def admitted(request: Request, services: ServicesOf, tenant: MayWrite) -> AsyncIterator[Admission]:
    """Raise TurnedAway where too much of the tenant's work is waiting, or its quota is used up."""
    announced = request.headers.get("content-length", "")
    try:
        busy = pressure.refusal(
            tenant,
            await services.quotas.waiting(),
            wait_s_max=services.queue_wait_s,
            disk_low=services.disk_is_low(),
        )
        if busy is not None:
            raise busy
        size_bytes = int(announced) if announced.isdigit() else 0
        async with services.quotas.admission(tenant, size_bytes=size_bytes) as admission:
            tell_limits(request.scope, admission.limits)
            yield admission
            tell_limits(request.scope, admission.limits)
    except TurnedAway as refused:
        tell_limits(request.scope, refused.limits)
        tell_refusal(request.scope, refused)
        raise


Admitted = Annotated[Admission, Depends(admitted)]


def tell_limits(scope: MutableMapping[str, Any], limits: tuple[int, int, int] | None) -> None:
    """The headers that most clients know, and those of the IETF's draft (httpapi-ratelimit-headers)."""
    if limits is None:
        return
    limit, left, reset_s = limits
    scope.setdefault(RATE, {}).update(
        {
            "RateLimit-Limit": str(limit),
            "RateLimit-Remaining": str(left),
            "RateLimit-Reset": str(reset_s),
            "RateLimit-Policy": f'"documents";q={limit};w=60',
            "RateLimit": f'"documents";r={left};t={reset_s}',
        }
    )


def tell_refusal(scope: MutableMapping[str, Any], refused: TurnedAway) -> None:
    """A month's budget does not come back by waiting a little: there is nothing to retry after."""
    if refused.code is not ErrorCode.BUDGET_SPENT:
        scope.setdefault(RATE, {})["Retry-After"] = str(refused.retry_after_s or RETRY_AFTER_S)
