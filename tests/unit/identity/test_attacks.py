"""Tokens that somebody would like docmill to believe: none of them is, and the honest one is."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.fakes.identity import memory_identity
from tests.unit.identity.forging import AUDIENCE, NOW, URL, Forge, b64, hs256, public, signed, unb64

from docmill.adapters.tokens.issued import NAME
from docmill.domain.access import GRANTS, Permission, Principal, Refused, Role, Through
from docmill.domain.errors import DocmillError, Unavailable
from docmill.domain.issuers import Issuer, issuer_of
from docmill.domain.limits.identity import (
    ISSUER_ASKED_AGAIN_S,
    ISSUER_KEYS_KEPT_S,
    ISSUER_KEYS_STALE_S_MAX,
    TOKEN_S_MAX,
    TOKEN_SKEW_S,
)
from docmill.domain.tenants import TenantId
from docmill.ports.identity import Identity

RULE = Issuer(
    url=URL,
    audience=AUDIENCE,
    tenant_claim="tenants",
    tenants=frozenset({TenantId("acme"), TenantId("initech")}),
    role_claim="groups",
    roles={"clerks": Role.OPERATOR, "readers": Role.VIEWER},
    required={"email_verified": "true"},
)


class Clock:
    def __init__(self) -> None:
        self.now = float(NOW)

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def keys() -> Forge:
    return Forge()


@pytest.fixture
def forge(keys: Forge) -> Forge:
    return Forge(keys.ec, keys.rsa, keys.own)


@pytest.fixture
async def identity(forge: Forge, clock: Clock) -> Identity:
    made = memory_identity(fetch=forge.fetch, now=clock, clock=clock)
    await made.issuers.add(RULE)
    return made


async def reason(asked: Any) -> str:
    with pytest.raises(Refused) as caught:
        await asked
    assert str(caught.value) == "unauthenticated: There is no valid credential with the request."
    return caught.value.reason.value


async def test_the_honest_tokens_are_believed(identity: Identity, forge: Forge) -> None:
    for token in (forge.token(), forge.token(header={"kid": "rsa"}, key=forge.rsa, alg="RS256")):
        assert await identity.issuers.authenticate(token) == Principal(
            f"oidc:{URL}#ada", TenantId("acme"), GRANTS[Role.OPERATOR], Through.ISSUER
        )
    listed = forge.token(aud=["other", AUDIENCE], tenants="initech", groups=["readers"])
    principal = await identity.issuers.authenticate(listed)
    assert (principal.tenant, principal.permissions) == ("initech", {Permission.DOCUMENTS_READ})
    extras = forge.token(header={"x5t": "abc", "jku": "https://evil.example/keys"})
    assert (await identity.issuers.authenticate(extras)).tenant == "acme"


def _padding(forge: Forge) -> str:
    return "=.".join(forge.token().split("."))


def _last_bits(forge: Forge) -> str:
    """The same bytes in other letters: the last one has bits that no byte takes."""
    token = forge.token()
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    changed = token[:-1] + letters[letters.index(token[-1]) + 1]
    assert unb64(changed.split(".")[2]) == unb64(token.split(".")[2])
    return changed


def _der(forge: Forge) -> str:
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    head, body, tail = forge.token().split(".")
    raw = unb64(tail)
    der = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    return f"{head}.{body}.{b64(der)}"


def _pem(forge: Forge) -> bytes:
    return forge.rsa.as_pem(private=False)


ATTACKS: dict[str, tuple[Callable[[Forge], str], str]] = {
    "no algorithm": (lambda f: f"{b64({'alg': 'none', 'kid': 'ec'})}.{b64(f.claims())}.", "algorithm"),
    "no algorithm, otherwise spelt": (lambda f: f"{b64({'alg': 'nOnE'})}.{b64(f.claims())}.", "algorithm"),
    "no algorithm at all": (lambda f: signed({"kid": "ec"}, f.claims(), f.ec, "ES256"), "algorithm"),
    "public key as a shared secret": (
        lambda f: hs256({"alg": "HS256", "kid": "rsa"}, f.claims(), _pem(f)),
        "algorithm",
    ),
    "RSA token that names the curve's key": (
        lambda f: signed({"alg": "RS256", "kid": "ec"}, f.claims(), f.rsa, "RS256"),
        "algorithm",
    ),
    "another algorithm than the key's own": (
        lambda f: signed({"alg": "PS256", "kid": "rsa"}, f.claims(), f.rsa, "PS256"),
        "algorithm",
    ),
    "SHA-1's relative that is not allowed": (
        lambda f: signed({"alg": "RS512", "kid": "rsa"}, f.claims(), f.rsa, "RS512"),
        "algorithm",
    ),
    "own key under the issuer's key id": (lambda f: f.token(key=f.own), "signature"),
    "own key in the header": (
        lambda f: f.token(key=f.own, header={"jwk": public(f.own, "ec")}),
        "signature",
    ),
    "own key set by address": (
        lambda f: f.token(key=f.own, header={"jku": "https://evil.example/jwks", "kid": "evil"}),
        "unknown_signer",
    ),
    "own certificate by address": (
        lambda f: f.token(key=f.own, header={"x5u": "https://evil.example/cert", "x5c": ["MIIB"]}),
        "signature",
    ),
    "key id that is a path": (lambda f: f.token(header={"kid": "../../../dev/null"}), "unknown_signer"),
    "key id that is a statement": (lambda f: f.token(header={"kid": "x' OR 1=1 --"}), "unknown_signer"),
    "key id that is no text": (lambda f: f.token(header={"kid": ["ec"]}), "malformed"),
    "changed claims under the old signature": (
        lambda f: ".".join([f.token().split(".")[0], b64(f.claims(sub="root")), f.token().split(".")[2]]),
        "signature",
    ),
    "signature of another token": (
        lambda f: ".".join([*f.token(sub="bob").split(".")[:2], f.token().split(".")[2]]),
        "signature",
    ),
    "empty signature": (lambda f: f.token().rsplit(".", 1)[0] + ".", "signature"),
    "zeros as a signature": (lambda f: f.token().rsplit(".", 1)[0] + "." + b64(bytes(64)), "signature"),
    "signature in DER": (_der, "signature"),
    "padding": (_padding, "malformed"),
    "unused bits": (_last_bits, "malformed"),
    "line end behind the token": (lambda f: f.token() + "\n", "malformed"),
    "four parts": (lambda f: f.token() + ".e30", "malformed"),
    "extension that must be understood": (
        lambda f: f.token(header={"crit": ["exp"], "exp": NOW}),
        "malformed",
    ),
    "payload that is not encoded": (lambda f: f.token(header={"crit": ["b64"], "b64": False}), "malformed"),
    "name twice in the header": (
        lambda f: signed(b'{"alg":"none","alg":"ES256","kid":"ec"}', f.claims(), f.ec, "ES256"),
        "malformed",
    ),
    "name twice in the claims": (
        lambda f: signed(
            {"alg": "ES256", "kid": "ec"},
            json.dumps(f.claims())[:-1].encode() + b',"sub":"root"}',
            f.ec,
            "ES256",
        ),
        "malformed",
    ),
    "claims that are no object": (
        lambda f: signed({"alg": "ES256", "kid": "ec"}, b'["iss"]', f.ec, "ES256"),
        "malformed",
    ),
    "claims nested without end": (
        lambda f: signed({"alg": "ES256", "kid": "ec"}, b"[" * 4_000 + b"]" * 4_000, f.ec, "ES256"),
        "malformed",
    ),
    "token of immense length": (lambda f: f.token(filler="x" * 20_000), "malformed"),
    "token for something else": (lambda f: f.token(header={"typ": "logout+jwt"}), "malformed"),
    "another audience": (lambda f: f.token(aud="payroll"), "audience"),
    "audience that only begins alike": (lambda f: f.token(aud="docmill-test"), "audience"),
    "no audience": (lambda f: f.token(aud=None), "audience"),
    "audience that is an object": (lambda f: f.token(aud={"docmill": True}), "audience"),
    "another issuer": (lambda f: f.token(iss="https://evil.example"), "issuer"),
    "issuer that only begins alike": (lambda f: f.token(iss=f"{URL}.evil.example"), "issuer"),
    "issuer with one slash more": (lambda f: f.token(iss=f"{URL}/"), "issuer"),
    "no issuer": (lambda f: f.token(iss=None), "issuer"),
    "issuer that is a list": (lambda f: f.token(iss=[URL]), "issuer"),
    "expired": (lambda f: f.token(iat=NOW - 600, exp=NOW - TOKEN_SKEW_S), "expired"),
    "without an end": (lambda f: f.token(exp=None), "claims"),
    "end that is a text": (lambda f: f.token(exp=str(NOW + 300)), "claims"),
    "end that is true": (lambda f: f.token(exp=True), "claims"),
    "end beyond all numbers": (
        lambda f: signed(
            {"alg": "ES256", "kid": "ec"},
            json.dumps(f.claims()).replace(str(NOW + 300), "Infinity").encode(),
            f.ec,
            "ES256",
        ),
        "malformed",
    ),
    "life of years": (lambda f: f.token(exp=NOW + TOKEN_S_MAX + 1), "claims"),
    "not valid yet": (lambda f: f.token(nbf=NOW + TOKEN_SKEW_S + 1), "not_yet"),
    "made in the future": (
        lambda f: f.token(iat=NOW + TOKEN_SKEW_S + 1, exp=NOW + TOKEN_SKEW_S + 9),
        "not_yet",
    ),
    "without a beginning": (lambda f: f.token(iat=None), "claims"),
    "nobody in particular": (lambda f: f.token(sub=None), "claims"),
    "name without end": (lambda f: f.token(sub="x" * 256), "claims"),
    "required claim absent": (lambda f: f.token(email_verified=None), "claims"),
    "required claim of another value": (lambda f: f.token(email_verified=False), "claims"),
    "no role": (lambda f: f.token(groups=["strangers"]), "claims"),
    "role's own name in the place of a group": (lambda f: f.token(groups=["admin"]), "claims"),
    "tenant that the issuer was not given": (lambda f: f.token(tenants=["globex"]), "tenant"),
    "two tenants": (lambda f: f.token(tenants=["acme", "initech"]), "tenant"),
    "one given tenant beside another": (lambda f: f.token(tenants=["globex", "acme"]), "tenant"),
    "no tenant": (lambda f: f.token(tenants=None), "tenant"),
    "tenant in other letters": (lambda f: f.token(tenants=["ACME"]), "tenant"),
    "docmill's own name": (lambda f: f.token(iss=NAME, aud=NAME), "issuer"),
}


@pytest.mark.parametrize("name", ATTACKS)
async def test_an_attack_is_refused(identity: Identity, forge: Forge, name: str) -> None:
    make, why = ATTACKS[name]
    token = make(forge)
    assert await reason(identity.issuers.authenticate(token)) == why


def test_there_are_enough_of_them() -> None:
    assert len(ATTACKS) >= 25


# Keys of the issuer that should not count


@pytest.mark.parametrize(
    "change",
    [
        {"use": "enc"},
        {"key_ops": ["encrypt"]},
        {"key_ops": ["sign"]},
        {"key_ops": "verify"},
        {"alg": "ES384"},
        {"crv": "P-384"},
        {"kty": "RSA"},
        {"x": "AAAA"},
        {"y": None},
        {"kid": 7},
    ],
    ids=str,
)
async def test_a_key_that_is_not_for_verifying_does_not_verify(
    identity: Identity, forge: Forge, change: dict[str, Any]
) -> None:
    forge.published = {"keys": [public(forge.ec, "ec", use="sig", alg="ES256") | change]}
    assert await reason(identity.issuers.authenticate(forge.token())) == "unknown_signer"


async def test_a_key_set_with_a_secret_in_it_is_not_believed(identity: Identity, forge: Forge) -> None:
    forge.published["keys"].append({"kty": "oct", "k": "AAAA", "kid": "shared"})
    assert await reason(identity.issuers.authenticate(forge.token())) == "unknown_signer"


@pytest.mark.parametrize("bits", [1024])
async def test_a_weak_key_does_not_verify(identity: Identity, forge: Forge, bits: int) -> None:
    from cryptography.hazmat.primitives.asymmetric import rsa

    weak = rsa.generate_private_key(65_537, bits)
    numbers = weak.public_key().public_numbers()
    jwk = {"kty": "RSA", "kid": "rsa", "n": b64(numbers.n.to_bytes(bits // 8)), "e": "AQAB"}
    forge.published = {"keys": [jwk]}
    token = forge.token(header={"kid": "rsa"}, key=forge.rsa, alg="RS256")
    assert await reason(identity.issuers.authenticate(token)) == "unknown_signer"


async def test_a_token_without_a_key_id_is_good_only_where_one_key_can_be_meant(
    identity: Identity, forge: Forge, clock: Clock
) -> None:
    token = forge.token(header={"kid": None})
    assert (await identity.issuers.authenticate(token)).tenant == "acme"
    forge.published["keys"].append(public(forge.own, "next", use="sig", alg="ES256"))
    clock.now += ISSUER_KEYS_KEPT_S + 1
    token = forge.token(header={"kid": None}, iat=int(clock.now), exp=int(clock.now) + 60)
    assert await reason(identity.issuers.authenticate(token)) == "unknown_signer"


# Freshness


async def test_clocks_may_differ_a_little(identity: Identity, forge: Forge) -> None:
    for claims in (
        {"iat": NOW - 600, "exp": NOW - TOKEN_SKEW_S + 1},
        {"nbf": NOW + TOKEN_SKEW_S},
        {"iat": NOW + TOKEN_SKEW_S},
    ):
        await identity.issuers.authenticate(forge.token(**claims))


async def test_an_issuer_that_rotates_its_keys_is_followed(
    identity: Identity, forge: Forge, clock: Clock
) -> None:
    await identity.issuers.authenticate(forge.token())
    forge.published["keys"] = [public(forge.own, "new", use="sig")]
    clock.now += ISSUER_ASKED_AGAIN_S
    new = forge.token(header={"kid": "new"}, key=forge.own)
    assert (await identity.issuers.authenticate(new)).tenant == "acme"
    assert await reason(identity.issuers.authenticate(forge.token())) == "unknown_signer"
    assert forge.fetched == 2


async def test_made_up_key_ids_do_not_make_docmill_ask_again_and_again(
    identity: Identity, forge: Forge, clock: Clock
) -> None:
    await identity.issuers.authenticate(forge.token())
    for number in range(100):
        await reason(identity.issuers.authenticate(forge.token(header={"kid": f"made-up-{number}"})))
    assert forge.fetched == 1
    clock.now += ISSUER_ASKED_AGAIN_S
    for number in range(100):
        await reason(identity.issuers.authenticate(forge.token(header={"kid": f"made-up-{number}"})))
    assert forge.fetched == 2


async def test_an_issuer_that_is_away_is_believed_for_a_while_by_its_last_keys(
    identity: Identity, forge: Forge, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fresh() -> str:
        return forge.token(iat=int(clock.now), exp=int(clock.now) + 300)

    await identity.issuers.authenticate(fresh())

    async def away(_url: str) -> dict[str, Any]:
        raise Unavailable("away")

    monkeypatch.setattr(identity.issuers, "_fetch", away)
    identity.issuers._published[URL]._fetch = lambda: away(URL)
    clock.now += ISSUER_KEYS_KEPT_S + 1
    assert (await identity.issuers.authenticate(fresh())).tenant == "acme"
    clock.now += ISSUER_KEYS_STALE_S_MAX
    with pytest.raises(Unavailable):
        await identity.issuers.authenticate(fresh())


async def test_a_removed_issuer_is_believed_no_more(identity: Identity, forge: Forge) -> None:
    token = forge.token()
    await identity.issuers.authenticate(token)
    await identity.issuers.remove(URL)
    assert await reason(identity.issuers.authenticate(token)) == "issuer"


# docmill's own tokens


async def test_what_another_issuer_signs_is_no_token_of_docmill(identity: Identity, forge: Forge) -> None:
    holder = await identity.keys.authenticate("dm_acme")
    own = (await identity.tokens.issue(holder, holder.permissions)).token
    head, body, _ = own.split(".")
    header, claims = json.loads(unb64(head)), json.loads(unb64(body))
    assert (await identity.tokens.authenticate(own)).tenant == "acme"

    def forged(**changed: Any) -> str:
        return signed(header | changed.pop("header", {}), claims | changed, forge.own, "ES256")

    assert await reason(identity.tokens.authenticate(forged())) == "signature"
    assert await reason(identity.tokens.authenticate(forged(header={"kid": "ec"}))) == "unknown_signer"
    assert await reason(identity.tokens.authenticate(forged(header={"typ": "JWT"}))) == "malformed"
    private = identity.tokens._opened[header["kid"]]
    for why, changed in {
        "tenant": {"tenant": "globex"},
        "claims": {"sub": "person:1"},
        "audience": {"aud": "other"},
        "issuer": {"iss": URL},
        "unknown_key": {"sub": "key:dm_nobody"},
        "expired": {"iat": 1_000_000_000, "exp": 1_000_000_900},
    }.items():
        token = signed(header, claims | changed, private, "ES256")
        assert await reason(identity.tokens.authenticate(token)) == why
    wider = signed(header, claims | {"scope": "keys:manage documents:read platform:manage"}, private, "ES256")
    assert (await identity.tokens.authenticate(wider)).permissions == {Permission.DOCUMENTS_READ}
    untyped = signed({k: v for k, v in header.items() if k != "typ"}, claims, private, "ES256")
    assert await reason(identity.tokens.authenticate(untyped)) == "malformed"


# Rules


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("http://login.example", {"tenant": "acme", "role": "viewer"}),
        ("ftp://login.example", {"tenant": "acme", "role": "viewer"}),
        ("https://user:word@login.example", {"tenant": "acme", "role": "viewer"}),
        ("https://login.example?x=1", {"tenant": "acme", "role": "viewer"}),
        ("https://", {"tenant": "acme", "role": "viewer"}),
        (URL, {"role": "viewer"}),
        (URL, {"tenant": "acme"}),
        (URL, {"tenant": "acme", "tenant_claim": "t", "tenants": ["acme"], "role": "viewer"}),
        (URL, {"tenant_claim": "t", "role": "viewer"}),
        (URL, {"tenant": "acme", "role": "owner"}),
        (URL, {"tenant": "acme", "role": "platform_admin"}),
        (URL, {"tenant": "acme", "role_claim": "r", "roles": {"x": "platform_admin"}}),
        (URL, {"tenant": "Not A Name", "role": "viewer"}),
        (URL, {"tenant": "acme", "role": "viewer", "audience": ""}),
    ],
)
def test_a_rule_that_would_give_too_much_is_refused(url: str, rule: dict[str, Any]) -> None:
    with pytest.raises(DocmillError):
        issuer_of(url, {"audience": AUDIENCE} | rule)


def test_a_rule_is_read_as_it_was_written() -> None:
    assert issuer_of(URL, json.loads(json.dumps(RULE.to_json()))) == RULE
    local = issuer_of("http://127.0.0.1:9/realm", {"audience": "a", "tenant": "acme", "role": "viewer"})
    assert local.tenant == "acme"


def test_claims_are_found_by_their_name_or_by_their_path() -> None:
    for claims in ({"realm_access": {"roles": ["x"]}}, {"realm_access.roles": "x"}):
        rule = Issuer(
            URL, AUDIENCE, TenantId("acme"), role_claim="realm_access.roles", roles={"x": Role.REVIEWER}
        )
        assert rule.principal(claims | {"sub": "ada"}).permissions == GRANTS[Role.REVIEWER]
