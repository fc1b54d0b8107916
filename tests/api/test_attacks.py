"""What a hostile tenant and a stranger try: secrets where they do not belong, names of others, words that pretend."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from time import time
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs
from tests.api.memory_platform import METRICS_TOKEN, Platform, upload
from tests.api.test_identity import ADA, browser, signed_in
from tests.fakes.identity import PASSWORD, memory_identity
from tests.unit.identity.forging import URL, Forge

from docmill.domain.access import GRANTS, Role
from docmill.domain.issuers import Issuer
from docmill.domain.tenants import TenantId
from docmill.entrypoints.api import create_app
from docmill.entrypoints.api.openapi import description

ACME = TenantId("acme")


@pytest.fixture
async def admin(platform: Platform) -> AsyncIterator[httpx.AsyncClient]:
    async with platform.client("dm_acme_admin") as client:
        yield client


async def _secrets(platform: Platform, admin: httpx.AsyncClient) -> dict[str, str]:
    made = (await admin.post("/v1/keys", json={"scopes": ["admin"]})).json()["key"]
    async with platform.client(made) as holder:
        token = (await holder.post("/v1/tokens")).json()["access_token"]
    webhook = (await admin.post("/v1/webhooks", json={"url": "https://hooks.example.com/"})).json()
    rotated = (await admin.post(f"/v1/webhooks/{webhook['id']}/rotate")).json()["secret"]
    async with browser(platform) as page:
        session = await signed_in(platform, page)
        cookie = page.cookies["docmill_session"]
    return {
        "key": made,
        "token": token,
        "webhook": webhook["secret"],
        "rotated": rotated,
        "cookie": cookie,
        "csrf": session["csrf"],
        "password": PASSWORD,
        "metrics": METRICS_TOKEN,
    }


def _misplaced(secret: str) -> list[dict[str, Any]]:
    """Requests with a secret where a mistake would put it."""
    return [
        {"method": "GET", "url": "/v1/documents", "params": {"api_key": secret}},
        {"method": "GET", "url": f"/v1/keys/{secret}"},
        {"method": "DELETE", "url": f"/v1/keys/{secret}"},
        {"method": "GET", "url": f"/v1/webhooks/{secret}"},
        {"method": "GET", "url": f"/{secret}"},
        {"method": "POST", "url": "/v1/keys", "json": {"scopes": [secret]}},
        {"method": "POST", "url": "/v1/keys", "json": {"key": secret}},
        {"method": "POST", "url": "/v1/keys", "content": b'{"scopes": "' + secret.encode()},
        {"method": "POST", "url": "/v1/tokens", "json": {"scopes": [secret]}},
        {"method": "POST", "url": "/v1/session", "json": {"email": ADA, "password": [secret]}},
        {"method": "POST", "url": "/v1/session", "json": {"email": secret, "password": secret}},
        {"method": "POST", "url": "/v1/session", "json": {"email": ADA, "password": secret * 100}},
        {"method": "POST", "url": "/v1/webhooks", "json": {"url": f"https://user:{secret}@10.0.0.1/"}},
        {"method": "POST", "url": "/v1/webhooks", "json": {"url": f"https://intern.example/{secret}"}},
        {"method": "GET", "url": "/v1/documents", "headers": {"Cookie": f"docmill_session={secret}"}},
        {"method": "GET", "url": "/v1/documents", "headers": {"X-Request-Id": secret[:300]}},
        {"method": "GET", "url": "/metrics", "headers": {"Authorization": f"Bearer {secret}x"}},
        {"method": "GET", "url": "/v1/documents", "headers": {"Authorization": f"Bearer {secret}x"}},
        {"method": "GET", "url": "/v1/documents", "headers": {"X-Api-Key": f"{secret} "}},
    ]


async def test_no_secret_stands_in_a_log_or_in_an_answer_about_a_mistake(
    platform: Platform, admin: httpx.AsyncClient
) -> None:
    with capture_logs() as logs:
        secrets = await _secrets(platform, admin)
        for name, secret in secrets.items():
            for request in _misplaced(secret):
                answer = await admin.request(**request)
                # A client may name its requests as it likes, and is told the name again.
                echoed = "X-Request-Id" in request.get("headers", {})
                assert echoed or secret not in f"{answer.headers}{answer.text}", (name, request)
    said = json.dumps(logs, default=str)
    assert len(logs) > 100
    for name, secret in secrets.items():
        where = [line for line in logs if secret in str(line) and secret not in str(line.get("request_id"))]
        assert not where, name
    assert "Bearer" not in said


def test_the_examples_of_openapi_are_no_ones_secrets(platform: Platform) -> None:
    said = json.dumps(description(platform.app))
    for secret in (PASSWORD, METRICS_TOKEN, "BEGIN PRIVATE", "eyJ"):
        assert secret not in said


async def test_two_issuers_that_name_their_keys_alike_are_not_taken_for_each_other() -> None:
    """The key id, the key set and the tenants are each issuer's own, whatever its tokens say of another."""
    first, second = Forge(), Forge()
    other = "https://id.other.example"
    published = {URL: first.published, other: second.published}

    async def fetch(url: str) -> dict[str, Any]:
        return published[url]

    platform = Platform()
    platform.identity = memory_identity(fetch=fetch)
    platform.services = replace(platform.services, identity=platform.identity)
    platform.app = create_app(platform.services)
    await platform.identity.issuers.add(Issuer(URL, "docmill", tenant=ACME, role=Role.VIEWER))
    globex = frozenset([TenantId("globex")])
    rule = Issuer(other, "docmill", tenant_claim="tenants", tenants=globex, role=Role.ADMIN)
    await platform.identity.issuers.add(rule)
    now = int(time())
    tried = [
        (first, {"iss": URL}, "acme"),
        (second, {"iss": other, "tenants": ["globex"]}, "globex"),
        (first, {"iss": other, "tenants": ["globex"]}, None),  # signed by the wrong one
        (second, {"iss": URL}, None),
        (second, {"iss": other, "tenants": ["acme"]}, None),  # speaks for a tenant that it was not given
        (second, {"iss": other, "tenants": ["globex", "acme"]}, None),
        (second, {"iss": f"{other}/", "tenants": ["globex"]}, None),
        (second, {"iss": other.upper(), "tenants": ["globex"]}, None),
        (second, {"iss": "docmill", "aud": "docmill", "sub": "key:dm_acme", "scope": "documents:read"}, None),
    ]
    for forge, claims, tenant in tried:
        token = forge.token(**({"iat": now, "exp": now + 60} | claims))
        async with platform.client(token) as client:
            answer = await client.get("/v1/session")
            assert (answer.status_code, answer.json().get("tenant")) == (200 if tenant else 401, tenant), (
                claims
            )


async def test_who_has_left_a_tenant_does_nothing_there_with_the_session_that_he_has(
    platform: Platform,
) -> None:
    people = platform.identity.people
    async with browser(platform) as page:
        await signed_in(platform, page)
        document = await upload(page)
        await people.grant(TenantId("globex"), ADA, Role.VIEWER, by="cli")
        await people.revoke(ACME, ADA)
        for path in ("/v1/documents", f"/v1/documents/{document}", "/v1/keys"):
            assert (await page.get(path)).status_code == 403, path
        assert (await page.put("/v1/session/tenant", json={"tenant": "acme"})).status_code == 404
        chosen = await page.put("/v1/session/tenant", json={"tenant": "globex"})
        assert chosen.json()["permissions"] == sorted(GRANTS[Role.VIEWER])
        assert (await page.get(f"/v1/documents/{document}")).status_code == 404


async def test_a_cookie_that_was_put_into_a_browser_is_not_the_one_of_who_signs_in(
    platform: Platform,
) -> None:
    """Fixation: signing in and choosing a tenant each give a cookie that nobody has seen before."""
    async with browser(platform) as page:
        page.headers["Cookie"] = f"docmill_session={'0' * 64}"
        await signed_in(platform, page)
        del page.headers["Cookie"]
        await platform.identity.people.grant(TenantId("globex"), ADA, Role.VIEWER, by="cli")
        first = page.cookies["docmill_session"]
        chosen = await page.put("/v1/session/tenant", json={"tenant": "globex"})
        second = chosen.cookies["docmill_session"]
        assert len({"0" * 64, first, second}) == 3
    for old in ("0" * 64, first):
        async with browser(platform) as page:
            assert (
                await page.get("/v1/session", headers={"Cookie": f"docmill_session={old}"})
            ).status_code == 401


async def test_no_cache_on_the_way_keeps_what_was_one_persons(platform: Platform) -> None:
    async with browser(platform) as page:
        await signed_in(platform, page)
        document = await upload(page)
        for path in (
            "/v1/documents",
            f"/v1/documents/{document}",
            f"/v1/documents/{document}/file",
            "/v1/nothing",
        ):
            answer = await page.get(path)
            assert {"private", "no-store"} & set(answer.headers["cache-control"].split(", ")), path
        known = await page.get("/v1/documents")
        again = await page.get("/v1/documents", headers={"If-None-Match": known.headers["etag"]})
        assert (again.status_code, again.headers["cache-control"]) == (304, "private, no-cache")
