"""Keys, tokens, sessions and people over HTTP: who gets in, with what, and how everybody else is answered."""

import time
from dataclasses import replace
from typing import Any

import httpx
import pytest
from tests.api.memory_platform import Platform
from tests.fakes.identity import PASSWORD, memory_identity
from tests.unit.identity.forging import URL, Forge, signed, unb64

from docmill.domain.access import GRANTS, Refusal, Role
from docmill.domain.issuers import Issuer
from docmill.domain.tenants import TenantId
from docmill.entrypoints.api import create_app
from docmill.ports.telemetry import Silence

ADA = "ada@acme.example"


class Told(Silence):
    def __init__(self) -> None:
        self.reasons: list[Refusal] = []

    def refused(self, reason: Refusal) -> None:
        self.reasons.append(reason)


@pytest.fixture
def told(platform: Platform) -> Told:
    heard = Told()
    platform.services = replace(platform.services, alarms=heard)
    platform.app = create_app(platform.services)
    return heard


def browser(platform: Platform, *, base_url: str = "http://127.0.0.1:8080") -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(platform.app), base_url=base_url)


async def signed_in(
    platform: Platform, client: httpx.AsyncClient, *, role: Role = Role.ADMIN
) -> dict[str, Any]:
    await platform.identity.people.grant(TenantId("acme"), ADA, role, by="cli")
    answer = await client.post("/v1/session", json={"email": ADA, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    client.headers["X-Csrf-Token"] = answer.json()["csrf"]
    session: dict[str, Any] = answer.json()
    return session


# Refusals


async def test_every_bad_credential_is_answered_with_the_same_body(platform: Platform, told: Told) -> None:
    forge = Forge()
    own = (await (platform.client("dm_acme")).post("/v1/tokens")).json()["access_token"]
    bad: list[tuple[dict[str, str], str]] = [
        ({}, "missing"),
        ({"Authorization": "Bearer dm_nobody"}, "unknown_key"),
        ({"Authorization": "Basic YTpi"}, "malformed"),
        ({"Authorization": "Bearer "}, "malformed"),
        ({"Authorization": "Bearer x.y.z"}, "malformed"),
        ({"Authorization": f"Bearer {own[:-4]}AAAA"}, "signature"),
        ({"Authorization": f"Bearer {forge.token()}"}, "issuer"),
        ({"Authorization": "Bearer " + "x" * 9000}, "malformed"),
        ({"X-Api-Key": "dm_nobody"}, "unknown_key"),
        ({"X-Api-Key": ""}, "missing"),
        ({"X-Api-Key": own}, "unknown_key"),
        ({"Cookie": "docmill_session=abc"}, "session"),
        ({"Authorization": "Bearer dm_nobody", "X-Api-Key": "dm_acme"}, "unknown_key"),
    ]
    bodies = set()
    async with browser(platform) as client:
        for headers, why in bad:
            answer = await client.get("/v1/documents", headers=headers | {"X-Request-Id": "same"})
            assert (answer.status_code, told.reasons[-1]) == (401, why), headers
            assert answer.headers["www-authenticate"] == "Bearer"
            bodies.add(answer.content)
    assert len(bodies) == 1
    assert len(told.reasons) == len(bad)


async def test_who_lacks_a_permission_is_told_which(platform: Platform, told: Told) -> None:
    async with platform.client("dm_acme_viewer") as viewer:
        answer = await viewer.post("/v1/keys", json={})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert "keys:manage" in answer.json()["detail"]
    assert told.reasons == ["forbidden"]


# Keys


async def test_a_key_is_made_used_rotated_and_revoked(platform: Platform) -> None:
    async with platform.client("dm_acme_admin") as admin:
        made = await admin.post(
            "/v1/keys", json={"label": "nightly", "scopes": ["viewer"], "expires_in_days": 90}
        )
        assert made.status_code == 201
        assert made.headers["cache-control"] == "no-store"
        body = made.json()
        assert (await admin.get(made.headers["location"])).json() == {k: body[k] for k in body if k != "key"}
        async with platform.client(body["key"]) as reader:
            assert (await reader.get("/v1/documents")).status_code == 200
            assert (await reader.post("/v1/documents", content=b"x")).status_code == 403
            new = (await admin.post(f"/v1/keys/{body['prefix']}/rotate", json={"overlap_hours": 1})).json()
            assert (await reader.get("/v1/documents")).status_code == 200
            listed = {one["prefix"]: one for one in (await admin.get("/v1/keys")).json()["items"]}
            assert listed[body["prefix"]]["replaced_by"] == new["prefix"]
            for _ in range(2):
                assert (await admin.delete(f"/v1/keys/{body['prefix']}")).status_code == 204
            assert (await reader.get("/v1/documents")).status_code == 401
        assert (await platform.client(new["key"]).get("/v1/documents")).status_code == 200
        for absent in ("0" * 12, "nonsense"):
            assert (await admin.delete(f"/v1/keys/{absent}")).status_code == 404


async def test_nobody_gives_more_than_he_has(platform: Platform) -> None:
    async with platform.client("dm_acme_admin") as admin:
        clerk = (await admin.post("/v1/keys", json={"scopes": ["keys:manage", "viewer"]})).json()
        strong = (await admin.post("/v1/keys", json={"scopes": ["admin"]})).json()
        for scopes in (["platform_admin"], ["platform:manage"], ["owner"], [], ["viewer"] * 33, [1]):
            assert (await admin.post("/v1/keys", json={"scopes": scopes})).status_code == 422
    async with platform.client(clerk["key"]) as keeper:
        assert (await keeper.post("/v1/keys", json={"scopes": ["documents:read"]})).status_code == 201
        for scopes in (["operator"], ["documents:write"], ["tenant:manage"]):
            assert (await keeper.post("/v1/keys", json={"scopes": scopes})).status_code == 403
        assert (await keeper.post("/v1/keys", json={})).status_code == 403  # the default is an operator
        assert (await keeper.post(f"/v1/keys/{strong['prefix']}/rotate")).status_code == 403
        assert (await keeper.delete(f"/v1/keys/{strong['prefix']}")).status_code == 403
        assert (await keeper.put(f"/v1/people/{ADA}", json={"role": "admin"})).status_code == 403
        assert (await keeper.put(f"/v1/people/{ADA}", json={"role": "viewer"})).status_code == 200
        await platform.identity.people.grant(TenantId("acme"), ADA, Role.ADMIN, by="cli")
        assert (await keeper.put(f"/v1/people/{ADA}", json={"role": "viewer"})).status_code == 403
        assert (await keeper.delete(f"/v1/people/{ADA}")).status_code == 403
        assert (await keeper.delete(f"/v1/keys/{clerk['prefix']}")).status_code == 204  # his own


# Tokens


async def test_a_token_is_narrower_short_and_ends_with_its_key(platform: Platform) -> None:
    async with platform.client("dm_acme_admin") as admin:
        key = (await admin.post("/v1/keys", json={"scopes": ["operator"]})).json()
        asked = {"scopes": ["documents:read"]}
        answer = await platform.client(key["key"]).post("/v1/tokens", json=asked)
        assert answer.headers["cache-control"] == "no-store"
        token = answer.json()
        assert {k: token[k] for k in ("token_type", "expires_in", "scope")} == {
            "token_type": "Bearer",
            "expires_in": 900,
            "scope": "documents:read",
        }
        async with platform.client(token["access_token"]) as holder:
            assert (await holder.get("/v1/documents")).status_code == 200
            assert (await holder.post("/v1/documents", content=b"x")).status_code == 403
            assert (await holder.get("/v1/session")).json()["through"] == "token"
            again = await holder.post("/v1/tokens")
            assert again.status_code == 403  # else it would never end
            await admin.delete(f"/v1/keys/{key['prefix']}")
            assert (await holder.get("/v1/documents")).status_code == 401
    for scopes in (["admin"], ["platform:manage"]):
        answer = await platform.client("dm_acme").post("/v1/tokens", json={"scopes": scopes})
        assert answer.status_code == 403


async def test_a_token_makes_nothing_that_outlives_it(platform: Platform) -> None:
    """15 minutes would have been enough for a key without an end, and for a role of one's own."""
    async with platform.client("dm_acme_admin") as admin:
        token = (await admin.post("/v1/tokens", json={"scopes": ["admin"]})).json()
        assert "keys:manage" not in token["scope"]
        assert (await admin.post("/v1/tokens", json={"scopes": ["keys:manage"]})).status_code == 403
        made = (await admin.post("/v1/keys", json={"scopes": ["viewer"]})).json()["prefix"]
    async with platform.client(token["access_token"]) as holder:
        assert (await holder.get("/v1/retention")).status_code == 200
        for method, path, body in (
            ("POST", "/v1/keys", {"scopes": ["viewer"]}),
            ("POST", f"/v1/keys/{made}/rotate", {}),
            ("PUT", f"/v1/people/{ADA}", {"role": "viewer"}),
        ):
            assert (await holder.request(method, path, json=body)).status_code == 403, path


async def test_anybody_can_check_docmills_tokens_by_its_key_set(platform: Platform) -> None:
    from docmill.adapters.tokens.jws import parse, verify
    from docmill.adapters.tokens.key_set import KeySet

    token = (await platform.client("dm_acme").post("/v1/tokens")).json()["access_token"]
    answer = await platform.client(None).get("/.well-known/jwks.json")
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert not any("d" in key for key in answer.json()["keys"])
    assert b"documents:read" in verify(parse(token), KeySet(answer.json()))


async def test_a_token_of_an_issuer_comes_in_as_its_rule_says(platform: Platform) -> None:
    forge = Forge()
    platform.identity = memory_identity(fetch=forge.fetch)
    platform.services = replace(platform.services, identity=platform.identity)
    platform.app = create_app(platform.services)
    await platform.identity.issuers.add(Issuer(URL, "docmill", TenantId("acme"), role=Role.VIEWER))
    now = int(time.time())
    good = forge.token(iat=now, exp=now + 60)
    async with platform.client(good) as reader:
        assert (await reader.get("/v1/documents")).status_code == 200
        assert (await reader.post("/v1/documents", content=b"x")).status_code == 403
        assert (await reader.post("/v1/tokens")).status_code == 403
        told = (await reader.get("/v1/session")).json()
        assert (told["subject"], told["through"], told["tenant"]) == (f"oidc:{URL}#ada", "issuer", "acme")
    for bad in (
        forge.token(iat=now - 900, exp=now - 300),
        forge.token(iat=now, exp=now + 60, aud="payroll"),
        forge.token(iat=now, exp=now + 60, iss="https://evil.example"),
        forge.token(iat=now, exp=now + 60, key=forge.own),
    ):
        assert (await platform.client(bad).get("/v1/documents")).status_code == 401


# Sessions


async def test_a_person_signs_in_works_and_signs_out(platform: Platform) -> None:
    async with browser(platform) as client:
        session = await signed_in(platform, client)
        assert (session["tenant"], session["email"]) == ("acme", ADA)
        assert session["permissions"] == sorted(GRANTS[Role.ADMIN])
        assert (await client.get("/v1/documents")).status_code == 200
        assert (await client.post("/v1/documents", content=b"x")).status_code == 202
        assert (await client.get("/v1/session")).json() == session
        assert (await client.delete("/v1/session")).status_code == 204
        assert "docmill_session" not in client.cookies
        assert (await client.get("/v1/session")).status_code == 401


@pytest.mark.parametrize(
    ("base_url", "name", "secure"),
    [
        ("http://127.0.0.1:8080", "docmill_session", False),
        ("http://localhost", "docmill_session", False),
        ("https://docmill.example", "__Host-docmill_session", True),
        (
            "https://127.0.0.1:8080",
            "__Host-docmill_session",
            True,
        ),  # behind a proxy that does not pass Host on
        ("http://docmill.example", "__Host-docmill_session", True),  # behind a proxy that speaks TLS
    ],
)
async def test_the_cookie_is_for_this_host_and_no_script(
    platform: Platform, base_url: str, name: str, secure: object
) -> None:
    await platform.identity.people.grant(TenantId("acme"), ADA, Role.VIEWER, by="cli")
    async with browser(platform, base_url=base_url) as client:
        answer = await client.post("/v1/session", json={"email": ADA, "password": PASSWORD})
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith(f"{name}=")
        words = {word.strip().lower() for word in cookie.split(";")[1:]}
        assert {"httponly", "samesite=strict", "path=/"} <= words
        assert ("secure" in words) is secure
        assert not any(word.startswith("domain") for word in words)
        value = cookie.partition("=")[2].partition(";")[0]
        # A name that a neighbouring host could set counts on this machine only.
        other = {"docmill_session": "__Host-docmill_session"}.get(name, "docmill_session")
        client.cookies.clear()
        assert (await client.get("/v1/session", headers={"Cookie": f"{other}={value}"})).status_code == 401
        assert (await client.get("/v1/session", headers={"Cookie": f"{name}={value}"})).status_code == 200


async def test_with_a_session_all_but_reading_takes_the_header_too(platform: Platform, told: Told) -> None:
    async with browser(platform) as client:
        await signed_in(platform, client)
        good = client.headers.pop("X-Csrf-Token")
        assert (await client.get("/v1/documents")).status_code == 200
        for sent in ({}, {"X-Csrf-Token": ""}, {"X-Csrf-Token": good[:-1]}, {"X-Csrf-Token": "é"}):
            for method, path in (
                ("POST", "/v1/documents"),
                ("DELETE", "/v1/session"),
                ("PUT", "/v1/session/tenant"),
            ):
                answer = await client.request(method, path, headers=httpx.Headers(sent, encoding="utf-8"))
                assert answer.status_code == 403, (method, path)
                assert told.reasons[-1] == "csrf"
        sent = {"X-Csrf-Token": good}
        assert (await client.post("/v1/documents", content=b"x", headers=sent)).status_code == 202


async def test_another_sites_page_signs_nobody_in(platform: Platform) -> None:
    await platform.identity.people.add(ADA)
    async with browser(platform) as client:
        body = {"email": ADA, "password": PASSWORD}
        for site in ("cross-site", "same-site"):
            answer = await client.post("/v1/session", json=body, headers={"Sec-Fetch-Site": site})
            assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)
        answer = await client.post("/v1/session", json=body, headers={"Sec-Fetch-Site": "same-origin"})
        assert answer.status_code == 200


async def test_nobody_and_a_wrong_password_are_answered_alike(platform: Platform, told: Told) -> None:
    await platform.identity.people.add(ADA)
    bodies = set()
    async with browser(platform) as client:
        client.headers["X-Request-Id"] = "same"
        for email, word in ((ADA, "wrong"), ("nobody@acme.example", PASSWORD)):
            answer = await client.post("/v1/session", json={"email": email, "password": word})
            assert (answer.status_code, "set-cookie" in answer.headers) == (401, False)
            bodies.add(answer.content)
        assert len(bodies) == 1
        assert told.reasons == ["password", "password"]
        for _ in range(10):
            answer = await client.post("/v1/session", json={"email": ADA, "password": "wrong"})
        assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
        assert int(answer.headers["retry-after"]) > 0
        assert told.reasons[-1] == "throttled"


async def test_a_person_of_several_tenants_chooses_one(platform: Platform) -> None:
    people = platform.identity.people
    await people.grant(TenantId("globex"), ADA, Role.VIEWER, by="cli")
    async with browser(platform) as client:
        session = await signed_in(platform, client, role=Role.OPERATOR)
        assert (session["tenant"], session["permissions"]) == (None, [])
        assert {one["tenant"]: one["role"] for one in session["tenants"]} == {
            "acme": "operator",
            "globex": "viewer",
        }
        assert (await client.get("/v1/documents")).status_code == 403
        chosen = await client.put("/v1/session/tenant", json={"tenant": "globex"})
        assert chosen.json()["permissions"] == ["documents:read"]
        assert (await client.get("/v1/documents")).status_code == 200
        client.headers["X-Csrf-Token"] = chosen.json()["csrf"]
        for absent in ("initech", "docmill", ""):
            assert (await client.put("/v1/session/tenant", json={"tenant": absent})).status_code == 404
        assert (await client.put("/v1/session/tenant", json={})).status_code == 422


async def test_who_looks_after_the_platform_sees_nothing_of_a_tenant(platform: Platform) -> None:
    await platform.identity.people.add(ADA, platform_admin=True)
    async with browser(platform) as client:
        session = await client.post("/v1/session", json={"email": ADA, "password": PASSWORD})
        assert session.json()["permissions"] == ["platform:manage"]
        for path in ("/v1/documents", "/v1/types", "/v1/keys", "/v1/people", "/v1/export?format=csv"):
            assert (await client.get(path)).status_code == 403, path


async def test_a_person_changes_his_own_password_and_nobody_elses(platform: Platform) -> None:
    async with browser(platform) as client:
        await signed_in(platform, client)
        wrong = await client.put("/v1/session/password", json={"old": "wrong", "new": "another good one"})
        assert wrong.status_code == 401
        short = await client.put("/v1/session/password", json={"old": PASSWORD, "new": "short"})
        assert short.status_code == 422
        assert "short" not in short.json()["detail"].replace("too_short", "")
        done = await client.put("/v1/session/password", json={"old": PASSWORD, "new": "another good one"})
        assert done.status_code == 204
        assert (await client.get("/v1/session")).status_code == 401
    for key in ("dm_acme_admin",):
        answer = await platform.client(key).put(
            "/v1/session/password", json={"old": PASSWORD, "new": "x" * 12}
        )
        assert answer.status_code == 403


# People


async def test_an_admin_grants_and_revokes_within_his_tenant(platform: Platform) -> None:
    async with platform.client("dm_acme_admin") as admin, platform.client("dm_globex_admin") as other:
        there = await other.put(f"/v1/people/{ADA}", json={"role": "operator"})
        here = await admin.put(f"/v1/people/{ADA}", json={"role": "reviewer"})
        fresh = await admin.put("/v1/people/bob@acme.example", json={"role": "reviewer"})
        assert (there.status_code, here.status_code, fresh.status_code) == (200, 200, 200)
        assert set(here.json()) == set(fresh.json())
        assert here.json()["granted_by"] == "key:dm_acme_admin"
        assert [one["email"] for one in (await admin.get("/v1/people")).json()["items"]] == [
            ADA,
            "bob@acme.example",
        ]
        assert (await admin.delete(f"/v1/people/{ADA}")).status_code == 204
        assert (await admin.get(f"/v1/people/{ADA}")).status_code == 404
        assert (await other.get(f"/v1/people/{ADA}")).json()["role"] == "operator"
        for role in ("platform_admin", "owner", "", 1, None):
            assert (await admin.put(f"/v1/people/{ADA}", json={"role": role})).status_code == 422
        for nonsense in ("ada", "a%20b@c", "%00@b"):
            assert (await admin.put(f"/v1/people/{nonsense}", json={"role": "viewer"})).status_code in (
                404,
                422,
            )


async def test_bodies_are_taken_as_openapi_says_and_values_are_not_quoted(platform: Platform) -> None:
    async with platform.client("dm_acme_admin") as admin:
        for body in (
            {"label": 1},
            {"label": "x" * 201},
            {"label": "a\0b"},
            {"scopes": "viewer"},
            {"expires_in_days": 0},
            {"expires_in_days": "90"},
            {"expires_in_days": 10**9},
            {"tenant": "globex"},
        ):
            assert (await admin.post("/v1/keys", json=body)).status_code == 422, body
        secret = "hunter2-hunter2-hunter2"
        answer = await admin.post("/v1/session", json={"email": ADA, "password": {"text": secret}})
        assert answer.status_code == 422
        assert secret not in answer.text
        assert (await admin.post("/v1/session", content=b"email=ada")).status_code == 422


async def test_claims_that_are_no_text_are_no_reason_to_fall_over(platform: Platform) -> None:
    forge = Forge()
    for claims in ({"iss": 1}, {"iss": {"a": 1}}, {"iss": "docmill", "sub": 1}):
        token = signed({"alg": "ES256", "kid": "ec", "typ": "at+jwt"}, claims, forge.ec, "ES256")
        assert (await platform.client(token).get("/v1/documents")).status_code == 401
    assert unb64("e30") == b"{}"
