"""How much a tenant may take in, and how it shares with the others."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from docmill.domain.fairness import Share
from docmill.domain.pressure import Waiting
from docmill.domain.quotas import Quota, TurnedAway, Used
from docmill.domain.tenants import TenantId


class Admission(Protocol):
    """One upload that was let in."""

    async def another(self, size_bytes: int) -> "TurnedAway | None":
        """Ask for one more file of the request, of so many bytes; None when it may be taken."""

    def give_back(self) -> None:
        """One of the files made no new document."""

    @property
    def limits(self) -> tuple[int, int, int] | None:
        """Documents a minute, how many are left, and seconds until all are; None without such a quota."""


class Quotas(Protocol):
    """The database keeps them, so several API processes agree. Raises Unavailable, NotFound for no tenant."""

    async def quota(self, tenant: TenantId) -> Quota: ...

    async def share(self, tenant: TenantId) -> Share: ...

    async def change(
        self, tenant: TenantId, *, quota: Mapping[str, object] | None = None, share: Share | None = None
    ) -> None:
        """Put some limits in the place of others, None takes one away. Seen everywhere in QUOTA_CACHE_S.

        Raises DocmillError(request_invalid) for what is no quota or weight.
        """

    async def used(self, tenant: TenantId) -> Used:
        """Return where the tenant stands."""

    def admission(self, tenant: TenantId, *, size_bytes: int) -> AbstractAsyncContextManager[Admission]:
        """Let an upload of about so many bytes in, and count it as being on its way; raises TurnedAway.

        Asks nobody while what this process has drawn of the tenant's allowance lasts, and while it knows that
        nothing is left.
        """

    async def waiting(self) -> Mapping[TenantId, Waiting]:
        """Return what waits to be read, by tenant, as it was a moment ago."""
