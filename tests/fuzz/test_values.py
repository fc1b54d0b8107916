"""Amounts, dates and identifiers in any text: found or not, never an exception, and only what was there."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from tests.fuzz.bounds import FUZZED

from docmill.engines.values.amounts import find_amounts, parse_amount, parse_number
from docmill.engines.values.dates import find_dates, parse_date
from docmill.engines.values.identifiers import find_ibans, find_tax_ids, find_vat_ids, iban, vat_id

NUMERALS = st.text(alphabet="0123456789.,' -()+€$£%EURCHFeE٣۴०Ⅻ½¹\u00a0\u202f\u200b\u202e\t\n", max_size=60)
DATES = st.text(alphabet="0123456789./- JanFebMärzDecembredeöûst,th日月年\u200f\n", max_size=60)
IDS = st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .-/ΑВ\u200b\n", max_size=60)
ANY = st.text(max_size=80)


@FUZZED
@given(st.one_of(NUMERALS, ANY), st.sampled_from([None, ".", ","]))
def test_amounts(text: str, mark: str | None) -> None:
    for found in find_amounts(text, mark):
        assert found.value.value.is_finite()
        assert any(sign.isdigit() for sign in text)
    parse_amount(text, mark)
    number = parse_number(text, mark)
    assert number is None or isinstance(number, Decimal)


@FUZZED
@given(st.one_of(DATES, ANY), st.sampled_from(["dmy", "mdy", "ymd"]))
def test_dates(text: str, order: str) -> None:
    for found in find_dates(text, order):
        assert isinstance(found.value, date)
    parse_date(text, order)


@FUZZED
@given(st.one_of(IDS, ANY))
def test_identifiers(text: str) -> None:
    for find in (find_ibans, find_vat_ids, find_tax_ids):
        find(text)
    vat_id(text)
    proved = iban(text)
    assert proved is None or proved.isalnum()
