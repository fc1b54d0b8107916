"""A reader that a file has broken: it costs the page that it was at, and nobody else anything."""

import asyncio
import gc
import json
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.contract.test_reader import TASKS, BlankOcr, _no_children, _zygote

from docmill.adapters.sandbox import SandboxedReader, window
from docmill.domain.appearance import Printed
from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.limits import child as limits
from docmill.domain.limits import units
from docmill.domain.pages import Box
from docmill.domain.reading_limits import DEFAULT

TIMES = 100 if os.environ.get("DOCMILL_TEST_LONG") else 20
SHORT = replace(
    DEFAULT,
    child_memory_bytes_max=128 * units.MIB,
    child_first_page_wall_s_max=1.0,
    child_set_wall_s_max=2.0,
    child_page_wall_s_max=0.3,
)
CRASHED, LIMIT = ErrorCode.READER_CRASHED, ErrorCode.READER_LIMIT
MISBEHAVIOUR = {
    "hang": LIMIT,
    "spin": LIMIT,
    "eat memory": LIMIT,
    "leave": CRASHED,
    "die": CRASHED,
    "raise": CRASHED,
    "print garbage": CRASHED,
    "announce too much": CRASHED,
}


@pytest.fixture(scope="module")
async def reader() -> AsyncIterator[SandboxedReader]:
    made = SandboxedReader(ocr=BlankOcr(), tasks=TASKS)
    await made.read(b"tell", "warm")
    yield made
    await made.close()


def script(pages: int, at: dict[int | str, str], **more: object) -> bytes:
    return json.dumps({"pages": pages, "at": at, **more}).encode()


async def failed_pages(reader: SandboxedReader, document: bytes) -> list[int]:
    reading = await reader.read(document, "a.pdf", allowed=SHORT)
    assert [page.number for page in reading.pages] == list(range(1, len(reading.pages) + 1))
    assert {page.error for page in reading.pages} <= {None, ErrorCode.PAGE_FAILED.value}
    return [page.number for page in reading.pages if page.error]


@pytest.mark.parametrize("what", MISBEHAVIOUR)
async def test_the_worker_survives_it_again_and_again(reader: SandboxedReader, what: str) -> None:
    quick = replace(SHORT, child_first_page_wall_s_max=0.1)
    await _misbehave(reader, what, quick, times=2)  # what is loaded and cached once is no leak
    zygote, before = _zygote(reader), _held(_zygote(reader))
    await _misbehave(reader, what, quick, times=TIMES)
    assert _zygote(reader) == zygote
    assert await _no_children(zygote)
    assert _held(zygote) == before
    assert _resident_bytes(zygote) < 400 * units.MIB
    assert (await reader.read(b"tell", "a.pdf")).reader.startswith("uid=")


async def _misbehave(reader: SandboxedReader, what: str, allowed: object, *, times: int) -> None:
    for _ in range(times):
        with pytest.raises(Rejected) as refused:
            await reader.read(what.encode(), "a.pdf", allowed=allowed)
        assert refused.value.code is MISBEHAVIOUR[what]
    await _no_children(_zygote(reader))
    gc.collect()


def _held(zygote: int) -> list[int]:
    """The descriptors of the zygote and of its owner."""
    return [len(list(Path(f"/proc/{process}/fd").iterdir())) for process in (zygote, "self")]


def _resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize("what", MISBEHAVIOUR)
async def test_a_page_that_brings_its_reader_down_is_marked_and_the_others_are_read(
    reader: SandboxedReader, what: str
) -> None:
    assert await failed_pages(reader, script(5, {3: what})) == [3]
    assert await _no_children(_zygote(reader))


async def test_the_first_and_the_last_page_may_be_the_one(reader: SandboxedReader) -> None:
    assert await failed_pages(reader, script(3, {1: "die"})) == [1]
    assert await failed_pages(reader, script(3, {1: "hang"})) == [1]
    assert await failed_pages(reader, script(3, {3: "eat memory"})) == [3]


async def test_a_reader_that_begins_at_the_first_page_again_brings_nothing_twice(
    reader: SandboxedReader,
) -> None:
    document = script(4, {4: "die"}, attachments=2, again=True)
    reading = await reader.read(document, "a.pdf", allowed=SHORT)
    assert [page.number for page in reading.pages] == [1, 2, 3, 4]
    assert len(reading.attachments) == 2


async def test_attachments_found_before_the_end_are_kept(reader: SandboxedReader) -> None:
    reading = await reader.read(script(3, {2: "leave"}, attachments=3), "a.pdf", allowed=SHORT)
    assert len(reading.attachments) == 3


async def test_so_many_pages_may_fail_and_no_more(reader: SandboxedReader) -> None:
    bad = range(2, 2 + limits.CHILD_RESTARTS_MAX)
    assert await failed_pages(reader, script(20, dict.fromkeys(bad, "die"))) == list(bad)
    with pytest.raises(Rejected) as refused:
        await failed_pages(reader, script(20, dict.fromkeys([*bad, bad.stop], "die")))
    assert refused.value.code is CRASHED


@pytest.mark.parametrize(("what", "code"), [("die", CRASHED), ("hang", LIMIT), ("eat memory", LIMIT)])
async def test_a_document_without_a_page_that_can_be_read_has_the_code_of_its_end(
    reader: SandboxedReader, what: str, code: ErrorCode
) -> None:
    for pages in (1, 3, 50):
        with pytest.raises(Rejected) as refused:
            await reader.read(script(pages, {"all": what}), "a.pdf", allowed=SHORT)
        assert refused.value.code is code


async def test_what_a_file_is_refused_for_is_not_a_matter_of_one_page(reader: SandboxedReader) -> None:
    with pytest.raises(Rejected) as refused:
        await reader.read(script(3, {2: "refuse"}), "a.pdf", allowed=SHORT)
    assert refused.value.code is ErrorCode.FILE_CORRUPT


async def test_pages_that_hang_do_not_get_more_time_than_their_set(reader: SandboxedReader) -> None:
    hasty = replace(SHORT, child_set_wall_s_max=0.5)
    with pytest.raises(Rejected) as refused:
        await reader.read(script(9, dict.fromkeys(range(2, 6), "hang")), "a.pdf", allowed=hasty)
    assert refused.value.code is LIMIT


async def test_progress_counts_the_pages_that_failed(reader: SandboxedReader) -> None:
    told: list[tuple[int, int]] = []
    await reader.read(
        script(3, {2: "die"}), "a.pdf", allowed=SHORT, progress=lambda done, pages: told.append((done, pages))
    )
    assert told == [(1, 3), (2, 3), (3, 3)]


async def test_the_verdict_is_the_same_each_time(reader: SandboxedReader) -> None:
    document = script(6, {2: "die", 4: "eat memory", 5: "print garbage"})
    assert [await failed_pages(reader, document) for _ in range(5)] == [[2, 4, 5]] * 5


async def test_limits_reach_the_child(reader: SandboxedReader) -> None:
    """CPU time is counted in whole seconds: one is enough to see that it is this limit."""
    with pytest.raises(Rejected) as refused:
        await reader.read(
            b"spin", "a.pdf", allowed=replace(DEFAULT, child_cpu_s_max=1, child_first_page_wall_s_max=8.0)
        )
    assert (refused.value.code, refused.value.detail) == (LIMIT, "CPU time")


async def test_others_are_read_while_one_misbehaves() -> None:
    reader = SandboxedReader(ocr=BlankOcr(), tasks=TASKS)
    try:
        bad = asyncio.create_task(reader.read(b"hang", "a.pdf", allowed=SHORT))
        good = [await reader.read(b"tell", "a.pdf") for _ in range(5)]
        assert len(good) == 5
        with pytest.raises(Rejected):
            await bad
    finally:
        await reader.close()


async def test_what_crosses_in_the_window_is_what_was_put_there(reader: SandboxedReader) -> None:
    noise = os.urandom(3_000_000)
    assert await reader.render(noise, "echo", 1, dpi=10) == noise


@pytest.mark.parametrize("what", ["lie about the window", "go around the window"])
async def test_only_what_is_in_the_window_is_taken(reader: SandboxedReader, what: str) -> None:
    with pytest.raises(Rejected) as refused:
        await reader.read(what.encode(), "a.pdf")
    assert refused.value.code is CRASHED


def test_the_window_can_be_written_and_not_be_made_larger() -> None:
    view = window.Window()
    try:
        with pytest.raises(PermissionError):
            os.ftruncate(view.fd, window.SIZE_BYTES + 1)
        with pytest.raises(PermissionError):
            os.pwrite(view.fd, b"x", window.SIZE_BYTES)
        assert os.pwrite(view.fd, b"x", 0) == 1
    finally:
        view.close()


def test_the_bytes_of_a_document_cannot_be_changed() -> None:
    fd = window.document(b"abc")
    with pytest.raises(PermissionError):
        os.pwrite(fd, b"x", 0)
    assert window.contents(fd) == b"abc"


async def test_a_reader_that_brings_old_pages_without_end_is_ended(reader: SandboxedReader) -> None:
    """Each page winds the clock up again, also one that is known."""
    assert await failed_pages(reader, b"say the same page without end") == [2, 3]


async def test_a_reader_that_doubts_without_end_is_ended(reader: SandboxedReader) -> None:
    printed = [Printed(1, Box(0.0, 0.0, 1.0, 1.0), "12,50")]
    with pytest.raises(Rejected) as refused:
        await reader.compare(b"", "a.pdf", printed, allowed=SHORT)
    assert refused.value.code is CRASHED
