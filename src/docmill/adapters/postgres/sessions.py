"""PostgresSessions."""

import hmac
import re
import secrets
from contextlib import suppress
from hashlib import sha256
from time import monotonic

from docmill.adapters.argon2_passwords import Argon2Passwords
from docmill.adapters.postgres.database import Database
from docmill.adapters.postgres.people import roles_of
from docmill.adapters.postgres.queries import queries
from docmill.adapters.postgres.sign_in import SignIn
from docmill.domain.access import Refusal, Refused
from docmill.domain.errors import DocmillError, NotFound
from docmill.domain.limits.database import KEY_CACHE_ENTRIES_MAX, KEY_CACHE_S
from docmill.domain.limits.identity import SESSION_IDLE_S_MAX, SESSION_S_MAX, SESSION_USED_WRITE_S
from docmill.domain.tenants import TenantId
from docmill.ports.people import NewSession, Session

_COOKIE = re.compile(r"[0-9a-f]{64}")


class PostgresSessions:
    """The cookie has 256 random bits and is kept as a hash; sessions are remembered for KEY_CACHE_S."""

    def __init__(self, database: Database, passwords: Argon2Passwords) -> None:
        self._database = database
        self._sign_in = SignIn(database, passwords)
        self._known: dict[bytes, tuple[float, Session]] = {}

    async def sign_in(self, email: str, password: str, *, address: str) -> NewSession:
        person = await self._sign_in.person(email, password, address=address)
        cookie = secrets.token_hex(32)
        await self._database.call(
            queries("people")["begin_session"], {"id": _digest(cookie), "person": person}
        )
        return NewSession(await self.session(cookie), cookie)

    async def session(self, cookie: str) -> Session:
        digest = _digest(cookie)
        known = self._known.get(digest)
        if known is not None and monotonic() < known[0]:
            return known[1]
        self._known.pop(digest, None)
        given = {"id": digest, "idle_s": SESSION_IDLE_S_MAX, "whole_s": SESSION_S_MAX}
        rows = await self._database.call(
            queries("people")["session"], given | {"used_s": SESSION_USED_WRITE_S}
        )
        if not rows:
            raise Refused(Refusal.SESSION)
        row = rows[0] | {"roles": roles_of(rows[0])}
        if row.pop("stale"):
            with suppress(DocmillError):  # reading goes on while the disk is full
                await self._database.call(queries("people")["session_used"], {"id": digest})
        if len(self._known) >= KEY_CACHE_ENTRIES_MAX:
            self._known.clear()
        session = Session(**row, csrf=_csrf(cookie))
        self._known[digest] = (monotonic() + KEY_CACHE_S, session)
        return session

    async def choose(self, cookie: str, tenant: TenantId | None) -> NewSession:
        await self.session(cookie)
        # Under the old id another replica would go on for a while in the tenant that it remembers.
        new = secrets.token_hex(32)
        given = {"id": _digest(cookie), "new": _digest(new), "tenant": tenant}
        if not await self._database.call(queries("people")["choose_tenant"], given):
            raise NotFound
        self._known.pop(_digest(cookie), None)
        return NewSession(await self.session(new), new)

    async def end(self, cookie: str) -> None:
        digest = _digest(cookie)
        self._known.pop(digest, None)
        await self._database.call(queries("people")["end_session"], {"id": digest})


def _digest(cookie: str) -> bytes:
    """Raises Refused for what cannot be one."""
    if not _COOKIE.fullmatch(cookie):
        raise Refused(Refusal.SESSION)
    return sha256(cookie.encode()).digest()


def _csrf(cookie: str) -> str:
    """Told to the page alone, and made from the cookie: nothing more has to be kept."""
    return hmac.new(cookie.encode(), b"docmill csrf", "sha256").hexdigest()
