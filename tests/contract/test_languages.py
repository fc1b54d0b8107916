"""Scans in the languages that the docs name come out with their accents; and a scan may lie as it likes."""

import io
from collections.abc import AsyncIterator

import numpy as np
import pytest
from bench.scans import Score, score, words_of
from bench.scans_made import Placed, Scan, leaning, scan, tiff
from bench.scans_text import SPECIAL
from PIL import Image

from docmill.adapters.ocr import OcrProcess
from docmill.adapters.sandbox import SandboxedReader
from docmill.domain.pages import Box, Page, Word
from docmill.engines.reading.ocr.tesseract import TesseractEngine

QUALITY = 60
DPI = 150
SAME_PLACE = 0.4
"""Of the union of two boxes, what they share at least."""


@pytest.fixture(scope="module")
async def reader() -> AsyncIterator[SandboxedReader]:
    made = SandboxedReader(ocr=OcrProcess())
    yield made
    await made.close()


@pytest.mark.parametrize(
    ("language", "letters", "words"),
    [
        ("de", 0.99, 0.98),
        ("fr", 0.99, 0.98),
        ("it", 0.99, 0.98),
        ("es", 0.98, 0.98),
        ("pl", 0.95, 0.94),  # its capital Ź comes out as Ż or Ž
        ("en", 0.99, 0.98),
    ],
)
async def test_a_scan_is_read_with_its_accents(
    reader: SandboxedReader, language: str, letters: float, words: float
) -> None:
    made = scan(language, 0)
    found = words_of(await reader.read(made.encoded(QUALITY), "scan.jpg"))
    got = score(made.words, found, SPECIAL[language])
    assert got.special >= 12
    assert got.special_share >= letters, got.missed
    assert got.word_f1 >= words, got.missed
    assert got.ordered >= words, got.missed


def test_the_measure_tells_an_engine_that_does_not_know_the_letters() -> None:
    got = _by_english_tesseract(scan("pl", 0))
    assert got.special_share < 0.5
    assert got.word_f1 < 0.8


def _by_english_tesseract(made: Scan) -> Score:
    engine = TesseractEngine(languages=("eng",))
    with Image.open(io.BytesIO(made.encoded(QUALITY))) as picture:
        words = engine.words(np.asarray(picture.convert("L")))
    return score(made.words, [word.text for word in words], SPECIAL["pl"])


async def test_pages_of_one_file_that_lie_differently_all_come_out_upright(reader: SandboxedReader) -> None:
    made = [scan("en", seed, dpi=DPI, size_pt=11) for seed in range(4)]
    lying = [each.picture.rotate(-90 * turns, expand=True) for turns, each in enumerate(made)]
    pages = (await reader.read(tiff(lying, dpi=DPI), "scan.tif")).pages
    assert [page.turned for page in pages] == [0, 270, 180, 90]
    for page, truth in zip(pages, made, strict=True):
        assert (page.width, page.height) == truth.picture.size
        assert score(truth.words, [word.text for word in page.words]).ordered >= 0.97
        assert _in_place(page, truth) >= 0.93


async def test_the_picture_of_a_turned_page_shows_its_words_where_they_are_said_to_be(
    reader: SandboxedReader,
) -> None:
    data = tiff([scan("en", 0, dpi=DPI).picture.rotate(-90, expand=True)], dpi=DPI)
    page = (await reader.read(data, "scan.tif")).pages[0]
    drawn = await reader.render(data, "scan.tif", 1, dpi=DPI, turned=page.turned)
    dark = np.asarray(Image.open(io.BytesIO(drawn)).convert("L")) < 128
    assert dark.shape == (page.height, page.width)
    covered = np.zeros_like(dark)
    for word in page.words:
        x0, y0, x1, y1 = (round(edge) for edge in word.box)
        covered[y0 - 1 : y1 + 2, x0 - 1 : x1 + 2] = True
    assert (dark & covered).sum() >= 0.97 * dark.sum()


@pytest.mark.parametrize("degrees", [10, -10])
async def test_the_rows_of_a_page_that_leans_stay_together(reader: SandboxedReader, degrees: int) -> None:
    made = scan("en", 1)
    page = (await reader.read(Scan(leaning(made.picture, degrees), (), 200).encoded(), "scan.jpg")).pages[0]
    assert page.skew_deg == pytest.approx(degrees, abs=0.5)
    assert score(made.words, [word.text for word in page.words]).ordered >= 0.97
    rows = [[word.text for word in page.words if word.line == row] for row in range(len(made.lines))]
    wanted = [[word.text for word in line] for line in made.lines]
    assert sum(map(list.__eq__, rows, wanted)) >= 0.9 * len(wanted)


def _in_place(page: Page, truth: Scan) -> float:
    """The share of the true words that stand where they were set."""
    placed = [word for line in truth.lines for word in line]
    return sum(any(_is_it(word, true) for word in page.words) for true in placed) / len(placed)


def _is_it(word: Word, true: Placed) -> bool:
    if word.text != true.text:
        return False
    box = Box(*true.box)
    width = min(box.x1, word.box.x1) - max(box.x0, word.box.x0)
    height = min(box.y1, word.box.y1) - max(box.y0, word.box.y0)
    shared = max(0.0, width) * max(0.0, height)
    both = box.width * box.height + word.box.width * word.box.height - shared
    return shared >= SAME_PLACE * both
