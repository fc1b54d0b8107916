"""The order of a date's numbers: told by the document, else doubted where the amounts are dollars."""

import pytest

from docmill.engines.values.date_order import DateOrder, date_order_of, is_either


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["Date 03/04/2025", "Due 03/28/2025"], "mdy"),
        (["Date 03/04/2025", "Due 28/04/2025"], "dmy"),
        (["Springfield, IL 62701", "Date 03/04/2025", "Total $12.00"], "mdy"),
        (["Date 03/04/2025", "Sales Tax (8.25%) $9.22"], "mdy"),
        (["Date 03/04/2025", "Total 12,00 EUR"], "dmy"),
        (["ABN 51 824 753 556", "Date 03/04/2025", "Total $12.00"], "dmy"),
        (["02/03 ATM $20.00", "02/25 Check $20.00"], "mdy"),
        (["03.04.2025 bis 12.25.2025"], "dmy"),
    ],
)
def test_a_document_tells_how_it_orders_dates(texts: list[str], order: str) -> None:
    assert date_order_of(texts, "dmy") == DateOrder(order, sure=True)


def test_dollars_alone_leave_the_order_in_doubt() -> None:
    assert not date_order_of(["Date 03/04/2025", "Total $12.00"], "dmy").sure


def test_a_type_that_puts_months_first_keeps_them_first() -> None:
    assert date_order_of(["Date 03/04/2025", "Total $12.00"], "mdy") == DateOrder("mdy", sure=True)


@pytest.mark.parametrize(
    ("raw", "either"),
    [("03/04/2025", True), ("04/04/2025", False), ("13/04/2025", False), ("3 April 2025", False)],
)
def test_only_two_different_small_numbers_may_change_places(raw: str, *, either: bool) -> None:
    assert is_either(raw) is either
