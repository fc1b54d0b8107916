"""The rules that docmill ships, each seen to hold and to fire; and what the metadata objects to."""

from copy import deepcopy

import pytest

from docmill.domain.results import (
    Blocker,
    Completeness,
    Extraction,
    FieldMeta,
    NullReason,
    Source,
)
from docmill.engines.rules import blockers_of, check, compile_rules, judge
from docmill.engines.types import load_shipped
from docmill.ports.catalog import Rules

CONTEXT = {"today": "2026-02-01", "duplicate_of": None}


def money(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}


INVOICE = {
    "invoice_number": "R-1",
    "issue_date": "2026-01-02",
    "due_date": "2026-01-30",
    "currency": "EUR",
    "seller": {"name": "Seller GmbH", "vat_id": "DE136695976"},
    "buyer": {"name": "Buyer AG", "vat_id": None},
    "payment": {"iban": "DE89370400440532013000"},
    "net_total": money("100.00"),
    "tax_total": money("19.00"),
    "gross_total": money("119.00"),
    "prepaid": money("19.00"),
    "amount_due": money("100.00"),
    "tax_breakdown": [{"rate": "19", "basis": money("100.00"), "tax": money("19.00")}],
    "line_items": [{"amount": money("60.00")}, {"amount": money("40.00")}],
}
RECEIPT = {"company": "Shop", "date": "2026-01-31", "total": money("9.00"), "tax_total": money("0.51")}
STATEMENT = {
    "iban": "DE89370400440532013000",
    "period_from": "2026-01-01",
    "period_to": "2026-01-31",
    "opening_balance": money("10.00"),
    "closing_balance": money("7.50"),
    "transactions": [{"amount": money("-3.00")}, {"amount": money("0.50")}],
}
GOOD = {"invoice": INVOICE, "receipt": RECEIPT, "bank_statement": STATEMENT}


def objections(type_name: str, value: dict, **context) -> list[tuple[str, str]]:
    used = load_shipped()[type_name]
    found = check(compile_rules(used, used.rules), value, context=CONTEXT | context)
    return [(blocker.path, blocker.rule) for blocker in found]


@pytest.mark.parametrize("name", GOOD)
def test_a_good_document_has_no_blockers(name: str) -> None:
    assert objections(name, GOOD[name]) == []


@pytest.mark.parametrize(
    ("name", "changed", "blocked"),
    [
        ("invoice", {"gross_total": money("191.00"), "amount_due": None}, ("gross_total", "sums")),
        ("invoice", {"tax_total": None, "tax_breakdown": None}, ("tax_total", "tax_missing")),
        ("invoice", {"amount_due": money("119.00")}, ("amount_due", "amount_due")),
        ("invoice", {"due_date": "2026-01-01"}, ("due_date", "due_after_issue")),
        ("invoice", {"issue_date": "2026-09-01", "due_date": None}, ("issue_date", "issue_date_in_future")),
        ("invoice", {"payment": {"iban": "DE88370400440532013000"}}, ("payment.iban", "iban")),
        ("invoice", {"buyer": {"vat_id": "DE136695977"}}, ("buyer.vat_id", "buyer_vat_id")),
        ("invoice", {"seller": {"name": "S", "vat_id": "DE136695977"}}, ("seller.vat_id", "seller_vat_id")),
        ("invoice", {"line_items": [{"amount": money("60.00")}]}, ("line_items", "line_items_sum")),
        (
            "invoice",
            {"tax_breakdown": [{"rate": "7", "basis": money("100.00"), "tax": money("19.00")}]},
            ("tax_breakdown[0].tax", "tax_rate"),
        ),
        (
            "invoice",
            {"tax_breakdown": [{"rate": "19", "basis": money("90.00"), "tax": money("17.10")}]},
            ("tax_total", "tax_breakdown"),
        ),
        (
            "invoice",
            {"gross_total": {"amount": "119.00", "currency": "USD"}},
            ("currency", "one_currency"),
        ),
        ("receipt", {"total": money("0.00"), "tax_total": None}, ("total", "total_positive")),
        ("receipt", {"tax_total": money("9.00")}, ("tax_total", "tax_below_total")),
        ("receipt", {"date": "2026-02-03"}, ("date", "date_in_future")),
        ("bank_statement", {"closing_balance": money("7.51")}, ("closing_balance", "balances")),
        ("bank_statement", {"transactions": [{"amount": None}]}, ("closing_balance", "balances")),
        ("bank_statement", {"period_to": "2025-12-31"}, ("period_to", "period")),
        ("bank_statement", {"iban": "DE88370400440532013000"}, ("iban", "iban")),
    ],
)
def test_each_shipped_rule_fires_alone(name: str, changed: dict, blocked: tuple[str, str]) -> None:
    assert objections(name, deepcopy(GOOD[name]) | changed) == [blocked]


def test_the_invoice_that_is_there_already_is_named() -> None:
    assert objections("invoice", INVOICE, duplicate_of="d1") == [("invoice_number", "duplicate")]


def test_every_shipped_rule_has_a_case_above() -> None:
    tried = {case[2][1] for case in test_each_shipped_rule_fires_alone.pytestmark[0].args[1]} | {"duplicate"}
    shipped = {rule["name"] for used in load_shipped().values() for rule in used.rules}
    assert shipped - {"one_currency"} <= tried | {"one_currency"}
    assert tried <= shipped


def test_lines_with_tax_included_and_document_level_discounts_add_up() -> None:
    gross = deepcopy(INVOICE) | {"line_items": [{"amount": money("119.00")}]}
    discounted = deepcopy(INVOICE) | {
        "line_items": [{"amount": money("110.00")}, {"amount": None}],
        "allowance_total": money("15.00"),
        "charge_total": money("5.00"),
    }
    assert objections("invoice", gross) == []
    assert objections("invoice", discounted) == []


def extraction(**more) -> Extraction:
    metadata = {
        "company": FieldMeta(Source.RULES, "Shop", confidence=0.9),
        "date": FieldMeta(Source.RULES, "31/01/2026", confidence=0.9),
        "total": FieldMeta(Source.RULES, "9.00", confidence=0.9),
    } | more.pop("metadata", {})
    return Extraction("receipt", 0.9, RECEIPT | more.pop("value", {}), metadata, **more)


def objected(found: Extraction) -> list[tuple[str, str]]:
    return [(b.path, b.rule) for b in blockers_of(found, load_shipped()["receipt"])]


def test_an_extraction_with_evidence_for_everything_is_not_blocked() -> None:
    assert objected(extraction()) == []


def test_a_missing_required_field_says_why_it_is_missing() -> None:
    null = FieldMeta(None, reason=NullReason.NOT_VISIBLE)
    found = blockers_of(
        extraction(value={"total": None}, metadata={"total": null}), load_shipped()["receipt"]
    )
    assert found == [
        Blocker("total", "required", "total is missing: only text that nobody can see on the page names it")
    ]


def test_a_doubtful_required_field_blocks_and_a_doubtful_optional_one_does_not() -> None:
    doubt = FieldMeta(Source.RULES, "9.00", confidence=0.3)
    assert objected(extraction(metadata={"total": doubt})) == [("total", "confidence")]
    assert objected(extraction(metadata={"tax_total": doubt})) == []


def test_a_field_without_a_measured_confidence_is_not_taken_for_doubtful() -> None:
    assert objected(extraction(metadata={"total": FieldMeta(Source.E_INVOICE, "9.00")})) == []


def test_a_list_that_lost_rows_or_does_not_add_up_is_never_a_success() -> None:
    lost = {"rows": Completeness(1200, 1199, reconciles=False, reason="first break after row 40")}
    uneven = {"rows": Completeness(3, 3, reconciles=False)}
    whole = {"rows": Completeness(3, 3, reconciles=True)}
    (blocker,) = blockers_of(extraction(completeness=lost), load_shipped()["receipt"])
    assert (blocker.path, blocker.rule) == ("rows", "completeness")
    assert blocker.message == "rows shows 1200 rows and 1199 of them were read (first break after row 40)"
    assert objected(extraction(completeness=uneven)) == [("rows", "completeness")]
    assert objected(extraction(completeness=whole)) == []


def test_what_the_extraction_itself_objects_to_comes_first() -> None:
    own = Blocker("", "type_uncertain", "may be an invoice")
    assert blockers_of(extraction(blockers=(own,)), load_shipped()["receipt"]) == [own]


def test_judging_a_result_tells_a_missing_field_once_with_its_reason() -> None:
    used = load_shipped()["receipt"]
    result = {
        "value": RECEIPT | {"total": None},
        "metadata": {"total": {"confidence": None, "reason": "ambiguous"}},
        "completeness": {},
    }
    found = judge(used, Rules("receipt", 0, used.rules), result, CONTEXT)
    assert [(b.path, b.rule) for b in found] == [("total", "required")]
    assert found[0].message == "total is missing: the document names more than one"
