"""Cursors: a place of one list, and of no other."""

import base64
import json
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docmill.adapters.postgres.cursors import cursor_of, moment, place_of
from docmill.domain.errors import DocmillError, ErrorCode

LIST = "batches:acme"


def read(time: str, row: str) -> tuple[object, UUID]:
    return moment(time), UUID(row)


def test_a_cursor_leads_back_to_its_place() -> None:
    row = uuid4()
    cursor = cursor_of("2026-01-31T12:00:00+00:00", str(row), of=LIST)
    assert place_of(cursor, read, of=LIST) == (moment("2026-01-31T13:00:00+01:00"), row)


def test_a_cursor_of_another_tenants_list_is_refused() -> None:
    cursor = cursor_of("2026-01-31T12:00:00+00:00", str(uuid4()), of=LIST)
    with pytest.raises(DocmillError, match="not one of this list"):
        place_of(cursor, read, of="batches:other")


@given(st.text() | st.binary().map(lambda data: base64.urlsafe_b64encode(data).decode()))
def test_nonsense_is_refused_with_a_code(cursor: str) -> None:
    with pytest.raises(DocmillError) as refused:
        place_of(cursor, read, of=LIST)
    assert refused.value.code is ErrorCode.REQUEST_INVALID


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists, max_leaves=5))
def test_a_place_of_other_things_is_refused_with_a_code(thing: object) -> None:
    *_, bound = json.loads(base64.urlsafe_b64decode(cursor_of("", of=LIST) + "==="))
    forged = base64.urlsafe_b64encode(json.dumps([thing, thing, bound]).encode()).decode()
    with pytest.raises(DocmillError) as refused:
        place_of(forged, read, of=LIST)
    assert refused.value.code is ErrorCode.REQUEST_INVALID
