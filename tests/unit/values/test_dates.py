from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docmill.engines.values.dates import find_dates, parse_date

PRINTED = {
    "25/12/2018": date(2018, 12, 25),
    "2018-12-25": date(2018, 12, 25),
    "12-01-18": date(2018, 1, 12),
    "05.03.2018": date(2018, 3, 5),
    "5. 3. 2018": date(2018, 3, 5),
    "12.03. 2018": date(2018, 3, 12),
    "12/25/2018": date(2018, 12, 25),
    "2018-03-05T10:11:12Z": date(2018, 3, 5),
    "20180303": date(2018, 3, 3),
    "25032018": date(2018, 3, 25),
    "(25/12/2018)": date(2018, 12, 25),
    "14 MAR 2018": date(2018, 3, 14),
    "14MAR2018": date(2018, 3, 14),
    "MAR 4, 2018": date(2018, 3, 4),
    "Apr16/20": date(2020, 4, 16),
    "01/JUN/17": date(2017, 6, 1),
    "22nd day of June, 1992": date(1992, 6, 22),
    "5. März 2018": date(2018, 3, 5),
    "le 3 février 2017": date(2017, 2, 3),
    "1er janvier 2018": date(2018, 1, 1),
    "5 de mayo de 2018": date(2018, 5, 5),
    "1º gennaio 2020": date(2020, 1, 1),
    "12 Sept. 2016": date(2016, 9, 12),
    "１２／０３／２０１８": date(2018, 3, 12),
    "12–03–2018": date(2018, 3, 12),
    "19/01/83": date(1983, 1, 19),
}


@pytest.mark.parametrize(("text", "want"), PRINTED.items())
def test_a_printed_date_is_read(text: str, want: date) -> None:
    assert parse_date(text) == want


@pytest.mark.parametrize(
    "text",
    ["2018/02/2213:34", "22/02/201813:34", "22/02/1813:34", "22/02/2018:13:34", "22/02/2018 13:34:56"],
)
def test_a_time_that_touches_the_date_does_not_change_it(text: str) -> None:
    assert parse_date(text) == date(2018, 2, 22)


def test_the_year_before_a_glued_time_may_have_two_digits() -> None:
    assert parse_date("22/02/2013:34") == date(2020, 2, 22)


@pytest.mark.parametrize(
    "text",
    ["", "n/a", "31/02/2018", "02/235/20", "20/03/201", "10.10.10.10", "1.234,50", "June 2018", "05-05~18"],
)
def test_what_is_no_date_is_not_read_as_one(text: str) -> None:
    assert parse_date(text) is None


def test_two_dates_in_one_cell_are_no_date_but_both_are_found() -> None:
    assert parse_date("01.03.2018-31.03.2018") is None
    assert [hit.value for hit in find_dates("01.03.2018-31.03.2018")] == [date(2018, 3, 1), date(2018, 3, 31)]


def test_the_order_decides_an_ambiguous_date_and_nothing_else() -> None:
    assert parse_date("02/03/20") == date(2020, 3, 2)
    assert parse_date("02/03/20", "mdy") == date(2020, 2, 3)
    assert parse_date("25/03/20", "mdy") == date(2020, 3, 25)


def test_offsets_are_those_of_the_original_text() -> None:
    text = "fällig am ½ 5. März 2018, bitte"
    (hit,) = find_dates(text)
    assert text[hit.start : hit.end] == "5. März 2018"


FORMATS = ["%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y", "%Y-%m-%d", "%Y/%m/%d", "%d %b %Y", "%B %d, %Y"]


@given(st.dates(date(1960, 1, 1), date(2059, 12, 31)), st.sampled_from(FORMATS))
def test_every_date_survives_printing_and_reading(value: date, form: str) -> None:
    assert parse_date(value.strftime(form)) == value


@given(st.text(max_size=60))
def test_no_text_breaks_the_search(text: str) -> None:
    for hit in find_dates(text):
        assert 0 <= hit.start < hit.end <= len(text)
