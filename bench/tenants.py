"""A thousand tenants on one machine against one: making them, migrating them, and what a document costs."""

import asyncio
import itertools
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import psycopg

from bench import accounts
from bench.figures import Figure, Subject, shown, table
from bench.files import invoices
from bench.load import Client
from bench.platform import Load, extracting_s, settle
from bench.running import Running
from docmill import wiring
from docmill.adapters.postgres import schema
from docmill.adapters.postgres.isolation import isolation_faults
from docmill.adapters.postgres.schema import Migration, migrate, shipped
from docmill.domain.tenants import TenantId, Tier, tenant_id

ABOUT = (
    "A `docmill up` with two workers whose database has 1,000 tenants, of every ten nine with a schema of "
    "their own and one in the pool. Different one-page digital invoices are posted, one each for many "
    "tenants that were never at work before; then as many for one tenant and for those many in turn; *own* "
    "CPU is what it is under *Platform*. The largest backend is looked at afterwards. Idle CPU is that of "
    "all processes, PostgreSQL's included."
)
IDLE_S = 15.0
CLIENTS = 8
AT_ONCE = 2
ADDED = Migration(999, "bench", "tenant", "pre", b"ALTER TABLE runs ADD COLUMN bench int")


@dataclass(frozen=True)
class Sizes:
    tenants: int
    documents: int
    idle_s: float


@dataclass(frozen=True)
class Made:
    """Seconds for each tenant in the order of making, and for the whole schema afterwards."""

    each_s: Sequence[float]
    migration_s: float
    nothing_s: float
    check_s: float


def measure(*, quick: bool) -> Subject:
    sizes = Sizes(100, 40, 5.0) if quick else Sizes(1_000, 120, IDLE_S)
    with Running() as platform:
        names = [tenant_id(f"many{number:04d}") for number in range(sizes.tenants)]
        with platform.database():
            made = asyncio.run(_make(platform, names))
            keys = asyncio.run(_keys(platform, names))
        start_s = platform.start()
        warm(platform, keys)
        idle = _idle(platform, sizes.idle_s)
        first = run(platform, keys, sizes.documents, seed=90_000)
        one, many = _in_turn(platform, keys, sizes.documents)
        largest = max(accounts.resident_bytes(pid) for pid in _backends(platform))
        return _subject(sizes, made, (start_s, idle, largest), (one, first, many))


def _subject(
    sizes: Sizes, made: Made, standing: tuple[float, float, int], loads: tuple[Load, Load, Load]
) -> Subject:
    (start_s, idle, largest), (one, _, many) = standing, loads
    last = made.each_s[-len(made.each_s) // 10 :]
    figures = (
        Figure("making a tenant, median", statistics.median(made.each_s), "s", at_most=0.5),
        Figure("making one of the last tenth, the slowest", max(last), "s", at_most=0.5),
        Figure("a migration of one column over all of them", made.migration_s, "s"),
        Figure("migrating with nothing to do", made.nothing_s, "s", note="with the catalog check"),
        Figure("the catalog check", made.check_s, "s"),
        Figure("starting `docmill up`", start_s, "s"),
        Figure(f"idle CPU over {sizes.idle_s:.0f} s", 100 * idle, "% of a core"),
        Figure("own CPU per document, one tenant", one.own_ms, "ms"),
        Figure(f"own CPU per document, {sizes.tenants:,} tenants", many.own_ms, "ms"),
        Figure("the same, many / one", many.own_ms / one.own_ms, "", at_most=1.2),
        Figure("largest database backend, resident", largest / 2**20, "MB"),
    )
    loads_ms = [shown(each.own_ms) for each in loads]
    roles = sorted(one.cpu, key=lambda role: -one.cpu[role])
    rows = [(role, *(shown(each.ms(each.cpu[role])) for each in loads)) for role in roles]
    rows.append(("**own**", *loads_ms))
    heads = ("CPU ms per document, by process", "one tenant", "many, each for the first time", "many")
    return Subject("Tenants", ABOUT, figures, (table(heads, rows),))


async def _make(platform: Running, names: Sequence[TenantId]) -> Made:
    spent = []
    async with wiring.platform(platform.settings, connections_max=AT_ONCE) as opened:
        for number, name in enumerate(names):
            start = time.monotonic()
            await opened.tenancy.create(name, tier=Tier.POOL if number % 10 == 0 else Tier.SILO)
            spent.append(time.monotonic() - start)
    _, admin_dsn = wiring.database_dsns(platform.settings)
    assert admin_dsn is not None
    before, schema.shipped = schema.shipped, lambda: (*shipped(), ADDED)
    try:
        migration_s = await _timed_migration(admin_dsn)
        nothing_s = await _timed_migration(admin_dsn)
    finally:
        schema.shipped = before
        with psycopg.connect(admin_dsn) as admin:
            admin.execute("DELETE FROM docmill.migrations WHERE number = %s", (ADDED.number,))
    start = time.monotonic()
    assert await isolation_faults(admin_dsn) == []
    return Made(spent, migration_s, nothing_s, time.monotonic() - start)


async def _timed_migration(admin_dsn: str) -> float:
    start = time.monotonic()
    await migrate(admin_dsn)
    return time.monotonic() - start


async def _keys(platform: Running, names: Sequence[TenantId]) -> list[str]:
    async with wiring.platform(platform.settings, connections_max=AT_ONCE) as opened:
        return [(await opened.identity.keys.create(name, label="bench")).secret for name in names]


def _in_turn(platform: Running, keys: Sequence[str], count: int) -> tuple[Load, Load]:
    """One tenant and many, in two rounds: what else the machine does meanwhile falls on both."""
    seeds = itertools.count(100_000, 10_000)
    one, many, more_one, more_many = (
        run(platform, some, count // 2, seed=next(seeds)) for some in (keys[:1], keys, keys[:1], keys)
    )
    return _sum(one, more_one), _sum(many, more_many)


def _sum(one: Load, other: Load) -> Load:
    extracting_s = one.extracting_s + other.extracting_s
    documents, wall_s = one.documents + other.documents, one.wall_s + other.wall_s
    return Load(documents, wall_s, {}, one.cpu + other.cpu, {}, extracting_s)


def warm(platform: Running, keys: Sequence[str]) -> None:
    run(platform, keys[:10], 20, seed=70_000)
    settle(platform)


def run(platform: Running, keys: Sequence[str], count: int, *, seed: int) -> Load:
    """Post ``count`` invoices, the tenants of these keys in turn, and wait until nothing is left to do."""
    files, clients = list(invoices(count, seed=seed)), [Client(platform.port, key) for key in keys]
    before, start = accounts.cpu_seconds(*platform.roots), time.monotonic()
    with ThreadPoolExecutor(CLIENTS) as pool:
        posted = [
            pool.submit(clients[n % len(clients)].post, [data], batch=f"b{seed}-{n}", clients=1)
            for n, data in enumerate(files)
        ]
        for one in posted:
            one.result()
    platform.wait_idle()
    wall_s = time.monotonic() - start
    after = accounts.cpu_seconds(*platform.roots)
    after.subtract(before)
    return Load(count, wall_s, {}, after, {}, extracting_s(files))


def _idle(platform: Running, wall_s: float) -> float:
    """Cores that a platform without work takes."""
    before = sum(accounts.cpu_seconds(*platform.roots).values())
    time.sleep(wall_s)
    return (sum(accounts.cpu_seconds(*platform.roots).values()) - before) / wall_s


def _backends(platform: Running) -> list[int]:
    return [pid for pid, role in accounts.roles(*platform.roots).items() if role == "PostgreSQL"]
