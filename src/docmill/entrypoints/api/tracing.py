"""Who asked, under which ids: made once per request, used by the log, the errors and the events."""

import re
from dataclasses import dataclass, field
from secrets import token_hex
from time import perf_counter

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection

from docmill.domain.tracing import begun, parsed

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(slots=True)
class Telling:
    """``trace`` is a W3C traceparent of our own span within the caller's trace, ``parent`` the caller's span.
    ``code`` is that of the error that is answered."""

    request_id: str
    trace: str
    tenant: str = ""
    document: str = ""
    parent: str = ""
    code: str = ""
    started: float = field(default_factory=perf_counter)  # seconds, of no particular origin


def new_request_id() -> str:
    return token_hex(16)


def begin(headers: Headers) -> Telling:
    """Take the caller's ids where they are well-formed, else make new ones."""
    given = headers.get("x-request-id", "")
    caller = parsed(headers.get("traceparent", ""))
    return Telling(
        request_id=given if _REQUEST_ID.fullmatch(given) else new_request_id(),
        trace=str(begun(caller)),
        parent="" if caller is None else caller.span,
    )


def telling(connection: HTTPConnection) -> Telling:
    """The one of this request."""
    found: Telling = connection.scope["docmill.telling"]
    return found
