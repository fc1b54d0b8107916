"""`docmill up` as a process of the demo, and tenants made by the command that everybody uses."""

import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

START_WALL_S_MAX = 90.0
STOP_WALL_S_MAX = 20.0
_ROOT_HOME = Path("/var/lib/docmill-demo")


class DemoFailed(Exception):
    """The demo cannot go on; the message says why, in a sentence for the person in front of it."""


class Platform:
    """A running platform. Leaving the ``with`` block stops it as Ctrl-C would."""

    def __init__(self, home: Path, log: Path) -> None:
        self.home = home
        self.log = log
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as log:
            # A group of its own, so that Ctrl-C reaches the demo first and the platform is stopped in order.
            self._process = subprocess.Popen(
                [*docmill(), "up", "--home", str(self.home), "--port", str(self.port)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            self._wait_until_ready(self._process)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_WALL_S_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise DemoFailed(
                f"The platform did not stop within {STOP_WALL_S_MAX:.0f} s: see {self.log}"
            ) from None

    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def wait(self) -> None:
        """Return when the platform ends by itself, or raise KeyboardInterrupt."""
        if self._process is not None:
            self._process.wait()

    def key(self, tenant: str) -> str:
        """Make the tenant, or one more key where an earlier demo has made it."""
        made = self._run("tenants", "create", tenant)
        if made.returncode:
            made = self._run("keys", "create", tenant, "--label", "demo")
        if made.returncode:
            raise DemoFailed(f"`docmill tenants create {tenant}` failed: {made.stderr.strip()}")
        return str(json.loads(made.stdout)["key"])

    def _run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [*docmill(), *arguments, "--home", str(self.home), "--format", "json"]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=START_WALL_S_MAX)

    def _wait_until_ready(self, process: "subprocess.Popen[bytes]") -> None:
        until = time.monotonic() + START_WALL_S_MAX
        while time.monotonic() < until:
            if process.poll() is not None:
                raise DemoFailed(
                    f"`docmill up` has ended with status {process.returncode}:\n{_tail(self.log)}"
                )
            try:
                if httpx.get(f"{self.url}/health/ready", timeout=2.0).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        raise DemoFailed(f"`docmill up` was not ready after {START_WALL_S_MAX:.0f} s:\n{_tail(self.log)}")


def choose_home(checkout: Path) -> Path:
    """``DOCMILL_HOME``, else ``out/demo`` in the checkout.

    Started by root, the database runs under another uid: a checkout below a folder like ``/root``, which
    others may not enter, is out of its reach, and the demo takes a folder of its own under ``/var/lib``.
    """
    given = os.environ.get("DOCMILL_HOME")
    if given:
        return Path(given).expanduser().absolute()
    if os.geteuid() == 0 and not all(
        folder.stat().st_mode & 0o001 for folder in (checkout, *checkout.parents)
    ):
        return _ROOT_HOME
    return checkout / "out" / "demo"


def clear_home(home: Path, *, checkout: Path) -> None:
    """Begin anew, but only in the demo's own homes: one that somebody named is theirs.

    Raises DemoFailed when a platform works on it: its database must not lose its files.
    """
    if home not in (_ROOT_HOME, checkout / "out" / "demo") or not home.is_dir():
        return
    lock = home / "run" / "up.lock"
    if lock.is_file():
        with lock.open("a+") as held:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise DemoFailed(f"A platform works on {home}: stop it first.") from None
    shutil.rmtree(home)


def docmill() -> list[str]:
    return [sys.executable, "-m", "docmill.entrypoints.cli"]


def _free_port() -> int:
    """8080 when nobody has it, else any free one."""
    for port in (8080, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise DemoFailed("No TCP port is free on 127.0.0.1.")


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-12:])
