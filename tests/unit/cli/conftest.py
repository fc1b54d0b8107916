"""The command line over the application in memory: the very requests, without a socket."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.api.memory_platform import Platform

from docmill.entrypoints.cli import client, main


@dataclass
class Outcome:
    exit_code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What is on stdout, which must be JSON lines and nothing else."""
        return [json.loads(line) for line in self.out.splitlines()]


Run = Callable[..., Outcome]


class Worker(httpx.AsyncBaseTransport):
    """The network: the application itself, with `before` done ahead of each request."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.inner = httpx.ASGITransport(platform.app)
        self.requests: list[httpx.Request] = []
        self.before: Callable[[httpx.Request], Coroutine[Any, Any, None]] | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if self.before is not None:
            await self.before(request)
        return await self.inner.handle_async_request(request)


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
def network(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Worker:
    worker = Worker(platform)
    monkeypatch.setattr(client, "transport", lambda: worker)
    monkeypatch.setattr(client, "BACKOFF_FIRST_S", 0.001)
    monkeypatch.setattr(client, "_PAUSE_MAX_S", 0.001)
    monkeypatch.setattr(client, "CLIENT_FIRST_PATIENCE_S", 0.1)
    return worker


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    import structlog

    monkeypatch.setenv("DOCMILL_KEY", "dm_acme")
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())

    def run(*arguments: str | Path) -> Outcome:
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        code = end.value.code
        return Outcome(code if isinstance(code, int) else int(code is not None), printed.out, printed.err)

    yield run
    structlog.reset_defaults()


@pytest.fixture
def finish(platform: Platform) -> Callable[[str], None]:
    return lambda document: asyncio.run(platform.finish(document))


@pytest.fixture
def pile(tmp_path: Path) -> Path:
    """Two good files, one of them twice, and an empty one."""
    folder = tmp_path / "pile"
    (folder / "more").mkdir(parents=True)
    (folder / "a.pdf").write_bytes(b"a")
    (folder / "b.pdf").write_bytes(b"b")
    (folder / "empty.pdf").write_bytes(b"")
    (folder / "more" / "a again.pdf").write_bytes(b"a")
    return folder
