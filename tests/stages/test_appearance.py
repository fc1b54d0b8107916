"""Values that the picture of their page contradicts are for a person to look at."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from tests.fakes import FakeReader

from docmill.domain.appearance import Printed, Seen
from docmill.domain.errors import ErrorCode, Rejected, Unavailable
from docmill.domain.pages import Box, Hidden, Page, Provenance, Reading, Trick, Word
from docmill.domain.results import Citation, Extraction, FieldMeta, NullReason, Source
from docmill.domain.types import parse_document_type
from docmill.stages.appearance import compared, to_compare, tricked

TYPE = parse_document_type(
    {
        "name": "note",
        "schema": {
            "type": "object",
            "properties": {
                "total": {"type": "string", "x-docmill": {"kind": "amount"}},
                "remark": {"type": "string", "x-docmill": {"kind": "text"}},
                "rows": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {"due": {"type": "string", "x-docmill": {"kind": "date"}}},
                    },
                    "x-docmill": {"kind": "list"},
                },
            },
        },
    },
    version=1,
)
TOTAL, REMARK, DUE = Box(10, 10, 60, 20), Box(10, 30, 60, 40), Box(10, 50, 60, 60)


def _reading(
    *words: Word, provenance: Provenance = Provenance.TEXT_LAYER, kind: str = "application/pdf"
) -> Reading:
    return Reading(kind, (Page(1, 100, 100, "pt", words, provenance),))


def _found(**boxes: Box) -> Extraction:
    paths = {path.replace("__", "[0]."): box for path, box in boxes.items()}
    metadata: Mapping[str, FieldMeta] = {
        path: FieldMeta(Source.RULES, "x", 0.9, citations=(Citation(1, box),)) for path, box in paths.items()
    }
    return Extraction("note", 0.9, {}, metadata)


WORDS = (Word("100,00", TOTAL), Word("hello", REMARK), Word("2024-01-01", DUE))


async def _compared(seen: dict[str, Seen], reading: Reading | None = None) -> Extraction:
    found = _found(total=TOTAL, remark=REMARK, rows__due=DUE)
    reader = FakeReader(seen=seen)
    asked = to_compare(found, reading or _reading(*WORDS), TYPE)
    return await compared(found, asked, (b"x", "x.pdf"), reader=reader)


async def test_what_the_picture_contradicts_is_a_blocker_at_its_path() -> None:
    found = await _compared({"2024-01-01": Seen.DIFFERENT})
    (blocker,) = found.blockers
    assert (blocker.path, blocker.rule) == ("rows[0].due", "picture")
    assert "'2024-01-01'" in blocker.message
    assert found.metadata["rows[0].due"].to_json()["picture"] == "different"
    assert found.metadata["total"].picture is Seen.SAME
    assert found.metadata["remark"].picture is None  # texts are not compared
    assert "picture" not in found.metadata["remark"].to_json()


async def test_what_the_picture_leaves_open_blocks_nothing_and_is_told() -> None:
    found = await _compared({"100,00": Seen.UNSURE})
    assert not found.blockers
    assert found.metadata["total"].picture is Seen.UNSURE


async def test_one_contradicted_word_of_a_value_is_enough() -> None:
    halves = _reading(Word("100", Box(10, 10, 30, 20)), Word("000,00", Box(32, 10, 60, 20)))
    found = await _compared({"000,00": Seen.DIFFERENT}, halves)
    assert [blocker.path for blocker in found.blockers] == ["total"]


@dataclass
class FailingReader(FakeReader):
    error: Exception = field(default_factory=lambda: Rejected(ErrorCode.READER_CRASHED))

    async def compare(self, *_: Any, **__: Any) -> Any:
        raise self.error


async def test_a_comparison_that_dies_does_not_fail_the_document() -> None:
    file = b"x", "x.pdf"
    asked = to_compare(_found(total=TOTAL), _reading(*WORDS), TYPE)
    found = await compared(_found(total=TOTAL), asked, file, reader=FailingReader())
    assert not found.blockers
    assert found.metadata["total"].picture is Seen.UNSURE


async def test_a_reader_that_cannot_start_is_tried_again_later() -> None:
    with pytest.raises(Unavailable):
        await compared(
            _found(total=TOTAL),
            to_compare(_found(total=TOTAL), _reading(*WORDS), TYPE),
            (b"x", "x.pdf"),
            reader=FailingReader(error=Unavailable()),
        )


@pytest.mark.parametrize(
    "reading",
    [
        _reading(*(replace(word, confidence=0.9) for word in WORDS), provenance=Provenance.OWN_OCR),
        _reading(*WORDS, provenance=Provenance.FOREIGN_OCR),
        _reading(*WORDS, kind="text/html"),
        _reading(*(replace(word, hidden=Hidden.WHITE) for word in WORDS)),
    ],
    ids=["own OCR", "foreign OCR", "no picture", "hidden"],
)
def test_only_seen_words_of_a_text_layer_are_compared(reading: Reading) -> None:
    assert to_compare(_found(total=TOTAL), reading, TYPE) == []
    assert to_compare(_found(total=TOTAL), _reading(*WORDS), TYPE)


def test_nulls_and_documents_without_a_type_are_not_compared() -> None:
    found = _found(total=TOTAL)
    null = replace(found.metadata["total"], reason=NullReason.AMBIGUOUS)
    assert to_compare(replace(found, metadata={"total": null}), _reading(*WORDS), TYPE) == []
    assert to_compare(found, _reading(*WORDS), None) == []


async def test_a_word_under_several_values_is_asked_about_once() -> None:
    asked: list[Printed] = []

    class Counting(FakeReader):
        async def compare(self, data: bytes, name: str, printed: Any, **rest: Any) -> Any:
            asked.extend(printed)
            return await super().compare(data, name, printed, **rest)

    found = _found(total=TOTAL, rows__due=TOTAL)
    wanted = to_compare(found, _reading(*WORDS), TYPE)
    await compared(found, wanted, (b"x", "x.pdf"), reader=Counting())
    assert [each.text for each in asked] == ["100,00"]


def test_a_value_of_masked_characters_is_blocked() -> None:
    masked = _reading(replace(WORDS[0], trick=Trick.HOMOGLYPH), *WORDS[1:])
    (blocker,) = tricked(_found(total=TOTAL, rows__due=DUE), masked, TYPE).blockers
    assert (blocker.path, blocker.rule) == ("total", "tricked_text")
    assert "100" not in blocker.message
    assert not tricked(_found(total=TOTAL), _reading(*WORDS), TYPE).blockers
