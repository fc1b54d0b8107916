"""Tenants, and what each may cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from docmill.domain.reading_limits import ReadingLimits
from docmill.domain.tenants import TenantId, Tier


@dataclass(frozen=True, slots=True)
class Tenant:
    id: TenantId
    tier: Tier
    created_at: datetime


class Tenancy(Protocol):
    """Raises Unavailable."""

    async def create(self, tenant: TenantId, *, tier: Tier) -> Tenant:
        """Make schema or rows, role, policies. Raises DocmillError(tenant_exists)."""

    async def tenants(self) -> Sequence[Tenant]: ...

    async def reading_limits(self, tenant: TenantId) -> ReadingLimits:
        """Return what one file of the tenant may cost; a change made elsewhere is seen in
        READING_LIMITS_CACHE_S.
        """

    async def lower_limits(self, tenant: TenantId, wanted: Mapping[str, int | float | None]) -> ReadingLimits:
        """Lower some limits of the tenant, None puts one back; return all of them.

        Raises NotFound, and DocmillError(request_invalid) for a name or value that cannot be.
        """
