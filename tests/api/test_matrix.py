"""Route x role x {own, foreign, absent} x credential, from the OpenAPI file: 401, 403 and 404 as `domain/access.py` says."""

import re
from dataclasses import replace
from datetime import timedelta
from time import time
from typing import Annotated, Any
from uuid import uuid4

import httpx
import pytest
from fastapi import Query
from tests.api.matrix import OPEN, Ask, Matrix, absent, base, operations, routes, uncovered, undeclared
from tests.api.memory_platform import Platform, upload
from tests.api.worlds import hands_in_memory, own, owned
from tests.fakes.identity import PASSWORD, memory_identity
from tests.unit.identity.forging import URL, Forge, signed

from docmill.domain.access import GRANTS, HANDED_ON, Permission, Role
from docmill.domain.errors import NotFound
from docmill.domain.events import DocumentId
from docmill.domain.issuers import Issuer
from docmill.domain.tenants import TenantId
from docmill.entrypoints.api import create_app
from docmill.entrypoints.api.identity import Caller, MayRead, MayWrite, Public, ServicesOf
from docmill.entrypoints.api.views import document_view

ADA = "ada@acme.example"
TENANT_ROLES = ("viewer", "reviewer", "operator", "admin")


async def has(platform: Platform, tenant: str) -> dict[str, str]:
    async with platform.client(f"dm_{tenant}_admin") as admin:
        return await own(hands_in_memory(platform, tenant), admin)


async def made(platform: Platform) -> dict[str, str]:
    """Acme has one of everything, and globex asks."""
    async with platform.client("dm_acme_admin") as owner:
        things = await owned(hands_in_memory(platform, "acme"), owner)
    return things | await has(platform, "globex")


@pytest.fixture
async def matrix(platform: Platform) -> Matrix:
    platform.identity.keys.tenants = ("acme", "globex", "hooli1")
    things, twin = await made(platform), "dm_hooli1_admin"
    return Matrix(platform.app, things, "dm_globex_admin", twin, await has(platform, "hooli1"))


@pytest.fixture
def planting(platform: Platform) -> Any:
    """An application with room for a mistake."""
    return create_app(platform.services)


# What is declared


def test_every_route_says_who_may_come(platform: Platform) -> None:
    assert undeclared(platform.app) == set()


def test_a_route_that_forgets_to_say_it_is_caught(planting: Any) -> None:
    @planting.get("/v1/planted")
    async def planted() -> dict[str, str]:
        return {}

    @planting.get("/v1/planted/known")
    async def known(_: Caller) -> dict[str, str]:
        """Asks who it is, and then lets everybody in."""
        return {}

    @planting.get("/v1/planted/open", dependencies=[Public])
    async def opened() -> dict[str, str]:
        return {}

    @planting.get("/v1/planted/two")
    async def two(_: MayRead, __: MayWrite) -> dict[str, str]:
        """Which of the two it takes, no reader of OpenAPI can tell."""
        return {}

    assert undeclared(planting) == {"/v1/planted"} | {
        f"/v1/planted/{one}" for one in ("known", "open", "two")
    }


def test_openapi_tells_of_each_route_what_it_takes(platform: Platform) -> None:
    told = dict(operations(platform.app))
    shown = {f"{method} {route.path}" for method, route in routes(platform.app) if route.include_in_schema}
    assert set(told) == shown
    words = {*Permission, "authenticated", "public"}
    for name, operation in told.items():
        word = operation["x-permission"]
        assert word in words, name
        assert (word == "public") == (tuple(name.split(" ")) in OPEN), name
        assert bool(operation["security"]) == (word != "public"), name
        assert word == "public" or {"401", "403"} <= set(operation["responses"]), name
    assert told["GET /v1/documents"]["x-permission"] == "documents:read"
    assert told["POST /v1/keys"]["x-permission"] == "keys:manage"


def test_whatever_a_route_lets_somebody_name_is_asked_for(platform: Platform) -> None:
    assert uncovered(platform.app) == set()


def test_a_route_that_is_not_covered_is_named(planting: Any) -> None:
    @planting.post("/v1/planted/{thing_id}", openapi_extra={"requestBody": {"content": {}}})
    async def planted(_: MayRead, thing_id: str, owner: Annotated[str, Query()] = "") -> dict[str, str]:
        return {}

    name = "POST /v1/planted/{thing_id}"
    assert uncovered(planting) == {f"{name}: path thing_id", f"{name}: query owner", f"{name}: body"}


# Foreign and absent


async def test_a_foreign_thing_answers_exactly_like_an_absent_one_on_every_route(matrix: Matrix) -> None:
    assert len(list(matrix.asks())) > 80
    assert await matrix.differences() == set()


async def test_a_route_without_its_check_is_caught(platform: Platform, matrix: Matrix, planting: Any) -> None:
    @planting.get("/v1/planted/{document_id}")
    async def planted(_: MayRead, document_id: str, services: ServicesOf) -> dict[str, Any]:
        found = {str(one.id): one for one in platform.db.documents.values()}.get(document_id)
        return document_view(found) if found else {}

    @planting.get("/v1/planted/{document_id}/polite")
    async def polite(_: MayRead, document_id: str) -> dict[str, Any]:
        """Gives nothing away but that there is something."""
        there = any(str(one.id) == document_id for one in platform.db.documents.values())
        raise NotFound("It is not yours." if there else "")

    @planting.delete("/v1/planted/{document_id}/done")
    async def done(_: MayRead, document_id: str) -> dict[str, Any]:
        return {}

    matrix.app = planting
    assert {one.partition(":")[0] for one in await matrix.differences()} == {
        "GET /v1/planted/{document_id}",
        "GET /v1/planted/{document_id}/polite",
        "DELETE /v1/planted/{document_id}/done",
    }


async def test_lists_tell_nothing_of_others(matrix: Matrix) -> None:
    async with matrix.asking() as stranger:
        for name, operation in operations(matrix.app):
            if name.startswith("GET") and "{" not in name and operation["x-permission"] != "platform:manage":
                answer = await stranger.request(**base(name).request({}))
                assert answer.status_code < 500, name
                for thing in ("document", "review", "lease", "webhook", "key"):
                    assert matrix.things[thing] not in answer.text, name
                assert "secret" not in answer.text.replace("secret.example.com", ""), name


async def test_the_same_bytes_of_another_tenant_are_not_a_duplicate(
    client: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    assert await upload(client) != await upload(stranger)


@pytest.mark.parametrize("id_", ["1", "not-an-id", "%00", str(uuid4()).upper()])
async def test_a_text_that_is_no_id_answers_like_an_absent_id(client: httpx.AsyncClient, id_: str) -> None:
    there_is_none = await client.get(f"/v1/documents/{DocumentId(uuid4())}")
    answer = await client.get(f"/v1/documents/{id_}")
    assert answer.status_code == there_is_none.status_code == 404
    alike = {"request_id": "", "detail": ""}
    assert answer.json() | alike == there_is_none.json() | alike


# Roles


def plain(answer: httpx.Response) -> tuple[int, str, list[tuple[str, str]]]:
    headers = sorted((name, text) for name, text in answer.headers.items() if name != "x-request-id")
    return answer.status_code, re.sub(r'"request_id":"[^"]*"', "", answer.text), headers


async def asked(platform: Platform, key: str, ask: Ask, things: dict[str, str]) -> httpx.Response:
    async with platform.client(key) as client:
        return await client.request(**ask.request(things))


async def test_each_role_comes_as_far_as_openapi_says_for_own_foreign_and_absent_things(
    platform: Platform,
) -> None:
    things = await made(platform)
    roles = [
        (f"dm_{tenant}_{role}", GRANTS[Role(role)]) for tenant in ("acme", "globex") for role in TENANT_ROLES
    ]
    for key, granted in [*roles, ("dm_platform", GRANTS[Role.PLATFORM_ADMIN])]:
        for name, operation in operations(platform.app):
            word, ask = operation["x-permission"], base(name)
            if word in ("public", "authenticated"):
                continue
            if word not in granted:
                answers = [await asked(platform, key, ask, named) for named in (things, absent(things))]
                assert answers[0].status_code == 403, (key, name, answers[0].text)
                assert answers[0].json()["code"] == "forbidden"
                assert plain(answers[0]) == plain(answers[1]), (key, name)
            elif name != "PUT /v1/people/{email}":  # which would make somebody
                answer = await asked(platform, key, ask, absent(things))
                wanted = (404, 412) if ask.names - {"tenant"} else (200, 201, 202, 204, 404, 422)
                assert answer.status_code in wanted, (key, name, answer.text)


@pytest.mark.parametrize("role", TENANT_ROLES)
async def test_the_owner_gets_what_the_others_do_not(platform: Platform, role: str) -> None:
    """Whoever may, on a fresh platform where asking ends something."""
    things: dict[str, str] = {}
    for name, operation in operations(platform.app):
        if operation["x-permission"] not in GRANTS[Role(role)]:
            continue
        if not things or not name.startswith("GET"):
            platform = Platform()
            things = await made(platform)
        mine = things | {f"my.{thing}": text for thing, text in things.items()}
        answer = await asked(platform, f"dm_acme_{role}", base(name), mine)
        assert answer.status_code < 500, (name, answer.text)
        assert answer.status_code not in (401, 403, 404), (name, answer.text)


@pytest.mark.parametrize("kind", ["key", "token"])
async def test_a_narrowed_credential_does_one_thing_and_no_other(platform: Platform, kind: str) -> None:
    """A key with one permission alone, and one with all the others; and tokens that are narrowed likewise."""
    given = HANDED_ON if kind == "token" else frozenset(Permission)
    every = sorted(given - {Permission.PLATFORM_MANAGE})
    nothing = absent(await made(platform))

    async def narrowed(words: list[Permission]) -> str:
        if kind == "token":
            async with platform.client("dm_acme_admin") as admin:
                answer = await admin.post("/v1/tokens", json={"scopes": words})
                return str(answer.json()["access_token"])
        return (await platform.identity.keys.create(TenantId("acme"), label="", scopes=words)).secret

    for word in every:
        alone, without = await narrowed([word]), await narrowed([one for one in every if one is not word])
        for name, operation in operations(platform.app):
            if operation["x-permission"] != word:
                continue
            said = f"It takes `{word}`."
            assert said not in (await asked(platform, alone, base(name), nothing)).text, name
            refused = await asked(platform, without, base(name), nothing)
            assert (refused.status_code, refused.json()["detail"]) == (403, said), name


# Credentials


async def test_what_is_open_to_all_answers_all_and_nothing_else_does(platform: Platform) -> None:
    """Also of the pages that OpenAPI does not tell of."""
    async with platform.client(None) as nobody, platform.client("dm_wrong") as liar:
        for method, route in routes(platform.app):
            for client in (nobody, liar):
                answer = await client.request(
                    method, re.sub(r"{\w+}", "1", route.path), follow_redirects=True
                )
                expected = OPEN.get((method, route.path), 401)
                assert answer.status_code == expected, (method, route.path)
                if expected == 401:
                    assert answer.json()["code"] == "unauthenticated"
                    assert answer.headers["www-authenticate"] == "Bearer"


async def test_the_other_header_for_a_key_works_too_and_no_header_names_a_tenant(platform: Platform) -> None:
    async with platform.client(None) as client:
        assert (await client.get("/v1/documents", headers={"X-Api-Key": "dm_acme"})).status_code == 200
        by_name = await client.get("/v1/documents", headers={"X-Tenant": "acme", "X-Api-Key": "dm_no"})
        assert by_name.status_code == 401


async def refused(platform: Platform, forge: Forge) -> dict[str, dict[str, str]]:
    """Headers that let nobody in, by what is wrong with them. All of them are made from what was good once, or would
    be with one word changed; ``good`` is that, unchanged."""
    keys, tokens = platform.identity.keys, platform.identity.tokens
    acme = TenantId("acme")
    revoked = await keys.create(acme, label="", scopes=["admin"])
    expired = await keys.create(acme, label="", scopes=["admin"], life=timedelta(seconds=-1))
    async with platform.client(revoked.secret) as client:
        lapsed = (await client.post("/v1/tokens")).json()["access_token"]
        ended = await platform.identity.sessions.sign_in(ADA, PASSWORD, address="")
    await keys.revoke(acme, revoked.key.prefix)
    await platform.identity.sessions.end(ended.cookie)
    signer, now = await tokens._signer(), int(time())
    times = {"iat": now, "exp": now + 60}
    head = {"alg": "ES256", "typ": "at+jwt", "kid": signer.kid}
    holder = await keys.create(acme, label="", scopes=["admin"])
    claims: dict[str, Any] = {
        "iss": "docmill",
        "aud": "docmill",
        "sub": f"key:{holder.key.prefix}",
        "tenant": "acme",
    }
    claims |= {"scope": " ".join(GRANTS[Role.ADMIN])} | times

    def token(key: Any = None, **changed: Any) -> dict[str, str]:
        made = signed(head, claims | changed, key or tokens._private(signer), "ES256")
        return {"Authorization": f"Bearer {made}"}

    return {
        "good": token(),
        "nothing": {},
        "no such key": {"Authorization": "Bearer dm_nobody"},
        "expired key": {"Authorization": f"Bearer {expired.secret}"},
        "revoked key": {"X-Api-Key": revoked.secret},
        "token of a revoked key": {"Authorization": f"Bearer {lapsed}"},
        "expired token": token(iat=now - 1000, exp=now - 100),
        "wrong audience": token(aud="another"),
        "another tenant": token(tenant="globex"),
        "another's signature": token(forge.own),
        "unknown issuer": {"Authorization": f"Bearer {forge.token(iss='https://evil.example', **times)}"},
        "issuer of another tenant": {"Authorization": f"Bearer {forge.token(**times)}"},
        "session that has ended": {"Cookie": f"docmill_session={ended.cookie}"},
    }


async def test_no_bad_credential_opens_anything_or_tells_what_is_there(platform: Platform) -> None:
    forge = Forge()
    platform.identity = memory_identity(fetch=forge.fetch)
    platform.services = replace(platform.services, identity=platform.identity)
    platform.app = create_app(platform.services)
    rule = Issuer(
        URL, "docmill", tenant_claim="tenants", tenants=frozenset([TenantId("globex")]), role=Role.ADMIN
    )
    await platform.identity.issuers.add(rule)
    await platform.identity.people.grant(TenantId("acme"), ADA, Role.ADMIN, by="cli")
    things, tried = await made(platform), await refused(platform, forge)
    names = [name for name, operation in operations(platform.app) if operation["x-permission"] != "public"]
    async with platform.client(None) as client:
        good = tried.pop("good")
        assert (await client.get("/v1/letters", headers=good)).status_code == 200
        answers = set()
        for why, headers in tried.items():
            for name in names:
                for asked_for in (things, absent(things)):
                    request = base(name).request(asked_for)
                    request["headers"] = request["headers"] | headers
                    answer = await client.request(**request)
                    assert answer.status_code == 401, (why, name, answer.text)
                    answers.add(str(plain(answer)))
    assert len(answers) == 1
    assert len(names) * len(tried) > 900
