"""ports/people.People and Sessions on PostgreSQL: several adapters are the replicas of an API."""

import asyncio
import itertools
from uuid import uuid4

import psycopg
import pytest

from docmill.adapters.argon2_passwords import Argon2Passwords
from docmill.adapters.postgres.people import PostgresPeople
from docmill.adapters.postgres.sessions import PostgresSessions
from docmill.domain.access import GRANTS, Permission, Refused, Role, Through
from docmill.domain.errors import DocmillError, NotFound
from docmill.domain.limits.database import KEY_CACHE_S
from docmill.domain.limits.identity import (
    SIGN_IN_TRIES_PER_ACCOUNT_MAX,
    SIGN_IN_TRIES_PER_ADDRESS_MAX,
    SIGN_IN_WINDOW_S,
)
from docmill.domain.tenants import TenantId

WORD = "correct horse battery"
_addresses = itertools.count(1)


@pytest.fixture
def passwords() -> Argon2Passwords:
    """As cheap as argon2 goes."""
    return Argon2Passwords(rounds=1, memory_kib=8)


@pytest.fixture
def people(database, passwords) -> PostgresPeople:
    return PostgresPeople(database, passwords)


@pytest.fixture
def sessions(database, passwords) -> PostgresSessions:
    return PostgresSessions(database, passwords)


@pytest.fixture
def admin(postgres):
    with psycopg.connect(postgres.admin_dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture
def address() -> str:
    return f"192.0.2.{next(_addresses)}"


@pytest.fixture
async def email(people) -> str:
    """Of somebody with the password WORD."""
    made = f"ada-{uuid4().hex[:8]}@acme.example"
    await people.add(made)
    await people.set_password(made, WORD)
    return made


def forgotten(sessions: PostgresSessions) -> PostgresSessions:
    """As KEY_CACHE_S later."""
    sessions._known = {key: (until - 2 * KEY_CACHE_S, held) for key, (until, held) in sessions._known.items()}
    return sessions


async def refused(asked) -> str:
    with pytest.raises(Refused) as caught:
        await asked
    return caught.value.reason.value


async def test_who_has_one_tenant_acts_in_it_from_the_start(
    people, sessions, tenant, email, address, admin
) -> None:
    await people.grant(tenant, email.upper(), Role.REVIEWER, by="cli")
    made = await sessions.sign_in(email.upper(), WORD, address=address)
    session = await sessions.session(made.cookie)
    assert session == made.session
    assert session.principal.tenant == tenant
    assert session.principal.permissions == GRANTS[Role.REVIEWER]
    assert session.principal.through is Through.SESSION
    assert session.principal.subject == f"person:{session.person}"
    kept = admin.execute("SELECT sessions::text FROM docmill.sessions").fetchall()
    assert not any(made.cookie in row or session.csrf in row for (row,) in kept)
    hashes = admin.execute("SELECT password_hash FROM docmill.people WHERE email = %s", [email]).fetchone()
    assert hashes[0].startswith("$argon2id$")


async def test_who_has_several_tenants_chooses_one_for_each_session(
    people, sessions, database, passwords, tenant, neighbour, email, address
) -> None:
    await people.grant(tenant, email, Role.ADMIN, by="cli")
    await people.grant(neighbour, email, Role.VIEWER, by="cli")
    made = await sessions.sign_in(email, WORD, address=address)
    assert (made.session.tenant, made.session.principal.permissions) == (None, frozenset())
    assert dict(made.session.roles) == {tenant: Role.ADMIN, neighbour: Role.VIEWER}
    other = await sessions.sign_in(email, WORD, address=address)
    chosen = await sessions.choose(made.cookie, neighbour)
    replica = PostgresSessions(database, passwords)
    assert (await replica.session(chosen.cookie)).principal.permissions == GRANTS[Role.VIEWER]
    assert await refused(sessions.session(made.cookie)) == "session"
    assert (await replica.session(other.cookie)).tenant is None
    changed = await sessions.choose(chosen.cookie, tenant)
    assert (
        changed.session.created_at == made.session.created_at
    )  # choosing does not make a session live longer
    with pytest.raises(NotFound):
        await sessions.choose(changed.cookie, TenantId("absent"))
    assert (await sessions.choose(changed.cookie, None)).session.principal.tenant is None


async def test_who_looks_after_the_platform_sees_no_tenant(people, sessions, tenant, email, address) -> None:
    await people.add(email, platform_admin=True)
    await people.grant(tenant, email, Role.VIEWER, by="cli")
    made = await sessions.sign_in(email, WORD, address=address)
    principal = made.session.principal
    assert (principal.tenant, principal.permissions) == (None, {Permission.PLATFORM_MANAGE})
    inside = (await sessions.choose(made.cookie, tenant)).session.principal
    assert inside.permissions == GRANTS[Role.VIEWER]
    with pytest.raises(DocmillError, match="request_invalid"):
        await people.grant(tenant, email, Role.PLATFORM_ADMIN, by="cli")


async def test_what_is_taken_ends_in_running_sessions(people, sessions, tenant, email, address) -> None:
    await people.grant(tenant, email, Role.ADMIN, by="cli")
    made = await sessions.sign_in(email, WORD, address=address)
    await people.grant(tenant, email, Role.VIEWER, by="cli")
    assert (await forgotten(sessions).session(made.cookie)).principal.permissions == GRANTS[Role.VIEWER]
    await people.revoke(tenant, email)
    principal = (await forgotten(sessions).session(made.cookie)).principal
    assert (principal.tenant, principal.permissions) == (None, frozenset())


async def test_a_new_password_ends_all_sessions(people, sessions, email, address) -> None:
    made = await sessions.sign_in(email, WORD, address=address)
    assert (
        await refused(people.change_password(made.session, "wrong", "another good one", address=address))
        == "password"
    )
    await people.change_password(made.session, WORD, "another good one", address=address)
    assert await refused(forgotten(sessions).session(made.cookie)) == "session"
    assert await refused(sessions.sign_in(email, WORD, address=address)) == "password"
    await sessions.sign_in(email, "another good one", address=address)
    for weak in ("short", "x" * 257):
        with pytest.raises(DocmillError, match="request_invalid"):
            await people.set_password(email, weak)
    with pytest.raises(NotFound):
        await people.set_password("nobody@acme.example", WORD)


@pytest.mark.parametrize("column", ["used_at", "created_at"])
async def test_a_session_ends_idle_and_ends_anyway(sessions, email, address, admin, column) -> None:
    made = await sessions.sign_in(email, WORD, address=address)
    hours = {"used_at": 1, "created_at": 12}[column]
    admin.execute(f"UPDATE docmill.sessions SET {column} = now() - interval '{hours} hours'")
    assert await refused(forgotten(sessions).session(made.cookie)) == "session"


async def test_using_a_session_keeps_it_from_being_idle(sessions, email, address, admin) -> None:
    made = await sessions.sign_in(email, WORD, address=address)
    admin.execute("UPDATE docmill.sessions SET used_at = now() - interval '50 min'")
    await forgotten(sessions).session(made.cookie)
    (fresh,) = admin.execute(
        "SELECT bool_and(used_at > now() - interval '1 min') FROM docmill.sessions"
    ).fetchone()
    assert fresh


async def test_signing_out_ends_it(sessions, email, address) -> None:
    made = await sessions.sign_in(email, WORD, address=address)
    for _ in range(2):
        await sessions.end(made.cookie)
    assert await refused(sessions.session(made.cookie)) == "session"
    for bad in ("", "x", made.cookie.upper(), made.cookie + "0", "é" * 64):
        assert await refused(sessions.session(bad)) == "session"


async def test_nobody_and_a_wrong_password_are_answered_alike(people, sessions, email, address) -> None:
    without = f"no-password-{uuid4().hex[:6]}@acme.example"
    await people.add(without)
    for who, word in (
        (email, "wrong"),
        ("nobody@acme.example", WORD),
        (without, ""),
        (without, WORD),
        ("\0", "x"),
    ):
        assert await refused(sessions.sign_in(who, word, address=address)) == "password"


async def test_nobody_takes_as_many_hashes_as_somebody(
    sessions, passwords, email, address, monkeypatch
) -> None:
    await sessions.sign_in(email, WORD, address=address)
    seen: list[str] = []
    verify = passwords._verify
    monkeypatch.setattr(passwords, "_verify", lambda word, held: (seen.append(held), verify(word, held))[1])
    await refused(sessions.sign_in(email, "wrong", address=address))
    await refused(sessions.sign_in("nobody@acme.example", "wrong", address=address))
    assert len(seen) == 2
    assert seen[0].rsplit("$", 2)[0] == seen[1].rsplit("$", 2)[0]  # of the same cost


async def test_failures_of_an_account_are_counted_over_all_addresses_and_replicas(
    sessions, database, passwords, email, admin
) -> None:
    replicas = [sessions, PostgresSessions(database, passwords)]
    for number in range(SIGN_IN_TRIES_PER_ACCOUNT_MAX):
        who = replicas[number % 2].sign_in(email, "wrong", address=f"198.51.100.{number}")
        assert await refused(who) == "password"
    for replica in replicas:
        with pytest.raises(Refused, match="rate_limited") as caught:
            await replica.sign_in(email, WORD, address="198.51.100.99")
        assert caught.value.reason == "throttled"
        assert SIGN_IN_WINDOW_S - 120 < caught.value.retry_after_s <= SIGN_IN_WINDOW_S
    admin.execute("UPDATE docmill.sign_in_tries SET since = since - interval '15 min'")
    await sessions.sign_in(email, WORD, address="198.51.100.99")
    await sessions.sign_in(email, WORD, address="198.51.100.99")


async def test_an_absent_account_is_throttled_like_a_real_one(sessions, address) -> None:
    nobody = f"nobody-{uuid4().hex[:8]}@acme.example"
    reasons = [
        await refused(sessions.sign_in(nobody, "wrong", address=f"198.51.100.{number}"))
        for number in range(SIGN_IN_TRIES_PER_ACCOUNT_MAX + 1)
    ]
    assert reasons == ["password"] * SIGN_IN_TRIES_PER_ACCOUNT_MAX + ["throttled"]


@pytest.mark.parametrize("network", ["203.0.113.7", "2001:db8:7:7::"])
async def test_failures_from_an_address_are_counted_over_all_accounts(sessions, network, admin) -> None:
    """Of IPv6 the whole network that one customer has."""
    admin.execute("DELETE FROM docmill.sign_in_tries")

    def origin(number: int) -> str:
        return f"{network}{number:x}" if ":" in network else network

    for number in range(SIGN_IN_TRIES_PER_ADDRESS_MAX):
        asked = sessions.sign_in(f"a{number}@acme.example", "wrong", address=origin(number))
        assert await refused(asked) == "password"
    assert await refused(sessions.sign_in("last@acme.example", WORD, address=origin(60))) == "throttled"


async def test_many_tries_at_once_are_not_more_than_many_in_a_row(sessions, email, address) -> None:
    tries = (
        sessions.sign_in(email, "wrong", address=address) for _ in range(3 * SIGN_IN_TRIES_PER_ACCOUNT_MAX)
    )
    done = await asyncio.gather(*tries, return_exceptions=True)
    reasons = [getattr(one, "reason", None) for one in done]
    assert reasons.count("password") == SIGN_IN_TRIES_PER_ACCOUNT_MAX
    assert reasons.count("throttled") == 2 * SIGN_IN_TRIES_PER_ACCOUNT_MAX


async def test_too_many_who_wait_are_told_to_come_again(passwords, monkeypatch) -> None:
    monkeypatch.setattr("docmill.adapters.argon2_passwords.PASSWORD_HASHES_WAITING_MAX", 5)
    done = await asyncio.gather(*(passwords.fits("x", None) for _ in range(9)), return_exceptions=True)
    assert sum(isinstance(one, DocmillError) and one.code == "busy" for one in done) == 4
    assert not await passwords.fits("x", None)


async def test_a_password_of_older_cost_is_hashed_again_at_the_next_sign_in(
    people, database, email, address, admin
) -> None:
    sessions = PostgresSessions(database, Argon2Passwords(rounds=2, memory_kib=16))
    await sessions.sign_in(email, WORD, address=address)
    (held,) = admin.execute("SELECT password_hash FROM docmill.people WHERE email = %s", [email]).fetchone()
    assert "m=16,t=2" in held
    await sessions.sign_in(email, WORD, address=address)


async def test_a_tenants_people_are_its_own(people, tenant, neighbour, email) -> None:
    made = await people.grant(tenant, email, Role.OPERATOR, by="key:1")
    assert (made.email, made.role, made.granted_by) == (email, Role.OPERATOR, "key:1")
    assert await people.members(tenant) == [made]
    assert await people.members(neighbour) == []
    for asked in (people.member(neighbour, email), people.revoke(neighbour, email)):
        with pytest.raises(NotFound):
            await asked
    # Somebody of another tenant and somebody unknown are granted alike.
    there = await people.grant(neighbour, email, Role.VIEWER, by="key:2")
    fresh = await people.grant(neighbour, f"new-{email}", Role.VIEWER, by="key:2")
    assert (there.role, there.granted_by) == (fresh.role, fresh.granted_by)
    assert (await people.member(tenant, email)).role is Role.OPERATOR
    with pytest.raises(NotFound):
        await people.grant(TenantId("absent"), email, Role.VIEWER, by="")
    for bad in ("", "ada", "ada@", "a b@c", "a@b/c", "x" * 250 + "@acme.example", "a@b\0"):
        with pytest.raises(DocmillError, match="request_invalid"):
            await people.grant(tenant, bad, Role.VIEWER, by="")
    known = {one.email: one for one in await people.all()}
    assert dict(known[email].roles) == {tenant: Role.OPERATOR, neighbour: Role.VIEWER}
    assert known[email].has_password
    assert not known[f"new-{email}"].has_password
