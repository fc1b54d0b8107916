"""What befalls time: processes that are stopped for a while, and clocks that jump."""

import asyncio
import mmap
import os
import random
import shutil
import signal
import struct
import subprocess
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.flow.running import ROOT, Running

from docmill import wiring

HOUR_S = 3_600
JUMPS_S = (HOUR_S, 0, -HOUR_S, HOUR_S, -HOUR_S, 0)
"""Forward, back, back behind where it began, forward by two hours, back by two, and right again."""


@dataclass
class Stopper:
    """Stops a worker while it has something in hand, for longer than its lease, again and again."""

    running: Running
    times: int
    for_s: float
    seconds: float
    killed: Counter[str] = field(default_factory=Counter)

    async def run(self) -> None:
        chance = random.Random(3)
        async with wiring.platform(self.running.settings) as platform:
            while self.killed["stopped"] < self.times:
                await asyncio.sleep(chance.uniform(0.02, 0.1))
                holders = {one.worker.partition("@")[0] for one in (await platform.sight.look()).holding}
                pid = self._pid(chance.choice(sorted(holders))) if holders else None
                if pid is not None:
                    os.kill(pid, signal.SIGSTOP)
                    await asyncio.sleep(self.for_s)
                    os.kill(pid, signal.SIGCONT)
                    self.killed["stopped"] += 1

    def _pid(self, name: str) -> int | None:
        for pid, role in self.running.tree().items():
            if "worker" in role:
                words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
                if name in words:
                    return pid
        return None


@dataclass
class Clock:
    """The wall clock of a platform that was started by `shifted_up`; it begins right."""

    folder: Path

    def __post_init__(self) -> None:
        self._shift = self.folder / "shift"
        self._shift.write_bytes(struct.pack("q", 0))
        self._shift.chmod(0o644)  # the database's account reads it too
        self._library = self.folder / "shifted_clock.so"
        compiler = shutil.which("cc")
        if compiler is None:
            if os.environ.get("CI"):
                pytest.fail("CI needs a C compiler: a clock that jumps is a library of forty lines")
            pytest.skip("no C compiler: `cc` makes the library that lets a clock jump")
        source = ROOT / "tests" / "flow" / "shifted_clock.c"
        subprocess.run([compiler, "-O1", "-shared", "-fPIC", "-o", self._library, source], check=True)

    @property
    def environment(self) -> dict[str, str]:
        return {"SHIFTED_PRELOAD": str(self._library), "SHIFTED_CLOCK": str(self._shift)}

    def set(self, seconds: int) -> None:
        """In place, and in one piece: processes look at the file's own memory."""
        with self._shift.open("r+b") as file, mmap.mmap(file.fileno(), 8) as shared:
            shared[:] = struct.pack("q", seconds)


@dataclass
class Jumper:
    """Lets the clock jump by an hour or two, forward and back, every few seconds."""

    clock: Clock
    every_s: float
    killed: Counter[str] = field(default_factory=Counter)

    @property
    def seconds(self) -> float:
        return self.every_s * len(JUMPS_S)

    async def run(self) -> None:
        for shift_s in JUMPS_S:
            await asyncio.sleep(self.every_s)
            self.clock.set(shift_s)
            self.killed[f"{shift_s:+} s"] += 1
