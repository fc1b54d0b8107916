"""The public keys that an issuer's tokens may be signed with."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from docmill.adapters.tokens.strict_json import decoded
from docmill.domain.access import Refusal, Refused
from docmill.domain.limits.identity import KEY_SET_KEYS_MAX, RSA_BITS_MAX, RSA_BITS_MIN

if TYPE_CHECKING:
    from joserfc.jwk import Key

# What each algorithm is signed with. The list is closed: no `none`, nothing with a shared secret.
ALGORITHMS: Mapping[str, tuple[str, str | None]] = {
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "PS256": ("RSA", None),
    "RS256": ("RSA", None),
}
_PUBLIC = {"EC": ("crv", "x", "y"), "RSA": ("n", "e")}
# By which the keys of one maker of chips are known, CVE-2017-15361: modulo each of these primes they are
# powers of 65537. Among other keys fewer than one in 10^8 is.
_TELLING_PRIMES = (11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """One key of a set. ``algorithms`` are those that it may be used with."""

    kid: str | None
    algorithms: frozenset[str]
    key: "Key"


class KeySet:
    """Keys that may verify. What is not for that, or is weak or broken, is left out and not an error."""

    def __init__(self, jwks: Mapping[str, Any]) -> None:
        given = jwks.get("keys")
        listed = given if isinstance(given, list) else []
        # A private or shared key among public ones means that the document is not what it should be.
        if any(not isinstance(one, dict) or "k" in one or "d" in one for one in listed):
            listed = []
        made = (_usable(one) for one in listed[:KEY_SET_KEYS_MAX])
        self.keys = tuple(key for key in made if key is not None)

    def key(self, kid: str | None, algorithm: str) -> "Key":
        """Return the one key that is meant. Raises Refused when there is none, or more than one."""
        if algorithm not in ALGORITHMS:
            raise Refused(Refusal.ALGORITHM)
        meant = [one for one in self.keys if kid is None or one.kid == kid]
        if not meant:
            raise Refused(Refusal.UNKNOWN_SIGNER)
        fitting = [one for one in meant if algorithm in one.algorithms]
        if not fitting:
            raise Refused(Refusal.ALGORITHM)
        if len(fitting) > 1:
            raise Refused(Refusal.UNKNOWN_SIGNER)
        return fitting[0].key


def _usable(jwk: Mapping[str, Any]) -> PublicKey | None:
    kty, kid = jwk.get("kty"), jwk.get("kid")
    algorithms = frozenset(
        name
        for name, (kind, curve) in ALGORITHMS.items()
        if kty == kind and curve in (None, jwk.get("crv")) and jwk.get("alg", name) == name
    )
    operations = jwk.get("key_ops", ["verify"])
    if not algorithms or not (kid is None or isinstance(kid, str)) or jwk.get("use", "sig") != "sig":
        return None
    if not isinstance(operations, list) or "verify" not in operations:
        return None
    try:
        key = _imported(str(kty), jwk)
    except (ValueError, Refused):  # also the library's own errors, of a curve that the point is not on
        return None
    return None if key is None else PublicKey(kid, algorithms, key)


def _imported(kty: str, jwk: Mapping[str, Any]) -> "Key | None":
    from joserfc.jwk import ECKey, RSAKey

    parts = {name: jwk.get(name) for name in _PUBLIC[kty]}
    if not all(isinstance(part, str) for part in parts.values()):
        return None
    texts: dict[str, str] = {"kty": kty} | {name: str(part) for name, part in parts.items()}
    if kty == "RSA":
        modulus, exponent = (int.from_bytes(decoded(texts[name])) for name in ("n", "e"))
        bits = modulus.bit_length()
        if not RSA_BITS_MIN <= bits <= RSA_BITS_MAX or modulus % 2 == 0:
            return None
        if exponent < 3 or exponent % 2 == 0 or exponent.bit_length() > 32:
            return None
        if _of_known_weakness(modulus):
            return None
        return RSAKey.import_key(texts)  # type: ignore[arg-type]
    return ECKey.import_key(texts)  # type: ignore[arg-type]


def _of_known_weakness(modulus: int) -> bool:
    return all(modulus % prime in _powers(prime) for prime in _TELLING_PRIMES)


@cache
def _powers(prime: int) -> frozenset[int]:
    return frozenset(pow(65_537, exponent, prime) for exponent in range(prime - 1))
