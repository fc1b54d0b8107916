"""PostgresTenancy."""

from collections.abc import Mapping, Sequence
from time import monotonic

from psycopg import sql
from psycopg.types.json import Json

from docmill.adapters.postgres.administration import administration
from docmill.adapters.postgres.database import (
    Connection,
    Database,
    Row,
    tenant_role,
    tenant_schema,
)
from docmill.adapters.postgres.queries import queries
from docmill.adapters.postgres.schema import POOL_ROLE, build_silo
from docmill.domain.errors import DocmillError, ErrorCode, NotFound
from docmill.domain.limits.database import KEY_CACHE_ENTRIES_MAX, READING_LIMITS_CACHE_S
from docmill.domain.reading_limits import DEFAULT, ReadingLimits
from docmill.domain.tenants import TenantId, Tier, tenant_id
from docmill.ports.tenancy import Tenant


class PostgresTenancy:
    """``admin_dsn`` may make roles and schemas; without it everything works but ``create``.

    A key is ``dm_<prefix>_<secret>``. The secret has 256 random bits, so a plain SHA-256 of it is
    enough at rest. Known keys are remembered for KEY_CACHE_S.
    """

    def __init__(self, database: Database, *, admin_dsn: str | None = None) -> None:
        self._database = database
        self._admin_dsn = admin_dsn
        self._limits: dict[TenantId, tuple[float, ReadingLimits]] = {}

    async def create(self, tenant: TenantId, *, tier: Tier) -> Tenant:
        if self._admin_dsn is None:
            raise DocmillError(ErrorCode.SETTING_INVALID, "making tenants needs the database's admin URL")
        tenant_id(tenant)
        async with administration(self._admin_dsn) as admin, admin.transaction():
            given = {"tenant": tenant, "tier": tier.value}
            added = await (await admin.execute(queries("tenancy")["add_tenant"], given)).fetchone()
            if added is None:
                raise DocmillError(ErrorCode.TENANT_EXISTS, f"tenant {tenant}")
            await _make_role(admin, tenant)
            if tier is Tier.SILO:
                await _make_schema(admin, tenant)
            else:
                await admin.execute(_grant(POOL_ROLE, tenant_role(tenant)))
        return _tenant(added)

    async def tenants(self) -> Sequence[Tenant]:
        return [_tenant(row) for row in await self._database.call(queries("tenancy")["tenants"])]

    async def reading_limits(self, tenant: TenantId) -> ReadingLimits:
        known = self._limits.get(tenant)
        if known is not None and monotonic() < known[0]:
            return known[1]
        rows = await self._database.call(queries("tenancy")["reading_limits"], {"tenant": tenant})
        if not rows:
            raise NotFound(f"tenant {tenant}")
        if len(self._limits) >= KEY_CACHE_ENTRIES_MAX:
            self._limits.clear()
        found = DEFAULT.capped(rows[0]["reading_limits"])
        self._limits[tenant] = (monotonic() + READING_LIMITS_CACHE_S, found)
        return found

    async def lower_limits(self, tenant: TenantId, wanted: Mapping[str, int | float | None]) -> ReadingLimits:
        if self._admin_dsn is None:
            raise DocmillError(ErrorCode.SETTING_INVALID, "lowering limits needs the database's admin URL")
        DEFAULT.lowered({name: 1 if value is None else value for name, value in wanted.items()})
        async with administration(self._admin_dsn) as admin, admin.transaction():
            given = {"tenant": tenant, "wanted": Json(dict(wanted))}
            row = await (await admin.execute(queries("tenancy")["lower_limits"], given)).fetchone()
        if row is None:
            raise NotFound(f"tenant {tenant}")
        self._limits.pop(tenant, None)
        return DEFAULT.capped(row["reading_limits"])


async def _make_role(admin: Connection, tenant: TenantId) -> None:
    """The service may become the tenant for a transaction, and has none of its rights before."""
    role = sql.Identifier(tenant_role(tenant))
    await admin.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(role))
    await admin.execute(_grant("docmill_tenants", tenant_role(tenant)))
    await admin.execute(sql.SQL("GRANT {} TO docmill_service WITH INHERIT FALSE, SET TRUE").format(role))


async def _make_schema(admin: Connection, tenant: TenantId) -> None:
    schema = sql.Identifier(tenant_schema(tenant))
    await admin.execute(sql.SQL("CREATE SCHEMA {} AUTHORIZATION docmill_owner").format(schema))
    await build_silo(admin, tenant)


def _grant(group: str, role: str) -> sql.Composed:
    """The rights of the group; to become the group would be to have no tenant."""
    grant = sql.SQL("GRANT {} TO {} WITH INHERIT TRUE, SET FALSE")
    return grant.format(sql.Identifier(group), sql.Identifier(role))


def _tenant(row: Row) -> Tenant:
    return Tenant(TenantId(row["id"]), Tier(row["tier"]), row["created_at"])
