"""What every process of a platform does first, and how one is looked after."""

import argparse
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic

from docmill.domain.limits.processes import RESTART_FIRST_S, RESTART_MAX_S

_PR_SET_PDEATHSIG = 1


def arguments(*names: str) -> argparse.Namespace:
    """Parse ``--name value`` for each name, and ``--parent``; then die with that parent from here on."""
    parser = argparse.ArgumentParser()
    for name in (*names, "parent"):
        parser.add_argument(f"--{name}", required=True)
    given = parser.parse_args()
    die_with(int(given.parent))
    return given


def die_with(parent: int) -> None:
    """Have the kernel kill this process when its parent dies, even by SIGKILL: nobody is left to write.

    Ctrl-C in a terminal reaches the parent, who stops its children in order.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before the call
        os._exit(1)


@dataclass(slots=True)
class Child:
    """One process that is started again whenever it dies."""

    name: str
    module: str
    options: Sequence[str]
    environment: dict[str, str]
    keep_open: Sequence[int] = ()
    process: subprocess.Popen[bytes] | None = None
    _started: float = 0.0
    _due: float = 0.0
    _wait_s: float = field(default=RESTART_FIRST_S)

    def start(self) -> None:
        command = [sys.executable, "-m", self.module, *self.options, "--parent", str(os.getpid())]
        # A process group of its own, so that what it starts can be ended with it.
        self.process = subprocess.Popen(
            command,
            env=self.environment,
            pass_fds=tuple(self.keep_open),
            stdin=subprocess.DEVNULL,
            process_group=0,
        )
        self._started = monotonic()

    def look(self) -> int | None:
        """Return the exit status when it has just been found dead; start it again when its wait is over."""
        now = monotonic()
        if self.process is None:
            if now >= self._due:
                try:
                    self.start()
                except OSError:  # no memory left for it, perhaps: the others live on
                    self._due = now + RESTART_MAX_S
            return None
        status = self.process.poll()
        if status is None:
            return None
        self._end_group()
        # One that dies at once is not started in a frenzy; one that lived a while starts again at once.
        lived_long = now - self._started > RESTART_MAX_S
        self._wait_s = RESTART_FIRST_S if lived_long else min(2 * self._wait_s, RESTART_MAX_S)
        self._due = now + (0.0 if lived_long else self._wait_s)
        self.process = None
        return status

    def ask_to_stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def stop(self, *, until: float) -> None:
        """Wait for its end until the monotonic time ``until``; then end it and all that it started."""
        if self.process is None:
            return
        try:
            self.process.wait(max(until - monotonic(), 0.0))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._end_group()
        self.process = None

    def _end_group(self) -> None:
        assert self.process is not None
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
