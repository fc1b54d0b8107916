"""One worker, hundreds of mixed documents: its memory stays flat, and nothing is left behind.

500 documents; 2,000 with `DOCMILL_TEST_LONG=1` (`make test-long`).
"""

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.bombs import BOMBS
from tests.bombs.archives import plain_zip
from tests.bombs.office import book, word
from tests.flow.running import Client, Running, descendants, invoice_pdf, invoice_xml, settled
from tests.homes import home_folder
from tests.unit.reading.papers import encoded, picture

from docmill import wiring
from docmill.domain.tenants import TenantId

ACME = TenantId("acme")
DOCUMENTS = 2_000 if os.environ.get("DOCMILL_TEST_LONG") else 500
WARM_UP = 150
GROWTH_BYTES_MAX = 8 * 1024 * 1024
"""What the worker may hold after all documents beyond what it held after the first: caches, free lists."""
DESCRIPTORS_MORE_MAX = 3
"""Database connections come and go."""
AT_ONCE = 20


def mixed(number: int) -> tuple[str, bytes]:
    """The document of this number; of a hundred two need OCR, and three fight."""
    name = f"M-{number}"
    if number % 50 == 17:
        return f"{name}.png", encoded(picture([f"Invoice {name}", "Total 119.00"]), "PNG")
    if number % 100 == 31:
        return f"{name}.pdf", BOMBS["blank_content_of_8_gib"].make()
    if number % 50 == 41:
        return f"{name}.xml", BOMBS["xml_of_a_billion_laughs"].make() + name.encode()
    text = f"Invoice {name}\nTotal 119.00 EUR\n"
    kinds: list[tuple[str, bytes]] = [
        ("pdf", invoice_pdf(name)),
        ("xml", invoice_xml(name)),
        ("txt", text.encode()),
        ("csv", f"number;total\n{name};119.00\n".encode()),
        ("html", f"<!doctype html><html><body><table><tr><td>{name}<td>119.00</table>".encode()),
        ("eml", f"From: a@example.com\nSubject: {name}\nMIME-Version: 1.0\n\n{text}".encode()),
        ("docx", word(f"<w:p><w:r><w:t>Invoice {name}</w:t></w:r></w:p>")),
        (
            "xlsx",
            book(
                f'<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>{name}</t></is></c></row></sheetData>'
            ),
        ),
        ("rtf", f"{{\\rtf1\\ansi Invoice {name}\\par Total 119.00\\par}}".encode()),
        ("zip", plain_zip({"a.xml": invoice_xml(name + "a"), "b.pdf": invoice_pdf(name + "b")})),
        ("pdf", invoice_pdf(name)[: 400 + number]),
    ]
    suffix, data = kinds[number % len(kinds)]
    return f"{name}.{suffix}", data


@dataclass(frozen=True)
class Held:
    """What a process holds: memory of its own, open files, processes below it."""

    memory_bytes: int
    descriptors: int
    processes: int


@pytest.fixture
def one_worker() -> Iterator[Running]:
    with home_folder() as home:
        platform = Running(home, workers=1)
        try:
            platform.start()
            yield platform
        finally:
            print(platform.said()[-4000:])
            platform.end()


async def test_a_worker_is_after_all_documents_what_it_was_after_the_first(one_worker: Running) -> None:
    async with (
        wiring.platform(one_worker.settings) as platform,
        Client(one_worker.url, await one_worker.key("acme")) as client,
    ):
        await _through(platform, client, range(WARM_UP))
        before = _held(_worker(one_worker))
        await _through(platform, client, range(WARM_UP, DOCUMENTS))
        after = _held(_worker(one_worker))
        counts = await platform.store.counts(ACME)
    assert sum(counts.values()) >= DOCUMENTS
    assert counts.get("failed", 0) == 0, counts
    assert after.memory_bytes - before.memory_bytes <= GROWTH_BYTES_MAX
    assert after.descriptors <= before.descriptors + DESCRIPTORS_MORE_MAX
    assert after.processes <= before.processes


async def _through(platform: wiring.Platform, client: Client, numbers: range) -> None:
    places = asyncio.Semaphore(AT_ONCE)

    async def send(number: int) -> None:
        name, data = mixed(number)
        async with places:
            await client.submit(data, name, key=name)

    await asyncio.gather(*map(send, numbers))
    await settled(platform, [ACME], timeout_s=600)


def _worker(running: Running) -> int:
    (pid,) = [pid for pid, role in running.tree().items() if role == "worker"]
    return pid


def _held(pid: int) -> Held:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    pss = next(int(line.split()[1]) for line in rollup if line.startswith("Pss:"))
    return Held(pss * 1024, len(list(Path(f"/proc/{pid}/fd").iterdir())), len(descendants(pid)))
