"""How much of a scan is read right, and what it costs: generated scans, where every word is known."""

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher

from bench.accuracy import EVAL
from bench.figures import Figure, Subject, table
from bench.scans_made import CONDITIONS, Condition, Scan, scan, scans
from bench.scans_text import LANGUAGES, SPECIAL
from docmill.adapters.ocr import OcrProcess
from docmill.adapters.sandbox import SandboxedReader
from docmill.domain.pages import Reading

ABOUT = (
    "A4 pages of sentences and a table of amounts in six languages, three fonts and 8 to 11 pt, set by "
    "Pillow: every word and its place are known. *Word F1* compares words as they are, case, accents and "
    "punctuation included, whatever their order. *In order* is the share of the words that a reader from "
    "line to line gets right in their order: rows that are torn apart cost it. CPU seconds are those of the "
    "child and the OCR process."
)

ReadFile = Callable[[bytes], Awaitable[Reading]]


@dataclass(frozen=True)
class Score:
    """Counts of one page, or of many: ``right`` words of ``wanted`` and of ``found``."""

    right: int = 0
    wanted: int = 0
    found: int = 0
    in_order: int = 0
    special_right: int = 0
    special: int = 0
    pages: int = 0
    cpu_s: float = 0.0
    missed: tuple[str, ...] = field(default=(), repr=False)

    def __add__(self, other: "Score") -> "Score":
        names = ("right", "wanted", "found", "in_order", "special_right", "special", "pages", "cpu_s")
        sums = {name: getattr(self, name) + getattr(other, name) for name in names}
        return Score(**sums, missed=self.missed + other.missed)

    @property
    def word_f1(self) -> float:
        return 2 * self.right / max(1, self.wanted + self.found)

    @property
    def ordered(self) -> float:
        return self.in_order / max(1, self.wanted)

    @property
    def special_share(self) -> float:
        return self.special_right / max(1, self.special)

    @property
    def cpu_s_per_page(self) -> float:
        return self.cpu_s / max(1, self.pages)


def score(wanted: Sequence[str], found: Sequence[str], special: str = "", *, cpu_s: float = 0.0) -> Score:
    """Compare words. ``special``: the characters of which it is counted how many came out right."""
    right = sum((Counter(wanted) & Counter(found)).values())
    matcher = SequenceMatcher(None, wanted, found, autojunk=False)
    in_order = same = 0
    missed: list[str] = []
    for kind, i, j, k, m in matcher.get_opcodes():
        if kind == "equal":
            in_order += j - i
            same += _count("".join(wanted[i:j]), special)
        else:
            want, got = " ".join(wanted[i:j]), " ".join(found[k:m])
            blocks = SequenceMatcher(None, want, got, autojunk=False).get_matching_blocks()
            same += sum(_count(want[block.a : block.a + block.size], special) for block in blocks)
            missed.append(f"{want} > {got}")
    total = _count("".join(wanted), special)
    return Score(right, len(wanted), len(found), in_order, same, total, 1, cpu_s, tuple(missed))


def measure(*, quick: bool) -> Subject:
    return asyncio.run(_measure(count=2 if quick else 12, images=5 if quick else 200))


async def _measure(*, count: int, images: int) -> Subject:
    reader = SandboxedReader(ocr=OcrProcess())

    async def read(data: bytes) -> Reading:
        return await reader.read(data, "")

    try:
        await read(scan("en", 0).encoded())  # the engine starts with the first page
        conditions = {each.name: await of_condition(read, each, count) for each in CONDITIONS}
        languages = {each: await of_language(read, each, max(1, count // 3)) for each in LANGUAGES}
        receipts = await of_receipts(read, images)
    finally:
        await reader.close()
    clean = conditions["200 dpi"]
    figures = [
        Figure("words of clean scans at 200 dpi, F1", clean.word_f1, "", note=f"{clean.pages} pages"),
        Figure("clean scans at 200 dpi", clean.cpu_s_per_page, "CPU s/page"),
    ]
    if receipts.pages:
        note = f"{receipts.pages} labelled photos; runs of letters and digits, upper case"
        figures.append(Figure("words of receipts, F1", receipts.word_f1, "", at_least=0.96, note=note))
    rows = [(name, f"{got.word_f1:.3f}", f"{got.ordered:.3f}", f"{got.cpu_s_per_page:.2f}") for name, got in conditions.items()]  # fmt: skip
    spoken = [(name, f"{got.special_share:.3f}", f"{got.word_f1:.3f}") for name, got in languages.items()]
    return Subject("Scans", ABOUT, figures, (
        table(("scan", "word F1", "in order", "CPU s/page"), rows),
        table(("language, 200 dpi, quality 60", "accented letters and €", "word F1"), spoken),
    ))  # fmt: skip


async def of_condition(read: ReadFile, condition: Condition, count: int) -> Score:
    total = Score()
    for data, made in scans(condition, count):
        total += await _scored(read, data, made)
    return total


async def of_language(read: ReadFile, language: str, count: int) -> Score:
    total = Score()
    for seed in range(count):
        made = scan(language, seed)
        total += await _scored(read, made.encoded(60), made, SPECIAL[language])
    return total


async def of_receipts(read: ReadFile, count: int) -> Score:
    """Tokens of letters and digits: the labels are upper case, and their blanks are the annotators' own."""
    import json

    labels = EVAL / "sroie" / "dev" / "words.jsonl"
    total = Score()
    if not labels.exists():
        return total
    for row in labels.read_text(encoding="utf-8").splitlines()[:count]:
        truth = json.loads(row)
        reading = await read((labels.parent / truth["file"]).read_bytes())
        wanted = tokens(truth["words"])
        found = tokens(words_of(reading))
        total += replace(score(wanted, found), cpu_s=reading.cpu_seconds)
    return total


def tokens(texts: Iterable[str]) -> list[str]:
    return [token for text in texts for token in re.findall(r"[A-Z0-9]+", text.upper())]


def words_of(reading: Reading) -> list[str]:
    return [word.text for page in reading.pages for word in page.visible]


async def _scored(read: ReadFile, data: bytes, made: Scan, special: str = "") -> Score:
    reading = await read(data)
    return score(made.words, words_of(reading), special, cpu_s=reading.cpu_seconds)


def _count(text: str, special: str) -> int:
    return sum(text.count(sign) for sign in special)
