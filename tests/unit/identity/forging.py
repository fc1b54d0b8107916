"""An issuer with keys of its own, and the tools of somebody who forges its tokens."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import Any

from joserfc.jwk import ECKey, RSAKey
from joserfc.jws import JWSRegistry

NOW = 1_800_000_000
URL = "https://login.example"
AUDIENCE = "docmill"


def b64(data: bytes | dict[str, Any]) -> str:
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "==")


def signed(header: dict[str, Any] | bytes, payload: dict[str, Any] | bytes, key: Any, alg: str) -> str:
    """Whatever the header says, signed by ``alg``."""
    told = f"{b64(header)}.{b64(payload)}"
    return f"{told}.{b64(JWSRegistry.algorithms[alg].sign(told.encode(), key))}"


def hs256(header: dict[str, Any], payload: dict[str, Any], secret: bytes) -> str:
    told = f"{b64(header)}.{b64(payload)}"
    return f"{told}.{b64(hmac.new(secret, told.encode(), hashlib.sha256).digest())}"


def public(key: Any, kid: str | None, **more: Any) -> dict[str, Any]:
    made = key.as_dict(private=False) | more
    made.pop("kid", None)
    return made | ({"kid": kid} if kid else {})


@dataclass
class Forge:
    """``published`` is the issuer's key set; ``own`` keys are the attacker's."""

    ec: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", private=True))
    rsa: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, private=True))
    own: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", private=True))
    published: dict[str, Any] = field(default_factory=dict)
    fetched: int = 0

    def __post_init__(self) -> None:
        self.published = {
            "keys": [
                public(self.ec, "ec", use="sig", alg="ES256"),
                public(self.rsa, "rsa", use="sig", alg="RS256"),
            ]
        }

    def claims(self, **changed: Any) -> dict[str, Any]:
        made = {
            "iss": URL,
            "aud": AUDIENCE,
            "sub": "ada",
            "iat": NOW,
            "exp": NOW + 300,
            "email_verified": True,
            "tenants": ["acme"],
            "groups": ["clerks", "staff"],
        } | changed
        return {name: value for name, value in made.items() if value is not None}

    def token(
        self, *, header: dict[str, Any] | None = None, key: Any = None, alg: str = "ES256", **claims: Any
    ) -> str:
        head = {"alg": alg, "kid": "ec", "typ": "JWT"} | (header or {})
        head = {name: value for name, value in head.items() if value is not None}
        return signed(head, self.claims(**claims), key or self.ec, alg)

    async def fetch(self, url: str) -> dict[str, Any]:
        assert url == URL
        self.fetched += 1
        return self.published
