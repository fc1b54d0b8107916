"""base64url and JSON as RFC 7515 wants them, and nothing that two readers could read differently."""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, NoReturn

from docmill.domain.access import Refusal, Refused
from docmill.domain.limits.api import JSON_DEPTH_MAX

_ALPHABET = re.compile(r"[A-Za-z0-9_-]*")


def decoded(part: str) -> bytes:
    """Raises Refused for padding, foreign letters, and bits beyond the last byte."""
    if not _ALPHABET.fullmatch(part) or len(part) % 4 == 1:
        raise Refused(Refusal.MALFORMED)
    data = urlsafe_b64decode(part + "=" * (-len(part) % 4))
    if encoded(data) != part:
        raise Refused(Refusal.MALFORMED)
    return data


def encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def json_object(data: bytes) -> dict[str, Any]:
    """Raises Refused for anything but one JSON object in UTF-8, in which no name stands twice."""
    try:
        text = data.decode("utf-8")
        if _depth(text) > JSON_DEPTH_MAX:
            raise Refused(Refusal.MALFORMED)
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except ValueError:
        raise Refused(Refusal.MALFORMED) from None
    if not isinstance(found, dict):
        raise Refused(Refusal.MALFORMED)
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError
    return made


def _no_number(_name: str) -> NoReturn:
    raise ValueError


def _depth(text: str) -> int:
    """Python's reader calls itself for each level. Brackets in texts are counted too: no token has so
    many.
    """
    return max(text.count("["), text.count("{"))
