"""Words with boxes: how quick, how much memory, how right."""

import ctypes
from collections.abc import Iterator, Sequence
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from bench.accuracy import EVAL
from bench.figures import Figure, shown, table
from bench.files import invoices
from bench.peers.printed import made_texts
from bench.peers.rows import Asked, Row, ask_all
from bench.peers.scoring import Score, boxes, words
from docmill.engines.reading import parts
from docmill.engines.reading.parts import PageSeen

KINDS = ("adbuy", "regform", "einvoice")
CHARS_MIN = 25
PICTURE_SHARE_MAX = 0.5
ROWS = (
    Row("docmill, sandboxed", "docmill", "words", "words", sampled=True),
    Row("docmill's engine alone", "docmill", "engine", "words"),
    Row("bare pypdfium2", "docmill", "bare", "words"),
    Row("Docling, words", "docling", "words", "words"),
    Row("Docling, lines", "docling", "lines", "lines"),
    Row("Unstructured", "unstructured", "elements", "paragraphs"),
    Row("pdfminer.six", "pdfminer", "words", "words"),
    Row("pdfplumber", "pdfplumber", "words", "words"),
)
_HEADS = (
    "", "version", "pages/s/core", "docmill is", "start s", "first s", "peak MB", "boxes of", "agreement", "not read",
)  # fmt: skip
_ABOUT = """\
One process and one thread each, one after the other, CPU seconds (user and system) of all processes that work
for it. *Start* is Python and imports, *first* the first file read for the first time; neither is in the pages
per second, for which that file is read again. Peak memory is the kernel's high-water mark of the process; for
*docmill, sandboxed*, three processes (caller, zygote and the locked child of each file), what sampling
every 20 ms found of them together, shared pages counted once. *docmill, sandboxed* is the way of the service;
*bare pypdfium2* is the plain loop of `bench/bare.py` and does less than anybody here. Docling's native pipeline
has items of lines by default and of words on request. *Agreement* is word-multiset F1 with PDFium's text, on
which docmill stands, too: it is no truth."""
_ABOUT_LAYERED = """\
Pictures with an invisible layer of text, which all take as it is; docmill looks whether it is what the picture shows
and marks whose it is. Forms with pages without a layer, or whose layer is something else than what the picture
shows, are left out: docmill alone would read these, by OCR. Asked once."""
_ABOUT_MADE = """\
Generated pages written in ten ways that real PDFs are, text and places known exactly: lines with blanks, justified
columns, words or single characters at places of their own without blanks, letters spaced out, narrow letters,
bold by printing twice, close columns of figures, an embedded subset, turned pages. *Words* is word-multiset F1 by
page; *words in place* asks that the box stands where the word does, too, and is only for those who box words."""


def measure(scratch: Path, *, quick: bool) -> tuple[list[str], list[Asked]]:
    """Return Markdown, and what was asked of whom."""
    per_kind = 4 if quick else 50
    digital = [path for kind in KINDS for path in _fit(kind, digital=True)[:per_kind]]
    source = "labelled orders and e-invoices, born digital"
    if not digital:
        source, digital = "generated invoices", list(_invoices(scratch, 2 * per_kind))
    layered = [path for kind in KINDS for path in _fit(kind, digital=False) if not _wants_ocr(path)][
        :per_kind
    ]
    blocks, asked = _speed(f"Text with boxes, {source}", digital, rounds=1 if quick else 2)
    blocks[1:1] = [_ABOUT, _aims(asked)]
    if layered:
        more, also = _speed("Text with boxes, labelled scans with somebody's text layer", layered, rounds=1)
        blocks += [more[0], _ABOUT_LAYERED, *more[1:]]
        asked += also
    return [*blocks, *_made(scratch, quick=quick)], asked


def _aims(asked: Sequence[Asked]) -> str:
    """How many times as quick docmill is as those whom it wants to beat by ten."""
    ours = asked[0]
    lines = ["| pages per second, how many times as many | measured | target | | |", "|---|---|---|---|---|"]
    for one in asked:
        if one.row.peer in {"docling", "unstructured"} and one.rounds and ours.rounds:
            times = one.cpu_s / ours.cpu_s
            lines.append(Figure(f"docmill, sandboxed / {one.row.title}", times, "", at_least=10).row())
    return "\n".join(lines)


def _speed(title: str, paths: Sequence[Path], *, rounds: int) -> tuple[list[str], list[Asked]]:
    asked = ask_all(ROWS, paths, rounds=rounds)
    wanted = [_pdfium_words(path.read_bytes()) for path in paths]
    pages = sum(_page_count(path.read_bytes()) for path in paths)
    rows = [_speed_row(one, asked[0], pages, wanted) for one in asked]
    return [f"## {title} ({len(paths)} files, {pages} pages)", table(_HEADS, rows)], asked


def _speed_row(one: Asked, ours: Asked, pages: int, wanted: Sequence[list[tuple[int, str]]]) -> list[str]:
    if one.failure:
        return [one.row.title, f"not measured: {one.failure}", *[""] * 8]
    score = Score()
    for answer, truth in zip(one.first.files, wanted, strict=True):
        score += Score.of(words(answer.found), truth)
    agreement = "–" if one.row.task == "bare" else f"{score.f1:.3f}"
    ratio = "" if ours.failure or one is ours else f"{one.cpu_s / ours.cpu_s:.1f} ×"
    return [
        one.row.title, one.first.version, shown(pages / one.cpu_s), ratio, f"{one.first.start_s:.1f}",
        f"{one.first.warm_s:.2f}", f"{one.peak_bytes / 2**20:.0f}", one.row.boxes, agreement,
        str(len(one.errors)),
    ]  # fmt: skip


def _made(scratch: Path, *, quick: bool) -> list[str]:
    made = list(made_texts(10 if quick else 20, seed=1))
    paths = [scratch / f"{number}-{style}.pdf" for number, (style, _, _) in enumerate(made)]
    for path, (_, data, _) in zip(paths, made, strict=True):
        path.write_bytes(data)
    styles = list(dict.fromkeys(style for style, _, _ in made))
    rows = [row for row in ROWS if row.task not in {"engine", "bare", "lines"}]
    lines = [_made_row(one, made, styles) for one in ask_all(rows, paths, rounds=1)]
    heads = ("", "words", "words in place", *(style.replace("_", " ") for style in styles))
    total = sum(len(page) for _, _, pages in made for page in pages)
    return [
        f"## Exact truth ({len(made)} generated files, {total:,} words)",
        _ABOUT_MADE,
        table(heads, lines),
    ]


def _made_row(one: Asked, made: Sequence, styles: Sequence[str]) -> list[str]:
    if one.failure:
        return [one.row.title, "not measured", *[""] * (1 + len(styles))]
    placed, by_style = Score(), {style: Score() for style in styles}
    for answer, (style, _, pages) in zip(one.first.files, made, strict=True):
        truth = [(index, word.text) for index, page in enumerate(pages) for word in page]
        by_style[style] += Score.of(words(answer.found), truth)
        placed += boxes(answer.found, pages)
    whole = sum(by_style.values(), start=Score())
    in_place = f"{placed.f1:.3f}" if one.row.boxes == "words" else "–"
    return [one.row.title, f"{whole.f1:.3f}", in_place, *(f"{score.f1:.3f}" for score in by_style.values())]


def _fit(kind: str, *, digital: bool) -> list[Path]:
    """The labelled PDFs of a kind that have text on every page, by whether pictures are behind it."""
    paths = sorted((EVAL / kind / "dev" / "pdf").rglob("*.pdf"))
    return [path for path in paths if _looks(path.read_bytes()) == (True, digital)]


def _wants_ocr(path: Path) -> bool:
    return any(isinstance(part, PageSeen) for part in parts(path.read_bytes(), path.name))


def _invoices(scratch: Path, count: int) -> Iterator[Path]:
    for number, data in enumerate(invoices(count, seed=1)):
        path = scratch / f"invoice-{number}.pdf"
        path.write_bytes(data)
        yield path


def _looks(data: bytes) -> tuple[bool, bool]:
    """Whether every page has text, and whether none has a picture over half of it."""
    document = pdfium.PdfDocument(data)
    try:
        pages = [document[index] for index in range(len(document))]
        text = all(page.get_textpage().count_chars() >= CHARS_MIN for page in pages)
        return text, not any(_is_picture(page) for page in pages)
    finally:
        document.close()


def _page_count(data: bytes) -> int:
    document = pdfium.PdfDocument(data)
    try:
        return len(document)
    finally:
        document.close()


def _is_picture(page: pdfium.PdfPage) -> bool:
    whole = page.get_width() * page.get_height()
    edges = [ctypes.c_float() for _ in range(4)]
    for item in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE]):
        raw.FPDFPageObj_GetBounds(item, *edges)
        left, bottom, right, top = (edge.value for edge in edges)
        if (right - left) * (top - bottom) > PICTURE_SHARE_MAX * whole:
            return True
    return False


def _pdfium_words(data: bytes) -> list[tuple[int, str]]:
    document = pdfium.PdfDocument(data)
    try:
        return [
            (index, text)
            for index in range(len(document))
            for text in document[index].get_textpage().get_text_range().split()
        ]
    finally:
        document.close()
