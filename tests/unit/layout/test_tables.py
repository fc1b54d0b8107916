"""Tables: headers by their words, columns by place, entries over wraps and pages, and the count beside them."""

from dataclasses import replace

import pytest
from tests.unit.layout.printed import reading_of

from docmill.engines.layout import lay_out
from docmill.engines.layout.tables import ColumnWords, Form, Table, TableWords, find_table

GOODS = TableWords(
    columns=(
        ColumnWords("description", Form.TEXT, ("description", "bezeichnung", "item")),
        ColumnWords("position", Form.TEXT, ("pos", "#")),
        ColumnWords("quantity", Form.NUMBER, ("qty", "menge")),
        ColumnWords("unit_price", Form.MONEY, ("unit price", "einzelpreis")),
        ColumnWords("amount", Form.MONEY, ("amount", "total", "betrag")),
    ),
    rows_by=("amount",),
    ends=("total", "subtotal", "zwischensumme"),
    carried=("übertrag", "carried forward"),
    adjusts=("discount", "rabatt"),
)


def table(*pages: str) -> Table:
    found = find_table(lay_out(reading_of(*pages)), GOODS)
    assert found is not None
    return found


def cells(found: Table, name: str) -> list[str]:
    return [row.cells[name].text if name in row.cells else "" for row in found.rows]


def test_columns_are_found_by_their_words_and_numbers_by_what_they_line_up_with() -> None:
    found = table(
        """
Pos  Description          Qty  Unit price   Amount
1    Oak board 20 mm        2       10.00    20.00
2    Screws                10        0.50     5.00
Total                                        25.00
"""
    )
    assert cells(found, "description") == ["Oak board 20 mm", "Screws"]
    assert cells(found, "quantity") == ["2", "10"]
    assert cells(found, "unit_price") == ["10.00", "0.50"]
    assert cells(found, "amount") == ["20.00", "5.00"]
    assert found.expected == 2


def test_a_row_without_an_amount_continues_the_one_above() -> None:
    found = table(
        """
Description          Qty   Amount
Oak board              2    20.00
planed, oiled
Screws                10     5.00
Total                       25.00
"""
    )
    assert cells(found, "description") == ["Oak board planed, oiled", "Screws"]


def test_an_entry_goes_on_behind_a_repeated_header_and_carried_sums_are_none() -> None:
    found = table(
        """
Bezeichnung          Menge   Betrag
Brett                    2    20,00
Übertrag                      20,00
""",
        """
Muster GmbH Seite 2
Bezeichnung          Menge   Betrag
Übertrag                      20,00
gehobelt
Schrauben               10     5,00
Zwischensumme                 25,00
""",
    )
    assert cells(found, "description") == ["Brett gehobelt", "Schrauben"]
    assert cells(found, "amount") == ["20,00", "5,00"]
    assert found.expected == 2


def test_a_header_that_wraps_to_several_lines_is_read_whole() -> None:
    found = table(
        """
                           Unit
Description          Qty  price   Amount
Oak board              2  10.00    20.00
"""
    )
    assert cells(found, "unit_price") == ["10.00"]


def test_text_centred_on_its_amount_is_cut_at_the_wide_gaps() -> None:
    found = table(
        """
Description          Qty   Amount

Oak board              2
planed, oiled               20.00
20 mm


Screws                10
zinc                         5.00
100 pieces
"""
    )
    assert cells(found, "description") == ["Oak board planed, oiled 20 mm", "Screws zinc 100 pieces"]


def test_a_discount_under_an_entry_belongs_to_it() -> None:
    found = table(
        """
Description          Qty   Amount
Oak board              2    20.00
Discount 10%                -2.00
Screws                10     5.00
Total                       23.00
"""
    )
    assert [len(row.adjustments) for row in found.rows] == [1, 0]
    assert found.expected == 2


def test_tax_on_the_whole_is_no_charge_on_the_last_entry() -> None:
    words = replace(GOODS, ends=(*GOODS.ends, "vat"), adjusts=(*GOODS.adjusts, "plus"))
    text = "Description          Qty   Amount\nOak board              2    20.00\nplus 19 % VAT                3.80"
    found = find_table(lay_out(reading_of(text)), words)
    assert found is not None
    assert [row.adjustments for row in found.rows] == [[]]


def test_goods_that_are_called_like_a_total_do_not_end_the_table() -> None:
    found = table(
        """
Description              Qty   Amount
Total station rental       1    90.00
Tripod                     2    10.00
Total                          100.00
"""
    )
    assert cells(found, "description") == ["Total station rental", "Tripod"]


def test_what_stands_beside_a_table_is_no_part_of_it() -> None:
    found = table(
        """
Date           Description          Qty   Amount
1 May 2026     Oak board              2    20.00
Order          Screws                10     5.00
4711           Total                       25.00
"""
    )
    assert cells(found, "description") == ["Oak board", "Screws"]


def test_another_table_below_is_not_taken_for_more_entries() -> None:
    found = table(
        """
Description          Qty   Amount
Oak board              2    20.00

Kind     Rate     Base     Amount
VAT      19%      20.00      3.80
"""
    )
    assert cells(found, "amount") == ["20.00"]


def test_a_sentence_with_column_words_is_no_header() -> None:
    text = "The amount of every item was checked   by us and the total was found   to be right\n5.00   6.00   7.00"
    found = find_table(lay_out(reading_of(text)), GOODS)
    assert found is None or found.guessed


def test_columns_without_a_header_are_guessed_from_what_lines_up() -> None:
    found = table(
        """
Thank you for your order

Oak board                 2     10.00      20.00
Screws                   10      0.50       5.00
Total                                      25.00
"""
    )
    assert found.guessed
    assert cells(found, "description") == ["Oak board", "Screws"]
    assert cells(found, "quantity") == ["2", "10"]
    assert cells(found, "amount") == ["20.00", "5.00"]


@pytest.mark.parametrize("count", [25, 400])
def test_every_entry_of_a_long_table_is_there_in_order(count: int) -> None:
    header = "Description          Qty   Amount"
    lines = [f"Thing no. {number:04}           1 {number:>8}.00" for number in range(count)]
    pages = ["\n".join([header, *lines[at : at + 40]]) for at in range(0, count, 40)]
    found = table(*pages)
    assert cells(found, "description") == [f"Thing no. {number:04}" for number in range(count)]
    assert found.expected == count
