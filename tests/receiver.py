"""A receiver of webhooks on loopback that remembers what it was sent, and answers as it is told."""

import asyncio
import inspect
import json
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import UUID

from standardwebhooks import Webhook


@dataclass(frozen=True)
class Got:
    """One request, as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> UUID:
        return UUID(self.headers["webhook-id"])

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def type(self) -> str:
        return str(self.json["type"])

    @property
    def document(self) -> str:
        return str(self.json["data"].get("document_id"))

    def verify(self, secret: str) -> None:
        """Raise unless the reference implementation accepts the signature."""
        Webhook(secret).verify(self.body, self.headers)


Answering = Callable[[Got], int | bytes | None]
"""A status, a whole answer in bytes, or None to hang up without one."""


async def until(condition: Callable[[], Any], *, timeout_s: float = 10.0) -> None:
    """Wait for what a function says, or what it awaits."""
    async with asyncio.timeout(timeout_s):
        while True:
            said = condition()
            if await said if inspect.isawaitable(said) else said:
                return
            await asyncio.sleep(0.01)


@dataclass
class Receiver:
    """``got`` are all requests, ``taken`` those that were answered by 2xx."""

    answering: Answering = lambda _got: 204
    tls: ssl.SSLContext | None = None
    delay_s: float = 0.0
    got: list[Got] = field(default_factory=list)
    taken: list[Got] = field(default_factory=list)
    port: int = 0
    at_once: int = 0
    at_once_max: int = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._server.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    async def until(self, condition: Callable[[], bool], *, timeout_s: float = 20.0) -> None:
        await until(condition, timeout_s=timeout_s)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.at_once += 1
        self.at_once_max = max(self.at_once, self.at_once_max)
        try:
            await self._answer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.at_once -= 1
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        body = await reader.readexactly(int(headers["content-length"]))
        got = Got(first.split(" ")[1], headers, body)
        self.got.append(got)
        await asyncio.sleep(self.delay_s)
        answer = self.answering(got)
        if answer is None:
            return
        if isinstance(answer, int):
            if 200 <= answer < 300:
                self.taken.append(got)
            answer = f"HTTP/1.1 {answer} X\r\nContent-Length: 0\r\n\r\n".encode()
        writer.write(answer)
        await writer.drain()
