"""Talking to the API: one request until it is answered, and its refusals as the errors that they are."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any

from docmill.domain.errors import DocmillError, ErrorCode, NotFound, Unavailable
from docmill.domain.limits.api import PAGE_SIZE_MAX
from docmill.domain.limits.client import CLIENT_FIRST_PATIENCE_S, CLIENT_PATIENCE_S, CLIENT_TIMEOUT_S
from docmill.domain.limits.fairness import BUSY_RETRY_S_MAX
from docmill.domain.limits.flow import BACKOFF_FIRST_S
from docmill.entrypoints.cli.options import say

if TYPE_CHECKING:
    import httpx

_PAUSE_MAX_S = 5.0
_TOO_MANY = 429
_LATER = (_TOO_MANY, 502, 503, 504)

_KEY_HINT = "Give --key or set DOCMILL_KEY; `docmill keys create TENANT` makes one."

Json = dict[str, Any]


class Api:
    """A connection with a key. Requests are repeated, equal in every byte, while the API is away."""

    def __init__(self, http: "httpx.AsyncClient") -> None:
        self._http = http
        self._answered = False
        self._told: set[str] = set()

    async def get(self, path: str, **query: Any) -> Json:
        given = {name: value for name, value in query.items() if value is not None}
        body: Json = (await self.request("GET", path, params=given)).json()
        return body

    async def every(self, path: str, **query: Any) -> AsyncIterator[Json]:
        """Yield the items of a list, page after page."""
        cursor: str | None = None
        while True:
            page = await self.get(path, cursor=cursor, limit=PAGE_SIZE_MAX, **query)
            for item in page["items"]:
                yield item
            cursor = page.get("next")
            if cursor is None:
                return

    async def request(self, method: str, path: str, *, once: bool = False, **given: Any) -> "httpx.Response":
        """Return an answer below 400, else raise it as DocmillError.

        503, 429 and cut connections are repeated, unless ``once``: then only a connection that was
        never made is, since nobody knows what became of the request.
        """
        from httpx import ConnectError, TransportError

        began, pause_s = monotonic(), BACKOFF_FIRST_S
        while True:
            patience_s = CLIENT_PATIENCE_S if self._answered else CLIENT_FIRST_PATIENCE_S
            over = monotonic() + pause_s > began + patience_s
            try:
                answer = await self._http.request(method, path, **given)
            except TransportError as error:
                if over or (once and not isinstance(error, ConnectError)):
                    raise self._away() from error
                self._tell_waiting(self._away(), "")
            else:
                self._answered = True
                if answer.status_code not in _LATER or over:
                    return checked(answer)
                self._tell_waiting(_problem(answer), "the platform says: ")
                pause_s = max(pause_s, _retry_after_s(answer))
                if answer.status_code == _TOO_MANY:  # it is there, and says when to come again
                    began = monotonic() + pause_s
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, _PAUSE_MAX_S)

    @asynccontextmanager
    async def stream(self, path: str, query: Json) -> AsyncIterator["httpx.Response"]:
        """An answer whose body is read as it comes; not repeated."""
        from httpx import TransportError

        try:
            async with self._http.stream("GET", path, params=query) as answer:
                if answer.status_code >= 400:
                    await answer.aread()
                yield checked(answer)
        except TransportError as error:
            raise self._away() from error

    def _away(self) -> DocmillError:
        where = str(self._http.base_url).rstrip("/")
        action = "Is `docmill up` running, and DOCMILL_URL its address?"
        return Unavailable(f"There is no answer from {where}.", action=action)

    def _tell_waiting(self, reason: DocmillError, who: str) -> None:
        """Once for each reason: who waits wants to know what for, and not every few seconds."""
        if reason.code not in self._told:
            self._told.add(reason.code)
            say(f"waiting: {reason.code} ({who}{reason.detail or reason.info.sentence})")


@asynccontextmanager
async def connected(url: str | None, key: str | None) -> AsyncIterator[Api]:
    """Connect with what the command line says, else the settings.

    Raises DocmillError(unauthenticated) without a key.
    """
    import httpx

    from docmill.settings import load_settings

    settings = load_settings()
    bearer = key or settings.key
    if not bearer:
        raise DocmillError(ErrorCode.UNAUTHENTICATED, "There is no key.", action=_KEY_HINT)
    async with httpx.AsyncClient(
        base_url=url or settings.url,
        headers={"Authorization": f"Bearer {bearer}"},
        timeout=CLIENT_TIMEOUT_S,
        transport=transport(),
        trust_env=False,  # a proxy of the environment must not see documents that go to this machine
    ) as http:
        yield Api(http)


def transport() -> "httpx.AsyncBaseTransport | None":
    """None is the network; tests put the application itself here."""
    return None


def checked(answer: "httpx.Response") -> "httpx.Response":
    """Raise the problem that an answer is, if it is one."""
    if answer.status_code < 400:
        return answer
    raise _problem(answer)


def _problem(answer: "httpx.Response") -> DocmillError:
    try:
        problem = answer.json()
        code = ErrorCode(problem["code"])
        kind = NotFound if code is ErrorCode.NOT_FOUND else partial(DocmillError, code)
        return kind(str(problem["detail"]), action=str(problem.get("action") or ""))
    except (ValueError, KeyError, TypeError):
        detail = f"{answer.request.url.host} answers {answer.status_code}; is it docmill?"
        return Unavailable(detail, action="Set DOCMILL_URL to the address that `docmill up` prints.")


def _retry_after_s(answer: "httpx.Response") -> float:
    text = answer.headers.get("retry-after", "")
    most = BUSY_RETRY_S_MAX if answer.status_code == _TOO_MANY else _PAUSE_MAX_S
    return min(float(text), most) if text.isdigit() else 0.0
