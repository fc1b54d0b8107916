"""What is said of a file does not depend on the way that it came: API and worker, `docmill extract`, the reader.

The hostile files of the public corpora go the same ways with `DOCMILL_TEST_LONG=1` (`make test-long`).
"""

import asyncio
import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.bombs.archives import plain_zip
from tests.bombs.office import word
from tests.flow.running import Client, Running, invoice_pdf, invoice_xml, settled
from tests.unit.reading.papers import encoded, line, pdf, picture

from docmill import wiring
from docmill.adapters.sandbox import SandboxedReader
from docmill.domain.errors import Rejected
from docmill.domain.tenants import TenantId

ACME = TenantId("acme")
READ = "read"
SETTLE_S = 300
LONG_SETTLE_S = 1800
HOSTILE_AT_ONCE = 40


def odd_files() -> dict[str, bytes]:
    """Polyglots, wrong names, cut-off files and locked ones, by the name that they are sent under."""
    invoice, xml = invoice_pdf("INV-7"), invoice_xml("INV-8")
    photo = encoded(picture(["Invoice INV-9", "Total 119.00"]), "JPEG")
    archive = plain_zip({"a.xml": invoice_xml("INV-10")})
    files = {
        "empty.pdf": b"",
        "blanks.txt": b" \n" * 40,
        "one-byte.xml": b"<",
        "a-pdf.xml": invoice,
        "an-xml.pdf": xml,
        "an-archive.pdf": archive,
        "a-photo.zip": photo,
        "no-name": invoice_pdf("INV-11"),
        "pdf-before-zip.zip": invoice_pdf("INV-12") + archive,
        "zip-before-pdf.pdf": archive + invoice_pdf("INV-13"),
        "photo-before-zip.jpg": photo + archive,
        "html-before-pdf.html": b"<html><body>" + invoice_pdf("INV-14"),
        "text-before-xml.xml": b"Total 119.00\n" + xml,
        "locked.pdf": pdf(line("Invoice INV-15"), encrypt="secret"),
        "locked.zip": _locked(archive),
        "upward.zip": plain_zip({"../../../tmp/docmill-was-here": b"x", "a.xml": invoice_xml("INV-16")}),
        "symlink.zip": _symlink(),
        "word.docx": word("<w:p><w:r><w:t>Invoice INV-17</w:t></w:r></w:p>"),
        "word-as.pdf": word("<w:p><w:r><w:t>Invoice INV-18</w:t></w:r></w:p>"),
        "program.pdf": b"MZ\x90\x00" + bytes(200),
    }
    for name, whole in (("a.pdf", invoice), ("a.xml", xml), ("a.jpg", photo), ("a.zip", archive)):
        for share in range(5, 100, 5):
            files[f"{share:02}-percent-of-{name}"] = whole[: len(whole) * share // 100]
    return files


def _locked(archive: bytes) -> bytes:
    """The archive with the mark that says its files are encrypted."""
    data = bytearray(archive)
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def _symlink() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("link.txt")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    return out.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    for name, data in odd_files().items():
        (tmp_path / name).write_bytes(data)
    yield tmp_path
    assert not Path("/tmp/docmill-was-here").exists()


async def test_polyglots_wrong_names_and_cut_off_files_end_the_same_by_every_way(
    running: Running, folder: Path
) -> None:
    files = odd_files()
    service = await _by_service(running, files, settle_s=SETTLE_S)
    extract = await asyncio.to_thread(_by_extract, [folder / name for name in files])
    assert extract == service
    reader = SandboxedReader()
    try:
        for name, data in files.items():
            # Whether there is anything in what was read is asked later than the reader.
            assert await _by_reader(reader, data, name) in (service[name], READ), name
    finally:
        await reader.close()
    assert service["an-xml.pdf"] == service["a-pdf.xml"] == service["no-name"] == READ
    assert service["locked.pdf"] == service["locked.zip"] == "password_required"
    assert service["upward.zip"] == service["symlink.zip"] == "file_corrupt"
    assert service["empty.pdf"] == "file_empty"
    assert "internal_error" not in service.values()


@pytest.mark.long
async def test_every_hostile_file_ends_the_same_by_the_service_and_by_extract(running: Running) -> None:
    root = Path(os.environ.get("DOCMILL_HOSTILE", Path(__file__).parents[3] / "shared" / "hostile"))
    entries = [json.loads(line) for line in (root / "manifest.jsonl").read_text().splitlines()]
    paths = {entry["path"]: root / entry["path"] for entry in entries}
    service = await _by_service(
        running, {name: path.read_bytes() for name, path in paths.items()}, settle_s=LONG_SETTLE_S
    )
    extract = await asyncio.to_thread(_by_extract, [paths[name] for name in sorted(paths)], root)
    assert {name: (service[name], extract[name]) for name in paths if service[name] != extract[name]} == {}
    assert not {name for name in paths if service[name] in ("internal_error", "unavailable")}


async def _by_service(running: Running, files: dict[str, bytes], *, settle_s: float) -> dict[str, str]:
    """Upload to the API, let the workers work, and ask how each operation has ended."""
    found: dict[str, str] = {}
    places = asyncio.Semaphore(HOSTILE_AT_ONCE)
    async with Client(running.url, await running.key("acme")) as client:

        async def send(name: str, data: bytes) -> tuple[str, str]:
            async with places:
                answer = await client.raw("POST", "/v1/documents", params={"name": name}, content=data)
            if answer.status_code in (200, 202):
                return name, str(answer.json()["document_id"])
            assert answer.status_code < 500, answer.text
            found[name] = answer.json()["code"]
            return name, ""

        sent = dict(await asyncio.gather(*(send(name, data) for name, data in files.items())))
        async with wiring.platform(running.settings) as platform:
            await settled(platform, [ACME], timeout_s=settle_s)
        for name, document in sent.items():
            if document:
                found[name] = (await client.get(f"/v1/operations/{document}"))["code"] or READ
    return found


def _by_extract(paths: list[Path], root: Path | None = None) -> dict[str, str]:
    """`docmill extract`, as its users start it."""
    done = subprocess.run(
        [sys.executable, "-m", "docmill.entrypoints.cli", "extract", *map(str, paths)],
        capture_output=True,
        check=False,
    )
    assert b"please report it" not in done.stderr, done.stderr.decode(errors="replace")[-2000:]
    lines = {row["file"]: row["code"] for row in map(json.loads, done.stdout.splitlines())}
    return {str(path.relative_to(root)) if root else path.name: lines[str(path)] or READ for path in paths}


async def _by_reader(reader: SandboxedReader, data: bytes, name: str) -> str:
    try:
        await reader.read(data, name)
    except Rejected as refused:
        return refused.code.value
    return READ
