"""Whether what is signed is for docmill, and for now: RFC 7519."""

from collections.abc import Mapping
from typing import Any

from docmill.domain.access import Refusal, Refused
from docmill.domain.limits.identity import TOKEN_S_MAX, TOKEN_SKEW_S

# What a token for an API calls itself; others, such as `logout+jwt`, are made for something else.
_TYPES = frozenset(("jwt", "at+jwt", "application/at+jwt"))


def require_type(header: Mapping[str, Any], *, own: bool) -> None:
    """``own``: docmill's tokens say that they are RFC 9068's, so nothing else that it signs can pass for
    one.
    """
    said = header.get("typ")
    if said is None and not own:
        return
    if not isinstance(said, str) or said.lower() not in (("at+jwt",) if own else _TYPES):
        raise Refused(Refusal.MALFORMED)


def require_valid(claims: Mapping[str, Any], *, issuer: str, audience: str, now: float) -> None:
    """Raise Refused unless the claims are that issuer's, for that audience, and now is their time.

    ``now`` in seconds since 1970; clocks may differ by TOKEN_SKEW_S.
    """
    if claims.get("iss") != issuer:
        raise Refused(Refusal.ISSUER)
    meant = claims.get("aud")
    if meant != audience and not (isinstance(meant, list) and audience in meant):
        raise Refused(Refusal.AUDIENCE)
    made, ends, begins = _time(claims, "iat"), _time(claims, "exp"), claims.get("nbf")
    if ends + TOKEN_SKEW_S <= now:
        raise Refused(Refusal.EXPIRED)
    if made > now + TOKEN_SKEW_S or (begins is not None and _time(claims, "nbf") > now + TOKEN_SKEW_S):
        raise Refused(Refusal.NOT_YET)
    if not 0 < ends - made <= TOKEN_S_MAX:
        raise Refused(Refusal.CLAIMS)


def _time(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e12:
        raise Refused(Refusal.CLAIMS)
    return float(value)
