"""`docmill up` as its users have it: from an upload to the archive and the search, stop and go."""

import asyncio
import io
import os
import signal
import zipfile
from collections.abc import Callable
from pathlib import Path

import httpx
from tests.flow.running import Client, Running, invoice_pdf, invoice_xml, settled

from docmill import wiring
from docmill.domain.events import DocumentId
from docmill.domain.limits.flow import STOP_WALL_S_MAX
from docmill.domain.tenants import TenantId, Tier

ACME, GLOBEX = TenantId("acme"), TenantId("globex")


async def test_an_upload_comes_out_as_a_result_with_evidence_and_can_be_found(running: Running) -> None:
    key, other = await running.key("acme", Tier.SILO), await running.key("globex")
    async with Client(running.url, key) as acme, Client(running.url, other) as globex:
        printed = await acme.submit(invoice_pdf("INV-7"), "a.pdf", key="a")
        exact = await acme.submit(invoice_xml("INV-8"), "b.xml", key="b")
        empty = await acme.submit(b"MZ\x90\x00" + bytes(100), "c.pdf", key="c")
        async with wiring.platform(running.settings) as platform:
            await settled(platform, [ACME], timeout_s=60)
        result = await acme.get(f"/v1/documents/{printed}/result")
        assert result["value"]["invoice_number"] == "INV-7"
        citation = result["metadata"]["invoice_number"]["citations"][0]
        assert citation["page"] == 1
        assert citation["box"][0] < citation["box"][2]
        assert (await acme.get(f"/v1/documents/{exact}/result"))["status"] == "succeeded"
        assert (await acme.get(f"/v1/operations/{empty}"))["status"] == "rejected"
        hits = await acme.get("/v1/search", q="Muster invoice INV-7")
        assert str(printed) in str(hits)
        foreign = await globex.raw("GET", f"/v1/documents/{printed}")
        absent = await globex.raw("GET", f"/v1/documents/{DocumentId(printed)}"[:-4] + "0000")
        assert (foreign.status_code, absent.status_code) == (404, 404)
        assert str(printed) not in str(await globex.get("/v1/search", q="Muster invoice INV-7"))
        metrics = await asyncio.to_thread(running.metrics)
        assert 'docmill_messages_total{stage="read",tenant="acme",type=""} 3.0' in metrics
        await until(lambda: told(running, 'event="DocumentArchived",tenant="acme"} 1.0'))


def told(running: Running, text: str) -> bool:
    return text in running.metrics()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not await asyncio.to_thread(condition):  # noqa: ASYNC110 - it looks at other processes
            await asyncio.sleep(0.1)


async def test_it_goes_on_where_it_left_off(running: Running) -> None:
    key = await running.key("acme")
    async with Client(running.url, key) as client:
        first = [await client.submit(invoice_xml(f"A-{n}"), f"{n}.xml", key=f"k{n}") for n in range(20)]
    assert await asyncio.to_thread(running.stop) <= STOP_WALL_S_MAX
    assert not leftovers(running)
    await asyncio.to_thread(running.start)
    async with wiring.platform(running.settings) as platform, Client(running.url, key) as client:
        again = await client.submit(invoice_xml("A-0"), "0.xml", key="k0")
        assert again == first[0]
        counts = await settled(platform, [ACME], timeout_s=60)
        assert sum(counts.values()) == 20


def leftovers(running: Running) -> list[str]:
    """Command lines of processes that still work on the home."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().decode(errors="replace")
            known = (
                str(running.home) in line or str(running.home).encode() in (process / "environ").read_bytes()
            )
        except OSError:
            continue
        if known and process.name != str(os.getpid()):
            found.append(line)
    return found


async def test_a_second_platform_on_the_same_home_is_refused_with_a_sentence(running: Running) -> None:
    second = Running(running.home)
    second.launch()
    assert second.process is not None
    assert await asyncio.to_thread(second.process.wait, 30) == 1
    assert f"pid {running.process.pid if running.process else 0}" in running.said()
    assert (await asyncio.to_thread(httpx.get, f"{running.url}/health/ready")).status_code == 200


async def test_a_crash_while_a_zip_is_unpacked_leaves_exactly_its_members(running: Running) -> None:
    key = await running.key("acme")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number in range(50):
            archive.writestr(f"{number:02}.xml", invoice_xml(f"Z-{number}"))
    async with Client(running.url, key) as client, wiring.platform(running.settings) as platform:
        document = await client.submit(packed.getvalue(), "all.zip", key="zip")
        for _ in range(6):  # somewhere in the middle of it, whatever that is at the moment
            await asyncio.sleep(0.15)
            for pid, role in running.tree().items():
                if role == "worker":
                    os.kill(pid, signal.SIGKILL)
        counts = await settled(platform, [ACME], timeout_s=90)
        assert counts == {"unpacked": 1, "archived": 50}
        children = await platform.store.children(ACME, DocumentId(document))
        assert [child.ordinal for child in children] == list(range(50))
        assert len({child.blob.sha256 for child in children}) == 50


async def test_while_the_database_is_away_uploads_get_a_503_and_later_work_goes_on(running: Running) -> None:
    key = await running.key("acme")
    async with Client(running.url, key) as client:
        await client.submit(invoice_xml("D-1"), "1.xml", key="1")
        (database,) = [pid for pid, role in running.tree().items() if role == "database"]
        os.kill(running.process.pid if running.process else 0, signal.SIGSTOP)  # nobody starts it again
        os.kill(database, signal.SIGKILL)
        try:
            answer = await client.raw(
                "POST", "/v1/documents", params={"name": "2.xml"}, content=invoice_xml("D-2"),
                headers={"Idempotency-Key": "2"},
            )  # fmt: skip
            assert answer.status_code == 503
            assert answer.headers["Retry-After"]
            assert answer.json()["code"] == "unavailable"
        finally:
            os.kill(running.process.pid if running.process else 0, signal.SIGCONT)
        await client.submit(invoice_xml("D-2"), "2.xml", key="2")
        async with wiring.platform(running.settings) as platform:
            counts = await settled(platform, [ACME], timeout_s=60)
            assert counts == {"archived": 2}
