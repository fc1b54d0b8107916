"""Everyone's turn, with real workers: what one tenant has waiting makes no other one wait."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from importlib.resources import files
from statistics import median
from time import monotonic
from uuid import uuid4

import psycopg
import pytest
from tests.flow.running import Client, Running, invoice_xml
from tests.homes import home_folder

from docmill import wiring
from docmill.domain.documents import Upload
from docmill.domain.events import DocumentId
from docmill.domain.fairness import Share
from docmill.domain.tenants import TenantId

QUEUED = 500
SENT = 20

# Whoever came first goes first, whosever it is; the stage nearest to the end before the others.
FIFO = """
CREATE OR REPLACE FUNCTION docmill.take_turns(
    p_lane text, p_stages text[], p_worker text, p_most int, p_lease_s double precision, OUT stages text[], OUT events uuid[]
) LANGUAGE sql AS $$
    WITH next AS (
        SELECT c.stage, c.event FROM docmill.claims c JOIN unnest(p_stages) WITH ORDINALITY AS s (stage, n) ON s.stage = c.stage
        WHERE c.status = 'open' AND c.available_at <= clock_timestamp() ORDER BY c.created_at, s.n LIMIT p_most
    ), taken AS (
        UPDATE docmill.claims c SET fence = c.fence + 1, attempts = c.attempts + 1, worker = p_worker,
            available_at = clock_timestamp() + make_interval(secs => p_lease_s)
        FROM next WHERE c.stage = next.stage AND c.event = next.event RETURNING c.stage, c.event
    )
    SELECT coalesce(array_agg(stage), '{}'), coalesce(array_agg(event), '{}') FROM taken
$$
"""


@pytest.fixture(scope="module")
def platform() -> Iterator[Running]:
    with home_folder() as home:
        running = Running(home)
        try:
            running.start()
            yield running
        finally:
            running.end()


@asynccontextmanager
async def ports(platform: Running) -> AsyncIterator[wiring.Platform]:
    async with wiring.platform(platform.settings) as opened:
        yield opened


async def queue(opened: wiring.Platform, tenant: str, count: int) -> None:
    """Take files in as the API does, without what the API costs."""
    owner, some = TenantId(tenant), asyncio.Semaphore(3)

    async def one() -> None:
        async with some:
            blob = await opened.blobs.put(owner, invoice_xml(str(uuid4())))
            await opened.store.accept(Upload(owner, DocumentId(uuid4()), "a.xml", blob, wiring.now()))

    await asyncio.gather(*(one() for _ in range(count)))


async def waits(client: Client, count: int, *, most_s: float = 60.0) -> list[float]:
    """Send files one at a time; return how long each took to its end, or ``most_s``."""
    waited = []
    for _ in range(count):
        started = monotonic()
        number = str(uuid4())
        document = await client.submit(invoice_xml(number), f"{number}.xml", key=number)
        while monotonic() - started < most_s:
            if (await client.get(f"/v1/operations/{document}"))["status"] != "running":
                break
            await asyncio.sleep(0.02)
        waited.append(monotonic() - started)
    return waited


async def left(opened: wiring.Platform, tenant: str) -> int:
    backlog = await opened.claims.backlog()
    return sum(count for (stage, whose), (count, _) in backlog.items() if (stage, whose) == ("read", tenant))


async def test_what_one_tenant_has_waiting_makes_no_other_one_wait(platform: Running) -> None:
    """And with whoever came first going first, it does: the negative control."""
    await platform.key("alpha")
    key = await platform.key("beta")
    database = wiring.embedded_database(platform.settings)
    assert database is not None
    async with ports(platform) as opened, Client(platform.url, key) as beta:
        await waits(beta, 3)  # engines start, caches fill
        alone = median(await waits(beta, SENT))
        await queue(opened, "alpha", QUEUED)
        beside = median(await waits(beta, SENT))
        assert await left(opened, "alpha"), "alpha had nothing waiting any more: the figure says nothing"
        print(f"alone {alone:.3f} s, beside {QUEUED} of another's {beside:.3f} s")
        assert beside <= 3 * alone
        try:
            with psycopg.connect(database.admin_dsn, autocommit=True) as admin:
                admin.execute(FIFO)
            await queue(opened, "alpha", QUEUED // 2)
            in_line = median(await waits(beta, 3, most_s=12 * alone))
        finally:
            own = files("docmill.adapters.postgres") / "functions" / "claims.sql"
            with psycopg.connect(database.admin_dsn, autocommit=True) as admin:
                admin.execute(own.read_bytes())
        print(f"first come, first served: {in_line:.3f} s and more")
        assert in_line > 10 * alone


async def test_weights_of_one_and_three_get_cpu_in_that_ratio(platform: Running) -> None:
    database = wiring.embedded_database(platform.settings)
    assert database is not None
    for tenant in ("gamma", "delta"):
        await platform.key(tenant)
    async with ports(platform) as opened:
        await opened.quotas.change(TenantId("delta"), share=Share(3.0))
        await asyncio.gather(queue(opened, "gamma", 120), queue(opened, "delta", 250))
        with psycopg.connect(database.admin_dsn, autocommit=True) as admin:
            before = spent(admin)
            until = monotonic() + 40
            while await left(opened, "delta") > 70 and monotonic() < until:  # noqa: ASYNC110 - other processes work
                await asyncio.sleep(0.5)
            after = spent(admin)
        assert await left(opened, "gamma")
        assert await left(opened, "delta")
    got = {tenant: after[tenant] - before.get(tenant, 0.0) for tenant in ("gamma", "delta")}
    print(f"CPU seconds: {got}, ratio {got['delta'] / got['gamma']:.2f}")
    assert got["delta"] / got["gamma"] == pytest.approx(3, rel=0.15)


def spent(admin: psycopg.Connection) -> dict[str, float]:
    """CPU seconds by tenant, as saved with each answer."""
    rows = admin.execute("SELECT tenant, sum(usage_cpu_seconds) FROM docmill_pool.runs GROUP BY tenant")
    return {str(tenant): float(seconds) for tenant, seconds in rows}
