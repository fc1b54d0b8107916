"""PostgresTenancy."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from time import monotonic

from psycopg import sql
from psycopg.types.json import Json

from docmill.adapters.postgres.database import (
    Connection,
    Database,
    Row,
    tenant_role,
    tenant_schema,
)
from docmill.adapters.postgres.queries import queries
from docmill.adapters.postgres.schema import POOL_ROLE, administration, build_silo
from docmill.domain.access import GRANTS, Principal, Role
from docmill.domain.errors import DocmillError, ErrorCode, NotFound
from docmill.domain.limits import KEY_CACHE_ENTRIES_MAX, KEY_CACHE_S
from docmill.domain.reading_limits import DEFAULT, ReadingLimits
from docmill.domain.tenants import TenantId, Tier, tenant_id
from docmill.ports.tenancy import ApiKey, Tenant

_KEY = re.compile(r"dm_([0-9a-f]{12})_([0-9a-f]{64})")
_NOBODY = (None, b"\0" * 32)


class PostgresTenancy:
    """``admin_dsn`` may make roles and schemas; without it everything works but ``create``.

    A key is ``dm_<prefix>_<secret>``. The secret has 256 random bits, so a plain SHA-256 of it is
    enough at rest. Known keys are remembered for KEY_CACHE_S.
    """

    def __init__(self, database: Database, *, admin_dsn: str | None = None) -> None:
        self._database = database
        self._admin_dsn = admin_dsn
        self._known: dict[str, tuple[float, TenantId, bytes]] = {}
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
        self._limits[tenant] = (monotonic() + KEY_CACHE_S, found)
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

    async def create_key(self, tenant: TenantId, *, label: str) -> str:
        prefix, secret = secrets.token_hex(6), secrets.token_hex(32)
        added = await self._database.call(
            queries("tenancy")["add_key"],
            {"prefix": prefix, "secret_sha256": _digest(secret), "tenant": tenant, "label": label},
        )
        if not added:
            raise NotFound(f"tenant {tenant}")
        return f"dm_{prefix}_{secret}"

    async def keys(self, tenant: TenantId) -> Sequence[ApiKey]:
        rows = await self._database.call(queries("tenancy")["keys"], {"tenant": tenant})
        return [ApiKey(**row) for row in rows]

    async def revoke_key(self, tenant: TenantId, prefix: str) -> None:
        if not await self._database.call(queries("tenancy")["revoke"], {"tenant": tenant, "prefix": prefix}):
            raise NotFound(f"key {prefix[:12]}")
        self._known.pop(prefix, None)

    async def authenticate(self, key: str) -> Principal:
        match = _KEY.fullmatch(key)
        prefix, secret = match.groups() if match else ("", "")
        tenant, digest = await self._lookup(prefix) if match else _NOBODY
        if not hmac.compare_digest(_digest(secret), digest) or tenant is None:
            raise DocmillError(ErrorCode.UNAUTHENTICATED)
        return Principal(f"key:{prefix}", tenant, GRANTS[Role.OPERATOR])

    async def _lookup(self, prefix: str) -> tuple[TenantId | None, bytes]:
        known = self._known.get(prefix)
        if known is not None and monotonic() < known[0]:
            return known[1], known[2]
        rows = await self._database.call(queries("tenancy")["key"], {"prefix": prefix})
        if not rows:
            self._known.pop(prefix, None)
            return _NOBODY
        if len(self._known) >= KEY_CACHE_ENTRIES_MAX:
            self._known.clear()
        tenant, digest = TenantId(rows[0]["tenant"]), bytes(rows[0]["secret_sha256"])
        self._known[prefix] = (monotonic() + KEY_CACHE_S, tenant, digest)
        return tenant, digest


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
    return sql.SQL("GRANT {} TO {}").format(sql.Identifier(group), sql.Identifier(role))


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _tenant(row: Row) -> Tenant:
    return Tenant(TenantId(row["id"]), Tier(row["tier"]), row["created_at"])
