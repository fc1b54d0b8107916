"""How long people wait before anything happens."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.figures import Figure, Subject
from bench.files import invoices
from bench.running import Running

ABOUT = (
    "Wall time of whole processes, as a person at a terminal meets it: Python's own start, imports, the work, "
    "the end. The file is a generated one-page invoice with a text layer."
)


def measure(*, quick: bool) -> Subject:
    times = 3 if quick else 10
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "invoice.pdf"
        path.write_bytes(next(invoices(1, seed=1)))
        extract, extract_cpu = wall_and_cpu_s("extract", str(path), times=times)
    version, version_cpu = wall_and_cpu_s("--version", times=times)
    bare, bare_cpu = wall_and_cpu_s("-c", "pass", times=times, program=(sys.executable,))
    with Running() as platform:
        first = platform.start()
        platform.stop()
        again = platform.start()
    figures = (
        Figure("`docmill extract` of one page", extract, "s", at_most=0.5, note=spent(extract_cpu, times)),
        Figure("`docmill --version`", version, "s", note=spent(version_cpu, times)),
        Figure("`python -c pass`", bare, "s", note=spent(bare_cpu, times)),
        Figure("`docmill up` until ready, new home", first, "s", note="the database is made and migrated"),
        Figure("`docmill up` until ready, again", again, "s"),
    )
    return Subject("Start", ABOUT, figures)


def wall_and_cpu_s(
    *arguments: str, times: int, program: tuple[str, ...] | None = None
) -> tuple[float, float]:
    """Medians, after one run that nobody counts: it fills the caches. CPU includes the processes started."""
    installed = Path(sys.executable).with_name("docmill")
    command = [*(program or (str(installed),)), *arguments]
    walls, cpus = [], []
    for _ in range(times + 1):
        before, start = os.times(), time.perf_counter()
        status = subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode
        walls.append(time.perf_counter() - start)
        after = os.times()
        cpus.append(sum(after[2:4]) - sum(before[2:4]))
        if status not in (0, 3):  # 3: the document is not accepted without a person, which takes as long
            raise SystemExit(f"{' '.join(command)} ended with {status}")
    return statistics.median(walls[1:]), statistics.median(cpus[1:])


def spent(cpu_s: float, times: int) -> str:
    return f"median of {times}; {cpu_s:.2f} s CPU"
