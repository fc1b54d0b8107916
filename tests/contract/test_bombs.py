"""Small files that ask for much are read or refused within the limits, and nobody else notices."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from tests.bombs import BOMBS, READ, Bomb
from tests.bombs.watch import watched
from tests.contract.blank_ocr import BlankOcr
from tests.unit.reading.papers import line, pdf

from docmill.adapters.sandbox import SandboxedReader
from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.limits import child as child_limits
from docmill.domain.limits import documents as limits
from docmill.domain.pages import Reading
from docmill.domain.reading_limits import DEFAULT

MIB = 1024 * 1024
MEMORY_BYTES_MAX = 1024 * MIB
DISK_BYTES_MAX = 64 * MIB
PARENT_BYTES_MAX = 256 * MIB
WORDS_MAX = 100_000
SHARED_BYTES_MAX = 128 * MIB
"""What a child has of its zygote before it looks at the file."""
SOONER = replace(DEFAULT, child_first_page_wall_s_max=3.0, child_set_wall_s_max=3.0)
"""The clock fires the same way as it does later. On a slow machine it may fire before anything else does."""
OUT_OF_TIME = f"{ErrorCode.READER_LIMIT}: time"
INVOICE = pdf(line("Invoice INV-7"), line("Total 119.00"))


@pytest.fixture(scope="module")
async def reader() -> AsyncIterator[SandboxedReader]:
    made = SandboxedReader(ocr=BlankOcr())
    await made.read(INVOICE, "a.pdf")
    yield made
    await made.close()


def test_the_clock_leaves_less_than_ten_seconds() -> None:
    assert child_limits.CHILD_FIRST_PAGE_WALL_S_MAX <= 9
    assert child_limits.CHILD_MEMORY_BYTES_MAX <= MEMORY_BYTES_MAX
    assert len(BOMBS) >= 40


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=list(BOMBS))
async def test_a_bomb_ends_within_the_limits_and_hurts_nobody(
    reader: SandboxedReader, bomb: Bomb, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "WORDS_MAX", WORDS_MAX)
    data = bomb.make()
    zygote = reader._warden._zygote
    assert zygote is not None
    with watched(zygote.pid) as taken:
        verdict, other = await asyncio.gather(
            _verdict(reader, data, bomb.file_name), reader.read(INVOICE, "a.pdf")
        )
    assert _words(other) == ["Invoice", "INV-7", "Total", "119.00"]
    assert verdict in bomb.ends or verdict == OUT_OF_TIME
    assert taken.child <= MEMORY_BYTES_MAX + SHARED_BYTES_MAX
    assert taken.parent <= PARENT_BYTES_MAX
    assert taken.written <= DISK_BYTES_MAX
    assert reader._warden._zygote is zygote, "the zygote has died of it"


async def _verdict(reader: SandboxedReader, data: bytes, name: str) -> str:
    """A code, READ or OUT_OF_TIME. An exception that nobody has translated is told by its name."""
    try:
        await reader.read(data, name, allowed=SOONER)
    except Rejected as refused:
        if refused.code is ErrorCode.READER_CRASHED and not refused.detail.startswith("SIG"):
            return f"{refused.code}: {refused.detail}"
        out_of_time = refused.code is ErrorCode.READER_LIMIT and refused.detail == "time"
        return OUT_OF_TIME if out_of_time else refused.code.value
    return READ


def _words(reading: Reading) -> list[str]:
    return [word.text for page in reading.pages for word in page.words]
