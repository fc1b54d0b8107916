"""Broken and hostile files from public corpora: each ends in a reading or in a code, and the same one each time."""

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from docmill.adapters.sandbox import SandboxedReader
from docmill.domain.errors import ErrorCode, Rejected
from docmill.engines.reading.parts import Pixels, Recognized

EVERY_NTH = 12
READ = ("pdf", "png", "jpeg", "tiff")
PLATFORM_CODES = {ErrorCode.INTERNAL_ERROR, ErrorCode.UNAVAILABLE}


class BlankOcr:
    async def recognize(self, pixels: Pixels) -> Recognized:
        return Recognized((), 0.0, "blank", 0.0)

    async def close(self) -> None: ...


@pytest.fixture(scope="module")
def hostile_dir() -> Path:
    """The corpus beside the checkout (`DOCMILL_HOSTILE`, else `../shared/hostile`)."""
    path = Path(os.environ.get("DOCMILL_HOSTILE", Path(__file__).parents[3] / "shared" / "hostile"))
    if not path.is_dir():
        pytest.skip(f"no hostile files at {path}: set DOCMILL_HOSTILE to their folder")
    return path


@pytest.fixture
async def reader() -> AsyncIterator[SandboxedReader]:
    made = SandboxedReader(ocr=BlankOcr())
    yield made
    await made.close()


async def _verdict(reader: SandboxedReader, data: bytes) -> str:
    try:
        found = await reader.read(data, "upload")
    except Rejected as refused:
        return refused.code
    return f"{len(found.pages)} pages" if found.pages else "read"


def _sample(folder: Path) -> list[tuple[dict[str, Any], bytes]]:
    entries = [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]
    return [(entry, (folder / entry["path"]).read_bytes()) for entry in entries[::EVERY_NTH]]


async def test_every_file_ends_in_a_reading_or_a_code(hostile_dir: Path, reader: SandboxedReader) -> None:
    for entry, data in _sample(hostile_dir):
        verdict = await _verdict(reader, data)
        assert verdict not in PLATFORM_CODES, entry["path"]
        assert verdict == await _verdict(reader, data), entry["path"]
        if entry["type"] not in READ:
            continue
        if entry["expect"] == "readable":
            assert verdict.endswith("pages"), (entry["path"], verdict)
        if entry["expect"] == "refuse:password":
            assert verdict == ErrorCode.PASSWORD_REQUIRED, entry["path"]
