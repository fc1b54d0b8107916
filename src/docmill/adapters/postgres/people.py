"""PostgresPeople."""

import re
from collections.abc import Sequence

from docmill.adapters.argon2_passwords import Argon2Passwords
from docmill.adapters.postgres.database import Database, Row
from docmill.adapters.postgres.queries import queries
from docmill.adapters.postgres.sign_in import SignIn
from docmill.domain.access import Role
from docmill.domain.errors import DocmillError, ErrorCode, NotFound
from docmill.domain.limits.identity import EMAIL_CHARS_MAX, MEMBERS_PER_TENANT_MAX, PEOPLE_LISTED_MAX
from docmill.domain.tenants import TenantId
from docmill.ports.people import Member, Person, Session

# What docmill needs of an address is that it is one word with an @ and without a slash, since it stands in
# routes; whether mail arrives is not asked.
_EMAIL = re.compile(r"[^@/\x00-\x20\x7f]+@[^@/\x00-\x20\x7f]+")


class PostgresPeople:
    """``People``."""

    def __init__(self, database: Database, passwords: Argon2Passwords) -> None:
        self._database = database
        self._passwords = passwords
        self._sign_in = SignIn(database, passwords)

    async def add(self, email: str, *, platform_admin: bool = False) -> Person:
        given = {"email": _address(email), "platform_admin": platform_admin}
        (row,) = await self._database.call(queries("people")["add"], given)
        return Person(**row)

    async def all(self) -> Sequence[Person]:
        rows = await self._database.call(queries("people")["list"], {"most": PEOPLE_LISTED_MAX})
        return [Person(**{**row, "roles": roles_of(row)}) for row in rows]

    async def set_password(self, email: str, password: str) -> None:
        given = {"email": _address(email), "hash": await self._passwords.hashed(password)}
        if not await self._database.call(queries("people")["set_password"], given):
            raise NotFound(
                "There is nobody with this address.", action="`docmill people add` makes somebody."
            )

    async def change_password(self, session: Session, old: str, new: str, *, address: str) -> None:
        await self._sign_in.person(session.email, old, address=address)
        await self.set_password(session.email, new)

    async def members(self, tenant: TenantId) -> Sequence[Member]:
        return await self._members(tenant, None)

    async def member(self, tenant: TenantId, email: str) -> Member:
        found = await self._members(tenant, _address(email))
        if not found:
            raise NotFound
        return found[0]

    async def grant(self, tenant: TenantId, email: str, role: Role, *, by: str) -> Member:
        if role is Role.PLATFORM_ADMIN:
            raise DocmillError(ErrorCode.REQUEST_INVALID, f"{role} is no role within a tenant.")
        given = {"tenant": tenant, "email": _address(email), "role": role.value, "by": by}
        (row,) = await self._database.call(
            queries("people")["grant"], given | {"most": MEMBERS_PER_TENANT_MAX}
        )
        if not row.pop("found"):
            raise NotFound(f"tenant {tenant}")
        if not row.pop("room"):
            raise DocmillError(
                ErrorCode.REQUEST_INVALID, f"A tenant may have {MEMBERS_PER_TENANT_MAX} people."
            )
        return _member(row)

    async def revoke(self, tenant: TenantId, email: str) -> None:
        given = {"tenant": tenant, "email": _address(email)}
        if not await self._database.call(queries("people")["revoke"], given):
            raise NotFound

    async def _members(self, tenant: TenantId, email: str | None) -> list[Member]:
        given = {"tenant": tenant, "email": email, "most": MEMBERS_PER_TENANT_MAX}
        return [_member(row) for row in await self._database.call(queries("people")["members"], given)]


def roles_of(row: Row) -> tuple[tuple[TenantId, Role], ...]:
    return tuple((TenantId(tenant), Role(role)) for tenant, role in row["roles"])


def _member(row: Row) -> Member:
    return Member(**{**row, "role": Role(row["role"])})


def _address(email: str) -> str:
    if len(email) > EMAIL_CHARS_MAX or not _EMAIL.fullmatch(email):
        raise DocmillError(
            ErrorCode.REQUEST_INVALID, f"An address has an @ and at most {EMAIL_CHARS_MAX} characters."
        )
    return email.lower()
