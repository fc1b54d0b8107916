"""Who is asking, in memory: ``dm_<tenant>`` is an operator's key, ``dm_<tenant>_<role>`` one of that role."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from docmill.adapters.oidc.issuers import OidcIssuers
from docmill.adapters.tokens.issued import SignedTokens
from docmill.adapters.tokens.seal import Seal
from docmill.adapters.tokens.signing_keys import SigningKey
from docmill.domain.access import (
    GRANTS,
    Principal,
    Refusal,
    Refused,
    Role,
    permissions_of,
    within_tenant,
)
from docmill.domain.errors import DocmillError, ErrorCode, NotFound
from docmill.domain.issuers import Issuer
from docmill.domain.limits.identity import SIGN_IN_TRIES_PER_ACCOUNT_MAX
from docmill.domain.tenants import TenantId
from docmill.ports.identity import ApiKey, Identity, NewKey
from docmill.ports.people import Member, NewSession, Person, Session

_KNOWN = re.compile(r"dm_([a-z][a-z0-9]*)(?:_(viewer|reviewer|operator|admin))?")
PASSWORD = "correct horse battery"


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class MemoryKeys:
    """Beside those that are made, each of ``tenants`` has one for every role; ``dm_platform`` is no tenant's."""

    tenants: tuple[str, ...] = ("acme", "globex")
    made: dict[str, tuple[ApiKey, str]] = field(default_factory=dict)

    async def create(
        self,
        tenant: TenantId | None,
        *,
        label: str,
        scopes: Sequence[str] = ("operator",),
        life: timedelta | None = None,
        by: str = "",
    ) -> NewKey:
        if tenant is not None:
            within_tenant(scopes)
        prefix = secrets.token_hex(6)
        key = ApiKey(prefix, tenant, label, tuple(sorted(set(scopes))), now(), by, life and now() + life)
        self.made[prefix] = (key, f"dm_{prefix}_{secrets.token_hex(32)}")
        return NewKey(*self.made[prefix])

    async def all(self, tenant: TenantId | None) -> list[ApiKey]:
        return [key for key, _ in self.made.values() if key.tenant == tenant]

    async def show(self, tenant: TenantId | None, prefix: str) -> ApiKey:
        for key in await self.all(tenant):
            if key.prefix == prefix:
                return key
        raise NotFound(f"key {prefix[:12]}")

    async def revoke(self, tenant: TenantId | None, prefix: str) -> None:
        key = await self.show(tenant, prefix)
        self.made[prefix] = (replace(key, revoked_at=key.revoked_at or now()), self.made[prefix][1])

    async def rotate(
        self, tenant: TenantId | None, prefix: str, *, overlap: timedelta, by: str = ""
    ) -> NewKey:
        old = await self.show(tenant, prefix)
        if self._ended(old) or old.replaced_by:
            raise NotFound(f"key {prefix[:12]}")
        new = await self.create(tenant, label=old.label, scopes=old.scopes, by=by)
        ends = replace(old, replaced_by=new.key.prefix, expires_at=now() + overlap)
        self.made[prefix] = (ends, self.made[prefix][1])
        return new

    async def authenticate(self, key: str) -> Principal:
        for held, secret in self.made.values():
            if secret == key:
                return await self.holder(held.prefix)
        return self._given(key)

    async def holder(self, prefix: str) -> Principal:
        """The prefix of a key that was not made is the key."""
        if prefix not in self.made:
            return self._given(prefix)
        key = self.made[prefix][0]
        if self._ended(key):
            raise Refused(Refusal.UNKNOWN_KEY)
        return Principal(f"key:{prefix}", key.tenant, permissions_of(key.scopes))

    def _given(self, key: str) -> Principal:
        if key == "dm_platform":
            return Principal(f"key:{key}", None, GRANTS[Role.PLATFORM_ADMIN])
        found = _KNOWN.fullmatch(key)
        if found is None or found[1] not in self.tenants:
            raise Refused(Refusal.UNKNOWN_KEY)
        return Principal(f"key:{key}", TenantId(found[1]), GRANTS[Role(found[2] or "operator")])

    def _ended(self, key: ApiKey) -> bool:
        return bool(key.revoked_at or (key.expires_at and key.expires_at <= now()))


@dataclass
class MemorySigningKeys:
    keys: dict[str, SigningKey] = field(default_factory=dict)

    async def all(self) -> tuple[datetime, list[SigningKey]]:
        good = [key for key in self.keys.values() if key.verifies_until > now()]
        return now(), sorted(good, key=lambda key: key.signs_from, reverse=True)

    async def add(self, key: SigningKey) -> None:
        self.keys[key.kid] = key

    async def retire(self, kids: Sequence[str], *, signs_until: datetime, verifies_until: datetime) -> None:
        for kid in kids:
            key = self.keys[kid]
            self.keys[kid] = replace(
                key,
                signs_until=min(key.signs_until, signs_until),
                verifies_until=min(key.verifies_until, verifies_until),
            )


@dataclass
class MemoryIssuerRules:
    rules: dict[str, Issuer] = field(default_factory=dict)

    async def add(self, issuer: Issuer) -> None:
        self.rules[issuer.url] = issuer

    async def all(self) -> list[Issuer]:
        return list(self.rules.values())

    async def remove(self, url: str) -> None:
        if self.rules.pop(url, None) is None:
            raise NotFound


@dataclass
class MemoryPeople:
    """`People` and `Sessions`; everybody's password is PASSWORD."""

    people: dict[str, Person] = field(default_factory=dict)
    granted: dict[tuple[TenantId, str], Member] = field(default_factory=dict)
    cookies: dict[str, tuple[str, TenantId | None]] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)
    failed: dict[str, int] = field(default_factory=dict)

    async def add(self, email: str, *, platform_admin: bool = False) -> Person:
        known = self.people.get(email)
        id_ = known.person if known else uuid4()
        self.people[email] = Person(id_, email, platform_admin, has_password=False, created_at=now())
        return self.people[email]

    async def all(self) -> list[Person]:
        return list(self.people.values())

    async def set_password(self, email: str, password: str) -> None:
        self.passwords[email] = password

    async def change_password(self, session: Session, old: str, new: str, *, address: str) -> None:
        if old != self.passwords.get(session.email, PASSWORD):
            raise Refused(Refusal.PASSWORD)
        self.passwords[session.email] = new

    async def members(self, tenant: TenantId) -> list[Member]:
        return [member for (of, _), member in sorted(self.granted.items()) if of == tenant]

    async def member(self, tenant: TenantId, email: str) -> Member:
        if (tenant, _address(email)) not in self.granted:
            raise NotFound
        return self.granted[tenant, email.lower()]

    async def grant(self, tenant: TenantId, email: str, role: Role, *, by: str) -> Member:
        email = _address(email)
        person = self.people.get(email) or await self.add(email)
        self.granted[tenant, email] = Member(person.person, email, role, by, now())
        return self.granted[tenant, email]

    async def revoke(self, tenant: TenantId, email: str) -> None:
        await self.member(tenant, email)
        del self.granted[tenant, email.lower()]

    async def sign_in(self, email: str, password: str, *, address: str) -> NewSession:
        self.failed[email] = self.failed.get(email, 0) + 1
        if self.failed[email] > SIGN_IN_TRIES_PER_ACCOUNT_MAX:
            raise Refused(Refusal.THROTTLED, ErrorCode.RATE_LIMITED, "Too many sign-ins have failed.")
        if email not in self.people or password != self.passwords.get(email, PASSWORD):
            raise Refused(Refusal.PASSWORD)
        self.failed[email] = 0
        tenants = [tenant for tenant, whose in self.granted if whose == email]
        alone = len(tenants) == 1 and not self.people[email].platform_admin
        return await self._begin(email, tenants[0] if alone else None)

    async def session(self, cookie: str) -> Session:
        if cookie not in self.cookies:
            raise Refused(Refusal.SESSION)
        email, tenant = self.cookies[cookie]
        person = self.people[email]
        roles = tuple((of, member.role) for (of, whose), member in self.granted.items() if whose == email)
        return Session(
            person.person, email, person.platform_admin, tenant, roles, now(), csrf=f"csrf-{cookie}"
        )

    async def choose(self, cookie: str, tenant: TenantId | None) -> NewSession:
        session = await self.session(cookie)
        if tenant is not None and tenant not in dict(session.roles):
            raise NotFound
        await self.end(cookie)
        return await self._begin(session.email, tenant)

    async def end(self, cookie: str) -> None:
        self.cookies.pop(cookie, None)

    async def _begin(self, email: str, tenant: TenantId | None) -> NewSession:
        cookie = secrets.token_hex(32)
        self.cookies[cookie] = (email, tenant)
        return NewSession(await self.session(cookie), cookie)


def _address(email: str) -> str:
    if not re.fullmatch(r"[^@/\x00-\x20\x7f]+@[^@/\x00-\x20\x7f]+", email) or len(email) > 254:
        raise DocmillError(ErrorCode.REQUEST_INVALID, "An address has an @.")
    return email.lower()


def memory_identity(**fetched: Any) -> Identity:
    """``fetch``, ``now`` and ``clock`` as `OidcIssuers` takes them."""
    keys, people = MemoryKeys(), MemoryPeople()
    tokens = SignedTokens(MemorySigningKeys(), keys, lambda: Seal(b"s" * 32))
    return Identity(keys, tokens, OidcIssuers(MemoryIssuerRules(), **fetched), people, people)
