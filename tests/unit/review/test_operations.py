"""Operations on value trees: what they change, what they leave, what they refuse."""

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.pages import Box, Page, Provenance, Word
from docmill.domain.results import Blocker
from docmill.domain.review import Correction
from docmill.domain.types import parse_document_type
from docmill.engines.review.answers import unanswered
from docmill.engines.review.operations import apply
from docmill.engines.review.requests import operations_of
from docmill.engines.types import load_shipped

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ANNA = "person:anna"
NOTE = parse_document_type(
    {
        "name": "note",
        "date_order": "dmy",
        "schema": {
            "type": "object",
            "required": ["number"],
            "properties": {
                "number": {"type": ["string", "null"], "maxLength": 8, "x-docmill": {"kind": "identifier"}},
                "issued": {"x-docmill": {"kind": "date"}},
                "currency": {"x-docmill": {"kind": "currency"}},
                "paid": {"type": ["boolean", "null"], "x-docmill": {"label": ""}},
                "total": {"x-docmill": {"kind": "amount"}},
                "seller": {"type": "object", "properties": {"name": {"x-docmill": {"kind": "name"}}}},
                "lines": {
                    "type": "array",
                    "x-docmill": {"kind": "list", "reconciles_with": "total", "sum_of": "amount"},
                    "items": {
                        "type": "object",
                        "properties": {
                            "text": {"x-docmill": {"kind": "text"}},
                            "amount": {"x-docmill": {"kind": "amount"}},
                        },
                    },
                },
            },
        },
    }
)


def eur(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}


def meta(raw: str, confidence: float = 0.8) -> dict[str, Any]:
    return {
        "confidence": confidence,
        "calibrated": False,
        "source": "rules",
        "raw_text": raw,
        "citations": [{"page": 1, "box": [1, 2, 3, 4], "unit": "pt", "page_size": [595, 842]}],
    }


def result(rows: int = 3) -> dict[str, Any]:
    value: dict[str, Any] = {
        "number": "A-1",
        "issued": "2026-01-31",
        "currency": "EUR",
        "paid": None,
        "total": eur("60.00"),
        "seller": {"name": "Acme"},
        "lines": [{"text": f"row {n}", "amount": eur(f"{10 * (n + 1)}.00")} for n in range(rows)],
    }
    metadata = {"number": meta("A-1"), "total": meta("60,00"), "seller.name": meta("Acme")}
    for n in range(rows):
        metadata[f"lines[{n}].text"] = meta(f"row {n}")
        metadata[f"lines[{n}].amount"] = meta(f"{10 * (n + 1)},00")
    return {
        "value": value,
        "metadata": metadata,
        "completeness": {"lines": {"expected": rows, "returned": rows, "reconciles": True}},
        "blockers": [],
        "status": "needs_review",
    }


PAGE = Page(
    1,
    595,
    842,
    "pt",
    (
        Word("Total", Box(10, 10, 50, 20)),
        Word("1.234,50", Box(60, 10, 100, 20)),
        Word("EUR", Box(102, 10, 120, 20)),
        Word("31.01.2026", Box(10, 30, 70, 40)),
    ),
    Provenance.TEXT_LAYER,
)


def done(
    *operations: dict[str, Any], on: dict[str, Any] | None = None, doubts: Any = ()
) -> tuple[dict[str, Any], tuple[Correction, ...]]:
    return apply(
        operations_of(list(operations)),
        result() if on is None else on,
        NOTE,
        doubts=doubts,
        page_of={1: PAGE}.get,
        subject=ANNA,
        time=NOW,
    )


def test_a_value_that_is_set_stands_beside_the_machines() -> None:
    after, (said,) = done({"op": "set", "path": "total", "value": "1.234,50 €"})
    assert after["value"]["total"] == eur("1234.50")
    kept = after["metadata"]["total"]
    assert (kept["source"], kept["reviewer"], kept["confidence"]) == ("reviewer", ANNA, None)
    assert kept["initial"]["value"] == eur("60.00")
    assert kept["initial"]["raw_text"] == "60,00"
    assert (said.outcome, said.before, said.after) == ("changed", eur("60.00"), eur("1234.50"))
    again, _ = done({"op": "set", "path": "total", "value": "7.00"}, on=after)
    assert again["metadata"]["total"]["initial"]["value"] == eur(
        "60.00"
    )  # the machine's, not the first person's


@pytest.mark.parametrize(
    ("path", "given", "value"),
    [
        ("issued", "31.1.2026", "2026-01-31"),
        ("issued", "2026-01-31", "2026-01-31"),
        ("total", {"amount": "1.234", "currency": "USD"}, {"amount": "1.234", "currency": "USD"}),
        ("total", 12, eur("12.00")),
        ("total", "12 $", {"amount": "12.00", "currency": "USD"}),
        ("currency", "€", "EUR"),
        ("number", "  B   7 ", "B 7"),
        ("paid", True, True),
        ("lines[1].amount", "9,99", eur("9.99")),
        ("seller.name", "Ärzte & Co", "Ärzte & Co"),
    ],
)
def test_what_people_type_becomes_what_the_schema_wants(path: str, given: Any, value: Any) -> None:
    _, (said,) = done({"op": "set", "path": path, "value": given})
    assert said.after == value


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("issued", "yesterday"),
        ("issued", "2026-02-30"),
        ("total", "about ten"),
        ("total", [1]),
        ("total", True),
        ("total", {"amount": "1", "currency": "DOUBLOON"}),
        ("total", "9" * 40),
        ("currency", "gold"),
        ("paid", "perhaps"),
        ("number", ""),
        ("number", "longer than eight"),
        ("number", {"a": 1}),
        ("nowhere", "x"),
        ("seller", "x"),
        ("lines", "x"),
        ("lines[9].text", "x"),
        ("lines[].text", "x"),
        ("seller..name", "x"),
        ("__class__", "x"),
        ("lines[00].text", "x"),
        ("lines[٠].text", "x"),
    ],
)
def test_a_wrong_form_is_refused_with_its_path_and_nothing_is_done(path: str, given: Any) -> None:
    before = result()
    kept = deepcopy(before)
    with pytest.raises(DocmillError) as refused:
        done(
            {"op": "set", "path": "seller.name", "value": "first"},
            {"op": "set", "path": path, "value": given},
            on=before,
        )
    assert refused.value.code == ErrorCode.REQUEST_INVALID
    assert path in refused.value.detail
    assert before == kept


@pytest.mark.parametrize("row", ["lines[²]", "lines[٠]", "lines[00]", "lines[-1]", "lines[0]\n", "lines[]"])
@pytest.mark.parametrize("op", ["remove_row", "move_row"])
def test_a_row_is_named_in_one_way_only(op: str, row: str) -> None:
    """`²` is a digit to Python and no number: it was a mistake of ours, and `00` another name for a row."""
    more = {"to": 0} if op == "move_row" else {}
    with pytest.raises(DocmillError) as refused:
        done({"op": op, "path": row} | more)
    assert refused.value.code == ErrorCode.REQUEST_INVALID


@pytest.mark.parametrize(
    "operations",
    [
        [],
        {},
        [{"op": "jump"}],
        [{"op": "set", "path": "total"}],
        [{"op": "set", "path": "total", "value": "1", "colour": "red"}],
        [{"op": "set", "path": "total", "value": "1", "page": 0}],
        [{"op": "move_row", "path": "lines[0]"}],
        [{"op": "override", "rule": "sums"}],
        [{"op": "reject", "reason": "mood"}],
        [{"op": "postpone", "until": "soon"}],
        [{"op": "accept"}, {"op": "reject", "reason": "other"}],
        [{"op": "accept"}] * 501,
        [None],
    ],
)
def test_what_is_no_list_of_operations_is_refused(operations: Any) -> None:
    with pytest.raises(DocmillError) as refused:
        operations_of(operations)
    assert refused.value.code == ErrorCode.REQUEST_INVALID


def test_the_words_under_the_box_say_whether_they_are_the_value() -> None:
    box = {"page": 1, "box": [58, 8, 122, 22]}
    after, (said,) = done({"op": "set", "path": "total", "value": "1234.50", **box})
    assert (said.raw_text, said.evidence) == ("1.234,50 EUR", "matches")
    assert after["metadata"]["total"]["evidence"] == "matches"
    assert after["metadata"]["total"]["citations"][0]["box"] == [58, 8, 122, 22]
    _, (other,) = done({"op": "set", "path": "total", "value": "1234.51", **box})
    assert other.evidence == "differs"
    _, (empty,) = done({"op": "set", "path": "total", "value": "1", "page": 1, "box": [300, 300, 310, 310]})
    assert (empty.raw_text, empty.evidence) == ("", "differs")
    _, (typed,) = done({"op": "set", "path": "total", "value": "1"})
    assert (typed.raw_text, typed.evidence, typed.page) == (None, None, None)


@pytest.mark.parametrize(
    "place",
    [
        {"page": 2, "box": [0, 0, 9, 9]},
        {"page": 1, "box": [0, 0, 9, 900]},
        {"page": 1, "box": [9, 0, 0, 9]},
        {"page": 1, "box": [-50, 0, 9, 9]},
        {"page": 1, "box": [0, 0, 9]},
        {"page": 1, "box": [0, 0, 9, 1e400]},
        {"page": 1, "box": "here"},
        {"page": 1},
        {"box": [0, 0, 9, 9]},
    ],
)
def test_a_box_that_is_not_on_a_page_is_refused(place: dict[str, Any]) -> None:
    with pytest.raises(DocmillError, match=r"box|page"):
        done({"op": "set", "path": "total", "value": "1", **place})


def test_what_is_marked_missing_keeps_the_reason_and_blocks_no_more() -> None:
    after, (said,) = done({"op": "missing", "path": "number", "reason": "unreadable"})
    assert after["value"]["number"] is None
    assert (said.outcome, said.reason, after["metadata"]["number"]["reason"]) == (
        "cleared",
        "unreadable",
        "unreadable",
    )
    wanted = Blocker("number", "required", "number is missing")
    assert unanswered(after, [wanted]) == ([], [])
    unasked = result()
    unasked["value"]["number"] = None
    assert unanswered(unasked, [wanted]) == ([wanted], [])


def test_rows_take_their_evidence_along() -> None:
    doubt = {"path": "lines[2].text", "rule": "picture", "message": "differs"}
    after, _ = done({"op": "move_row", "path": "lines[2]", "to": 0}, doubts=[doubt])
    assert [row["text"] for row in after["value"]["lines"]] == ["row 2", "row 0", "row 1"]
    assert [after["metadata"][f"lines[{n}].text"]["raw_text"] for n in range(3)] == [
        "row 2",
        "row 0",
        "row 1",
    ]
    assert after["blockers"] == [doubt | {"path": "lines[0].text"}]
    gone, _ = done({"op": "remove_row", "path": "lines[2]"}, doubts=[doubt])
    assert gone["blockers"] == []
    assert "lines[2].text" not in gone["metadata"]


def test_a_list_that_gained_or_lost_a_row_is_counted_and_summed_again() -> None:
    short, _ = done({"op": "remove_row", "path": "lines[0]"})
    assert short["completeness"]["lines"] | {"reason": ""} == {
        "expected": 2,
        "returned": 2,
        "reconciles": False,
        "reason": "",
    }
    assert "50.00" in short["completeness"]["lines"]["reason"]
    whole, _ = done(
        {"op": "remove_row", "path": "lines[0]"},
        {"op": "add_row", "path": "lines", "index": 0, "value": {"text": "new", "amount": "10"}},
    )
    assert whole["completeness"]["lines"] == {"expected": 3, "returned": 3, "reconciles": True}
    assert whole["value"]["lines"][0] == {"text": "new", "amount": eur("10.00")}
    assert whole["metadata"]["lines[0].text"]["initial"] is None
    untouched, _ = done({"op": "confirm", "path": "number"})
    assert untouched["completeness"] == result()["completeness"]


def test_a_list_that_somebody_confirms_has_as_many_rows_as_it_shows() -> None:
    on = result()
    on["completeness"]["lines"]["expected"] = 5
    after, _ = done({"op": "confirm", "path": "lines"}, on=on)
    assert after["completeness"]["lines"] == {"expected": 3, "returned": 3, "reconciles": True}


@pytest.mark.parametrize(
    "said", [{"op": "accept"}, {"op": "confirm", "path": "lines"}, {"op": "missing", "path": "lines"}]
)
def test_a_list_that_the_document_does_not_have_is_not_asked_for_again(said: dict[str, Any]) -> None:
    on = result(0)
    on["value"]["lines"] = None
    absent = Blocker("lines", "schema", "lines is missing")
    on["blockers"] = [absent.to_json()]
    after, _ = done(said, on=on)
    assert unanswered(after, [absent]) == ([], [])
    assert after["metadata"]["lines"]["reason"] == "not_found"


def test_a_list_that_is_marked_missing_leaves_nothing_of_its_rows() -> None:
    after, (one,) = done({"op": "missing", "path": "lines"})
    assert after["value"]["lines"] is None
    assert "lines" not in after["completeness"]
    assert [path for path in after["metadata"] if path.startswith("lines")] == ["lines"]
    assert (one.outcome, len(one.before)) == ("cleared", 3)


def test_machine_doubts_are_answered_and_broken_rules_are_not() -> None:
    doubts = [
        {"path": "total", "rule": "picture", "message": "differs"},
        {"path": "", "rule": "type_uncertain", "message": "which"},
    ]
    after, _ = done({"op": "confirm", "path": "total"}, doubts=doubts)
    assert [one["rule"] for one in after["blockers"]] == ["type_uncertain"]
    accepted, _ = done({"op": "accept"}, doubts=doubts)
    assert accepted["blockers"] == []
    assert accepted["metadata"]["total"]["source"] == "reviewer"
    sums = Blocker("total", "sums", "10 is not 12")
    assert unanswered(accepted, [sums]) == ([sums], [])


def test_an_override_holds_while_the_rule_says_the_same() -> None:
    on = result()
    on["blockers"] = [{"path": "total", "rule": "sums", "message": "10 is not 12"}]
    after, (said,) = done({"op": "override", "rule": "sums", "reason": "agreed"}, on=on)
    assert (said.outcome, said.reason) == ("overridden", "agreed")
    left, held = unanswered(after, [Blocker("total", "sums", "10 is not 12"), Blocker("", "iban", "wrong")])
    assert [one.rule for one in left] == ["iban"]
    after["review"]["overrides"] = held
    assert unanswered(after, [Blocker("total", "sums", "10 is not 12")])[0] == []
    assert [one.rule for one in unanswered(after, [Blocker("total", "sums", "11 is not 12")])[0]] == ["sums"]
    with pytest.raises(DocmillError):
        done({"op": "override", "rule": "another", "reason": "x"}, on=on)


PATHS = st.sampled_from(
    [
        "number",
        "issued",
        "total",
        "total.amount",
        "seller",
        "seller.name",
        "lines",
        "lines[0]",
        "lines[1].text",
        "lines[0].amount",
        "lines[7].text",
        "lines[]",
        "lines[0][0]",
        "paid",
        "currency",
        "x",
        "a.b",
        "[0]",
    ]
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=12),
    st.sampled_from(
        ["1.234,50 €", "31.1.2026", "EUR", "true", "\0", "9" * 30, "2026-13-45", "-", "1e9999", "٣"]
    ),
)
VALUES = st.recursive(
    SCALARS,
    lambda below: st.one_of(
        st.lists(below, max_size=4),
        st.dictionaries(st.sampled_from(["amount", "currency", "text", "x"]), below, max_size=3),
    ),
    max_leaves=6,
)
ANY_OPERATION = st.fixed_dictionaries(
    {
        "op": st.sampled_from(
            ["set", "confirm", "missing", "add_row", "remove_row", "move_row", "accept", "override"]
        )
    },
    optional={
        "path": PATHS,
        "value": VALUES,
        "page": st.one_of(st.just(1), SCALARS),
        "box": st.one_of(st.just([0, 0, 100, 100]), VALUES),
        "index": SCALARS,
        "to": SCALARS,
        "reason": SCALARS,
        "rule": SCALARS,
    },
)


@settings(max_examples=600, deadline=None)
@given(st.lists(ANY_OPERATION, max_size=4))
def test_whatever_is_sent_is_done_or_refused_and_never_a_mistake_of_ours(operations: list[Any]) -> None:
    before = result()
    try:
        after, _ = done(*operations, on=before)
    except DocmillError as refused:
        code = refused.code
    else:
        code = ErrorCode.REQUEST_INVALID
        orjson.dumps(after)
    assert code == ErrorCode.REQUEST_INVALID
    assert before == result()


ROW_OPS = st.one_of(
    st.fixed_dictionaries({"op": st.just("remove_row"), "at": st.integers(0, 6)}),
    st.fixed_dictionaries({"op": st.just("move_row"), "at": st.integers(0, 6), "to": st.integers(0, 6)}),
    st.fixed_dictionaries(
        {"op": st.just("add_row"), "index": st.integers(0, 6), "text": st.text("ab", min_size=1)}
    ),
    st.fixed_dictionaries({"op": st.just("set"), "at": st.integers(0, 6), "text": st.text("cd", min_size=1)}),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(ROW_OPS, min_size=1, max_size=8))
def test_whatever_is_done_to_rows_every_cell_has_its_own_evidence(wanted: list[dict[str, Any]]) -> None:
    """Against a plain list: texts in order, and for each cell that the machine read, its raw text beside it."""
    rows: list[tuple[str, str | None]] = [(f"row {n}", f"row {n}") for n in range(3)]
    operations: list[dict[str, Any]] = []
    for one in wanted:
        count = len(rows)
        if one["op"] == "add_row":
            at = min(one["index"], count)
            rows.insert(at, (one["text"], None))
            operations.append({"op": "add_row", "path": "lines", "index": at, "value": {"text": one["text"]}})
        elif count and one["op"] == "remove_row":
            rows.pop(one["at"] % count)
            operations.append({"op": "remove_row", "path": f"lines[{one['at'] % count}]"})
        elif count and one["op"] == "move_row":
            rows.insert(one["to"] % count, rows.pop(one["at"] % count))
            operations.append(
                {"op": "move_row", "path": f"lines[{one['at'] % count}]", "to": one["to"] % count}
            )
        elif count:
            at = one["at"] % count
            rows[at] = (one["text"], rows[at][1])
            operations.append({"op": "set", "path": f"lines[{at}].text", "value": one["text"]})
    if not operations:
        return
    after, said = done(*operations)
    assert len(said) == len(operations)
    assert [row["text"] for row in after["value"]["lines"]] == [text for text, _ in rows]
    cells = {path for path in after["metadata"] if path.startswith("lines[") and path.endswith(".text")}
    assert cells == {f"lines[{n}].text" for n in range(len(rows))}
    for n, (_, machine) in enumerate(rows):
        kept = after["metadata"][f"lines[{n}].text"]
        initial = kept.get("initial", kept)
        assert (initial and initial["raw_text"]) == machine


@settings(max_examples=150, deadline=None)
@given(st.decimals("-99999999", "99999999", places=2), st.sampled_from(["EUR", "USD", None]))
def test_an_amount_that_the_machine_wrote_is_read_as_it_is(amount: Any, currency: str | None) -> None:
    given_value = {"amount": format(amount, "f"), "currency": currency}
    _, (said,) = done({"op": "set", "path": "total", "value": given_value})
    assert said.after == {
        "amount": format(amount, "f").replace("-0.00", "0.00") if not amount else format(amount, "f"),
        "currency": currency or "EUR",
    }


@pytest.mark.parametrize("name", sorted(load_shipped()))
def test_every_shipped_type_can_be_corrected(name: str) -> None:
    used = load_shipped()[name]
    on = {"value": {}, "metadata": {}, "completeness": {}, "blockers": []}
    lists = [spec.path for spec in used.fields if spec.kind == "list" and "[]" not in spec.path]
    for path in lists:
        operations = operations_of(
            [{"op": "add_row", "path": path}, {"op": "remove_row", "path": f"{path}[0]"}]
        )
        after, _ = apply(operations, on, used, doubts=(), page_of={}.get, subject=ANNA, time=NOW)
        assert after["completeness"][path]["returned"] == 0
