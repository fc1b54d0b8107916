"""What reading costs in the child, beside the bare libraries."""

import asyncio
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.accounts import cpu_seconds
from bench.bare import BareRapidOcr, pdf_words
from bench.figures import Figure, Subject
from bench.files import receipts, text_pdfs
from docmill.adapters.ocr import OcrProcess
from docmill.adapters.sandbox import SandboxedReader
from docmill.adapters.sandbox.tasks import _SMALLEST_PDF
from docmill.domain.pages import Reading
from docmill.engines.reading import read

ABOUT = (
    "CPU seconds, user and system. *Bare pypdfium2* is a plain Python loop over PDFium's raw functions: per "
    "character its code, ink box and font box, words by blanks and gaps, boxes turned to the top-left corner; "
    "nothing else. docmill's reader does that and more on the same files (what is hidden or covered, who "
    "wrote the layer, lines, form fields, attachments, a checked answer through a socket). *In the child* is "
    "what the kernel charged to the forked child: locks, reading, sending; *all in* adds the zygote that forks "
    "it and the caller. *The engine alone* is docmill's own reader without a child. *Bare RapidOCR* is called "
    "as its documentation says, with the same networks, backend, sizes and one thread."
)


@dataclass(frozen=True)
class Cost:
    """``child_s`` is what readings report; ``all_s`` what this process and those below it have spent."""

    pages: int
    child_s: float
    all_s: float


def measure(*, quick: bool) -> Subject:
    return asyncio.run(_measure(6 if quick else 60, 3 if quick else 30, repeats=20 if quick else 200))


async def _measure(files: int, images: int, *, repeats: int) -> Subject:
    source, pdfs = text_pdfs(files)
    reader = SandboxedReader(ocr=OcrProcess())
    try:
        child, child_s = await _child(reader, repeats)
        text = await _text(reader, pdfs, child_s)
        with tempfile.TemporaryDirectory() as scratch:
            origin, paths = receipts(images, Path(scratch))
            ocr = await _receipts(reader, paths)
    finally:
        await reader.close()
    title = f"Reading ({len(pdfs)} {source}, {len(paths)} {origin})"
    return Subject(title, ABOUT, (*text, *child, *ocr))


async def _text(reader: SandboxedReader, pdfs: Sequence[bytes], child_s: float) -> tuple[Figure, ...]:
    pdf_words(pdfs[0])
    bare_s, bare = timed(pdf_words, pdfs)
    engine_s, _ = timed(lambda data: read(data, ""), pdfs)
    cost = await sandboxed(reader, pdfs)
    pages = sum(map(len, bare))
    if pages != cost.pages:
        raise SystemExit(f"{pages} pages by bare pypdfium2, {cost.pages} by docmill")
    reading_s = cost.child_s - child_s * len(pdfs)
    return (
        Figure("text pages: docmill in the child / bare pypdfium2", bare_s / cost.child_s, "",
               at_least=0.8, note=f"{pages} pages of {len(pdfs)} documents, a child for each"),
        Figure("the same without what the child itself costs", bare_s / reading_s, "", at_least=0.8,
               note="which has a budget of its own, below"),
        Figure("text pages: docmill all in / bare pypdfium2", bare_s / cost.all_s, ""),
        Figure("bare pypdfium2", pages / bare_s, "pages/s/core"),
        Figure("docmill in the child", pages / cost.child_s, "pages/s/core"),
        Figure("docmill all in", pages / cost.all_s, "pages/s/core"),
        Figure("the engine alone, no child", pages / engine_s, "pages/s/core"),
    )  # fmt: skip


async def _child(reader: SandboxedReader, repeats: int) -> tuple[tuple[Figure, ...], float]:
    """A child costs what it costs more than the reading of the smallest page in this process.

    Return the figures, and the child's own CPU seconds per document.
    """
    tiny = [_SMALLEST_PDF] * repeats
    await reader.read(_SMALLEST_PDF, "")  # the zygote starts with the first one
    read(_SMALLEST_PDF, "")
    reading_s, _ = timed(lambda data: read(data, ""), tiny)
    cost = await sandboxed(reader, tiny)
    own_s, all_s = ((spent - reading_s) / repeats for spent in (cost.child_s, cost.all_s))
    figures = (
        Figure("the child itself, per document", 1000 * own_s, "ms", at_most=20,
               note=f"{repeats} smallest PDFs: fork, locks, transfer, end"),
        Figure("the child with zygote and caller, per document", 1000 * all_s, "ms", at_most=20),
    )  # fmt: skip
    return figures, own_s


async def _receipts(reader: SandboxedReader, paths: Sequence[Path]) -> tuple[Figure, ...]:
    pictures = [path.read_bytes() for path in paths]
    first = await reader.read(pictures[0], "")  # the engine starts with the first picture
    bare = BareRapidOcr()
    bare.characters(paths[0])
    bare_s, bare_chars = timed(bare.characters, paths)
    found: list[Reading] = []
    cost = await sandboxed(reader, pictures, found)
    chars = sum(len(word.text) for one in found for page in one.pages for word in page.words)
    return (
        Figure("receipts: docmill / bare RapidOCR", bare_s / cost.child_s, "", at_least=0.9,
               note=first.reader.replace("|", "/")),
        Figure("receipts: docmill all in / bare RapidOCR", bare_s / cost.all_s, ""),
        Figure("bare RapidOCR", bare_s / len(paths), "CPU s/receipt"),
        Figure("docmill, child and OCR process", cost.child_s / len(paths), "CPU s/receipt"),
        Figure("characters: docmill / bare RapidOCR", chars / max(1, sum(bare_chars)), "",
               note="blanks left out: whether the same was found"),
    )  # fmt: skip


def timed(work: Callable[[Any], Any], things: Sequence[Any]) -> tuple[float, list[Any]]:
    start = time.process_time()
    done = [work(thing) for thing in things]
    return time.process_time() - start, done


async def sandboxed(
    reader: SandboxedReader, files: Sequence[bytes], readings: list[Reading] | None = None
) -> Cost:
    """Read the files one after the other; ``readings`` takes what was read."""
    pages, child_s, before = 0, 0.0, spent_s()
    for data in files:
        found = await reader.read(data, "")
        pages += len(found.pages)
        child_s += found.cpu_seconds
        if readings is not None:
            readings.append(found)
    return Cost(pages, child_s, spent_s() - before)


def spent_s() -> float:
    """By this process and all below it; the kernel's clock has steps of 10 ms."""
    return sum(cpu_seconds(os.getpid()).values())
