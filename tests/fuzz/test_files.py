"""No file, however spoiled, gets more out of a reader than a Reading or a refusal."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fuzz.bounds import FUZZED
from tests.fuzz.seeds import FILES, PACKED, packed
from tests.fuzz.strange import spoiled

from docmill.domain.errors import Rejected
from docmill.domain.reading_limits import DEFAULT
from docmill.engines import reading
from docmill.engines.layout.structure import structure
from docmill.engines.reading.kinds.telling import media_type
from docmill.engines.reading.wire.codec import decode, encode

ALLOWED = DEFAULT.lowered({"pages_max": 50, "unpack_size_bytes_max": 20_000_000, "xml_elements_max": 20_000})


def require_sane(data: bytes, name: str) -> None:
    """What is read can be written down, says the same when it is read again, and lies where it says."""
    try:
        found = reading.read(data, name, allowed=ALLOWED)
    except Rejected:
        return
    assert decode(encode(found)).pages == found.pages
    for page in found.pages:
        assert page.error or (page.width > 0 and page.height > 0)
        assert all(math.isfinite(edge) for word in page.words for edge in word.box)
        structure(page)


@pytest.mark.parametrize("name", FILES)
@FUZZED
@given(data=st.data())
def test_a_spoiled_file(name: str, data: st.DataObject) -> None:
    require_sane(data.draw(spoiled(FILES[name])), name)


@pytest.mark.parametrize("name", PACKED)
@FUZZED
@given(data=st.data())
def test_a_spoiled_part_of_an_office_file(name: str, data: st.DataObject) -> None:
    kind, inside = PACKED[name]
    spoilt = data.draw(spoiled(inside.encode())).decode("utf-8", "replace")
    require_sane(packed(kind, spoilt), name)


@FUZZED
@given(
    st.one_of(st.binary(max_size=200), st.sampled_from(sorted(FILES.values())).flatmap(spoiled)),
    st.text(max_size=9),
)
def test_the_kind_of_anything(data: bytes, name: str) -> None:
    assert "/" in media_type(data, name)
