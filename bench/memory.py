"""How much memory a platform holds while it works and when it has nothing to do."""

import statistics
import time
from collections import Counter
from collections.abc import Sequence

from bench import accounts
from bench.figures import Figure, shown, table
from bench.files import invoices
from bench.load import Client
from bench.running import Running

IDLE_S = 60.0
ROUND = 100
"""Documents between two looks at a worker's memory."""


def growth(platform: Running, client: Client, documents: int) -> list[list[int]]:
    """Resident bytes of each worker after each round."""
    workers = [pid for pid, role in accounts.roles(*platform.roots).items() if role == accounts.WORKER]
    seen: list[list[int]] = [[] for _ in workers]
    step = max(10, min(ROUND, documents // 10))
    for first in range(0, documents, step):
        batch = f"memory{first}"
        client.post(list(invoices(step, seed=60_000 + first)), batch=batch)
        client.wait_ended(batch)
        client.wait_idle()
        for sizes, pid in zip(seen, workers, strict=True):
            sizes.append(accounts.resident_bytes(pid))
    return seen


def figures(idle: Counter[str], grown: list[list[int]], documents: int) -> tuple[Figure, ...]:
    slopes = [slope(sizes) * (len(sizes) - 1) / 2**20 for sizes in grown]
    resident = max(sizes[-1] for sizes in grown) / 2**20
    ours = sum(size for role, size in idle.items() if role != "PostgreSQL") / 2**20
    every = sum(idle.values()) / 2**20
    return (
        Figure(f"a worker's growth over {documents:,} documents", max(slopes), "MB", at_most=10,
               note="least squares; flat"),
        Figure("a worker's resident memory after them", resident, "MB"),
        Figure(f"API and workers, idle for {IDLE_S:.0f} s", ours, "MB PSS", at_most=500,
               note="all of docmill's processes"),
        Figure("the same with PostgreSQL", every, "MB PSS"),
    )  # fmt: skip


def slope(sizes: Sequence[int]) -> float:
    """Bytes from one round to the next, by least squares."""
    return statistics.linear_regression(range(len(sizes)), sizes).slope if len(sizes) > 1 else 0.0


def idle(platform: Running) -> Counter[str]:
    """PSS by role after a while without work, when the engines have left."""
    time.sleep(IDLE_S)
    return accounts.proportional_bytes(*platform.roots)


def idle_table(idle: Counter[str]) -> str:
    rows = [(role, shown(size / 2**20)) for role, size in idle.most_common()]
    return table((f"memory after {IDLE_S:.0f} s without work", "MB PSS"), rows)
