"""Documents to chunks: windows of words with an overlap, never across a page, so that a hit has one box."""

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from itertools import islice, pairwise
from typing import Any, TypeVar

from docmill.domain.limits.search import CHUNK_OVERLAP_WORDS, CHUNK_WORDS, CHUNKS_PER_DOCUMENT_MAX
from docmill.domain.pages import Box, Page, Reading, Word
from docmill.domain.search import Chunk

_Item = TypeVar("_Item")


def chunks_of(reading: Reading, result: Mapping[str, Any]) -> list[Chunk]:
    """The chunks of the pages; of the result's values where there is no visible word, such as plain XML."""
    return chunks(reading) or chunks_of_values(result.get("value") or {})


def chunks(reading: Reading) -> list[Chunk]:
    """CHUNK_WORDS visible words each, line breaks kept. The first CHUNKS_PER_DOCUMENT_MAX of them."""
    every = (
        Chunk(0, page.number, _around(words), page.unit, (page.width, page.height), _text(words))
        for page in reading.pages
        for words in _windows(_in_order(page))
    )
    return _numbered(every)


def chunks_of_values(value: Mapping[str, Any]) -> list[Chunk]:
    """One line for each value, its name first, as far as there are names; rows of lists are a line each."""
    lines = list(_lines(value, ""))
    words = [word if place else f"\n{word}" for line in lines for place, word in enumerate(line.split())]
    return _numbered(Chunk(0, None, None, "", None, " ".join(w).strip()) for w in _windows(words))


def _numbered(every: Iterator[Chunk]) -> list[Chunk]:
    return [
        Chunk(ordinal, chunk.page, chunk.box, chunk.unit, chunk.page_size, chunk.text)
        for ordinal, chunk in enumerate(islice(every, CHUNKS_PER_DOCUMENT_MAX))
    ]


def _in_order(page: Page) -> list[Word]:
    return sorted(page.visible, key=lambda word: word.line)  # stable: the reader's order within a line


def _windows(items: Sequence[_Item]) -> Iterator[Sequence[_Item]]:
    step = CHUNK_WORDS - CHUNK_OVERLAP_WORDS
    for start in range(0, len(items), step):
        if start and len(items) - start <= CHUNK_OVERLAP_WORDS:
            return  # the chunk before has these words already
        yield items[start : start + CHUNK_WORDS]


def _around(words: Sequence[Word]) -> Box:
    return reduce(Box.union, (word.box for word in words))


def _text(words: Sequence[Word]) -> str:
    parts = [words[0].text]
    for before, word in pairwise(words):
        parts.append(f"\n{word.text}" if word.line != before.line else f" {word.text}")
    return "".join(parts)


def _lines(node: Any, name: str) -> Iterator[str]:
    if isinstance(node, Mapping) and "amount" in node and node.keys() <= {"amount", "currency"}:
        yield f"{name} {node['amount']} {node.get('currency') or ''}".strip()
    elif isinstance(node, Mapping):
        for key, below in node.items():
            yield from _lines(below, f"{name} {key.replace('_', ' ')}".strip())
    elif isinstance(node, list):
        for row in node:
            yield " ".join([name, *_lines(row, "")])
    elif node is not None and node != "":
        yield f"{name} {node}".strip()
