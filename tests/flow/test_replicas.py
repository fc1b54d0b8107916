"""Three API processes on one socket: any of them answers anything, and one that dies is not missed."""

import asyncio
import os
import signal

import httpx
from tests.flow.running import Client, Running, invoice_xml, settled

from docmill import wiring
from docmill.domain.tenants import TenantId

ACME = TenantId("acme")


class ThreeProcesses(Running):
    """`docmill up` with `DOCMILL_API_PROCESSES=3`."""

    def launch(self) -> None:
        os.environ["DOCMILL_API_PROCESSES"] = "3"
        try:
            super().launch()
        finally:
            del os.environ["DOCMILL_API_PROCESSES"]

    def apis(self) -> set[int]:
        return {pid for pid, role in self.tree().items() if role == "api_server"}


async def every_answer(running: Running, key: str, path: str, *, until: int) -> dict[str, tuple[int, str]]:
    """What each process says to it, asked over connections of their own until so many have answered."""
    said: dict[str, tuple[int, str]] = {}
    headers = {"Authorization": f"Bearer {key}", "Connection": "close"}
    async with asyncio.timeout(60):
        while len(said) < until:
            async with httpx.AsyncClient(base_url=running.url, headers=headers, timeout=20) as client:
                for answer in await asyncio.gather(*(client.get(path) for _ in range(12))):
                    said[answer.headers["x-served-by"]] = (answer.status_code, answer.text)
    return said


async def test_any_process_answers_and_one_that_dies_is_not_missed(home: object) -> None:
    running = ThreeProcesses(home)  # type: ignore[arg-type]
    try:
        await asyncio.to_thread(running.start)
        key = await running.key("acme")
        async with Client(running.url, key) as client, wiring.platform(running.settings) as platform:
            first = await client.submit(invoice_xml("R-1"), "1.xml", key="r1")
            await settled(platform, [ACME], timeout_s=60)
            for path in (
                f"/v1/documents/{first}",
                f"/v1/documents/{first}/result",
                f"/v1/operations/{first}",
            ):
                said = await every_answer(running, key, path, until=3)
                assert set(said) == {"api-1", "api-2", "api-3"}
                assert len(set(said.values())) == 1, said
            before = running.apis()
            assert len(before) == 3
            os.kill(min(before), signal.SIGKILL)
            documents = [
                await client.submit(invoice_xml(f"R-{n}"), f"{n}.xml", key=f"r{n}") for n in range(2, 8)
            ]
            again = [await client.submit(invoice_xml(f"R-{n}"), f"{n}.xml", key=f"r{n}") for n in range(2, 8)]
            assert documents == again
            counts = await settled(platform, [ACME], timeout_s=60)
            assert sum(counts.values()) == 7
            said = await every_answer(running, key, f"/v1/documents/{documents[-1]}/result", until=3)
            assert {status for status, _ in said.values()} == {200}
            assert len(running.apis()) == 3
            assert running.apis() != before
    finally:
        print(running.said()[-3000:])
        await asyncio.to_thread(running.end)
