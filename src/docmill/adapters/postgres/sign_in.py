"""Passwords that are tried: counted, compared in equal time, forgotten when they are right."""

from hashlib import sha256
from ipaddress import ip_address, ip_network
from uuid import UUID

from docmill.adapters.argon2_passwords import Argon2Passwords
from docmill.adapters.postgres.database import Database
from docmill.adapters.postgres.queries import queries
from docmill.domain.access import Refusal, Refused
from docmill.domain.errors import ErrorCode
from docmill.domain.limits.identity import (
    SESSION_IDLE_S_MAX,
    SESSION_S_MAX,
    SIGN_IN_TRIES_PER_ACCOUNT_MAX,
    SIGN_IN_TRIES_PER_ADDRESS_MAX,
    SIGN_IN_WINDOW_S,
)

_IPV6_NETWORK_BITS = 64  # what one customer of a provider has to himself


class SignIn:
    """An account is counted whether it is there or not, so that being throttled tells nothing of it
    either.
    """

    def __init__(self, database: Database, passwords: Argon2Passwords) -> None:
        self._database = database
        self._passwords = passwords

    async def person(self, email: str, password: str, *, address: str) -> UUID:
        """Return who that is. Raises Refused, DocmillError(rate_limited) and DocmillError(busy)."""
        email = email.lower().replace("\0", "")
        account = f"account {sha256(email.encode()).hexdigest()[:32]}"
        who = sorted((account, f"address {_network(address)}"))
        await self._count(account, who)
        rows = await self._database.call(queries("people")["password_of"], {"email": email})
        held = rows[0]["password_hash"] if rows else None
        if not await self._passwords.fits(password, held):
            raise Refused(Refusal.PASSWORD)
        person: UUID = rows[0]["id"]
        await self._database.call(queries("people")["forgive"], {"account": account, "who": who})
        await self._tidy()
        if self._passwords.is_old(held):
            newer = {"person": person, "old": held, "hash": await self._passwords.hashed(password)}
            await self._database.call(queries("people")["rehash"], newer)
        return person

    async def _count(self, account: str, who: list[str]) -> None:
        rows = await self._database.call(
            queries("people")["count_tries"], {"who": who, "window_s": SIGN_IN_WINDOW_S}
        )
        for row in rows:
            most = SIGN_IN_TRIES_PER_ACCOUNT_MAX if row["who"] == account else SIGN_IN_TRIES_PER_ADDRESS_MAX
            if row["tries"] > most:
                raise Refused(
                    Refusal.THROTTLED,
                    ErrorCode.RATE_LIMITED,
                    "Too many sign-ins have failed.",
                    retry_after_s=max(row["wait_s"], 1),
                )

    async def _tidy(self) -> None:
        given = {"idle_s": SESSION_IDLE_S_MAX, "whole_s": SESSION_S_MAX, "window_s": SIGN_IN_WINDOW_S}
        await self._database.call(queries("people")["tidy"], given)


def _network(address: str) -> str:
    try:
        found = ip_address(address)
    except ValueError:
        return "unknown"
    if found.version == 4:
        return str(found)
    return str(ip_network(f"{found}/{_IPV6_NETWORK_BITS}", strict=False))
