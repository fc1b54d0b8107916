"""ETag and If-None-Match on every JSON answer to a GET, whichever route gave it."""

import hashlib

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Conditional:
    """Plain ASGI. An answer in one piece gets a hash of its body as ETag, unless its route gave it one; who
    names that ETag is answered 304 without the body. Answers in pieces, as exports are, pass through."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        known = Headers(scope=scope).getlist("if-none-match")
        start: Message | None = None

        async def send_conditionally(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and _may_be_known(message):
                start = message
                return
            if start is not None:
                began, start = start, None
                if not message.get("more_body", False):
                    began, message = _answer(began, message, known)
                await send(began)
            await send(message)

        await self.app(scope, receive, send_conditionally)


def _may_be_known(message: Message) -> bool:
    if message["status"] != 200:
        return False
    headers = Headers(raw=message["headers"])
    return "etag" in headers or headers.get("content-type", "").startswith("application/json")


def _answer(start: Message, body: Message, known: list[str]) -> tuple[Message, Message]:
    headers = MutableHeaders(scope=start)
    if "etag" not in headers:
        headers["ETag"] = _etag_of(body.get("body", b""))
    if not matches(known, headers["etag"]):
        return start, body
    for name in ("content-length", "content-type"):
        if name in headers:
            del headers[name]
    return {**start, "status": 304}, {**body, "body": b""}


def with_etag(answer: Response) -> Response:
    answer.headers["ETag"] = _etag_of(bytes(answer.body))
    return answer


def _etag_of(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def is_known(headers: Headers, etag: str) -> bool:
    """For routes that would have much to load before `Conditional` sees their answer."""
    return matches(headers.getlist("if-none-match"), etag)


def matches(known: list[str], etag: str) -> bool:
    """Weakly, as RFC 9110 wants it here: a cache that repacked the body still has the same thing."""
    named = [one.strip().removeprefix("W/") for line in known for one in line.split(",")]
    return etag.removeprefix("W/") in named or "*" in named
