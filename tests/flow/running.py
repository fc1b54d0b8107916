"""A real platform in processes of its own, and files and clients for it."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, Self
from uuid import UUID

import httpx

from docmill import wiring
from docmill.domain.tenants import TenantId, Tier
from docmill.settings import Settings

ROOT = Path(__file__).parents[2]
READY = re.compile(r"docmill is ready: (http://\S+)")
ENDS = frozenset(("archived", "in_review", "rejected", "failed", "unpacked"))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@dataclass
class Running:
    """`docmill up` on a home; ``module`` may be another one that does the same with something broken."""

    home: Path
    workers: int = 2
    module: str = "docmill.entrypoints.cli"
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.home / "up.log"

    @property
    def settings(self) -> Settings:
        return Settings(home=self.home, port=self.port, workers=self.workers)

    def launch(self) -> None:
        command = [sys.executable, "-m", self.module, "up", "--home", str(self.home)]
        command += ["--port", str(self.port), "--workers", str(self.workers)]
        environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stderr=log, stdout=log, env=environment, cwd=ROOT)

    def start(self) -> None:
        """Launch, and wait for the ready line."""
        before = self.log.stat().st_size if self.log.exists() else 0
        self.launch()
        end = time.monotonic() + 90
        while not READY.search(self.said(before)):
            assert self.process is not None
            assert self.process.poll() is None, self.said(before)[-3000:]
            assert time.monotonic() < end, self.said(before)[-3000:]
            time.sleep(0.05)

    def said(self, after: int = 0) -> str:
        with self.log.open("rb") as log:
            log.seek(after)
            return log.read().decode(errors="replace")

    def stop(self) -> float:
        """Ask it to stop; return how many seconds that took."""
        assert self.process is not None
        start = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(60) == 0, self.said()[-3000:]
        self.process = None
        return time.monotonic() - start

    def end(self) -> None:
        """Leave nothing behind, whatever became of it."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        database = wiring.embedded_database(self.settings)
        assert database is not None
        database.stop()

    def metrics(self) -> str:
        """What Prometheus would get."""
        token = self.settings.metrics_token_file.read_text(encoding="ascii").strip()
        answer = httpx.get(f"{self.url}/metrics", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200, answer.text
        return answer.text

    def tree(self) -> dict[int, str]:
        """Every process of the platform and its role, by its command line."""
        assert self.process is not None
        # The database outlives the process that started it, and is then nobody's child.
        below = {*descendants(self.process.pid), *self._database()}
        return {pid: role for pid in below if (role := _role(pid))}

    def _database(self) -> list[int]:
        try:
            first = (self.home / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0]
        except (OSError, IndexError):
            return []
        return [int(first)]

    async def key(self, tenant: str, tier: Tier = Tier.POOL) -> str:
        """Make a tenant and a key for it."""
        async with wiring.platform(self.settings) as platform:
            await platform.tenancy.create(TenantId(tenant), tier=tier)
            return (await platform.identity.keys.create(TenantId(tenant), label="test")).secret


def descendants(pid: int) -> list[int]:
    """The process and all below it, the dead left out."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            parents[int(stat.parent.name)] = int(fields[1])
    found, fresh = [], [pid] if pid in parents else []
    while fresh:
        found += fresh
        fresh = [child for child, parent in parents.items() if parent in fresh]
    return found


def _role(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return ""
    if words[0].endswith("bin/postgres"):
        return "database"
    if words[0].startswith("postgres:"):
        return ""  # a part of the database, which dies as one
    if "up" in words:
        return "up"
    module = next((word for word in words if word.startswith("docmill.") or ".flow." in word), "child")
    return module.removeprefix("docmill.").removeprefix("entrypoints.")


class Client:
    """A tenant's client, which posts again with the same key until it is answered."""

    def __init__(self, url: str, key: str) -> None:
        self._http = httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=20.0)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._http.aclose()

    async def submit(self, data: bytes, name: str, *, key: str, tries: int = 400) -> UUID:
        """Return the document's id once the upload is acknowledged."""
        for _ in range(tries):
            try:
                answer = await self._http.post(
                    "/v1/documents", params={"name": name}, content=data, headers={"Idempotency-Key": key}
                )
            except httpx.TransportError:
                await asyncio.sleep(0.1)
                continue
            if answer.status_code in (200, 202):
                return UUID(answer.json()["document_id"])
            # 429: a clock that was set forward makes everything look as if it had waited for long.
            assert answer.status_code >= 500 or answer.status_code == 429, answer.text
            await asyncio.sleep(0.2)
        raise AssertionError(f"{name} was not taken in")

    async def get(self, path: str, **params: Any) -> Any:
        answer = await self._http.get(path, params=params)
        answer.raise_for_status()
        return answer.json()

    async def raw(self, method: str, path: str, **options: Any) -> httpx.Response:
        return await self._http.request(method, path, **options)


async def settled(platform: wiring.Platform, tenants: list[TenantId], *, timeout_s: float) -> dict[str, int]:
    """Wait until every document of the tenants has come to an end; return how many are in which state."""
    async with asyncio.timeout(timeout_s):
        while True:
            counts: dict[str, int] = {}
            for tenant in tenants:
                for state, count in (await platform.store.counts(tenant)).items():
                    counts[state] = counts.get(state, 0) + count
            if counts and counts.keys() <= ENDS and not await _waiting(platform):
                return counts
            await asyncio.sleep(0.2)


async def _waiting(platform: wiring.Platform) -> bool:
    return any(count for count, _age in (await platform.claims.backlog()).values())


def text_pdf(lines: list[str]) -> bytes:
    """One page of printed lines."""
    from reportlab.pdfgen.canvas import Canvas

    out = BytesIO()
    canvas = Canvas(out, pagesize=(595, 842), invariant=1)
    for at, line in enumerate(lines):
        canvas.drawString(60, 780 - 18 * at, line)
    canvas.save()
    return out.getvalue()


def invoice_pdf(number: str) -> bytes:
    return text_pdf(
        [
            "Muster GmbH",
            "INVOICE",
            f"Invoice number: {number}",
            "Invoice date: 2026-03-14",
            "Net total: 100.00 EUR",
            "VAT 19%: 19.00 EUR",
            "Total: 119.00 EUR",
        ]
    )


def invoice_xml(number: str) -> bytes:
    """A UBL invoice with what EN 16931 wants of the document as a whole."""
    cac = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
    cbc = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
    ubl = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Invoice xmlns="{ubl}" xmlns:cac="{cac}" xmlns:cbc="{cbc}">
  <cbc:CustomizationID>urn:cen.eu:en16931:2017</cbc:CustomizationID>
  <cbc:ID>{number}</cbc:ID><cbc:IssueDate>2026-03-14</cbc:IssueDate>
  <cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode><cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
  <cac:AccountingSupplierParty><cac:Party><cac:PartyName><cbc:Name>Muster GmbH</cbc:Name></cac:PartyName>
    <cac:PartyLegalEntity><cbc:RegistrationName>Muster GmbH</cbc:RegistrationName></cac:PartyLegalEntity>
  </cac:Party></cac:AccountingSupplierParty>
  <cac:AccountingCustomerParty><cac:Party>
    <cac:PartyLegalEntity><cbc:RegistrationName>Kunde AG</cbc:RegistrationName></cac:PartyLegalEntity>
  </cac:Party></cac:AccountingCustomerParty>
  <cac:TaxTotal><cbc:TaxAmount currencyID="EUR">19.00</cbc:TaxAmount>
    <cac:TaxSubtotal><cbc:TaxableAmount currencyID="EUR">100.00</cbc:TaxableAmount>
      <cbc:TaxAmount currencyID="EUR">19.00</cbc:TaxAmount><cac:TaxCategory><cbc:ID>S</cbc:ID>
      <cbc:Percent>19</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:TaxCategory>
    </cac:TaxSubtotal></cac:TaxTotal>
  <cac:LegalMonetaryTotal><cbc:LineExtensionAmount currencyID="EUR">100.00</cbc:LineExtensionAmount>
    <cbc:TaxExclusiveAmount currencyID="EUR">100.00</cbc:TaxExclusiveAmount>
    <cbc:TaxInclusiveAmount currencyID="EUR">119.00</cbc:TaxInclusiveAmount>
    <cbc:PayableAmount currencyID="EUR">119.00</cbc:PayableAmount></cac:LegalMonetaryTotal>
  <cac:InvoiceLine><cbc:ID>1</cbc:ID><cbc:InvoicedQuantity unitCode="C62">2</cbc:InvoicedQuantity>
    <cbc:LineExtensionAmount currencyID="EUR">100.00</cbc:LineExtensionAmount>
    <cac:Item><cbc:Name>Widget</cbc:Name><cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID>
      <cbc:Percent>19</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>
    </cac:ClassifiedTaxCategory></cac:Item>
    <cac:Price><cbc:PriceAmount currencyID="EUR">50.00</cbc:PriceAmount></cac:Price></cac:InvoiceLine>
</Invoice>
""".encode()
