"""Whether a signature is good: RFC 7515's compact form, read strictly."""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from docmill.adapters.tokens.key_set import ALGORITHMS, KeySet
from docmill.adapters.tokens.strict_json import decoded, json_object
from docmill.domain.access import Refusal, Refused
from docmill.domain.limits.identity import CREDENTIAL_CHARS_MAX

if TYPE_CHECKING:
    from joserfc.jws import JWSRegistry


@dataclass(frozen=True, slots=True)
class Signed:
    """What was read of a token. Nothing of it is true before `verify` has returned."""

    header: dict[str, Any]
    payload: bytes
    text: str

    @property
    def kid(self) -> str | None:
        return self.header.get("kid")


def parse(token: str) -> Signed:
    """Raises Refused unless it is three parts of base64url with a header that docmill understands.

    Keys and addresses in the header (`jwk`, `jku`, `x5u`, `x5c`) are not looked at: whoever forges a
    token would put his own there.
    """
    if len(token) > CREDENTIAL_CHARS_MAX or token.count(".") != 2:
        raise Refused(Refusal.MALFORMED)
    head, body, tail = token.split(".")
    header = json_object(decoded(head))
    if not isinstance(header.get("alg"), str) or header["alg"] not in ALGORITHMS:
        raise Refused(Refusal.ALGORITHM)
    # Extensions that must be understood, and none is: RFC 7515 4.1.11; RFC 7797's unencoded payloads are one.
    if "crit" in header or "b64" in header or not isinstance(header.get("kid", ""), str):
        raise Refused(Refusal.MALFORMED)
    decoded(tail)
    return Signed(header, decoded(body), token)


def verify(signed: Signed, keys: KeySet) -> bytes:
    """Return what was signed. Raises Refused; its reason is UNKNOWN_SIGNER when newer keys might help."""
    algorithm: str = signed.header["alg"]
    key = keys.key(signed.kid, algorithm)
    from joserfc.errors import JoseError
    from joserfc.jws import deserialize_compact

    try:
        return deserialize_compact(signed.text, key, registry=_registry(algorithm)).payload
    except (JoseError, ValueError):
        raise Refused(Refusal.SIGNATURE) from None


@cache
def _registry(algorithm: str) -> "JWSRegistry":
    """One algorithm and no other. What is in the header beside it was looked at by `parse`."""
    from joserfc.jws import JWSRegistry

    registry = JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    registry.max_header_length = registry.max_payload_length = CREDENTIAL_CHARS_MAX
    registry.max_signature_length = CREDENTIAL_CHARS_MAX
    return registry
