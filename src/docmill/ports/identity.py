"""Who is asking: keys, the tokens that they are exchanged for, and whom else docmill believes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from docmill.domain.access import Permission, Principal
from docmill.domain.issuers import Issuer
from docmill.domain.tenants import TenantId
from docmill.ports.people import People, Sessions


@dataclass(frozen=True, slots=True)
class ApiKey:
    """``prefix`` is the part of the key that may be shown. ``tenant`` is None for a key of the platform's
    own.

    ``last_used_at`` is exact to KEY_USED_WRITE_S.
    """

    prefix: str
    tenant: TenantId | None
    label: str
    scopes: tuple[str, ...]
    created_at: datetime
    created_by: str
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None
    replaced_by: str | None = None


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that has just been made. ``secret`` is the key itself and is shown this once."""

    key: ApiKey
    secret: str = field(repr=False)


class Keys(Protocol):
    """API keys. Raises Unavailable. A key is kept as a hash; a change is seen everywhere within
    KEY_CACHE_S.
    """

    async def create(
        self,
        tenant: TenantId | None,
        *,
        label: str,
        scopes: Sequence[str] = ("operator",),
        life: timedelta | None = None,
        by: str = "",
    ) -> NewKey:
        """Make one. No tenant: a key of the platform's own, whose only scope is ``platform_admin``.

        Raises NotFound for an absent tenant, and DocmillError(request_invalid) for a scope that is none.
        """

    async def all(self, tenant: TenantId | None) -> Sequence[ApiKey]:
        """Oldest first, revoked ones too."""

    async def show(self, tenant: TenantId | None, prefix: str) -> ApiKey:
        """Raises NotFound, also for another tenant's."""

    async def revoke(self, tenant: TenantId | None, prefix: str) -> None:
        """Twice is fine. Raises NotFound."""

    async def rotate(
        self, tenant: TenantId | None, prefix: str, *, overlap: timedelta, by: str = ""
    ) -> NewKey:
        """Make its successor with the same label, scopes and length of life; the old one ends after
        ``overlap``.

        Raises NotFound, also for one that has ended.
        """

    async def authenticate(self, key: str) -> Principal:
        """Say who holds the key, in constant time. Raises Refused for anything else."""

    async def holder(self, prefix: str) -> Principal:
        """Say who holds the key of that prefix now. Raises Refused when it has ended."""


@dataclass(frozen=True, slots=True)
class NewToken:
    token: str = field(repr=False)
    expires_in_s: int
    scopes: tuple[Permission, ...]


class Tokens(Protocol):
    """Short-lived tokens that docmill signs. They end with the key that they were made from."""

    async def issue(self, holder: Principal, permissions: frozenset[Permission]) -> NewToken:
        """Make one of TOKEN_S for who holds a key, with ``permissions`` that he has."""

    def is_own(self, token: str) -> bool:
        """Whether it says that docmill made it. Nothing of it is verified. Raises Refused for what is no
        token.
        """

    async def authenticate(self, token: str) -> Principal:
        """Say who holds it, and what both it and its key allow. Raises Refused."""

    async def key_set(self) -> Mapping[str, Any]:
        """Return the public keys, as RFC 7517 writes them."""

    async def rotate(self, *, at_once: bool = False) -> str:
        """Make the next signing key and return its id; it signs after JWKS_CACHE_S.

        ``at_once``: it signs now, and no token that another key signed is good any more.
        """


class Issuers(Protocol):
    """OIDC issuers that docmill believes. A change is seen everywhere within KEY_CACHE_S."""

    async def add(self, issuer: Issuer) -> None:
        """Write its rule down, in the place of an earlier one. Raises NotFound for an absent tenant."""

    async def all(self) -> Sequence[Issuer]: ...

    async def remove(self, url: str) -> None:
        """Raises NotFound."""

    async def authenticate(self, token: str) -> Principal:
        """Say who the token is about. Raises Refused, and Unavailable when its issuer does not answer."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Everything that knows somebody."""

    keys: Keys
    tokens: Tokens
    issuers: Issuers
    people: People
    sessions: Sessions
