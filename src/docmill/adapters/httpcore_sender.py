"""HttpcoreSender: a POST to an address that was checked, and to no other.

The name is looked up once, every address that comes of it is checked, and the connection goes to one of
these: between the check and the connection nobody can give the name another address. TLS and Host keep the
name. Proxies of the environment are not asked, since they would look the name up again.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import cache
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from docmill.domain.addresses import Address, OwnNetworks, Target, parse_target, refused, require_callable
from docmill.domain.errors import DocmillError
from docmill.domain.limits.webhooks import (
    WEBHOOK_ANSWER_BYTES_MAX,
    WEBHOOK_CONNECT_S_MAX,
    WEBHOOK_LOOKUP_S_MAX,
    WEBHOOK_WALL_S_MAX,
)
from docmill.domain.webhooks import SendCode, Sent

if TYPE_CHECKING:
    import httpcore

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Name and port to addresses as text. Raises OSError for a name that has none."""

_TRIED = 2
_OK, _REDIRECTED, _GONE = range(200, 300), range(300, 400), 410


async def look_up(name: str, port: int) -> Sequence[str]:
    """Ask the system's resolver."""
    found = await asyncio.get_running_loop().getaddrinfo(name, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class HttpcoreSender:
    """``WebhookSender``. ``authorities`` is a file of further certificates to trust."""

    def __init__(
        self, own: OwnNetworks, *, resolve: Resolve = look_up, authorities: str | None = None
    ) -> None:
        self._own = own
        self._resolve = resolve
        self._authorities = authorities

    async def check(self, url: str) -> None:
        await self._checked(parse_target(url))

    async def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> Sent:
        try:
            async with asyncio.timeout(WEBHOOK_WALL_S_MAX):
                target = parse_target(url)
                return await self._post(target, await self._checked(target), body, headers)
        except _NameUnknown:
            return Sent(None, SendCode.NAME_UNKNOWN)
        except DocmillError:
            return Sent(None, SendCode.ADDRESS_REFUSED)
        except TimeoutError:
            return Sent(None, SendCode.TIMEOUT)

    async def _checked(self, target: Target) -> Sequence[Address]:
        """Raise DocmillError(address_refused) unless every address that the host has may be called."""
        addresses = [target.address] if target.address else await self._addresses(target)
        require_callable(target, addresses, self._own)
        return addresses

    async def _addresses(self, target: Target) -> list[Address]:
        try:
            async with asyncio.timeout(WEBHOOK_LOOKUP_S_MAX):
                return [ip_address(text) for text in await self._resolve(target.host, target.port)]
        except (OSError, TimeoutError, UnicodeError):
            raise _NameUnknown(refused("its name has no address")) from None

    async def _post(
        self, target: Target, addresses: Sequence[Address], body: bytes, headers: Mapping[str, str]
    ) -> Sent:
        import httpcore

        limits = {
            "connect": WEBHOOK_CONNECT_S_MAX,
            "read": WEBHOOK_WALL_S_MAX,
            "write": WEBHOOK_WALL_S_MAX,
            "pool": WEBHOOK_WALL_S_MAX,
        }
        context = _trusted(self._authorities) if target.scheme == "https" else None
        try:
            async with (
                httpcore.AsyncConnectionPool(ssl_context=context, network_backend=_pinned(addresses)) as line,
                line.stream(
                    "POST",
                    httpcore.URL(
                        scheme=target.scheme, host=_bracketed(target), port=target.port, target=target.path
                    ),
                    headers=[*headers.items(), ("Host", _authority(target)), ("Connection", "close")],
                    content=body,
                    extensions={"timeout": limits},
                ) as answer,
            ):
                await _read_a_little(answer)
                return _judged(answer.status)
        except httpcore.ConnectTimeout:
            return Sent(None, SendCode.CONNECT_TIMEOUT)
        except httpcore.TimeoutException:
            return Sent(None, SendCode.TIMEOUT)
        except httpcore.ConnectError as error:
            return Sent(None, SendCode.TLS_FAILED if _is_tls(error) else SendCode.CONNECT_FAILED)
        except (httpcore.NetworkError, OSError):
            return Sent(None, SendCode.CONNECT_FAILED)
        except httpcore.ProtocolError:
            return Sent(None, SendCode.ANSWER_INVALID)


class _NameUnknown(DocmillError):
    """A name without an address, for now: refused when an endpoint is made, tried again when it is called."""

    def __init__(self, error: DocmillError) -> None:
        super().__init__(error.code, error.detail)


async def _read_a_little(answer: "httpcore.Response") -> None:
    """So that the receiver's answer ends before its connection does; what is beyond is left."""
    left = WEBHOOK_ANSWER_BYTES_MAX
    async for chunk in answer.aiter_stream():
        left -= len(chunk)
        if left <= 0:
            return


def _judged(status: int) -> Sent:
    if status in _OK:
        return Sent(status, None)
    if status in _REDIRECTED:
        return Sent(status, SendCode.REDIRECTED)
    return Sent(status, SendCode.GONE if status == _GONE else SendCode.HTTP_STATUS)


def _pinned(addresses: Sequence[Address]) -> "httpcore.AsyncNetworkBackend":
    """A network whose every name has these addresses."""
    import httpcore

    below = httpcore.AnyIOBackend()

    class Pinned(httpcore.AsyncNetworkBackend):
        async def connect_tcp(
            self,
            host: str,
            port: int,
            timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
            local_address: str | None = None,
            socket_options: Iterable[Any] | None = None,
        ) -> httpcore.AsyncNetworkStream:
            del host
            error: Exception = httpcore.ConnectError()
            for address in addresses[:_TRIED]:
                try:
                    return await below.connect_tcp(str(address), port, timeout, local_address, socket_options)
                except (httpcore.ConnectError, httpcore.ConnectTimeout) as failed:
                    error = failed
            raise error

        async def sleep(self, seconds: float) -> None:
            await asyncio.sleep(seconds)

    return Pinned()


@cache
def _trusted(authorities: str | None) -> ssl.SSLContext:
    """The system's certificates and certifi's: a small container has none of its own."""
    import certifi

    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    if authorities:
        context.load_verify_locations(authorities)
    return context


def _is_tls(error: BaseException) -> bool:
    """httpcore tells a handshake that failed like a connection that did; the cause says which."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def _bracketed(target: Target) -> str:
    return f"[{target.host}]" if ":" in target.host else target.host


def _authority(target: Target) -> str:
    usual = 443 if target.scheme == "https" else 80
    return _bracketed(target) if target.port == usual else f"{_bracketed(target)}:{target.port}"
