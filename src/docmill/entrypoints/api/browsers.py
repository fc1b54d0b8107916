"""Cookies, and what keeps other pages from using them: sessions of people, over a browser."""

import hmac

from fastapi import Request
from starlette.responses import Response

from docmill.domain.access import Refusal, Refused
from docmill.domain.errors import ErrorCode
from docmill.domain.issuers import LOOPBACK
from docmill.domain.limits.identity import SESSION_S_MAX
from docmill.ports.people import Session

CSRF_HEADER = "X-Csrf-Token"
COOKIE = "docmill_session"
# A browser keeps a cookie of such a name with Secure only, for this host alone, and from no other host.
_SECURE_COOKIE = f"__Host-{COOKIE}"
_READING = frozenset(("GET", "HEAD", "OPTIONS"))


def cookie_of(request: Request) -> str | None:
    """The session's cookie, by the name that it has here: without Secure it counts on this machine only."""
    return request.cookies.get(_name(request))


def set_cookie(request: Request, answer: Response, cookie: str) -> None:
    answer.set_cookie(
        _name(request),
        cookie,
        max_age=SESSION_S_MAX,
        httponly=True,
        samesite="strict",
        secure=_secure(request),
        path="/",
    )


def take_cookie(request: Request, answer: Response) -> None:
    answer.delete_cookie(_name(request), httponly=True, samesite="strict", secure=_secure(request), path="/")


def require_csrf(request: Request, session: Session) -> None:
    """Raise Refused(forbidden) for anything but reading without the text that docmill's own page alone
    knows.
    """
    sent = request.headers.get(CSRF_HEADER, "")
    if request.method not in _READING and not hmac.compare_digest(sent.encode(), session.csrf.encode()):
        raise Refused(Refusal.CSRF, ErrorCode.FORBIDDEN, f"With a session it takes `{CSRF_HEADER}`.")


def require_own_page(request: Request) -> None:
    """Raise Refused(forbidden) when a browser says that another site's page sends this: signing in comes
    before there is anything that only docmill's page knows."""
    site = request.headers.get("Sec-Fetch-Site", "none")
    if site not in ("same-origin", "none"):
        raise Refused(Refusal.CSRF, ErrorCode.FORBIDDEN, "Only docmill's own page signs people in.")


def _name(request: Request) -> str:
    return _SECURE_COOKIE if _secure(request) else COOKIE


def _secure(request: Request) -> bool:
    """Also for a name of this machine's when it comes by TLS: many proxies put that in the place of Host."""
    return request.url.scheme == "https" or request.url.hostname not in LOOPBACK
