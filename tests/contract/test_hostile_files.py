"""Broken and hostile files from public corpora: each ends in a reading or in a code, and the same one each time.

A sample that is spread over types and expectations; all of them with `DOCMILL_TEST_LONG=1` (`make test-long`).
"""

import asyncio
import json
import os
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.contract.blank_ocr import BlankOcr

from docmill import wiring
from docmill.adapters.sandbox import SandboxedReader
from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.results import Status
from docmill.engines.types import load_shipped

SAMPLE = 150
WORDED = frozenset(("pdf", "docx", "xlsx", "pptx", "odt", "rtf", "eml", "msg", "html", "csv"))
"""Types whose readable files come back with words; pictures only with a page."""
DOCUMENT_CODES = frozenset(
    (
        ErrorCode.FILE_EMPTY, ErrorCode.FILE_TOO_LARGE, ErrorCode.FILE_TRUNCATED, ErrorCode.FILE_CORRUPT,
        ErrorCode.PASSWORD_REQUIRED, ErrorCode.TYPE_UNKNOWN, ErrorCode.TOO_MANY_PAGES,
        ErrorCode.TOO_MANY_PIXELS, ErrorCode.UNPACK_BOMB, ErrorCode.XML_FORBIDDEN, ErrorCode.PAGE_FAILED,
        ErrorCode.NOTHING_READABLE, ErrorCode.READER_LIMIT,
    )
)  # fmt: skip
"""What may be said of a file; READER_CRASHED is a bug, unless it was a library that died of it."""
AT_ONCE = 4


@dataclass(frozen=True)
class HostileFile:
    """``expect``: any, readable or refuse:password, as the folder's manifest says."""

    path: str
    kind: str
    expect: str
    data: bytes


@dataclass(frozen=True)
class Verdict:
    """``code`` is None where the file was read."""

    code: ErrorCode | None
    pages: int = 0
    words: int = 0
    members: int = 0
    detail: str = ""


@pytest.fixture(scope="module")
def files(hostile_dir: Path) -> list[HostileFile]:
    entries = [json.loads(line) for line in (hostile_dir / "manifest.jsonl").read_text().splitlines()]
    if not os.environ.get("DOCMILL_TEST_LONG"):
        entries = _spread(entries)
    return [
        HostileFile(entry["path"], entry["type"], entry["expect"], (hostile_dir / entry["path"]).read_bytes())
        for entry in entries
    ]


def _spread(entries: list[dict[str, str]]) -> list[dict[str, str]]:
    """The same files each time: of each type and expectation one, then a second one, and so on."""
    groups: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for entry in sorted(entries, key=lambda entry: entry["sha256"]):
        groups[entry["type"], entry["expect"]].append(entry)
    ranked = sorted(
        (rank, kind, entry["path"], entry)
        for kind, group in groups.items()
        for rank, entry in enumerate(group)
    )
    return [entry for *_, entry in ranked[:SAMPLE]]


@pytest.fixture(scope="module")
async def reader() -> AsyncIterator[SandboxedReader]:
    made = SandboxedReader(ocr=BlankOcr())
    yield made
    await made.close()


@pytest.fixture(scope="module")
async def verdicts(files: list[HostileFile], reader: SandboxedReader) -> dict[str, list[Verdict]]:
    """Three of each file, in processes of their own."""
    places = asyncio.Semaphore(AT_ONCE)

    async def judged(file: HostileFile) -> list[Verdict]:
        async with places:
            return [await _verdict(reader, file.data, file.path) for _ in range(3)]

    return {
        file.path: found for file, found in zip(files, await asyncio.gather(*map(judged, files)), strict=True)
    }


async def _verdict(reader: SandboxedReader, data: bytes, name: str) -> Verdict:
    try:
        found = await reader.read(data, name)
    except Rejected as refused:
        return Verdict(refused.code, detail=refused.detail)
    words = sum(len(page.words) for page in found.pages)
    return Verdict(None, len(found.pages), words, len(found.members))


def test_every_file_ends_in_a_reading_or_a_code_of_the_list(verdicts: dict[str, list[Verdict]]) -> None:
    wrong = {
        path: found[0]
        for path, found in verdicts.items()
        if found[0].code is not None
        and found[0].code not in DOCUMENT_CODES
        and not (found[0].code is ErrorCode.READER_CRASHED and found[0].detail.startswith("SIG"))
    }
    assert not wrong


def test_the_verdict_is_the_same_in_three_runs(verdicts: dict[str, list[Verdict]]) -> None:
    assert not {path: found for path, found in verdicts.items() if len(set(found)) != 1}


def test_what_is_readable_is_read(files: list[HostileFile], verdicts: dict[str, list[Verdict]]) -> None:
    readable = [file for file in files if file.expect == "readable"]
    assert readable
    assert not {file.path: verdicts[file.path][0] for file in readable if not verdicts[file.path][0].pages}
    wordless = [file.path for file in readable if file.kind in WORDED and not verdicts[file.path][0].words]
    # A slide with an empty table, and a text that is one linked picture: the letters counted there are no words.
    assert len(wordless) <= 2, wordless


def test_what_needs_a_password_says_so(files: list[HostileFile], verdicts: dict[str, list[Verdict]]) -> None:
    locked = [file for file in files if file.expect == "refuse:password"]
    assert locked
    wrong = {
        file.path: verdicts[file.path][0]
        for file in locked
        if verdicts[file.path][0].code is not ErrorCode.PASSWORD_REQUIRED
    }
    assert not wrong


async def test_extract_says_what_the_reader_says(
    files: list[HostileFile], verdicts: dict[str, list[Verdict]], reader: SandboxedReader
) -> None:
    """Through classification, extraction and rules: no stage stumbles over what the reader gives it."""
    mishaps: list[str] = []
    work = wiring.in_process(reader, list(load_shipped().values()))
    places = asyncio.Semaphore(AT_ONCE)

    async def judged(file: HostileFile) -> None:
        async with places:
            lines = await work.process(file.data, file.path)
        codes = [line.code for line in lines]
        assert ErrorCode.INTERNAL_ERROR not in codes, file.path
        said = verdicts[file.path][0]
        if said.code is not None and lines[0].code != said.code:
            mishaps.append(f"{file.path}: {said.code} by the reader, {lines[0].code} by extract")
        if said.words and lines[0].status in (Status.REJECTED, Status.FAILED):
            mishaps.append(f"{file.path}: read, then {lines[0].code}")

    await asyncio.gather(*map(judged, files))
    assert not mishaps
