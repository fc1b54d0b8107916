"""What the lock costs: the same document read with every lock on, and with none."""

import asyncio
import os
import statistics

from bench.accounts import cpu_seconds
from bench.figures import Figure, Subject
from docmill.adapters.sandbox import SandboxedReader, locks
from docmill.adapters.sandbox.tasks import _SMALLEST_PDF

ABOUT = (
    "CPU seconds, user and system, of everybody who takes part: the child, the zygote that forks it, the caller. "
    "The file is a PDF of one word, so that next to nothing but the child itself is measured. Rounds with and "
    "without the locks take turns; the cost is the median of their differences."
)
LOCKED, UNLOCKED = "docmill.adapters.sandbox.tasks", "bench.unlocked"


def measure(*, quick: bool) -> Subject:
    on = [lock.name for lock in locks() if lock.on]
    costs = asyncio.run(_rounds(3 if quick else 7, documents=20 if quick else 60))
    extra_cpu_ms = statistics.median(locked - free for locked, free in costs)
    locked_ms = statistics.median(locked for locked, _ in costs)
    figures = (
        Figure("the lock, CPU per document", extra_cpu_ms, "ms", at_most=20, note=f"{len(on)} locks on"),
        Figure("a one-word PDF in the locked child, CPU all in", locked_ms, "ms"),
    )
    return Subject("The lock", ABOUT, figures, (f"On: {', '.join(on)}.",))


async def _rounds(rounds: int, *, documents: int) -> list[tuple[float, float]]:
    locked, free = SandboxedReader(tasks=LOCKED), SandboxedReader(tasks=UNLOCKED)
    try:
        for reader in (locked, free):
            await reader.read(_SMALLEST_PDF, "warm.pdf")
        return [(await _cpu_ms(locked, documents), await _cpu_ms(free, documents)) for _ in range(rounds)]
    finally:
        await locked.close()
        await free.close()


async def _cpu_ms(reader: SandboxedReader, documents: int) -> float:
    """For one document."""
    before = sum(cpu_seconds(os.getpid()).values())
    for _ in range(documents):
        await reader.read(_SMALLEST_PDF, "one.pdf")
    return (sum(cpu_seconds(os.getpid()).values()) - before) / documents * 1000
