"""What the platform itself costs, how fast it is, and whether it stays so."""  # noqa: A005

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bench import accounts, memory
from bench.figures import Figure, Subject, shown, table
from bench.files import invoices
from bench.load import Client
from bench.running import Running
from bench.seeding import seed
from docmill.engines.extraction.layered import classify_and_extract
from docmill.engines.reading import read
from docmill.engines.types import load_shipped

TENANT = "bench"

ABOUT = (
    "A real `docmill up` with two workers on an empty home. Different one-page digital invoices are posted "
    "one per request by 8 connections; the client and its polling share the machine. CPU is what the kernel "
    "charged to every process of the platform, PostgreSQL included, from the first POST until the last "
    "document is indexed. *Own* is that less the children that read, the embedding engine, and the "
    "extracting of the same files, timed in this process. Documents per second are from the first POST to "
    "the last that is archived; indexing follows behind. The store is seeded through the ports "
    "with whole results, claims, events, archive versions, chunks and random vectors."
)


@dataclass(frozen=True)
class Sizes:
    documents: int
    seeded: tuple[int, int]
    memory_documents: int
    listings: int


@dataclass(frozen=True)
class Load:
    """One pile of documents: seconds of CPU by role and by stage, and what became of them."""

    documents: int
    wall_s: float
    states: dict[str, int]
    cpu: Counter[str]
    stages: dict[str, float]
    extracting_s: float

    @property
    def reading_s(self) -> float:
        return self.cpu[accounts.CHILDREN] + self.cpu[accounts.ZYGOTE]

    @property
    def own_ms(self) -> float:
        others = self.reading_s + self.cpu[accounts.ENGINES] + self.extracting_s
        return self.ms(sum(self.cpu.values()) - others)

    def ms(self, seconds: float) -> float:
        return 1000 * seconds / self.documents


def measure(*, quick: bool) -> Subject:
    sizes = Sizes(30, (10, 2_000), 100, 10) if quick else Sizes(300, (100, 20_000), 1_000, 50)
    with Running() as platform:
        return _measured(platform, sizes)


def _measured(platform: Running, sizes: Sizes) -> Subject:
    few, many = sizes.seeded
    with platform.database():
        client = Client(platform.port, asyncio.run(platform.key(TENANT)))
        asyncio.run(seed(platform.settings, TENANT, few))
    first, first_list_ms = pile(platform, client, sizes, first_seed=10_000)
    platform.stop()
    with platform.database():
        seeding_s = asyncio.run(seed(platform.settings, TENANT, many - few))
    later, later_list_ms = pile(platform, client, sizes, first_seed=40_000)
    grown = memory.growth(platform, client, sizes.memory_documents)
    idle = memory.idle(platform)
    figures = (
        Figure("own CPU per document", first.own_ms, "ms", at_most=40, note=states_of(first)),
        Figure("reading, child included, per document", first.ms(first.reading_s), "ms", at_most=40),
        Figure("extracting, per document", first.ms(first.extracting_s), "ms", at_most=60),
        Figure("POST to ARCHIVED", first.documents / first.wall_s, "documents/s", at_least=12),
        Figure(f"own CPU per document, {many:,} in the store", later.own_ms, "ms", at_most=40),
        Figure(f"the same, {many:,} / {few}", later.own_ms / first.own_ms, "", at_most=1.2, note="flat"),
        Figure(f"POST to ARCHIVED, {many:,} in the store", later.documents / later.wall_s, "documents/s",
               at_least=12),
        Figure(f"list of 50, {few} in the store", first_list_ms, "ms"),
        Figure(f"list of 50, {many:,} in the store", later_list_ms, "ms"),
        Figure(f"the same, {many:,} / {few}", later_list_ms / first_list_ms, "", at_most=1.2, note="flat"),
        Figure(f"seeding {many - few:,} documents", seeding_s, "s"),
        *memory.figures(idle, grown, sizes.memory_documents),
    )  # fmt: skip
    loads, stores = (first, later), (f"{few} in the store", f"{many:,} in the store")
    tables = (cost_table(loads, stores), stage_table(loads, stores), memory.idle_table(idle))
    return Subject("Platform", ABOUT, figures, tables)


def pile(platform: Running, client: Client, sizes: Sizes, *, first_seed: int) -> tuple[Load, float]:
    """Start the platform, warm it up, and measure one load and how long a list takes (ms)."""
    platform.start()
    run(platform, client, count=20, seed=first_seed, batch=f"warm{first_seed}")
    settle(platform)
    load = run(platform, client, count=sizes.documents, seed=first_seed + 1_000, batch=f"load{first_seed}")
    return load, client.list_latency_ms(times=sizes.listings)


def run(platform: Running, client: Client, *, count: int, seed: int, batch: str) -> Load:
    """Post ``count`` new invoices and wait until nothing is left to do."""
    files = list(invoices(count, seed=seed))
    before, stages = accounts.cpu_seconds(*platform.roots), client.stage_cpu_seconds()
    start = time.monotonic()
    client.post(files, batch=batch)
    states = client.wait_ended(batch)
    wall_s = time.monotonic() - start
    platform.wait_idle()
    after = accounts.cpu_seconds(*platform.roots)
    after.subtract(before)
    told = {stage: s - stages.get(stage, 0.0) for stage, s in client.stage_cpu_seconds().items()}
    return Load(count, wall_s, states, after, told, extracting_s(files))


def extracting_s(files: Sequence[bytes]) -> float:
    """CPU seconds of classifying and extracting, as the analyzing stage calls it, on one thread."""
    types, spent = tuple(load_shipped().values()), 0.0
    for data in files:
        reading = read(data, "")
        start = time.thread_time()
        classify_and_extract(reading, types, None)
        spent += time.thread_time() - start
    return spent


def settle(platform: Running) -> None:
    """Wait until what follows the journal, and the database's own tidying, have come to rest."""
    for _ in range(60):
        before = sum(accounts.cpu_seconds(*platform.roots).values())
        time.sleep(2.0)
        if sum(accounts.cpu_seconds(*platform.roots).values()) - before < 0.1:
            return


def states_of(load: Load) -> str:
    return ", ".join(f"{count} {state}" for state, count in sorted(load.states.items()))


def cost_table(loads: Sequence[Load], stores: Sequence[str]) -> str:
    roles = sorted(loads[0].cpu, key=lambda role: -loads[0].cpu[role])
    rows = [(role, *(shown(load.ms(load.cpu[role])) for load in loads)) for role in roles]
    rows += [
        ("of the engine threads: extracting", *(shown(load.ms(load.extracting_s)) for load in loads)),
        ("**all**", *(shown(load.ms(sum(load.cpu.values()))) for load in loads)),
        ("**own**", *(shown(load.own_ms) for load in loads)),
    ]
    return table(("CPU ms per document, by process", *stores), rows)


def stage_table(loads: Sequence[Load], stores: Sequence[str]) -> str:
    rows = [
        (stage, *(shown(load.ms(load.stages.get(stage, 0.0))) for load in loads)) for stage in loads[0].stages
    ]
    return table(("CPU ms per document, as the stages report it", *stores), rows)
