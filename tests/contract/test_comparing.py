"""The comparison with the picture, through the locked child."""

from collections.abc import AsyncIterator

import pytest
from tests.contract.masked import LIE, masked
from tests.unit.reading.papers import both, line, pdf

from docmill.adapters.frames import FrameMessage
from docmill.adapters.sandbox import SandboxedReader
from docmill.adapters.sandbox.comparing import Verdicts, requests
from docmill.domain.appearance import Printed, Seen
from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.limits import machine as limits
from docmill.domain.pages import Box, Word
from docmill.engines import reading
from docmill.engines.reading.parts import Pixels, Recognized


class OneWordOcr:
    """Reads the same word on every picture, surely."""

    def __init__(self, text: str) -> None:
        self.text, self.asked = text, 0

    async def recognize(self, pixels: Pixels) -> Recognized:
        assert pixels.line
        self.asked += 1
        return Recognized((Word(self.text, Box(0, 0, 1, 1), 0.99),), 0.0, "fake", 0.5)

    async def close(self) -> None: ...


@pytest.fixture
def ocr() -> OneWordOcr:
    return OneWordOcr("1.234,00")


@pytest.fixture
async def reader(ocr: OneWordOcr) -> AsyncIterator[SandboxedReader]:
    made = SandboxedReader(ocr=ocr)
    yield made
    await made.close()


def _printed(data: bytes) -> list[Printed]:
    page = reading.read(data, "x.pdf").pages[0]
    return [Printed(1, word.box, word.text) for word in page.visible]


async def test_an_honest_page_is_the_same_without_ocr(reader: SandboxedReader, ocr: OneWordOcr) -> None:
    data = pdf(both(line("Total 1.234,00"), line("RE-2024-0815", y=400)))
    found = await reader.compare(data, "x.pdf", _printed(data))
    assert set(found.seen) == {Seen.SAME}
    assert len(found.seen) == 3
    assert ocr.asked == 0
    assert 0 < found.cpu_seconds < 0.5


async def test_ocr_decides_about_what_the_child_doubts(reader: SandboxedReader, ocr: OneWordOcr) -> None:
    lying = next(document for document in masked() if document.name == "remapped-0")
    printed = _printed(lying.data)
    found = await reader.compare(lying.data, "x.pdf", printed)
    assert [word.text for word, seen in zip(printed, found.seen, strict=True) if seen is Seen.DIFFERENT] == [
        "7.234,00"
    ]
    ocr.text = "7.234,00"
    assert set((await reader.compare(lying.data, "x.pdf", printed)).seen) == {Seen.SAME}
    assert ocr.asked == 2


async def test_nothing_where_a_word_should_be_is_different(reader: SandboxedReader, ocr: OneWordOcr) -> None:
    found = await reader.compare(pdf(line("Total")), "x.pdf", [Printed(1, Box(300, 300, 340, 312), LIE)])
    assert found.seen == (Seen.DIFFERENT,)
    assert ocr.asked == 0


async def test_a_file_that_cannot_be_opened_has_its_code(reader: SandboxedReader) -> None:
    with pytest.raises(Rejected) as refused:
        await reader.compare(b"%PDF-1.7 cut", "x.pdf", [Printed(1, Box(1, 1, 2, 2), "x")])
    assert refused.value.code == ErrorCode.FILE_TRUNCATED


async def test_many_words_are_asked_about_in_several_requests(reader: SandboxedReader) -> None:
    data = pdf(line("12345678"))
    many = _printed(data) * limits.COMPARED_WORDS_MAX
    assert len(list(requests(many))) > 1
    assert set((await reader.compare(data, "x.pdf", many)).seen) == {Seen.SAME}


@pytest.mark.parametrize(
    "header",
    [
        {"part": "doubt", "index": 1, "width": 1, "height": 1},
        {"part": "doubt", "index": -1, "width": 1, "height": 1},
        {"part": "doubt", "index": 0, "width": 9, "height": 9},
        {"part": "doubt", "index": 0, "width": -1, "height": -1},
        {"part": "doubt", "index": "none", "width": 1, "height": 1},
        {"part": "page"},
    ],
)
async def test_a_child_that_was_taken_over_is_not_believed(
    header: dict[str, object], ocr: OneWordOcr
) -> None:
    verdicts = Verdicts([Printed(1, Box(0, 0, 1, 1), "x")], ocr.recognize)
    with pytest.raises(Rejected) as refused:
        await verdicts.take(FrameMessage(header, b"x"))
    assert refused.value.code == ErrorCode.READER_CRASHED
    assert ocr.asked == 0


async def test_ocr_is_asked_a_bounded_number_of_times(ocr: OneWordOcr) -> None:
    words = [Printed(1, Box(0, 0, 1, 1), "x")] * (limits.COMPARED_BY_OCR_MAX + 5)
    verdicts = Verdicts(words, ocr.recognize)
    for index in range(len(words)):
        await verdicts.take(FrameMessage({"part": "doubt", "index": index, "width": 1, "height": 1}, b"x"))
    assert ocr.asked == limits.COMPARED_BY_OCR_MAX
    assert verdicts.comparison().seen.count(Seen.UNSURE) == 5
