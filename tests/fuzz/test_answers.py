"""What a child says that a file has taken over: a part of a reading, or a refusal of its file."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.flow.running import invoice_xml
from tests.fuzz.bounds import FUZZED
from tests.fuzz.seeds import HTML
from tests.fuzz.strange import LEAVES, lying

from docmill.adapters.frames import FrameMessage
from docmill.adapters.sandbox.answers import part_of, refusal
from docmill.domain.errors import DocmillError, ErrorCode, Rejected
from docmill.domain.pages import Box, CheckBox, Stroke, Trick
from docmill.engines import reading
from docmill.engines.reading.assembly import Assembly
from docmill.engines.reading.parts import PageSeen
from docmill.engines.reading.wire.codec import attachment_to_json, encode, page_to_json


def _page() -> dict[str, Any]:
    page = reading.read(HTML, "a.html").pages[0]
    word = replace(page.words[0], confidence=0.5, trick=next(iter(Trick)), cell="A1")
    return page_to_json(
        replace(
            page, name="Sheet", words=(word, *page.words[1:]), strokes=(Stroke(0, 0, 9, 9),),
            check_boxes=(CheckBox(Box(0, 0, 9, 9), checked=True),),
        )
    )  # fmt: skip


def _tree() -> dict[str, Any]:
    return attachment_to_json(reading.read(invoice_xml("INV-7"), "a.xml").attachments[0])


HEADERS = st.one_of(
    lying(_page()).map(lambda page: {"part": "page", "page": page}),
    lying(_page()).map(lambda page: {"part": "seen", "page": page, "width": 3, "height": 2, "photo": True}),
    lying(_tree()).map(lambda tree: {"part": "attachment", "attachment": tree}),
    lying({"part": "seen", "page": _page(), "width": 3, "height": 2, "photo": True}),
    lying({"part": "opened", "media_type": "application/pdf", "pages": 3, "reader": "a"}),
    lying({"part": "member", "ordinal": 0, "name": "a.pdf"}),
)


@FUZZED
@given(HEADERS, st.binary(min_size=6, max_size=6))
def test_a_part_that_lies(header: Any, blob: bytes) -> None:
    if not isinstance(header, dict):
        return  # the frames let objects through and nothing else
    assembly = Assembly()
    try:
        part = part_of(FrameMessage(header, blob))
        if not isinstance(part, PageSeen):
            assembly.add(part)
        found = assembly.reading()
    except Rejected:
        return
    encode(found)


@FUZZED
@given(LEAVES, LEAVES)
def test_a_refusal_that_lies(code: Any, detail: Any) -> None:
    said = refusal({"error": code, "detail": detail})
    assert isinstance(said, DocmillError)
    assert said.code is ErrorCode.READER_CRASHED or said.code == code
