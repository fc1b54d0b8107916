"""The disk that everything is on runs full, and has room again."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.flow.running import Client, Running, invoice_xml, settled

from docmill import wiring
from docmill.domain.tenants import TenantId

ACME = TenantId("acme")
DISK_SIZE = "400m"


@pytest.fixture
def small_home(home: Path) -> Iterator[Path]:
    """A home on a disk of its own; only root can mount one."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_SIZE},mode=711", "tmpfs", str(home)]
    if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("mounting a small disk is not allowed here")
    yield home
    subprocess.run(["umount", "-l", str(home)], check=True)


def fill(home: Path) -> Path:
    """Take all the room that is left."""
    filler = home / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    return filler


async def test_uploads_are_refused_while_the_disk_is_full_and_nothing_acknowledged_is_lost(
    small_home: Path,
) -> None:
    running = Running(small_home)
    try:
        running.start()
        key = await running.key("acme")
        async with Client(running.url, key) as client:
            before = await client.submit(invoice_xml("F-0"), "0.xml", key="0")
            filler = fill(small_home)
            for number in range(1, 6):
                answer = await client.raw(
                    "POST",
                    "/v1/documents",
                    params={"name": f"{number}.xml"},
                    content=invoice_xml(f"F-{number}") + b" " * 100_000,
                    headers={"Idempotency-Key": str(number)},
                )
                assert answer.status_code == 503
                assert answer.headers["Retry-After"]
                assert answer.json()["code"] in ("storage_full", "unavailable")
            ready = await client.raw("GET", "/health/ready")
            assert (ready.status_code, ready.json()["parts"]["blobs"] == "ok") == (503, False)
            filler.unlink()
            after = await client.submit(invoice_xml("F-9"), "9.xml", key="9")
            assert (await client.raw("GET", "/health/ready")).status_code == 200
        async with wiring.platform(running.settings) as platform:
            counts = await settled(platform, [ACME], timeout_s=90)
            assert counts == {"archived": 2}
            for document in (before, after):
                assert await platform.archive.versions(ACME, document)  # type: ignore[arg-type]
            assert not await platform.claims.dead_letters()
    finally:
        print(running.said()[-3000:])
        running.end()
