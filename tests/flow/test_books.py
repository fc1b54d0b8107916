"""The ledger against the kernel: what the tenants and the platform are charged with is what the processes used."""

import asyncio
from pathlib import Path
from uuid import uuid4

import pytest
from tests.flow.running import Client, Running, descendants, invoice_pdf, invoice_xml, settled

from docmill import wiring
from docmill.adapters import cpu_clock
from docmill.domain.limits.fairness import LEDGER_FLUSH_S
from docmill.domain.tenants import TenantId
from docmill.domain.usage import Period, UsageBy

WITHIN = 0.05


def scan(number: str) -> bytes:
    """A picture of printed lines, for OCR."""
    from io import BytesIO

    from PIL import Image, ImageDraw, ImageFont

    page = Image.new("L", (1240, 900), 255)
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(32)
    lines = (
        "Muster GmbH",
        "INVOICE",
        f"Invoice number: {number}",
        "Net total: 100.00 EUR",
        "Total: 119.00 EUR",
    )
    for at, line in enumerate(lines):
        pen.text((120, 100 + 90 * at), line, fill=0, font=font)
    out = BytesIO()
    page.save(out, "PNG")
    return out.getvalue()


def used_by_docmill(running: Running) -> tuple[float, float]:
    """CPU seconds of all processes but the database's, and of those for OCR, as the kernel counts them."""
    assert running.process is not None
    up, ocr = running.process.pid, 0.0
    together = cpu_clock.of_process_alone(up)
    for pid in descendants(up):
        words = _words(pid)
        if pid == up or words[:1] == ["postgres:"] or "bin/postgres" in words[0]:
            continue
        # Of a process that lives, its own; of what it has waited for, all.
        together += cpu_clock.of_process(pid)
        if "docmill.adapters.ocr.server" in words:
            ocr += cpu_clock.of_process(pid)
    return together, ocr


def _words(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").replace(
            "\0", " "
        ).split() or [""]
    except OSError:
        return [""]


async def test_the_ledger_has_what_the_processes_used(running: Running) -> None:
    """PostgreSQL's share is not in it: its processes work for everybody in turn, and are told beside."""
    tenants = {name: await running.key(name) for name in ("first", "second", "third")}
    async with (
        wiring.platform(running.settings) as platform,
        Client(running.url, tenants["first"]) as first,
        Client(running.url, tenants["second"]) as second,
        Client(running.url, tenants["third"]) as third,
    ):
        for _ in range(15):
            await first.submit(invoice_xml(str(uuid4())), "a.xml", key=str(uuid4()))
            await second.submit(invoice_pdf(str(uuid4())), "a.pdf", key=str(uuid4()))
        for _ in range(6):
            await third.submit(scan(str(uuid4())), "a.png", key=str(uuid4()))
        await settled(platform, [TenantId(name) for name in tenants], timeout_s=150)
        await asyncio.sleep(2 * LEDGER_FLUSH_S)
        today = wiring.now().date()
        rows = {row.key: row.cost for row in await platform.ledger.totals(Period(today, today))}
        used, ocr = used_by_docmill(running)
        stages = {
            row.key: row.cost
            for row in await platform.ledger.usage(TenantId("third"), Period(today, today), by=UsageBy.STAGE)
        }
    booked = sum(cost.cpu_seconds for cost in rows.values())
    told = {tenant or "platform": round(cost.cpu_seconds, 2) for tenant, cost in rows.items()}
    print(f"booked {booked:.2f} s, used {used:.2f} s, OCR {ocr:.2f} s: {told}")
    assert rows.keys() == {"", *tenants}
    assert booked == pytest.approx(used, rel=WITHIN)
    # Were a part left out of the books, OCR for one, it would show.
    assert booked - ocr != pytest.approx(used, rel=WITHIN)
    # And it is charged to the tenant whose pages they were, not to everybody.
    assert stages["read"].cpu_seconds > 0.5 * ocr
    assert (rows["first"].pages, rows["second"].pages, rows["third"].pages) == (0, 15, 6)
    assert rows["third"].cpu_seconds > rows["first"].cpu_seconds
