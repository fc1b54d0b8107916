"""What is encoded comes back equal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docmill.domain.limits import documents as limits
from docmill.domain.pages import (
    Attachment,
    Box,
    Cell,
    CheckBox,
    Element,
    Hidden,
    Page,
    Provenance,
    Reading,
    Stroke,
    Table,
    Word,
)
from docmill.engines.reading.wire.codec import decode, encode, page_from_json, page_to_json
from docmill.engines.reading.wire.trees import tree_from_json, tree_to_json

edges = st.integers(-100_000, 1_000_000).map(lambda cents: cents / 100)
extents = st.integers(0, 1_000_000).map(lambda cents: cents / 100)
words = st.builds(
    Word,
    text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12),
    box=st.builds(Box, edges, edges, edges, edges),
    confidence=st.none() | st.integers(0, 1000).map(lambda parts: parts / 1000),
    hidden=st.none() | st.sampled_from(Hidden),
    line=st.integers(0, 5000),
)
pages = st.builds(
    Page,
    number=st.integers(1, 2000),
    width=extents,
    height=extents,
    unit=st.sampled_from(["pt", "px"]),
    words=st.lists(words, max_size=8).map(tuple),
    provenance=st.sampled_from(Provenance),
    rotation=st.sampled_from([0, 90, 180, 270]),
    turned=st.sampled_from([0, 90, 180, 270]),
    skew_deg=st.sampled_from([0.0, -1.25, 2.0]),
    error=st.none() | st.just("page_failed"),
)
leaves = st.builds(
    Element,
    st.text(max_size=3),
    st.text(max_size=2),
    st.text(max_size=3),
    st.text(max_size=4),
    st.lists(st.tuples(st.text(max_size=3), st.text(max_size=3)), max_size=2).map(tuple),
)
elements = st.recursive(
    leaves,
    lambda below: st.builds(Element, st.text(max_size=3), children=st.lists(below, max_size=3).map(tuple)),
    max_leaves=8,
)
attachments = st.builds(
    Attachment,
    st.text(max_size=5),
    st.text(max_size=5),
    st.none() | elements,
    st.none() | st.sampled_from(["xml_forbidden", "file_corrupt"]),
)
readings = st.builds(
    Reading,
    media_type=st.just("application/pdf"),
    pages=st.lists(pages, max_size=3).map(tuple),
    attachments=st.lists(attachments, max_size=2).map(tuple),
    reader=st.text(max_size=10),
    cpu_seconds=st.sampled_from([0.0, 0.25]),
)  # fmt: skip


@given(readings)
def test_a_reading_comes_back_as_it_was(reading: Reading) -> None:
    assert decode(encode(reading)) == reading


@pytest.mark.parametrize("data", [b'{"version": 99}', b"[]", b"{", b""])
def test_other_bytes_are_no_reading(data: bytes) -> None:
    with pytest.raises(ValueError):
        decode(data)


def _chain(depth: int) -> Element:
    element = Element("a")
    for _ in range(depth - 1):
        element = Element("a", children=(element,))
    return element


ONE = {"names": [["a", "", ""]], "tags": [0], "texts": [""], "counts": [0], "attributes": {}}


def test_a_tree_as_deep_as_the_limit_comes_back() -> None:
    assert tree_from_json(tree_to_json(_chain(limits.XML_DEPTH_MAX))) == _chain(limits.XML_DEPTH_MAX)


@pytest.mark.parametrize(
    "lie",
    [
        {"tags": [], "texts": [], "counts": []},
        {"tags": [0, 0], "texts": ["", ""], "counts": [0, 0]},
        {"tags": [0, 0], "texts": ["", ""], "counts": [0, 2]},
        {"tags": [0, 0], "texts": ["", ""], "counts": [0, -1]},
        {"tags": [0, 0]},
        {"tags": [7]},
        {"tags": ["0"]},
        {"names": [["a"]]},
        {"attributes": {"0": [["a"]]}},
        {"tags": [0] * 101, "texts": [""] * 101, "counts": [0, *[1] * 100]},
        {"tags": [0] * (limits.XML_ELEMENTS_MAX + 1)},
    ],
)
def test_what_is_no_tree_is_refused(lie: dict[str, object]) -> None:
    """The child that made it may have been taken over by the file."""
    assert tree_from_json(ONE) == Element("a")
    with pytest.raises((ValueError, LookupError, TypeError)):
        tree_from_json(ONE | lie)


BOX = Box(1.0, 2.0, 3.0, 4.0)
DRAWN = Page(
    1, 10.0, 10.0, "pt", (Word("a", BOX, 0.5),), Provenance.OWN_OCR, strokes=(Stroke(*BOX),),
    check_boxes=(CheckBox(BOX, checked=True),), tables=(Table(BOX, 1, 1, (Cell(0, 0, BOX, (0,)),)),),
)  # fmt: skip


@pytest.mark.parametrize(
    "lie",
    [
        {"texts": ["a\0"]},
        {"unit": "em"},
        {"width": -1.0},
        {"turned": "90"},
        {"confidences": [1, 2]},
        {"cells": ["A1", "A2"]},
        {"boxes": [0, 0, 0, 10**13]},
        {"strokes": [0, 0, 0, 10**300]},
        {"strokes": [0] * 4 * (limits.PAGE_STROKES_MAX + 1)},
        {"check_boxes": [[0, 0, 1, 1, 0]] * (limits.PAGE_CHECK_BOXES_MAX + 1)},
        {"check_boxes": [[0, 0, 1, 1e300, 0]]},
    ],
)
def test_what_is_no_page_is_refused(lie: dict[str, object]) -> None:
    """The child that made it may have been taken over by the file."""
    honest = page_to_json(DRAWN)
    assert page_from_json(honest) == DRAWN
    with pytest.raises((ValueError, LookupError, TypeError)):
        page_from_json(honest | lie)


@pytest.mark.parametrize(
    "lie",
    [
        {"rows": 10**12},
        {"columns": 10**12},
        {"cells": [[0.0, 0, 1, 1, 0]]},
        {"cells": [[0, 0, 2, 1, 0]]},
        {"words": [[1]]},
        {"words": [[0.0]]},
        {"box": [0, 0, 1, 1e300]},
    ],
)
def test_what_is_no_table_is_refused(lie: dict[str, object]) -> None:
    tree = page_to_json(DRAWN)
    tree["tables"] = [tree["tables"][0] | lie]
    with pytest.raises((ValueError, LookupError, TypeError)):
        page_from_json(tree)
