"""What every reader keeps to, and what the sandbox does with files that fight."""

import asyncio
import io
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.unit.reading.papers import encoded, image_on_page, line, pdf, picture

from docmill import wiring
from docmill.adapters.ocr import OcrProcess
from docmill.adapters.sandbox import LockState, SandboxedReader, locks, warden
from docmill.adapters.sandbox.locking import seccomp, trial
from docmill.domain.errors import DocmillError, ErrorCode, NotFound, Rejected
from docmill.domain.pages import Page, Provenance
from docmill.domain.reading_limits import DEFAULT
from docmill.engines import reading
from docmill.engines.reading.parts import Pixels, Recognized
from docmill.entrypoints.cli.local import pipeline
from docmill.settings import Settings

RECEIPT = [
    "EXAMPLE STORE LTD",
    "Receipt 4711",
    "Coffee          3.20",
    "Sandwich        5.90",
    "TOTAL           9.10",
]
TASKS = "tests.contract.reader_tasks"


class BlankOcr:
    """Stands in for an OCR that sees nothing."""

    async def recognize(self, pixels: Pixels) -> Recognized:
        return Recognized((), 0.0, "blank", 0.0)

    async def close(self) -> None: ...


@pytest.fixture
async def reader() -> AsyncIterator[SandboxedReader]:
    made = SandboxedReader(ocr=BlankOcr())
    yield made
    await made.close()


@pytest.fixture
async def fighting() -> AsyncIterator[SandboxedReader]:
    made = SandboxedReader(ocr=BlankOcr(), tasks=TASKS)
    yield made
    await made.close()


def _zygote(reader: SandboxedReader) -> int:
    process = reader._warden._zygote
    assert process is not None
    return process.pid


def _children(pid: int) -> list[int]:
    """Without the first process of the children's namespace, which sleeps as long as the zygote lives."""
    try:
        return [child for child in _born(pid) if not _is_first_of_a_namespace(child)]
    except (FileNotFoundError, ProcessLookupError):
        return []


def _born(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _lives(pid: int) -> bool:
    """False also for one that has ended and that nobody has buried yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _is_first_of_a_namespace(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status").read_text()
    numbers = next(line.split()[1:] for line in status.splitlines() if line.startswith("NSpid:"))
    return len(numbers) > 1 and numbers[-1] == "1"


def _bytes_written() -> int:
    """What a child has left behind; removed for the next time."""
    target = Path("/tmp/docmill-child-was-here")
    written = target.stat().st_size if target.exists() else 0
    target.unlink(missing_ok=True)
    return written


def _runs(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


async def _gone(pid: int) -> bool:
    for _ in range(100):
        if not _runs(pid):
            return True
        await asyncio.sleep(0.02)
    return False


async def _no_children(pid: int) -> bool:
    """The zygote buries its dead at once, but in its own time."""
    for _ in range(100):
        if not _children(pid):
            return True
        await asyncio.sleep(0.02)
    return False


async def test_a_reading_from_the_child_is_the_reading_of_the_engine(reader: SandboxedReader) -> None:
    data = pdf(line("Invoice INV-7"), line("Total 1.234,50", y=400))
    there = await reader.read(data, "a.pdf")
    here = reading.read(data, "a.pdf")
    assert there.pages == here.pages
    assert there.reader == here.reader
    assert there.cpu_seconds > 0


INVOICE_XML = (
    b'<i:Invoice xmlns:i="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"><ID>INV-7</ID></i:Invoice>'
)
PARSED_ELSEWHERE = """
import asyncio, sys
from docmill.adapters.sandbox import SandboxedReader
from docmill.engines.extraction.layered import classify_and_extract
from docmill.engines.reading.wire.codec import decode, encode
from docmill.engines.types import load_shipped

async def main():
    reader = SandboxedReader()
    reading = decode(encode(await reader.read(sys.stdin.buffer.read(), "a.xml")))
    await reader.close()
    return classify_and_extract(reading, list(load_shipped().values()), None)

found = asyncio.run(main())
print(found.value["invoice_number"], found.metadata["invoice_number"].citations[0].xpath)
print(sorted(name for name in sys.modules if name.partition(".")[0] in ("lxml", "xml", "pyexpat")))
"""


async def test_a_tree_from_the_child_is_the_tree_of_the_engine(reader: SandboxedReader) -> None:
    there = await reader.read(INVOICE_XML, "a.xml")
    assert there.attachments == reading.read(INVOICE_XML, "a.xml").attachments
    assert there.attachments[0].tree is not None


def test_from_xml_to_values_no_parser_is_loaded_outside_the_child() -> None:
    told = subprocess.run(
        [sys.executable, "-c", PARSED_ELSEWHERE],
        input=INVOICE_XML,
        capture_output=True,
        check=True,
        timeout=60,
    ).stdout.decode()
    assert told.splitlines() == ["INV-7 /i:Invoice/*[local-name()='ID']", "[]"]


async def test_progress_tells_the_pages(reader: SandboxedReader) -> None:
    told: list[tuple[int, int]] = []
    await reader.read(pdf(*[line("x")] * 3), "a.pdf", progress=lambda done, pages: told.append((done, pages)))
    assert told == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", ErrorCode.FILE_EMPTY),
        (b"MZ" + bytes(100), ErrorCode.TYPE_UNKNOWN),
        (pdf(line("x"))[:400], ErrorCode.FILE_TRUNCATED),
        (pdf(line("x"), encrypt="secret"), ErrorCode.PASSWORD_REQUIRED),
        (b"<!DOCTYPE a><a/>", ErrorCode.XML_FORBIDDEN),
    ],
)
async def test_a_file_that_cannot_be_read_is_refused_with_its_code(
    reader: SandboxedReader, data: bytes, code: ErrorCode
) -> None:
    with pytest.raises(Rejected) as refused:
        await reader.read(data, "a.pdf")
    assert refused.value.code is code


async def test_what_to_do_about_a_refused_file_comes_from_the_child(reader: SandboxedReader) -> None:
    photo = b"\0\0\0\x1cftypheic\0\0\0\0mif1heic" + bytes(64)
    with pytest.raises(Rejected) as refused:
        await reader.read(photo, "photo.heic")
    assert (refused.value.code, refused.value.action) == (ErrorCode.TYPE_UNKNOWN, "Save the photo as JPEG.")


async def test_a_page_is_drawn_and_an_absent_one_is_not_found(reader: SandboxedReader) -> None:
    assert (await reader.render(pdf(line("x")), "", 1, dpi=40)).startswith(b"\x89PNG")
    photo = encoded(picture(["x"]), "JPEG")
    assert (await reader.render(photo, "", 1, dpi=40)).startswith(b"\x89PNG")
    for data in (pdf(line("x")), photo):
        with pytest.raises(NotFound):
            await reader.render(data, "", 2, dpi=40)


async def test_many_files_at_once_are_not_mixed_up(reader: SandboxedReader) -> None:
    files = [pdf(line(f"number {number}")) for number in range(12)]
    found = await asyncio.gather(*(reader.read(data, "a.pdf") for data in files))
    assert [each.pages[0].words[1].text for each in found] == [str(number) for number in range(12)]


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ("die", ErrorCode.READER_CRASHED),
        ("leave", ErrorCode.READER_CRASHED),
        ("raise", ErrorCode.READER_CRASHED),
        ("eat memory", ErrorCode.READER_LIMIT),
        ("lie about pixels", ErrorCode.READER_CRASHED),
        ("lie about trees", ErrorCode.READER_CRASHED),
        ("lie about errors", ErrorCode.READER_CRASHED),
        ("lie about codes", ErrorCode.READER_CRASHED),
        ("babble", ErrorCode.READER_CRASHED),
        ("never end", ErrorCode.READER_CRASHED),
        ("open", ErrorCode.READER_CRASHED),
    ],
)
async def test_a_file_that_fights_is_refused_and_leaves_no_process(
    fighting: SandboxedReader, what: str, code: ErrorCode
) -> None:
    with pytest.raises(Rejected) as refused:
        await fighting.read(what.encode(), "a.pdf")
    assert refused.value.code is code
    assert "IBAN" not in str(refused.value)
    assert await _no_children(_zygote(fighting))


async def test_a_child_that_falls_silent_and_stays_is_ended(
    fighting: SandboxedReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warden, "_LAST_WORDS_WALL_S", 0.2)
    with pytest.raises(Rejected) as refused:
        await fighting.read(b"fall silent", "a.pdf")
    assert refused.value.code is ErrorCode.READER_CRASHED
    assert await _no_children(_zygote(fighting))


async def test_the_child_writes_nothing(fighting: SandboxedReader) -> None:
    _bytes_written()
    with pytest.raises(Rejected):
        await fighting.read(b"write", "a.pdf")
    assert _bytes_written() == 0


@pytest.mark.parametrize("what", ["hang", "spin"])
async def test_a_file_that_takes_too_long_is_stopped(fighting: SandboxedReader, what: str) -> None:
    await fighting.read(b"tell", "warm")
    short = DEFAULT.lowered({"child_first_page_wall_s_max": 0.3, "child_set_wall_s_max": 0.3})
    with pytest.raises(Rejected) as refused:
        await fighting.read(what.encode(), "a.pdf", allowed=short)
    assert refused.value.code is ErrorCode.READER_LIMIT
    assert await _no_children(_zygote(fighting))


async def test_a_reader_who_gives_up_leaves_no_process(fighting: SandboxedReader) -> None:
    await fighting.read(b"tell", "warm")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await fighting.read(b"hang", "a.pdf")
    assert await _no_children(_zygote(fighting))


@pytest.mark.skipif(os.getuid() != 0, reason="root alone can become somebody else, who may then not fork")
async def test_the_child_starts_no_process(fighting: SandboxedReader) -> None:
    with pytest.raises(Rejected) as refused:
        await fighting.read(b"fork", "a.pdf")
    assert refused.value.code is ErrorCode.READER_CRASHED


async def test_the_child_has_no_environment_and_no_rights(
    fighting: SandboxedReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCMILL_SECRET", "x")
    told = (await fighting.read(b"tell", "a.pdf")).reader
    assert "environment=[]" in told
    assert "uid=0" not in told


async def test_the_zygote_may_die_and_the_next_file_is_read(reader: SandboxedReader) -> None:
    data = pdf(line("x"))
    await reader.read(data, "a.pdf")
    before = _zygote(reader)
    os.kill(before, signal.SIGKILL)
    assert (await reader.read(data, "a.pdf")).pages[0].words[0].text == "x"
    assert _zygote(reader) != before


async def test_the_zygote_goes_when_its_owner_hangs_up_and_takes_the_children_along(
    fighting: SandboxedReader,
) -> None:
    work = asyncio.create_task(fighting.read(b"hang", "a.pdf"))
    for _ in range(500):
        await asyncio.sleep(0.02)
        if fighting._warden._zygote and _children(_zygote(fighting)):
            break
    zygote = fighting._warden._zygote
    child = _children(zygote.pid)[0]
    # What the kernel does when the owner is killed: its end of the control socket closes.
    fighting._warden._control.close()
    assert await asyncio.to_thread(zygote.wait, 5) == 0
    assert await _gone(child)
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)


async def test_close_leaves_no_process(fighting: SandboxedReader) -> None:
    await fighting.read(b"tell", "a.pdf")
    zygote = _zygote(fighting)
    all_below = _born(zygote)
    assert not _children(zygote)
    await fighting.close()
    assert not [pid for pid in (zygote, *all_below) if _runs(pid)]


async def test_a_zygote_that_is_killed_leaves_no_process(fighting: SandboxedReader) -> None:
    await fighting.read(b"tell", "a.pdf")
    zygote = _zygote(fighting)
    all_below = _born(zygote)
    os.kill(zygote, signal.SIGKILL)
    for _ in range(200):
        if not any(map(_lives, all_below)):
            break
        await asyncio.sleep(0.02)
    assert not any(map(_lives, all_below))


def test_the_doctor_is_told_every_lock() -> None:
    states = {state.name: state.on for state in locks()}
    assert states.keys() >= {"limits", "no_new_privileges", "unprivileged", "landlock", "system_calls"}
    assert states["limits"]
    assert states["no_new_privileges"]
    assert states["system_calls"]
    assert states["unprivileged"] or os.getuid() != 0
    page = (Path(__file__).parents[2] / "docs" / "lock.md").read_text(encoding="utf-8")
    assert not [name for name in states if f"| `{name}` |" not in page]


def test_no_call_that_even_ocr_may_not_make_is_left_to_the_child() -> None:
    assert not set(seccomp.ALLOWED) & set(seccomp.FORBIDDEN_TO_ENGINES)
    assert not {"open", "openat", "clone", "clone3", "fork", "ioctl", "prctl"} & set(seccomp.ALLOWED)


LACKING = """
from docmill.adapters.sandbox import locking
from docmill.adapters.sandbox.tasks import TASKS, warm_up

locking.LOCKS = (*locking.LOCKS, locking.Lock("moat", lambda cell: False, "There is no water."))
"""


async def test_where_all_locks_are_required_no_file_is_opened_without_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "lacking.py").write_text(LACKING)
    for strict in (False, True):
        reader = SandboxedReader(ocr=BlankOcr(), tasks="lacking", strict=strict)
        try:
            if not strict:
                assert (await reader.read(pdf(line("x")), "a.pdf")).pages
                continue
            with pytest.raises(DocmillError) as refused:
                await reader.read(pdf(line("x")), "a.pdf")
        finally:
            await reader.close()
    assert refused.value.code is ErrorCode.PART_MISSING
    assert not isinstance(refused.value, Rejected)
    assert "moat" in refused.value.detail


async def test_docmill_does_not_start_without_a_lock_that_is_required(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    off = LockState("moat", on=False, without="There is no water.", why="Operation not permitted")
    monkeypatch.setattr(trial, "locks", lambda: [off])
    wiring.require_locks(Settings(home=tmp_path))
    strict = Settings(home=tmp_path, sandbox_required="strict")
    with pytest.raises(DocmillError) as refused:
        wiring.require_locks(strict)
    assert refused.value.code is ErrorCode.PART_MISSING
    assert "moat (Operation not permitted)" in refused.value.detail
    with pytest.raises(DocmillError):
        async with wiring.platform(strict):
            pass
    monkeypatch.setenv("DOCMILL_SANDBOX_REQUIRED", "strict")
    with pytest.raises(DocmillError):
        async with pipeline(None):
            pass


@pytest.mark.parametrize("refused", ["unshare", "landlock_create_ruleset", "fsopen", "chroot", "setgroups"])
def test_a_lock_that_the_machine_refuses_is_told_with_its_reason(
    refused: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Containers refuse namespaces, old kernels Landlock: the other locks go on all the same."""
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "poorer.py").write_text(POORER.replace("REFUSED", refused))
    states = locks(module="poorer")
    off = {state.name: state.why for state in states if not state.on}
    assert off.keys() == REFUSED_TO[refused]
    assert all("not permitted" in why or lock == "no_processes" for lock, why in off.items())
    assert all(off.values())


POORER = """
import os
from docmill.adapters.sandbox.locking import kernel, trial
from docmill.adapters.sandbox.locking.trial import main

def refuse(*_):
    raise PermissionError(1, "REFUSED: Operation not permitted")

real = kernel.call
kernel.call = lambda name, *more: refuse() if name == "REFUSED" else real(name, *more)
if hasattr(os, "REFUSED"):
    setattr(os, "REFUSED", refuse)
"""
REFUSED_TO = {
    "unshare": {"network", "messages", "processes", "empty_root"}
    | ({"unprivileged"} if os.getuid() else set()),
    "landlock_create_ruleset": {"landlock"},
    "fsopen": {"empty_root"},
    "chroot": {"empty_root"},
    "setgroups": {"unprivileged", "no_processes"} if os.getuid() == 0 else set(),
}


def _ink_outside(page: Page, image: Image.Image) -> float:
    """Share of the picture's ink that is in no word's box."""
    ink = np.asarray(image.convert("L")) < 128
    left = ink.copy()
    for word in page.words:
        x0, y0, x1, y1 = (round(edge) for edge in word.box)
        left[max(0, y0 - 2) : y1 + 3, max(0, x0 - 2) : x1 + 3] = False
    return float(left.sum() / ink.sum())


@pytest.fixture(scope="module")
def receipt() -> bytes:
    return encoded(picture(RECEIPT, size=(560, 400)), "JPEG", quality=80)


async def test_a_receipt_is_recognized_and_its_boxes_fall_on_the_words(receipt: bytes) -> None:
    reader = SandboxedReader(ocr=OcrProcess())
    try:
        page = (await reader.read(receipt, "receipt.jpg")).pages[0]
        leaning = encoded(picture(RECEIPT, size=(560, 400), turned_deg=2), "PNG")
        scan = (await reader.read(pdf(image_on_page(picture(RECEIPT))), "scan.pdf")).pages[0]
        lean = (await reader.read(leaning, "leaning.png")).pages[0]
        turned = (await reader.read(encoded(picture(RECEIPT, turned_deg=90), "PNG"), "turned.png")).pages[0]
    finally:
        await reader.close()
    text = " ".join(word.text for word in page.words)
    for expected in ("EXAMPLE", "STORE", "4711", "3.20", "5.90", "TOTAL", "9.10"):
        assert expected in text
    total = next(word for word in page.words if word.text == "9.10")
    assert page.provenance is Provenance.OWN_OCR
    assert total.confidence is not None
    assert 0.5 < total.confidence <= 1
    label = next(word for word in page.words if word.text == "TOTAL")
    assert label.line == total.line
    assert label.box.x0 == pytest.approx(50, abs=8)
    assert 60 + 4 * 52 - 6 < label.box.y0 < label.box.y1 < 60 + 4 * 52 + 40
    assert scan.unit == "pt"
    assert "4711" in [word.text for word in scan.words]
    for recognized, image in (
        (page, picture(RECEIPT, size=(560, 400))),
        (lean, Image.open(io.BytesIO(leaning))),
    ):
        assert _ink_outside(recognized, image) < 0.05
        for word, following in pairwise(recognized.words):
            assert word.line != following.line or word.box.x1 < following.box.x0 + 5
    assert lean.skew_deg == pytest.approx(2, abs=0.7)
    ends = [word for word in lean.words if word.text in ("TOTAL", "9.10")]
    assert len({word.line for word in ends}) == 1
    assert [word.text for word in turned.words][:3] == ["EXAMPLE", "STORE", "LTD"]
