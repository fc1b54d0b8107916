"""Rules as data: what fires, what does not, and what cannot be compiled."""

import pytest

from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.limits.rules import BLOCKERS_PER_RULE_MAX, RULE_CHARS_MAX, RULES_PER_TYPE_MAX
from docmill.domain.types import parse_document_type
from docmill.engines.rules import check, compile_rules

MONEY = {"type": ["object", "null"], "properties": {"amount": {"type": "string"}, "currency": {}}}
SCHEMA = {
    "type": "object",
    "$defs": {"party": {"type": ["object", "null"], "properties": {"name": {"x-docmill": {"kind": "name"}}}}},
    "properties": {
        "number": {"type": ["string", "null"], "x-docmill": {"kind": "identifier"}},
        "seller": {"$ref": "#/$defs/party"},
        "net": {**MONEY, "x-docmill": {"kind": "amount"}},
        "tax": {**MONEY, "x-docmill": {"kind": "amount"}},
        "total": {**MONEY, "x-docmill": {"kind": "amount"}},
        "day": {"type": ["string", "null"], "x-docmill": {"kind": "date"}},
        "vat_id": {"type": ["string", "null"], "x-docmill": {"kind": "tax_id"}},
        "rows": {
            "type": ["array", "null"],
            "x-docmill": {"kind": "list"},
            "items": {
                "type": "object",
                "properties": {
                    "quantity": {"type": ["string", "null"], "x-docmill": {"kind": "number"}},
                    "amount": {**MONEY, "x-docmill": {"kind": "amount"}},
                },
            },
        },
    },
}
TYPE = parse_document_type({"name": "bill", "schema": SCHEMA})
SUMS = {
    "name": "sums",
    "kind": "expression",
    "expect": "abs(net + tax - total) <= 0.01",
    "path": "total",
    "message": "net {net} + tax {tax} is not {total}",
}


def money(amount: str, currency: str = "EUR") -> dict[str, str]:
    return {"amount": amount, "currency": currency}


def fired(value: dict, *rules: dict, **context) -> list[tuple[str, str, str]]:
    given = {"today": "2026-02-01", "duplicate_of": None} | context
    found = check(compile_rules(TYPE, rules), value, context=given)
    return [(blocker.path, blocker.rule, blocker.message) for blocker in found]


def expecting(expect: str, **more) -> dict:
    return {"name": "it", "kind": "expression", "expect": expect, "message": "no"} | more


def test_sums_that_hold_do_not_fire() -> None:
    assert fired({"net": money("100.00"), "tax": money("19.00"), "total": money("119.00")}, SUMS) == []


def test_a_wrong_sum_names_path_rule_and_the_figures_as_printed() -> None:
    value = {"net": money("100.00"), "tax": money("19.00"), "total": money("191.00")}
    assert fired(value, SUMS) == [("total", "sums", "net 100.00 + tax 19.00 is not 191.00")]


@pytest.mark.parametrize("missing", ["net", "tax", "total"])
def test_a_null_never_makes_a_rule_fire(missing: str) -> None:
    value = {"net": money("100.00"), "tax": money("19.00"), "total": money("1.00"), missing: None}
    assert fired(value, SUMS) == []
    del value[missing]
    assert fired(value, SUMS) == []


def test_a_rule_without_needs_may_test_for_presence() -> None:
    rule = expecting("number != null or seller.name != null", needs=[])
    assert [path for _, path, _ in fired({"number": None, "seller": None}, rule)] == ["it"]
    assert fired({"number": "7"}, rule) == []


@pytest.mark.parametrize(
    ("net", "tax", "total", "holds"),
    [
        ("0.10", "0.20", "0.31", True),
        ("0.10", "0.20", "0.32", False),
        ("0.1", "0.2", "0.29", True),
        ("12345678901234567.89", "0.01", "12345678901234567.91", True),
        ("12345678901234567.89", "0.01", "12345678901234567.92", False),
        ("-100.00", "-19.00", "-119.01", True),
    ],
)
def test_amounts_compare_as_exact_decimals_at_the_edge_of_the_tolerance(net, tax, total, holds) -> None:
    value = {"net": money(net), "tax": money(tax), "total": money(total)}
    assert (fired(value, SUMS) == []) is holds


def test_a_figure_too_large_to_calculate_with_blocks_and_does_not_pass() -> None:
    value = {"net": money("9" * 40), "tax": money("1"), "total": money("1")}
    ((path, rule, message),) = fired(value, SUMS)
    assert (path, rule) == ("total", "sums")
    assert "could not be checked" in message


def test_a_division_by_zero_blocks() -> None:
    assert len(fired({"net": money("0"), "tax": money("1")}, expecting("tax / net < 1"))) == 1


def test_a_rule_fires_only_where_its_condition_holds() -> None:
    rule = expecting("total > 0", when="'EUR' in currencies")
    assert len(fired({"total": money("-1")}, rule)) == 1
    assert fired({"total": money("-1", "USD")}, rule) == []


def test_rules_see_the_context() -> None:
    rule = expecting("context.duplicate_of == null", message="like {context.duplicate_of}", needs=["number"])
    assert fired({"number": "7"}, rule) == []
    assert fired({"number": "7"}, rule, duplicate_of="d1")[0][2] == "like d1"
    assert fired({"number": None}, rule, duplicate_of="d1") == []


def test_dates_compare_as_dates() -> None:
    rule = expecting("d(day) <= d(context.today).add('31d')")
    assert fired({"day": "2026-03-04"}, rule) == []
    assert len(fired({"day": "2026-03-05"}, rule)) == 1


def test_a_rule_on_rows_names_the_row() -> None:
    rule = expecting("amount > 0", each="rows", path="amount", message="row {row}: {amount}")
    rows = [{"amount": money("1")}, {"amount": money("-1.50")}, {"amount": None}]
    assert fired({"rows": rows}, rule) == [("rows[1].amount", "it", "row 2: -1.50")]


def test_a_rule_on_rows_sees_the_row_before() -> None:
    rule = expecting("amount >= previous.amount", when="previous != null", each="rows")
    rows = [{"amount": money(amount)} for amount in ("1", "3", "2")]
    assert [path for path, _, _ in fired({"rows": rows}, rule)] == ["rows[2]"]


def test_one_rule_does_not_flood_the_clerk() -> None:
    rule = expecting("amount > 0", each="rows")
    found = fired({"rows": [{"amount": money("-1")}] * 1000}, rule)
    assert len(found) == BLOCKERS_PER_RULE_MAX
    assert found[-1][2].endswith("and more of the same")


def test_every_row_of_a_table_that_hits_is_a_blocker() -> None:
    table = {
        "name": "approval",
        "kind": "table",
        "inputs": ["total", "seller.name"],
        "path": "total",
        "message": "{total} by {seller.name}",
        "rows": [
            {"when": ["> 1000", ""], "message": "{total} is above 1,000"},
            {"when": ["", "'ACME'"], "path": "seller.name"},
            {"when": ["", "null"], "path": "seller.name", "message": "nobody sells"},
        ],
    }
    assert fired({"total": money("2000"), "seller": {"name": "ACME"}}, table) == [
        ("total", "approval", "2000 is above 1,000"),
        ("seller.name", "approval", "2000 by ACME"),
    ]
    assert fired({"total": None, "seller": None}, table) == [("seller.name", "approval", "nobody sells")]
    assert fired({"total": money("1000.00"), "seller": {"name": "Other"}}, table) == []


def test_wrong_check_digits_block_and_unknown_countries_do_not() -> None:
    rule = {"name": "vat", "kind": "checksum", "checksum": "vat_id", "path": "vat_id"}
    assert fired({"vat_id": "DE136695976"}, rule) == []
    assert fired({"vat_id": "DE136695977"}, rule)[0][:2] == ("vat_id", "vat")
    assert fired({"vat_id": "JP123"}, rule) == []
    assert fired({"vat_id": None}, rule) == []


TABLE = {"name": "it", "kind": "table", "inputs": ["total"], "message": "no"}


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ({"kind": "expression"}, "name"),
        ({"name": "it", "kind": "spell"}, "kind"),
        ({"name": "it", "kind": "expression", "message": "no"}, "expect"),
        ({"name": "it", "kind": "expression", "expect": "total > 0"}, "message"),
        (expecting("total >"), "Unexpected"),
        (expecting("totl > 0"), "'totl'"),
        (expecting("seller.nam == null"), "'seller.nam'"),
        (expecting("total.amount > 0"), "'total.amount'"),
        (expecting("total > 0", path="totl"), "'totl'"),
        (expecting("total > 0", needs=["totl"]), "'totl'"),
        (expecting("total > 0", needs="total"), "needs"),
        (expecting("total > 0", message="{totl}"), "'totl'"),
        (expecting("total > 0", when="day >"), "Unexpected"),
        (expecting("total > 0", each="total"), "each"),
        (expecting("len(rows) > 0", each="rows"), "'rows'"),
        (expecting("`${total}` == '1'"), "template"),
        (expecting("explode(total)"), ""),
        (expecting("true or " * RULE_CHARS_MAX + "true"), "characters"),
        (expecting("len(map(rows, map(rows, map(rows, #.amount)))) > 0"), "loops"),
        (TABLE, "rows"),
        ({**TABLE, "inputs": ["totl"], "rows": [{"when": ["> 1"]}]}, "'totl'"),
        ({**TABLE, "rows": [{"when": ["> 1"]}, {"when": ["> > 1"]}]}, "row 2"),
        ({**TABLE, "rows": [{"when": [""]}]}, "empty"),
        ({**TABLE, "rows": [{"when": ["> 1", "> 2"]}]}, "1 cells"),
        ({**TABLE, "rows": [{"when": "> 1"}]}, "cells"),
        ({"name": "it", "kind": "checksum", "checksum": "luck", "path": "vat_id"}, "checksum"),
        ({"name": "it", "kind": "checksum", "checksum": "iban", "path": "vat"}, "'vat'"),
    ],
)
def test_a_rule_that_cannot_be_compiled_is_named_with_its_position(rule: dict, says: str) -> None:
    with pytest.raises(DocmillError) as caught:
        compile_rules(TYPE, [SUMS, rule])
    assert caught.value.code is ErrorCode.RULE_INVALID
    assert caught.value.detail.startswith("rule 2")
    assert says in caught.value.detail
    assert "backtrace" not in caught.value.detail


def test_two_rules_of_one_name_and_too_many_rules_are_refused() -> None:
    with pytest.raises(DocmillError, match="the name is taken"):
        compile_rules(TYPE, [SUMS, SUMS])
    many = [{**SUMS, "name": f"sums {n}"} for n in range(RULES_PER_TYPE_MAX + 1)]
    with pytest.raises(DocmillError, match="rules; at most"):
        compile_rules(TYPE, many)


def test_strings_loops_and_aliases_are_not_taken_for_names() -> None:
    rule = expecting("number != 'total of nothing' and sum(map(rows as line, line.amount ?? 0)) > 0")
    assert fired({"number": "7", "rows": [{"amount": money("1")}]}, rule) == []


def test_equal_rules_are_compiled_once_and_other_rules_anew() -> None:
    assert compile_rules(TYPE, [SUMS]) is compile_rules(TYPE, [dict(SUMS)])
    assert compile_rules(TYPE, [SUMS]) is not compile_rules(TYPE, [{**SUMS, "path": "net"}])
