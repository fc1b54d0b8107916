"""Fields of kind boolean: their value is the box that somebody has ticked, or null with a reason."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from PIL import Image, ImageDraw
from reportlab.pdfgen.canvas import Canvas
from tests.unit.reading.papers import both, encoded, line, pdf

from docmill.domain.errors import DocmillError
from docmill.domain.pages import Box, Page, Provenance, Reading, Word
from docmill.domain.results import Extraction, NullReason
from docmill.domain.types import DocumentType, Kind, parse_document_type
from docmill.engines.extraction.rules import extract_by_rules
from docmill.engines.reading import parts, read
from docmill.engines.reading.parts import PageSeen
from docmill.engines.rules.schema import schema_blockers, validator_of

Draw = Callable[[Canvas], None]


def form_type() -> DocumentType:
    flag = {"type": ["boolean", "null"]}
    return parse_document_type(
        {
            "name": "enrolment",
            "schema": {
                "type": "object",
                "properties": {
                    "newsletter": {
                        **flag,
                        "x-docmill": {"kind": "boolean", "labels": {"en": ["newsletter"]}},
                    },
                    "smoker": {**flag, "x-docmill": {"labels": {"en": ["smoker"], "de": ["raucher"]}}},
                    "name": {"type": ["string", "null"], "x-docmill": {"kind": "name"}},
                },
            },
        }
    )


def found_on(*drawn: Draw) -> Extraction:
    data = pdf(both(line("Enrolment form of the club", y=780), *drawn))
    return extract_by_rules(read(data, "form.pdf"), form_type())


def box(x: float, y: float, *, ticked: bool) -> Draw:
    def draw(canvas: Canvas) -> None:
        canvas.rect(x, y, 10, 10)
        if ticked:
            canvas.line(x, y, x + 10, y + 10)
            canvas.line(x, y + 10, x + 10, y)

    return draw


def text(words: str, x: float, y: float) -> Draw:
    return line(words, x=x, y=y, size=10)


def test_a_boolean_of_the_schema_needs_no_kind_and_other_types_do() -> None:
    assert [spec.kind for spec in form_type().fields] == [Kind.BOOLEAN, Kind.BOOLEAN, Kind.NAME]
    source = {
        "name": "x",
        "schema": {"type": "object", "properties": {"a": {"type": "string", "x-docmill": {}}}},
    }
    with pytest.raises(DocmillError, match=r"a: x-docmill\.kind must be one of .*boolean"):
        parse_document_type(source)


@pytest.mark.parametrize("ticked", [True, False])
def test_a_drawn_box_with_the_words_of_the_field_answers_it(*, ticked: bool) -> None:
    found = found_on(box(100, 700, ticked=ticked), text("Newsletter", 116, 701))
    assert found.value["newsletter"] is ticked
    meta = found.metadata["newsletter"]
    assert meta.raw_text == ("☒ Newsletter" if ticked else "☐ Newsletter")
    assert meta.confidence is not None
    assert meta.confidence > 0.8
    (citation,) = meta.citations
    assert citation.box is not None
    assert citation.box.x0 == pytest.approx(100, abs=1.5)
    assert citation.box.x1 > 150  # with its words


def test_a_form_field_answers() -> None:
    def fields(canvas: Canvas) -> None:
        canvas.acroForm.checkbox(checked=True, x=100, y=700, size=12, name="a")
        canvas.acroForm.checkbox(checked=False, x=160, y=660, size=12, name="b")
        canvas.acroForm.checkbox(checked=True, x=220, y=660, size=12, name="c")

    question = (text("Smoker:", 80, 662), text("yes", 176, 662), text("no", 236, 662))
    found = found_on(fields, text("I want the newsletter", 118, 702), *question)
    assert (found.value["newsletter"], found.value["smoker"]) == (True, False)
    assert found.metadata["smoker"].raw_text == "Smoker: ☐ yes ☒ no"
    sure, mentioned = found.metadata["smoker"].confidence, found.metadata["newsletter"].confidence
    assert sure is not None
    assert mentioned is not None
    assert mentioned < sure


@pytest.mark.parametrize(
    ("yes", "no", "value", "reason"),
    [
        (True, False, True, None),
        (False, True, False, None),
        (True, True, None, NullReason.AMBIGUOUS),
        (False, False, None, NullReason.NOT_FOUND),
    ],
)
def test_two_boxes_for_one_question_answer_it_when_one_is_ticked(
    *, yes: bool, no: bool, value: bool | None, reason: NullReason | None
) -> None:
    found = found_on(
        text("Raucher", 60, 701),
        box(160, 700, ticked=yes),
        text("Ja", 175, 701),
        box(220, 700, ticked=no),
        text("Nein", 235, 701),
    )
    assert found.value["smoker"] is value
    assert found.metadata["smoker"].reason is reason


def test_two_questions_on_one_line_keep_their_own_answers() -> None:
    found = found_on(
        text("Smoker", 50, 701), box(100, 700, ticked=True), text("yes", 115, 701),
        box(150, 700, ticked=False), text("no", 165, 701),
        text("Newsletter", 250, 701), box(330, 700, ticked=False), text("yes", 345, 701),
        box(380, 700, ticked=True), text("no", 395, 701),
    )  # fmt: skip
    assert (found.value["smoker"], found.value["newsletter"]) == (True, False)


def test_places_that_disagree_leave_it_to_a_person() -> None:
    found = found_on(
        box(100, 700, ticked=True), text("Newsletter", 116, 701),
        box(100, 600, ticked=False), text("Newsletter", 116, 601),
    )  # fmt: skip
    assert found.value["newsletter"] is None
    assert found.metadata["newsletter"].reason is NullReason.AMBIGUOUS


def test_a_label_that_denies_is_not_taken_for_a_yes() -> None:
    found = found_on(box(100, 700, ticked=True), text("I do not want the newsletter", 116, 701))
    assert found.value["newsletter"] is None
    assert found.metadata["newsletter"].reason is NullReason.AMBIGUOUS


def test_words_without_a_box_are_no_answer() -> None:
    found = found_on(text("Newsletter", 116, 701), box(100, 600, ticked=True), text("Gym", 116, 601))
    assert found.value["newsletter"] is None
    assert found.metadata["newsletter"].reason is NullReason.NOT_FOUND


def test_a_page_that_could_not_be_read_says_so() -> None:
    page = Page(1, 595, 842, "pt", (), Provenance.EMPTY, error="page_failed")
    found = extract_by_rules(Reading("application/pdf", (page,)), form_type())
    assert found.metadata["smoker"].reason is NullReason.UNREADABLE


def test_a_ticked_box_on_a_scan_answers_with_less_confidence() -> None:
    image = Image.new("L", (1240, 1754), 245)
    pen = ImageDraw.Draw(image)
    pen.rectangle((300, 400, 324, 424), outline=20, width=2)
    pen.line((302, 402, 322, 422), fill=20, width=3)
    pen.line((302, 422, 322, 402), fill=20, width=3)
    (seen,) = (part for part in parts(encoded(image, "PNG"), "a.png") if isinstance(part, PageSeen))
    assert [one.checked for one in seen.page.check_boxes] == [True]
    words = (Word("Newsletter", Box(340, 400, 480, 424), confidence=0.93),)
    page = replace(seen.page, words=words, provenance=Provenance.OWN_OCR)
    found = extract_by_rules(Reading("image/png", (page,)), form_type())
    assert found.value["newsletter"] is True
    typeset = found_on(box(100, 700, ticked=True), text("Newsletter", 116, 701))
    less, more = found.metadata["newsletter"].confidence, typeset.metadata["newsletter"].confidence
    assert less is not None
    assert more is not None
    assert less < more


def test_validation_takes_true_and_false_and_nothing_like_them() -> None:
    kind = form_type()
    validator = validator_of({"type": "object"})
    assert not list(schema_blockers(validator, kind, {"newsletter": True, "smoker": None, "name": None}))
    (blocker,) = schema_blockers(validator, kind, {"newsletter": "yes", "smoker": False, "name": None})
    assert (blocker.path, blocker.message) == ("newsletter", "newsletter is neither true nor false")
