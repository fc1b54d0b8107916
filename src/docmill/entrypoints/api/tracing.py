"""Who asked, under which ids: made once per request, used by the log, the errors and the events."""

import re
from dataclasses import dataclass, field
from secrets import token_hex
from time import perf_counter

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


@dataclass(slots=True)
class Telling:
    """``trace`` is a W3C traceparent of our own span within the caller's trace."""

    request_id: str
    trace: str
    tenant: str = ""
    document: str = ""
    started: float = field(default_factory=perf_counter)  # seconds, of no particular origin


def begin(headers: Headers) -> Telling:
    """Take the caller's ids where they are well-formed, else make new ones."""
    given = headers.get("x-request-id", "")
    parent = _TRACEPARENT.fullmatch(headers.get("traceparent", ""))
    return Telling(
        request_id=given if _REQUEST_ID.fullmatch(given) else token_hex(16),
        trace=f"00-{parent[1] if parent else token_hex(16)}-{token_hex(8)}-01",
    )


def telling(connection: HTTPConnection) -> Telling:
    """The one of this request."""
    found: Telling = connection.scope["docmill.telling"]
    return found
