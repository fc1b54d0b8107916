"""The completeness contract on bank statements: all rows, in order, or not success."""

import re
from dataclasses import replace
from decimal import Decimal

import pytest
from examples.piles import statement_pdf
from tests.unit.layout.printed import reading_of

from docmill.domain.results import Completeness, Extraction
from docmill.engines.extraction.rules import extract_by_rules
from docmill.engines.reading import read
from docmill.engines.types import load_shipped

STATEMENT = """
Muster Bank                     Statement number 7
IBAN DE02120300000000202051
Statement period 01/03/2026 - 31/03/2026
Opening balance                                   1,000.00

Date         Description          Paid out    Paid in     Balance
03/03/2026   Card payment            20.00                 980.00
04/03/2026   Salary                           2,000.00   2,980.00
             March, no. 17
05/03/2026   Rent                   900.00               2,080.00
Closing balance                                          2,080.00
"""


def statement(text: str) -> Extraction:
    return extract_by_rules(reading_of(text), load_shipped()["bank_statement"])


def contract(text: str) -> Completeness:
    return statement(text).completeness["transactions"]


def amounts(found: Extraction) -> list[str]:
    return [row["amount"]["amount"] for row in found.value["transactions"]]


def test_a_statement_gives_its_head_and_its_signed_rows() -> None:
    found = statement(STATEMENT)
    assert found.value["iban"] == "DE02120300000000202051"
    assert (found.value["period_from"], found.value["period_to"]) == ("2026-03-01", "2026-03-31")
    assert amounts(found) == ["-20.00", "2000.00", "-900.00"]
    assert found.value["transactions"][1]["description"] == "Salary March, no. 17"
    assert found.completeness["transactions"].holds


def test_a_wrong_balance_is_found_and_its_row_named() -> None:
    result = contract(STATEMENT.replace("2,980.00", "2,890.00"))
    assert not result.holds
    assert "row 2" in result.reason


def test_a_row_that_is_missing_on_the_page_breaks_the_contract() -> None:
    assert not contract(re.sub(r"04/03.*\n.*no\. 17\n", "", STATEMENT)).holds


def test_rows_missing_at_the_end_break_the_contract() -> None:
    assert not contract(re.sub(r"05/03.*\n", "", STATEMENT)).holds


def test_signs_that_are_not_printed_come_from_the_balance() -> None:
    text = STATEMENT.replace("Paid out    Paid in ", "            Amount   ").replace(
        "20.00                 980", "        20.00         980"
    )
    assert amounts(statement(text))[0] == "-20.00"


def test_days_without_a_year_fall_into_the_period() -> None:
    text = STATEMENT.replace("03/03/2026 ", "03/03      ").replace("04/03/2026 ", "04/03      ")
    found = statement(text)
    assert [row["date"] for row in found.value["transactions"]] == ["2026-03-03", "2026-03-04", "2026-03-05"]


def test_a_statement_without_a_header_is_read_by_what_lines_up() -> None:
    text = re.sub(r"Date  .*Balance\n", "", STATEMENT).replace("2,000.00   ", "2,000.00   ")
    text = text.replace("Paid", "").replace("           2,000.00   2", "2,000.00              2")
    found = statement(text)
    assert found.completeness["transactions"].holds
    assert amounts(found) == ["-20.00", "2000.00", "-900.00"]


def test_a_statement_without_a_table_is_not_complete() -> None:
    result = contract("Muster Bank\nOpening balance 5.00\nClosing balance 7.00")
    assert not result.holds


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize(
    "rows",
    [
        25,
        100,
        400,
        pytest.param(1200, marks=pytest.mark.slow),
        pytest.param(3200, marks=pytest.mark.slow),
    ],
)
def test_a_statement_of_any_length_gives_every_row_in_order(rows: int, language: str) -> None:
    data, truth = statement_pdf(rows, 3, language=language)
    found = extract_by_rules(read(data, "statement.pdf"), load_shipped()["bank_statement"])
    assert found.completeness["transactions"] == Completeness(rows, rows, reconciles=True)
    for got, want in zip(found.value["transactions"], truth.rows, strict=True):
        assert Decimal(got["amount"]["amount"]) == Decimal(want["amount"])
        assert Decimal(got["balance"]["amount"]) == Decimal(want["balance"])
        assert (got["date"], got["description"]) == (want["date"], want["description"])


def test_a_page_that_was_not_read_is_not_passed_over_in_silence() -> None:
    data, _ = statement_pdf(100, 3)
    reading = read(data, "statement.pdf")
    pages = tuple(replace(page, words=()) if page.number == 3 else page for page in reading.pages)
    found = extract_by_rules(replace(reading, pages=pages), load_shipped()["bank_statement"])
    assert not found.completeness["transactions"].holds


def test_no_word_can_go_missing_without_the_contract_knowing() -> None:
    reading = reading_of(STATEMENT)
    (page,) = reading.pages
    for at in range(len(page.words)):
        words = page.words[:at] + page.words[at + 1 :]
        found = extract_by_rules(
            replace(reading, pages=(replace(page, words=words),)), load_shipped()["bank_statement"]
        )
        if found.completeness["transactions"].holds:
            assert amounts(found) == ["-20.00", "2000.00", "-900.00"], page.words[at].text


def test_rows_whose_days_and_months_may_change_places_are_no_success() -> None:
    dollars = STATEMENT.replace("IBAN DE02120300000000202051", "").replace("31/03/2026", "03/04/2026")
    plain = dollars.replace("01/03/2026", "01/02/2026").replace("1,000.00", "$1,000.00")
    assert not contract(plain).holds
    assert "month" in contract(plain).reason
    assert contract(plain.replace("Rent", "Rent 25/02/2026")).holds
