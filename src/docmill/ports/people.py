"""People who sign in with a password, what they may do where, and their sessions."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from docmill.domain.access import GRANTS, Permission, Principal, Role, Through
from docmill.domain.tenants import TenantId


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of a tenant. ``email`` is in small letters."""

    person: UUID
    email: str
    role: Role
    granted_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Person:
    person: UUID
    email: str
    platform_admin: bool
    has_password: bool
    created_at: datetime
    roles: tuple[tuple[TenantId, Role], ...] = ()


class People(Protocol):
    """Raises Unavailable. What is granted or taken is seen everywhere within KEY_CACHE_S."""

    async def add(self, email: str, *, platform_admin: bool = False) -> Person:
        """Make somebody, or change whether he looks after the platform. Raises request_invalid."""

    async def all(self) -> Sequence[Person]: ...

    async def set_password(self, email: str, password: str) -> None:
        """All sessions of the person end. Raises NotFound, and DocmillError(request_invalid) for a weak
        one.
        """

    async def change_password(self, session: "Session", old: str, new: str, *, address: str) -> None:
        """For who is signed in; all sessions end. Raises Refused for a wrong old one, rate_limited, and
        DocmillError(request_invalid) for a weak new one."""

    async def members(self, tenant: TenantId) -> Sequence[Member]:
        """By email."""

    async def member(self, tenant: TenantId, email: str) -> Member:
        """Raises NotFound, also for somebody of another tenant only."""

    async def grant(self, tenant: TenantId, email: str, role: Role, *, by: str) -> Member:
        """Give a role, in the place of an earlier one. Somebody unknown is made, without a password: the
        answer is the same. Raises NotFound for an absent tenant, request_invalid."""

    async def revoke(self, tenant: TenantId, email: str) -> None:
        """Raises NotFound, also for somebody of another tenant only."""


@dataclass(frozen=True, slots=True)
class Session:
    """``csrf`` is what unsafe requests carry in a header, because a browser sends the cookie by itself."""

    person: UUID
    email: str
    platform_admin: bool
    tenant: TenantId | None
    roles: tuple[tuple[TenantId, Role], ...]
    created_at: datetime
    csrf: str = field(repr=False)

    @property
    def principal(self) -> Principal:
        """Within a tenant nobody looks after the platform; without one he does nothing else."""
        held = dict(self.roles)
        permissions: frozenset[Permission] = frozenset()
        if self.tenant is not None and self.tenant in held:
            permissions = GRANTS[held[self.tenant]]
        elif self.tenant is None and self.platform_admin:
            permissions = GRANTS[Role.PLATFORM_ADMIN]
        tenant = self.tenant if self.tenant in held else None
        return Principal(f"person:{self.person}", tenant, permissions, Through.SESSION)


@dataclass(frozen=True, slots=True)
class NewSession:
    session: Session
    cookie: str = field(repr=False)


class Sessions(Protocol):
    """Kept by docmill; the browser holds a random text and nothing else. Raises Unavailable."""

    async def sign_in(self, email: str, password: str, *, address: str) -> NewSession:
        """Raises Refused, in the same time for somebody unknown; rate_limited after too many failures of one
        account or from one network address; busy when too many wait.
        """

    async def session(self, cookie: str) -> Session:
        """Raises Refused for one that is unknown, ended, idle for SESSION_IDLE_S_MAX or older than
        SESSION_S_MAX.
        """

    async def choose(self, cookie: str, tenant: TenantId | None) -> NewSession:
        """Act in that tenant from here on, under a new cookie; None: in none. The old cookie ends.

        Raises Refused, and NotFound for a tenant that is not his.
        """

    async def end(self, cookie: str) -> None: ...
