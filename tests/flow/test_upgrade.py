"""The last release's processes on this release's schema, after the migrations that may run beside them."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.flow.running import ROOT, Client, Running, invoice_pdf, invoice_xml, settled
from tests.homes import home_folder

from docmill import wiring
from docmill.domain.tenants import TenantId

LAST_RELEASE = "1362e8b"  # the last commit before the platform had identity, fair share and repair
ACME = TenantId("acme")

# Its own workers and API; the migrations were run before, so its own `up` must not run them.
UP = """
from unittest import mock
from docmill import wiring
from docmill.entrypoints import cli
with mock.patch.object(wiring, "migrate", lambda settings: 0):
    cli.main()
"""


@pytest.fixture(scope="module")
def last_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its source, out of the repository's own history."""
    there = subprocess.run(
        ["git", "cat-file", "-e", LAST_RELEASE], cwd=ROOT, capture_output=True, check=False
    )
    if there.returncode:
        message = f"{LAST_RELEASE} is not here: clone with the whole history to run this"
        if os.environ.get("CI") and _whole_history():
            pytest.fail(message)
        pytest.skip(message)
    folder = tmp_path_factory.mktemp("last")
    packed = subprocess.run(
        ["git", "archive", LAST_RELEASE, "src"], cwd=ROOT, capture_output=True, check=True
    )
    subprocess.run(["tar", "x", "-C", str(folder)], input=packed.stdout, check=True)
    (folder / "up_without_migrating.py").write_text(UP)
    return folder


def _whole_history() -> bool:
    """False for a shallow clone, and for sources that were unpacked without any."""
    told = subprocess.run(
        ["git", "rev-parse", "--is-shallow-repository"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return told.stdout.strip() == "false"


class LastRelease(Running):
    """`docmill up` of the last release."""

    source: Path

    def launch(self) -> None:
        command = [sys.executable, "-m", "up_without_migrating", "up", "--home", str(self.home)]
        command += ["--port", str(self.port), "--workers", str(self.workers)]
        environment = {**os.environ, "PYTHONPATH": f"{self.source / 'src'}{os.pathsep}{self.source}"}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stderr=log, stdout=log, env=environment, cwd=self.source)


def migrated(running: Running, kind: str) -> None:
    database = wiring.embedded_database(running.settings)
    assert database is not None
    database.start()
    try:
        wiring.migrate(running.settings, kinds=(kind,))
    finally:
        database.stop()


def old(source: Path, running: Running, program: str) -> str:
    """Run a few lines of the last release against the database that runs."""
    environment = {**os.environ, "PYTHONPATH": str(source / "src"), "DOCMILL_HOME": str(running.home)}
    done = subprocess.run(
        [sys.executable, "-m", "docmill.entrypoints.cli", *program.split()],
        env=environment, cwd=source, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def _require_all_of(source: Path, running: Running) -> None:
    """None of the processes is of this release."""
    for pid, role in running.tree().items():
        if role.startswith(("worker", "api", "sequencer")):
            assert str(source).encode() in Path(f"/proc/{pid}/environ").read_bytes(), role


async def test_the_last_release_works_on_the_schema_of_this_one_until_it_is_replaced(
    last_release: Path,
) -> None:
    with home_folder() as home:
        running = LastRelease(home)
        running.source = last_release
        try:
            await asyncio.to_thread(migrated, running, "pre")
            await asyncio.to_thread(running.start)
            _require_all_of(last_release, running)
            made = await asyncio.to_thread(old, last_release, running, "tenants create acme --format json")
            key = json.loads(made)["key"]
            async with Client(running.url, key) as client:
                assert (await client.raw("GET", "/v1/letters")).status_code == 404  # it has none of that
                for number in range(6):
                    data = invoice_xml(str(number)) if number % 2 else invoice_pdf(str(number))
                    await client.submit(data, f"{number}.{'xml' if number % 2 else 'pdf'}", key=str(number))
                async with wiring.platform(running.settings) as platform:
                    counts = await settled(platform, [ACME], timeout_s=90)
                    assert counts == {"archived": 3, "in_review": 3} or sum(counts.values()) == 6, counts
                    assert "failed" not in counts
                    assert await platform.claims.dead_letters() == []
                documents = (await client.get("/v1/documents"))["items"]
                gone = await client.raw("DELETE", f"/v1/documents/{documents[0]['id']}")
                assert gone.status_code == 204, gone.text
                assert (await client.get("/v1/search", q="Muster"))["items"]
            await asyncio.to_thread(running.stop)
        finally:
            print(running.said()[-4000:] if running.log.exists() else "never started")
            running.end()
        await asyncio.to_thread(migrated, running, "post")
        this = Running(home)
        try:
            await asyncio.to_thread(this.start)
            async with Client(this.url, key) as client, wiring.platform(this.settings) as platform:
                assert len((await client.get("/v1/documents"))["items"]) == 5
                await client.submit(invoice_xml("new"), "new.xml", key="new")
                assert "failed" not in await settled(platform, [ACME], timeout_s=90)
        finally:
            print(this.said()[-2000:])
            this.end()
