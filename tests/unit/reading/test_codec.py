"""What is encoded comes back equal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docmill.domain import limits
from docmill.domain.pages import Attachment, Box, Element, Hidden, Page, Provenance, Reading, Word
from docmill.engines.reading.codec import decode, encode
from docmill.engines.reading.trees import tree_from_json, tree_to_json

edges = st.integers(-100_000, 1_000_000).map(lambda cents: cents / 100)
words = st.builds(
    Word,
    text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12),
    box=st.builds(Box, edges, edges, edges, edges),
    confidence=st.none() | st.integers(0, 1000).map(lambda parts: parts / 1000),
    hidden=st.none() | st.sampled_from(Hidden),
    line=st.integers(0, 5000),
)
pages = st.builds(
    Page,
    number=st.integers(1, 2000),
    width=edges,
    height=edges,
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
