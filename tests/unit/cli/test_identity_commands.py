"""`docmill keys`, `people` and `issuers`: what they ask of the ports, and what they print."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from tests.api.memory_platform import MemoryTenancy
from tests.fakes.identity import memory_identity
from tests.unit.cli.conftest import Run

from docmill import wiring
from docmill.domain.access import Role
from docmill.domain.issuers import Issuer
from docmill.domain.tenants import TenantId, Tier
from docmill.ports.identity import Identity

ACME = TenantId("acme")


@dataclass
class Local:
    tenancy: MemoryTenancy
    identity: Identity


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch) -> Local:
    made = Local(MemoryTenancy(), memory_identity())
    asyncio.run(made.tenancy.create(ACME, tier=Tier.POOL))

    @asynccontextmanager
    async def platform(*_: object, **__: object) -> AsyncIterator[Local]:
        yield made

    monkeypatch.setattr(wiring, "platform", platform)
    monkeypatch.setattr(wiring, "embedded_database", lambda _: None)
    monkeypatch.setattr(wiring, "require_database", lambda _: None)
    return made


def test_a_key_is_made_listed_rotated_and_revoked(run: Run, local: Local) -> None:
    made = run("keys", "create", "acme", "--label", "scanner", "--scope", "viewer", "--expires", "90d").lines[
        0
    ]
    key = asyncio.run(local.identity.keys.show(ACME, made["prefix"]))
    assert (key.scopes, key.label, key.created_by) == (("viewer",), "scanner", "cli")
    assert key.expires_at - datetime.now(UTC) > timedelta(days=89)
    assert made["key"].startswith("dm_")
    new = run("keys", "rotate", "acme", made["prefix"], "--overlap", "2h").lines[0]
    listed = run("keys", "list", "acme")
    assert {line["prefix"]: line["replaced_by"] for line in listed.lines} == {
        made["prefix"]: new["prefix"],
        new["prefix"]: None,
    }
    assert made["key"] not in listed.out
    assert run("keys", "revoke", "acme", new["prefix"]).exit_code == 0
    assert run("keys", "list", "acme").lines[1]["revoked_at"]
    assert run("keys", "rotate", "acme", new["prefix"]).exit_code == 1
    assert run("keys", "create", "acme").lines[0]["scopes"] == ["operator"]


def test_a_key_of_the_platform_names_no_tenant(run: Run, local: Local) -> None:
    made = run("keys", "create", "--platform").lines[0]
    assert (made["tenant"], made["scopes"]) == (None, ["platform_admin"])
    assert [line["prefix"] for line in run("keys", "list", "--platform").lines] == [made["prefix"]]
    assert run("keys", "revoke", "-", made["prefix"]).exit_code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("keys", "create"),
        ("keys", "create", "acme", "--platform"),
        ("keys", "create", "acme", "--expires", "soon"),
        ("keys", "create", "acme", "--expires", "99999d"),
        ("keys", "create", "acme", "--scope", "owner"),
        ("keys", "rotate", "acme", "abc", "--overlap", "90d"),
        ("people", "grant", "acme", "ada@acme.example", "owner"),
        ("people", "grant", "acme", "ada", "viewer"),
        ("issuers", "add", "https://a.example", "--audience", "x", "--tenant", "acme"),
        ("issuers", "add", "https://a.example", "--audience", "x", "--role", "viewer"),
        ("issuers", "add", "http://a.example", "--audience", "x", "--tenant", "acme", "--role", "viewer"),
        (
            "issuers",
            "add",
            "https://a.example",
            "--audience",
            "x",
            "--tenant",
            "a1",
            "--tenant",
            "b1",
            "--role",
            "viewer",
        ),
        (
            "issuers",
            "add",
            "https://a.example",
            "--audience",
            "x",
            "--tenant",
            "acme",
            "--role",
            "platform_admin",
        ),
        (
            "issuers",
            "add",
            "https://a.example",
            "--audience",
            "x",
            "--tenant",
            "acme",
            "--role-claim",
            "g",
            "--role",
            "x",
        ),
        ("issuers", "remove", "https://absent.example"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_is_an_error(run: Run, local: Local, arguments: tuple[str, ...]) -> None:
    outcome = run(*arguments)
    assert outcome.exit_code in (1, 2)
    assert outcome.out == ""
    assert asyncio.run(local.identity.issuers.all()) == []


def test_the_signing_key_is_rotated(run: Run, local: Local) -> None:
    assert "in a few minutes" in run("keys", "rotate-signing").err
    assert "from now on" in run("keys", "rotate-signing", "--now").err


def test_people_are_made_granted_and_revoked(run: Run, local: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    for arguments in (
        ("people", "add", "root@acme.example", "--platform-admin"),
        ("people", "add", "ada@acme.example"),
        ("people", "grant", "acme", "ada@acme.example", "reviewer"),
    ):
        assert run(*arguments).exit_code == 0
    assert asyncio.run(local.identity.people.member(ACME, "ada@acme.example")).role is Role.REVIEWER
    shown = {line["email"]: line["platform_admin"] for line in run("people", "list").lines}
    assert shown == {"root@acme.example": True, "ada@acme.example": False}
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery\n"))
    told = run("people", "password", "ada@acme.example")
    assert (told.exit_code, told.out) == (0, "")
    assert "horse" not in told.err
    assert local.identity.people.passwords == {"ada@acme.example": "correct horse battery"}
    assert run("people", "revoke", "acme", "ada@acme.example").exit_code == 0
    assert run("people", "revoke", "acme", "ada@acme.example").exit_code == 1


def test_an_issuer_is_written_down_as_it_was_said(run: Run, local: Local) -> None:
    said = (
        "issuers",
        "add",
        "https://login.example",
        "--audience",
        "docmill",
        "--tenant",
        "acme",
        "--tenant",
        "globex",
    )
    more = (
        "--tenant-claim",
        "org",
        "--role-claim",
        "groups",
        "--role",
        "cn=clerks=operator",
        "--require",
        "hd=a=b",
    )
    assert run(*said, *more).exit_code == 0
    rule = Issuer(
        "https://login.example",
        "docmill",
        tenant_claim="org",
        tenants=frozenset({ACME, TenantId("globex")}),
        role_claim="groups",
        roles={"cn=clerks": Role.OPERATOR},
        required={"hd": "a=b"},
    )
    assert asyncio.run(local.identity.issuers.all()) == [rule]
    assert run("issuers", "list").lines[0]["tenants"] == ["acme", "globex"]
    assert run("issuers", "list", "--format", "table").exit_code == 0
    assert run("issuers", "remove", "https://login.example").exit_code == 0
