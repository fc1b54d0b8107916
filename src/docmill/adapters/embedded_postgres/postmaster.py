"""The server process. Its pid file outlives a SIGKILL, and its pid may be another program's by then."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from docmill.adapters.embedded_postgres.account import Account
from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.limits.database import DATABASE_START_WALL_S_MAX, DATABASE_STOP_WALL_S_MAX

_LOOK_S = 0.02
_PASSING = ("still in use", "lock file")  # what a server says when its predecessor has not quite gone
_STATUS_LINE = 7  # of postmaster.pid: "starting", "ready", "stopping"


class Postmaster:
    """The server of one data folder, whoever started it."""

    def __init__(self, data: Path, log: Path) -> None:
        self._data = data
        self._log = log
        self._child: int | None = None

    def pid(self) -> int | None:
        """Return the pid of the running server, or None. A pid that a stranger has by now is not ours."""
        lines = self._pid_file()
        if not lines or not lines[0].isdigit():
            return None
        pid = int(lines[0])
        try:
            ours = Path(f"/proc/{pid}/cwd").readlink() == self._data.resolve()
            is_zombie = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except OSError:
            return None
        return pid if ours and not is_zombie else None

    def ready(self) -> bool:
        lines = self._pid_file()
        return self.pid() is not None and len(lines) > _STATUS_LINE and lines[_STATUS_LINE].strip() == "ready"

    def runs(self, command: Sequence[str]) -> bool:
        """Tell whether the running server was started by exactly this command line."""
        pid = self.pid()
        if pid is None:
            return False
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").split(b"\0")
        except (FileNotFoundError, ProcessLookupError):  # it has died since
            return False
        return words == [os.fsencode(word) for word in command]

    def start(self, command: Sequence[str], account: Account) -> None:
        """Start the server and wait until it answers. Raises storage_full, or unavailable with its words.

        A server that was killed leaves backends that hold its shared memory for a moment; until
        they have gone a new one ends at once, so it is tried until the time is up.
        """
        end = time.monotonic() + DATABASE_START_WALL_S_MAX
        self._bury()
        while True:
            if self.pid() is None:
                (self._data / "postmaster.pid").unlink(missing_ok=True)
            child = self._spawn(command, account)
            while child.poll() is None and time.monotonic() < end:
                if self.ready():
                    self._child = child.pid
                    child.returncode = 0  # it is meant to live on: Popen would complain of that
                    return
                time.sleep(_LOOK_S)
            words = self._last_words()
            if time.monotonic() >= end or not any(passing in words for passing in _PASSING):
                child.kill()
                child.wait()
                code = ErrorCode.STORAGE_FULL if "No space left" in words else ErrorCode.UNAVAILABLE
                raise DocmillError(code, f"the database does not start: {words}")
            time.sleep(_LOOK_S * 5)

    def stop(self) -> None:
        """End all sessions and write everything down. A server that does not obey recovers when it starts."""
        for order in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            pid = self.pid()
            if pid is None:
                break
            with contextlib.suppress(ProcessLookupError):  # it has died since
                os.kill(pid, order)
            end = time.monotonic() + DATABASE_STOP_WALL_S_MAX
            while self.pid() == pid and time.monotonic() < end:
                time.sleep(_LOOK_S)
        self._bury()

    def _bury(self) -> None:
        """Take the end of our own child, that it does not stay as a zombie; it has ended."""
        if self._child is not None and self.pid() is None:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self._child, 0)
            self._child = None

    def _spawn(self, command: Sequence[str], account: Account) -> subprocess.Popen[bytes]:
        # A session of its own: Ctrl-C in the terminal is for the supervisor, who stops the database last.
        with self._log.open("ab") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._data,
                env={"PATH": "/usr/bin:/bin", "TZ": "UTC", "LC_ALL": "C"},
                start_new_session=True,
                **account.popen(),
            )

    def _pid_file(self) -> list[str]:
        try:
            return (self._data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return []

    def _last_words(self) -> str:
        lines = self._log.read_text(errors="replace").splitlines() if self._log.exists() else []
        return lines[-1] if lines else "it said nothing"
