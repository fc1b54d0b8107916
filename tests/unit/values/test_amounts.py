from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docmill.engines.values.amounts import (
    Amount,
    decimal_mark_of,
    find_amounts,
    parse_amount,
    parse_number,
)

PRINTED = {
    "9.00": ("9.00", None),
    "RM 9": ("9", "MYR"),
    "RM9.00": ("9.00", "MYR"),
    "$1,880.00": ("1880.00", "USD"),
    "1.234,56 EUR": ("1234.56", "EUR"),
    "EUR 1 234,50": ("1234.50", "EUR"),
    "1\u00a0234,50 €": ("1234.50", "EUR"),
    "CHF 1’234.50": ("1234.50", "CHF"),
    "1,234": ("1234", None),
    "12,5": ("12.5", None),
    "1.234.567": ("1234567", None),
    "12,34,567.00": ("1234567.00", None),
    "3,3333": ("3.3333", None),
    "0.001": ("0.001", None),
    "($210.00)": ("-210.00", "USD"),
    "-0.01": ("-0.01", None),
    "−12,00": ("-12.00", None),
    "9.00-": ("-9.00", None),
    "RM-3.20": ("-3.20", "MYR"),
    "-RM9.00": ("-9.00", "MYR"),
    "50,00 S": ("-50.00", None),
    "50,00 H": ("50.00", None),
    "€ 5,-": ("5", "EUR"),
    "45.90.": ("45.90", None),
    "12. 50": ("12.50", None),
    "1, 234.50": ("1234.50", None),
}


@pytest.mark.parametrize(("text", "want"), PRINTED.items())
def test_a_printed_amount_is_read(text: str, want: tuple[str, str | None]) -> None:
    assert parse_amount(text) == Amount(Decimal(want[0]), want[1])


@pytest.mark.parametrize("text", ["", "none", "5-700", "12.03.2018", "19 %", "Total: 5", "(9.00", "9" * 40])
def test_what_is_no_amount_is_not_read_as_one(text: str) -> None:
    assert parse_amount(text) is None


def test_the_documents_own_mark_decides_three_digits() -> None:
    assert parse_amount("1.234") == Amount(Decimal(1234))
    assert parse_amount("1.234", ".") == Amount(Decimal("1.234"))
    assert decimal_mark_of(["Summe 1.234,50", "19,00", "1.000"]) == ","
    assert decimal_mark_of(["1,234.50 and 12.00"]) == "."
    assert decimal_mark_of(["12"]) is None


def test_a_rate_is_a_number_and_money_is_none() -> None:
    assert parse_number("19 %") == Decimal(19)
    assert parse_number("7,5%") == Decimal("7.5")
    assert parse_number("5 EUR") is None


def test_amounts_are_found_among_dates_percentages_and_identifiers() -> None:
    text = "12.03.2018 RE-2018-17 Netto 100,00 USt 19 % 19,00 Gesamt 119,00 EUR IBAN DE89 Tel 0211/1234"
    found = [hit.value for hit in find_amounts(text) if not hit.weak]
    assert found == [
        Amount(Decimal("100.00")),
        Amount(Decimal("19.00")),
        Amount(Decimal("119.00"), "EUR"),
    ]


def test_a_number_without_decimals_or_currency_is_weak() -> None:
    assert [hit.weak for hit in find_amounts("4 Stk 5 EUR 3,00")] == [True, False, False]


def english(value: Decimal) -> str:
    return f"{value:,.2f}"


def german(value: Decimal) -> str:
    return english(value).translate(str.maketrans(",.", ".,"))


def french(value: Decimal) -> str:
    return english(value).replace(",", "\u202f").replace(".", ",")


def swiss(value: Decimal) -> str:
    return english(value).replace(",", "’")


@given(
    st.decimals(Decimal(-99_999_999), Decimal(99_999_999), places=2),
    st.sampled_from([english, german, french, swiss]),
)
def test_every_amount_survives_printing_and_reading(value: Decimal, printed: object) -> None:
    assert parse_amount(printed(value)) == Amount(value)  # type: ignore[operator]
    assert [hit.value.value for hit in find_amounts(f"Total {printed(abs(value))}")] == [abs(value)]  # type: ignore[operator]


@given(st.text(alphabet="0123456789., '-()€$RMEUR%", max_size=40))
def test_no_text_breaks_the_search(text: str) -> None:
    end = 0
    for hit in find_amounts(text):
        assert end <= hit.start < hit.end <= len(text)
        end = hit.end
