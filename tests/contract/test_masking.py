"""What a document says to machines and does not show to people never becomes a value that nobody looks at."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.contract.masked import LIE, NUMBER, Masked, honest, masked

from docmill.adapters.ocr import OcrProcess
from docmill.adapters.sandbox import SandboxedReader
from docmill.domain.appearance import Comparison, Printed, Seen
from docmill.engines import reading
from docmill.engines.extraction.layered import classify_and_extract
from docmill.engines.rules import judge
from docmill.engines.types import load_shipped
from docmill.stages.appearance import PICTURE_RULE, TRICK_RULE
from docmill.stages.inprocess import InProcess

FLAGGED_SHARE_MIN = 0.95
FALSELY_FLAGGED_SHARE_MAX = 0.02


class BlindReader(SandboxedReader):
    """Believes every text layer."""

    async def compare(self, _data: bytes, _name: str, printed: Sequence[Printed], **_: Any) -> Comparison:
        return Comparison(tuple(Seen.SAME for _ in printed))


@dataclass(frozen=True)
class Outcome:
    name: str
    total: str | None
    picture: str | None
    blocked: bool
    marked: bool

    @property
    def flagged(self) -> bool:
        """The lie is marked and no value, or a person looks at the value."""
        return self.blocked or (self.marked and self.total != LIE)


@pytest.fixture
async def reader() -> AsyncIterator[SandboxedReader]:
    made = SandboxedReader(ocr=OcrProcess())
    yield made
    await made.close()


@pytest.fixture
async def blind() -> AsyncIterator[BlindReader]:
    made = BlindReader(ocr=OcrProcess())
    yield made
    await made.close()


async def _outcome(reader: SandboxedReader, document: Masked) -> Outcome:
    types = list(load_shipped().values())
    mill = InProcess(reader, types, classify_and_extract, judge, datetime(2024, 3, 1, tzinfo=UTC), "invoice")
    (line,) = await mill.process(document.data, "invoice.pdf")
    assert line.result is not None, line
    assert line.result["value"]["invoice_number"] == NUMBER
    total = line.result["value"]["gross_total"]
    page = reading.read(document.data, "invoice.pdf").pages[0]
    return Outcome(
        document.name,
        total and total["amount"].replace(".", ","),
        line.result["metadata"]["gross_total"].get("picture"),
        any(blocker["rule"] in (PICTURE_RULE, TRICK_RULE) for blocker in line.result["blockers"]),
        any(word.hidden for word in page.words if word.text == LIE),
    )


async def _outcomes(reader: SandboxedReader, documents: Sequence[Masked]) -> list[Outcome]:
    return [await _outcome(reader, document) for document in documents]


async def test_masked_values_are_flagged(reader: SandboxedReader) -> None:
    outcomes = await _outcomes(reader, list(masked()))
    missed = [outcome for outcome in outcomes if not outcome.flagged]
    assert len(outcomes) >= 40
    assert len(missed) <= (1 - FLAGGED_SHARE_MIN) * len(outcomes), missed


async def test_honest_twins_are_not(reader: SandboxedReader) -> None:
    outcomes = await _outcomes(reader, list(honest()))
    falsely = [outcome for outcome in outcomes if outcome.blocked or outcome.marked]
    assert len(falsely) <= FALSELY_FLAGGED_SHARE_MAX * len(outcomes), falsely
    assert {outcome.picture for outcome in outcomes} == {"same"}


async def test_without_a_look_at_the_picture_they_would_pass(blind: BlindReader) -> None:
    """The negative control: the suite above fails when nothing is compared."""
    outcomes = await _outcomes(blind, list(masked()))
    assert sum(outcome.flagged for outcome in outcomes) < FLAGGED_SHARE_MIN * len(outcomes)
