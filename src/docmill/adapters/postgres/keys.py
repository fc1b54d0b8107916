"""PostgresKeys."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

from docmill.adapters.postgres.database import Database, Row
from docmill.adapters.postgres.queries import queries
from docmill.domain.access import Permission, Principal, Refusal, Refused, Role, permissions_of, within_tenant
from docmill.domain.errors import DocmillError, NotFound, invalid
from docmill.domain.limits.database import KEY_CACHE_ENTRIES_MAX, KEY_CACHE_S
from docmill.domain.limits.identity import (
    KEY_USED_WRITE_S,
    KEYS_LISTED_MAX,
    KEYS_PER_TENANT_MAX,
    LABEL_CHARS_MAX,
    SCOPES_MAX,
)
from docmill.domain.tenants import TenantId
from docmill.ports.identity import ApiKey, NewKey

_KEY = re.compile(r"dm_([0-9a-f]{12})_([0-9a-f]{64})")
_PREFIX = re.compile(r"[0-9a-f]{12}")
_NO_DIGEST = b"\0" * 32


@dataclass(slots=True)
class _Known:
    """What a process remembers of a key; ``stale`` when its use is to be written down."""

    until: float
    principal: Principal
    digest: bytes
    stale: bool


class PostgresKeys:
    """A key is ``dm_<prefix>_<secret>``. The secret has 256 random bits, so a plain SHA-256 of it is
    enough at rest. Known keys are remembered for KEY_CACHE_S, so that asking who somebody is costs no
    statement.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, _Known] = {}

    async def create(
        self,
        tenant: TenantId | None,
        *,
        label: str,
        scopes: Sequence[str] = (Role.OPERATOR.value,),
        life: timedelta | None = None,
        by: str = "",
    ) -> NewKey:
        _require_fit(tenant, label, scopes)
        prefix, secret, digest = _minted()
        given = {"prefix": prefix, "secret_sha256": digest, "tenant": tenant, "label": label, "by": by}
        wanted = {"scopes": sorted(set(scopes)), "life": life, "most": KEYS_PER_TENANT_MAX}
        (row,) = await self._database.call(queries("keys")["add"], given | wanted)
        if not row.pop("found"):
            raise NotFound(f"tenant {tenant}")
        if not row.pop("room"):
            raise invalid(f"A tenant may have {KEYS_PER_TENANT_MAX} keys: revoke some.")
        return NewKey(_key(row), secret)

    async def all(self, tenant: TenantId | None) -> Sequence[ApiKey]:
        given = {"tenant": tenant, "most": KEYS_LISTED_MAX}
        return [_key(row) for row in await self._database.call(queries("keys")["list"], given)]

    async def show(self, tenant: TenantId | None, prefix: str) -> ApiKey:
        rows = await self._database.call(queries("keys")["show"], {"tenant": tenant, "prefix": _cut(prefix)})
        if not rows:
            raise NotFound(f"key {_cut(prefix)}")
        return _key(rows[0])

    async def revoke(self, tenant: TenantId | None, prefix: str) -> None:
        given = {"tenant": tenant, "prefix": _cut(prefix)}
        if not await self._database.call(queries("keys")["revoke"], given):
            raise NotFound(f"key {_cut(prefix)}")
        self._known.pop(prefix, None)

    async def rotate(
        self, tenant: TenantId | None, prefix: str, *, overlap: timedelta, by: str = ""
    ) -> NewKey:
        new, secret, digest = _minted()
        given = {"tenant": tenant, "old": _cut(prefix), "prefix": new, "secret_sha256": digest}
        wanted = {"overlap": overlap, "by": by}
        rows = await self._database.call(queries("keys")["rotate"], given | wanted)
        if not rows:
            raise NotFound(f"key {_cut(prefix)}", action="`docmill keys list` has those that can be rotated.")
        self._known.pop(prefix, None)
        return NewKey(_key(rows[0]), secret)

    async def authenticate(self, key: str) -> Principal:
        match = _KEY.fullmatch(key)
        prefix, secret = match.groups() if match else ("", "")
        known = await self._lookup(prefix) if match else None
        if not hmac.compare_digest(_digest(secret), known.digest if known else _NO_DIGEST) or known is None:
            raise Refused(Refusal.UNKNOWN_KEY if match else Refusal.MALFORMED)
        if known.stale:
            await self._write_down(prefix, known)
        return known.principal

    async def holder(self, prefix: str) -> Principal:
        known = await self._lookup(prefix) if _PREFIX.fullmatch(prefix) else None
        if known is None:
            raise Refused(Refusal.UNKNOWN_KEY)
        return known.principal

    async def _lookup(self, prefix: str) -> _Known | None:
        known = self._known.get(prefix)
        if known is not None and monotonic() < known.until:
            return known
        rows = await self._database.call(
            queries("keys")["find"], {"prefix": prefix, "used_s": KEY_USED_WRITE_S}
        )
        if not rows:
            self._known.pop(prefix, None)
            return None
        if len(self._known) >= KEY_CACHE_ENTRIES_MAX:
            self._known.clear()
        row = rows[0]
        tenant = TenantId(row["tenant"]) if row["tenant"] else None
        principal = Principal(f"key:{prefix}", tenant, _allowed(row["scopes"], tenant))
        found = _Known(monotonic() + KEY_CACHE_S, principal, bytes(row["secret_sha256"]), row["stale"])
        self._known[prefix] = found
        return found

    async def _write_down(self, prefix: str, known: _Known) -> None:
        known.stale = False
        # Reading goes on while the disk is full: when a key was used last is not worth an answer.
        with suppress(DocmillError):
            await self._database.call(queries("keys")["used"], {"prefix": prefix})


def _require_fit(tenant: TenantId | None, label: str, scopes: Sequence[str]) -> None:
    if len(label) > LABEL_CHARS_MAX or "\0" in label:
        raise invalid(f"What a key is for may take {LABEL_CHARS_MAX} characters.")
    if not 0 < len(scopes) <= SCOPES_MAX:
        raise invalid(f"A key has 1 to {SCOPES_MAX} scopes.")
    if tenant is not None:
        within_tenant(scopes)
    elif tuple(scopes) != (Role.PLATFORM_ADMIN.value,):
        raise invalid(f"A key of the platform's own has the scope {Role.PLATFORM_ADMIN} and no other.")


def _allowed(scopes: Sequence[str], tenant: TenantId | None) -> frozenset[Permission]:
    """A scope that a later release wrote means nothing here, and what belongs to the platform is never a
    tenant's.
    """
    found: frozenset[Permission] = frozenset()
    for scope in scopes:
        with suppress(DocmillError):
            found |= permissions_of((scope,)) if tenant is None else within_tenant((scope,))
    return found


def _minted() -> tuple[str, str, bytes]:
    """A prefix, the whole key, and the digest of its secret."""
    prefix, secret = secrets.token_hex(6), secrets.token_hex(32)
    return prefix, f"dm_{prefix}_{secret}", _digest(secret)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _cut(prefix: str) -> str:
    """Nothing longer is a prefix, and whoever pastes a whole key must not find it in a log."""
    return prefix.removeprefix("dm_")[:12].replace("\0", "")


def _key(row: Row) -> ApiKey:
    return ApiKey(**{**row, "scopes": tuple(row["scopes"])})
