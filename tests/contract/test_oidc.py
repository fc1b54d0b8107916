"""An issuer on this machine, asked over HTTP as a real one is; its rules are in PostgreSQL."""

import asyncio
import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from tests.unit.identity.forging import Forge, public, signed

from docmill.adapters.oidc.documents import key_set_of
from docmill.adapters.oidc.issuers import OidcIssuers
from docmill.adapters.postgres.issuers import PostgresIssuerRules
from docmill.domain.access import GRANTS, Refused, Role
from docmill.domain.errors import DocmillError, NotFound, Unavailable
from docmill.domain.issuers import Issuer
from docmill.domain.limits.identity import ISSUER_ANSWER_BYTES_MAX
from docmill.domain.tenants import TenantId


class LocalIssuer:
    """``answers`` are (status, headers, body) by path; ``wait_s`` before each."""

    def __init__(self) -> None:
        self.forge = Forge()
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.asked: list[str] = []
        self.wait_s = 0.0
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.asked.append(self.path)
                time.sleep(issuer.wait_s)
                status, headers, body = issuer.answers.get(self.path, (404, {}, b""))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body)
                except OSError:
                    return  # whoever asked has had enough

            def log_message(self, *_given: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/realms/docmill"
        self.describe(issuer=self.url, jwks_uri=f"{self.url}/keys")
        self.publish(self.forge.published)

    def describe(self, **said: Any) -> None:
        self.answers["/realms/docmill/.well-known/openid-configuration"] = (
            200,
            {},
            json.dumps(said).encode(),
        )

    def publish(self, keys: object) -> None:
        self.answers["/realms/docmill/keys"] = (200, {}, json.dumps(keys).encode())

    def token(self, *, key: Any = None, kid: str = "ec", **claims: Any) -> str:
        now = int(time.time())
        told = {"iss": self.url, "aud": "docmill", "sub": "ada", "iat": now, "exp": now + 300} | claims
        return signed({"alg": "ES256", "kid": kid, "typ": "JWT"}, told, key or self.forge.ec, "ES256")


@pytest.fixture
def issuer() -> Iterator[LocalIssuer]:
    made = LocalIssuer()
    thread = Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


@pytest.fixture
async def issuers(database) -> Any:
    made = OidcIssuers(PostgresIssuerRules(database))
    for rule in await made.all():
        await made.remove(rule.url)
    return made


async def test_a_token_is_believed_by_every_replica_and_only_for_the_tenant_given(
    issuer, issuers, database, tenant, neighbour
) -> None:
    await issuers.add(Issuer(issuer.url, "docmill", tenant, role=Role.REVIEWER))
    for replica in (issuers, OidcIssuers(PostgresIssuerRules(database))):
        principal = await replica.authenticate(issuer.token())
        assert (principal.tenant, principal.permissions) == (tenant, GRANTS[Role.REVIEWER])
        assert principal.subject == f"oidc:{issuer.url}#ada"
        for claims in ({"tenant": neighbour}, {"tid": neighbour}, {"tenants": [neighbour]}):
            assert (await replica.authenticate(issuer.token(**claims))).tenant == tenant
    claimed = Issuer(issuer.url, "docmill", tenant_claim="tid", tenants=frozenset({tenant}), role=Role.VIEWER)
    await issuers.add(claimed)
    assert (await issuers.authenticate(issuer.token(tid=tenant))).tenant == tenant
    with pytest.raises(Refused) as caught:
        await issuers.authenticate(issuer.token(tid=neighbour))
    assert caught.value.reason == "tenant"


async def test_many_at_once_ask_the_issuer_once(issuer, issuers, tenant) -> None:
    await issuers.add(Issuer(issuer.url, "docmill", tenant, role=Role.VIEWER))
    issuer.wait_s = 0.05
    await asyncio.gather(*(issuers.authenticate(issuer.token()) for _ in range(50)))
    assert len(issuer.asked) == 2


async def test_an_issuer_that_rotates_is_followed(issuer, issuers, tenant, monkeypatch) -> None:
    monkeypatch.setattr("docmill.adapters.oidc.published.ISSUER_ASKED_AGAIN_S", 0.0)
    await issuers.add(Issuer(issuer.url, "docmill", tenant, role=Role.VIEWER))
    await issuers.authenticate(issuer.token())
    issuer.publish({"keys": [public(issuer.forge.own, "new", use="sig")]})
    await issuers.authenticate(issuer.token(key=issuer.forge.own, kid="new"))
    with pytest.raises(Refused):
        await issuers.authenticate(issuer.token())


@pytest.mark.parametrize(
    ("what", "answer"),
    [
        ("description", (302, {"Location": "http://127.0.0.1:1/"}, b"")),
        ("description", (200, {}, b"[]")),
        (
            "description",
            (200, {}, b'{"issuer": "https://other.example", "jwks_uri": "https://other.example/k"}'),
        ),
        ("description", (200, {}, b'{"issuer": "URL"}')),
        ("description", (200, {}, b'{"issuer": "URL", "jwks_uri": "http://keys.example/k"}')),
        ("description", (200, {}, b'{"issuer": "URL", "jwks_uri": "file:///etc/passwd"}')),
        ("description", (200, {}, b'{"issuer": "URL", "issuer": "URL", "jwks_uri": "URL/keys"}')),
        ("keys", (301, {"Location": "http://127.0.0.1:1/"}, b"")),
        ("keys", (500, {}, b"{}")),
        ("keys", (200, {}, b"not json")),
        ("keys", (200, {}, b" " * (ISSUER_ANSWER_BYTES_MAX + 1))),
        ("keys", (200, {"Content-Encoding": "gzip"}, b"not gzip")),
    ],
)
async def test_an_issuer_that_answers_oddly_has_no_keys(issuer, what, answer) -> None:
    place = {"description": "/.well-known/openid-configuration", "keys": "/keys"}[what]
    status, headers, body = answer
    issuer.answers[f"/realms/docmill{place}"] = (status, headers, body.replace(b"URL", issuer.url.encode()))
    with pytest.raises(Unavailable):
        await key_set_of(issuer.url)


async def test_an_issuer_that_does_not_answer_in_time_has_no_keys(issuer, monkeypatch) -> None:
    monkeypatch.setattr("docmill.adapters.oidc.documents.ISSUER_ANSWER_S_MAX", 0.1)
    issuer.wait_s = 0.3
    with pytest.raises(Unavailable):
        await key_set_of(issuer.url)


async def test_proxies_of_the_environment_are_not_asked(issuer, monkeypatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    assert (await key_set_of(issuer.url))["keys"]


async def test_rules_are_kept_changed_and_removed(issuers, tenant) -> None:
    first = Issuer("https://a.example", "docmill", tenant, role=Role.VIEWER)
    second = Issuer("https://b.example", "docmill", tenant, role_claim="r", roles={"x": Role.ADMIN})
    for rule in (first, second):
        await issuers.add(rule)
    changed = Issuer(
        "https://a.example", "other", tenant, role=Role.OPERATOR, required={"hd": "acme.example"}
    )
    await issuers.add(changed)
    assert await issuers.all() == [changed, second]
    await issuers.remove("https://a.example")
    assert await issuers.all() == [second]
    for absent in ("https://a.example", "nonsense"):
        with pytest.raises(NotFound):
            await issuers.remove(absent)
    with pytest.raises(NotFound):
        await issuers.add(Issuer("https://c.example", "docmill", TenantId("absent"), role=Role.VIEWER))


async def test_there_is_a_limit_to_issuers(issuers, tenant, monkeypatch) -> None:
    monkeypatch.setattr("docmill.adapters.postgres.issuers.ISSUERS_MAX", 1)
    rule = Issuer("https://a.example", "docmill", tenant, role=Role.VIEWER)
    await issuers.add(rule)
    await issuers.add(rule)
    with pytest.raises(DocmillError, match="request_invalid"):
        await issuers.add(Issuer("https://b.example", "docmill", tenant, role=Role.VIEWER))
