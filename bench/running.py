"""`docmill up` on a home that is thrown away."""

import asyncio
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.load import METRICS_TOKEN
from bench.machine import ROOT
from docmill import wiring
from docmill.domain.tenants import Tier, tenant_id
from docmill.settings import Settings

READY_WALL_S_MAX = 120.0
STOP_WALL_S_MAX = 30.0
_READY = re.compile(rb"docmill is ready: ")


class Running:
    """``settings`` reach the same database and blobs as the platform's own processes do."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="docmill-bench-"))
        self.home.chmod(0o711)  # started by root, the database has a user of its own
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = int(probe.getsockname()[1])
        self.settings = Settings(home=self.home, port=self.port)
        self._log = self.home / "up.log"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    @property
    def roots(self) -> tuple[int, ...]:
        """The supervisor and the postmaster, which is nobody's child."""
        assert self._process is not None
        postmaster = self.home / "postgres" / "data" / "postmaster.pid"
        return self._process.pid, int(postmaster.read_text().split("\n", 1)[0])

    def start(self, **settings: str) -> float:
        """Return the wall seconds until the API answers; ``settings`` are environment variables beside ours."""
        command = [sys.executable, "-m", "docmill.entrypoints.cli", "up"]
        command += ["--home", str(self.home), "--port", str(self.port)]
        environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
        environment |= {"DOCMILL_METRICS_TOKEN": METRICS_TOKEN, **settings}
        start = time.monotonic()
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT, env=environment)
        while not _READY.search(self._log.read_bytes()):
            if self._process.poll() is not None or time.monotonic() - start > READY_WALL_S_MAX:
                raise SystemExit(f"`docmill up` was not ready:\n{self._log.read_text()[-3000:]}")
            time.sleep(0.01)
        return time.monotonic() - start

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOP_WALL_S_MAX)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        database = wiring.embedded_database(self.settings)
        if database is not None and database.running():
            database.stop()

    @contextmanager
    def database(self) -> Iterator[None]:
        """The database alone, while nobody works."""
        database = wiring.embedded_database(self.settings)
        assert database is not None
        database.start()
        try:
            wiring.migrate(self.settings)
            yield
        finally:
            database.stop()

    def wait_idle(self) -> None:
        """Return when no stage has anything left to do. Asking `/metrics` for it would cost more than documents do."""
        asyncio.run(self._idle())

    async def _idle(self) -> None:
        async with wiring.platform(self.settings, connections_max=1) as opened:
            while await opened.claims.backlog():  # noqa: ASYNC110 - it is another process that works
                await asyncio.sleep(1.0)

    async def key(self, tenant: str) -> str:
        """Make the tenant and a key for it."""
        async with wiring.platform(self.settings) as platform:
            await platform.tenancy.create(tenant_id(tenant), tier=Tier.POOL)
            return (await platform.identity.keys.create(tenant_id(tenant), label="bench")).secret
