"""Who comes first, who is drawn, and what rates say."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.events import DocumentId
from docmill.domain.review import ReviewSettings, TypePolicy, sampled, wilson
from docmill.domain.types import parse_document_type
from docmill.engines.review.answers import second_look
from docmill.engines.review.loss import AGE_LOSS_PER_DAY, expected_loss, rank, weight

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def typed(**weights: float) -> Any:
    def note(name: str, kind: str) -> dict[str, Any]:
        own = {"weight": weights[name]} if name in weights else {}
        return {"x-docmill": {"kind": kind} | own}

    return parse_document_type(
        {
            "name": "note",
            "schema": {
                "type": "object",
                "required": ["total"],
                "properties": {
                    "total": note("total", "amount"),
                    "tax": note("tax", "amount"),
                    "place": note("place", "address"),
                    "lines": {
                        "type": "array",
                        "x-docmill": {"kind": "list"},
                        "items": {"type": "object", "properties": {"amount": note("cell", "amount")}},
                    },
                },
            },
        }
    )


def result(blockers: tuple[tuple[str, str], ...] = (), **confidences: float | None) -> dict[str, Any]:
    return {
        "blockers": [{"path": path, "rule": rule, "message": ""} for path, rule in blockers],
        "metadata": {path: {"confidence": sure, "source": "rules"} for path, sure in confidences.items()},
    }


def test_a_required_amount_counts_more_than_another_and_that_more_than_an_address() -> None:
    losses = [expected_loss(result(**{name: 0.5}), typed()) for name in ("total", "tax", "place")]
    assert losses == sorted(losses, reverse=True)
    assert len(set(losses)) == 3


def test_the_type_may_say_what_a_field_weighs() -> None:
    assert expected_loss(result(place=0.5), typed(place=50)) > expected_loss(result(total=0.5), typed())
    assert weight(typed(tax=0).field("tax")) == 0


def test_a_blocker_raises_the_loss_wherever_it_stands() -> None:
    sure = expected_loss(result(total=0.9), typed())
    for path in ("total", "", "lines", "nowhere"):
        assert expected_loss(result(((path, "r"),), total=0.9), typed()) > sure


def test_what_a_person_stands_for_costs_nothing() -> None:
    known = result(total=0.1)
    known["metadata"]["total"]["source"] = "reviewer"
    assert expected_loss(known, typed()) == 0


@given(st.floats(0, 1), st.floats(0, 1))
def test_less_sure_never_costs_less(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert expected_loss(result(total=low), typed()) >= expected_loss(result(total=high), typed())


@given(st.floats(0, 500), st.floats(0, 500), st.integers(0, 400), st.integers(0, 400))
def test_the_order_is_that_of_loss_and_age_at_any_later_time(
    a: float, b: float, days: int, more: int
) -> None:
    first, second = NOON, NOON + timedelta(days=days)
    later = second + timedelta(days=more)

    def now(loss: float, since: datetime) -> float:
        return loss + AGE_LOSS_PER_DAY * (later - since).total_seconds() / 86_400

    ahead = now(a, first) - now(b, second)
    assert rank(a, first) - rank(b, second) == pytest.approx(ahead, abs=1e-6)


def test_the_sample_has_the_rate_that_was_asked_for_and_stays_the_same() -> None:
    wishes = ReviewSettings(1, {"invoice": TypePolicy(audit_rate=0.1)}, secret="s")
    documents = [DocumentId(uuid4()) for _ in range(20_000)]
    drawn = [one for one in documents if sampled(one, wishes, "invoice")]
    assert 1_800 < len(drawn) < 2_200  # five standard deviations
    assert drawn == [one for one in documents if sampled(one, wishes, "invoice")]
    assert not any(sampled(one, wishes, "receipt") for one in documents)
    other = ReviewSettings(1, wishes.types, secret="t")
    both = sum(sampled(one, other, "invoice") for one in drawn)
    assert both < 0.2 * len(drawn)  # who knows the ids and not the secret foresees nothing
    everything = ReviewSettings(1, {"*": TypePolicy(audit_rate=1.0)}, secret="s")
    assert all(sampled(one, everything, "receipt") for one in documents[:100])
    assert not sampled(documents[0], ReviewSettings(), "invoice")


def test_wilsons_interval_is_the_published_one() -> None:
    low, high = wilson(1, 10)
    assert (round(low, 4), round(high, 4)) == (0.0179, 0.4042)
    assert wilson(0, 0) == (0.0, 1.0)
    low, high = wilson(0, 300)
    assert low == 0.0
    assert high == pytest.approx(0.0126, abs=1e-4)


@pytest.mark.parametrize(
    ("by", "above", "wanted"),
    [
        (["anna"], None, True),
        (["anna", "ben"], None, False),
        ([], None, False),
        (["anna"], "100", True),
        (["anna"], "119", False),
    ],
)
def test_a_second_person_is_asked_where_the_settings_say_so(
    by: list[str], above: str | None, *, wanted: bool
) -> None:
    from decimal import Decimal

    policy = TypePolicy(four_eyes=True, four_eyes_above=None if above is None else Decimal(above))
    looked = {"value": {"total": {"amount": "119.00", "currency": "EUR"}}, "review": {"by": by}}
    assert (second_look(looked, policy) is not None) is wanted
    assert second_look(looked, TypePolicy()) is None


@pytest.mark.parametrize("weight", [-1, 101, "5", True, None])
def test_a_weight_that_is_none_is_refused_with_the_type(weight: Any) -> None:
    with pytest.raises(DocmillError) as refused:
        typed(tax=weight)
    assert refused.value.code == ErrorCode.TYPE_INVALID
