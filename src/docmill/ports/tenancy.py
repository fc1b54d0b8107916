"""Tenants and the keys that say who is asking."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from docmill.domain.access import Principal
from docmill.domain.reading_limits import ReadingLimits
from docmill.domain.tenants import TenantId, Tier


@dataclass(frozen=True, slots=True)
class ApiKey:
    """``prefix`` is the part of the key that may be shown."""

    prefix: str
    tenant: TenantId
    label: str
    created_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Tenant:
    id: TenantId
    tier: Tier
    created_at: datetime


class Tenancy(Protocol):
    """Raises Unavailable. A key is shown once and kept as a hash."""

    async def create(self, tenant: TenantId, *, tier: Tier) -> Tenant:
        """Make schema or rows, role, policies. Raises DocmillError(tenant_exists)."""

    async def tenants(self) -> Sequence[Tenant]: ...

    async def reading_limits(self, tenant: TenantId) -> ReadingLimits:
        """Return what one file of the tenant may cost; a change made elsewhere is seen within KEY_CACHE_S."""

    async def lower_limits(self, tenant: TenantId, wanted: Mapping[str, int | float | None]) -> ReadingLimits:
        """Lower some limits of the tenant, None puts one back; return all of them.

        Raises NotFound, and DocmillError(request_invalid) for a name or value that cannot be.
        """

    async def create_key(self, tenant: TenantId, *, label: str) -> str:
        """Return the key itself. Raises NotFound for an absent tenant."""

    async def keys(self, tenant: TenantId) -> Sequence[ApiKey]: ...

    async def revoke_key(self, tenant: TenantId, prefix: str) -> None: ...

    async def authenticate(self, key: str) -> Principal:
        """Say who holds the key, in constant time. Raises DocmillError(unauthenticated) for anything else."""
