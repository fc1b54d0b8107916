"""The OCR process: started on demand, replaced when it has had enough, gone when idle."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.contract import ocr_engines
from tests.contract.ocr_engines import DIES, ESCAPES, FINE, HANGS, REFUSES

from docmill.adapters.ocr import OcrProcess
from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.limits import child as limits
from docmill.engines.reading.parts import Pixels

ENGINE = "tests.contract.ocr_engines:Scripted"


@pytest.fixture
async def ocr() -> AsyncIterator[OcrProcess]:
    made = OcrProcess(engine=ENGINE, page_wall_s=5)
    yield made
    await made.close()


def _page(what: int = FINE) -> Pixels:
    return Pixels(2, 2, bytes([what, 0, 0, 0]))


def _runs(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


async def _pid(ocr: OcrProcess) -> int:
    return int((await ocr.recognize(_page())).words[0].text)


async def test_what_the_engine_finds_comes_back(ocr: OcrProcess) -> None:
    found = await ocr.recognize(_page())
    assert (found.skew_deg, found.engine, found.cpu_seconds) == (1.25, "scripted", 0.125)
    assert found.words[0].confidence == 0.5


async def test_it_reaches_no_network_and_starts_and_signals_nobody(ocr: OcrProcess) -> None:
    assert [word.text for word in (await ocr.recognize(_page(ESCAPES))).words] == [""]
    assert ocr_engines._open_ways() == ["socket", "program", "signal", "interface"], "here all are open"


async def test_the_process_stays_for_the_next_page(ocr: OcrProcess) -> None:
    assert await _pid(ocr) == await _pid(ocr)


@pytest.mark.parametrize("what", [DIES, HANGS, REFUSES])
async def test_a_page_that_cannot_be_read_is_refused_and_the_next_one_is_read(what: int) -> None:
    ocr = OcrProcess(engine=ENGINE, page_wall_s=0.7 if what == HANGS else 5)
    try:
        with pytest.raises(Rejected) as refused:
            await ocr.recognize(_page(what))
        assert refused.value.code is ErrorCode.PAGE_FAILED
    finally:
        await ocr.close()
    after = OcrProcess(engine=ENGINE)
    assert await _pid(after)
    await after.close()


async def test_the_process_is_replaced_after_so_many_pages(
    ocr: OcrProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "OCR_PAGES_PER_PROCESS", 2)
    pids = [await _pid(ocr) for _ in range(4)]
    assert pids[0] == pids[1] != pids[2] == pids[3]


async def test_the_process_is_replaced_when_it_has_grown(
    ocr: OcrProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "OCR_MEMORY_BYTES_MAX", 1)
    assert await _pid(ocr) != await _pid(ocr)


async def test_the_process_leaves_when_nothing_comes() -> None:
    ocr = OcrProcess(engine=ENGINE, idle_s=0.05)
    pid = await _pid(ocr)
    for _ in range(100):
        if not _runs(pid):
            break
        await asyncio.sleep(0.02)
    assert not _runs(pid)
    assert await _pid(ocr) != pid
    await ocr.close()


async def test_an_answer_that_came_too_late_is_not_taken_for_the_next_page(ocr: OcrProcess) -> None:
    await _pid(ocr)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await ocr.recognize(_page(HANGS))
    assert await _pid(ocr)


async def test_the_process_goes_with_its_owner(ocr: OcrProcess) -> None:
    await _pid(ocr)
    process = ocr._process
    assert process is not None
    assert ocr._socket is not None
    ocr._socket.close()  # what the kernel does when the owner is killed
    assert await asyncio.to_thread(process.wait, 5) == 0
