"""Deleting, as the one who deletes sees it: out of reach at once, off the disk after the grace, and nobody else's."""

import os
import time
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from tests.flow.running import Client, Running, invoice_pdf, invoice_xml, settled

from docmill import wiring
from docmill.domain.documents import Blob
from docmill.domain.limits.flow import BLOB_GRACE_HOURS
from docmill.domain.tenants import TenantId
from docmill.stages.collect import Collected

ACME = TenantId("acme")


def on_disk(running: Running, blob: Blob | None) -> Path:
    assert blob is not None
    return running.home / "blobs" / "acme" / blob.sha256[:2] / blob.sha256


def age_all(running: Running, *, hours: float) -> None:
    """Let so much time pass for every file."""
    then = time.time() - 3_600 * hours
    for path in (running.home / "blobs").rglob("*"):
        if path.is_file():
            os.utime(path, (then, then))


async def collected(platform: wiring.Platform) -> Collected:
    return await replace(wiring.collector(platform), recheck_s=0).collect()


async def statuses(client: Client, document: UUID) -> set[int]:
    parts = ("", "/file", "/result", "/versions", "/pages/1", "/pages/1.png")
    return {(await client.raw("GET", f"/v1/documents/{document}{part}")).status_code for part in parts}


async def test_a_deleted_document_is_gone_at_once_and_its_files_after_the_grace(running: Running) -> None:
    key = await running.key("acme")
    async with Client(running.url, key) as acme, wiring.platform(running.settings) as platform:
        gone = await acme.submit(invoice_pdf("INV-7"), "a.pdf", key="a")
        kept = await acme.submit(invoice_xml("INV-8"), "b.xml", key="b")
        await settled(platform, [ACME], timeout_s=60)
        before = {document: await platform.store.load(ACME, document) for document in (gone, kept)}
        file, reading = (on_disk(running, blob) for blob in (before[gone].blob, before[gone].run.reading))
        orphan = on_disk(running, await platform.blobs.put(ACME, b"whose row never came"))

        assert (await acme.raw("DELETE", f"/v1/documents/{gone}")).status_code == 204
        assert await statuses(acme, gone) == {410}
        assert str(gone) not in str(await acme.get("/v1/search", q="INV-7"))
        assert await collected(platform) == Collected()
        assert (file.exists(), reading.exists(), orphan.exists()) == (True, True, True)

        age_all(running, hours=BLOB_GRACE_HOURS + 1)
        assert await collected(platform) == Collected(blobs=3)
        assert (file.exists(), reading.exists(), orphan.exists()) == (False, False, False)
        assert await statuses(acme, gone) == {410}
        assert (await acme.raw("GET", f"/v1/documents/{kept}/file")).content == invoice_xml("INV-8")
        assert on_disk(running, before[kept].run.reading).exists()

        again = await acme.submit(invoice_pdf("INV-7"), "a.pdf", key="c")
        await settled(platform, [ACME], timeout_s=60)
        assert again != gone
        assert (await acme.get(f"/v1/documents/{again}/result"))["value"]["invoice_number"] == "INV-7"
