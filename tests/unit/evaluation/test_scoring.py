"""The scorer agrees with the evaluation kit's own on its self-test cases, and on random ones where the kit is there."""

import datetime as dt
import importlib.util
import random
from decimal import Decimal
from pathlib import Path

import pytest

from docmill.engines.evaluation.matching import Match, parse_amount, parse_date
from docmill.engines.evaluation.scoring import score

KINDS = {"total": Match.AMOUNT, "date": Match.DATE, "line_item_count": Match.COUNT}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("25/12/2018", dt.date(2018, 12, 25)),
        ("12-01-18", dt.date(2018, 1, 12)),
        ("14 MAR 2018", dt.date(2018, 3, 14)),
        ("20180303", dt.date(2018, 3, 3)),
        ("2018-03-05T10:11:12Z", dt.date(2018, 3, 5)),
        ("soon", None),
    ],
)
def test_dates_are_read_as_annotators_write_them(text: str, expected: dt.date | None) -> None:
    assert parse_date(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1,234.50", "1234.50"), ("1.234,50", "1234.50"), ("(9.00)", "-9.00"), ("RM9", "9.00"), ("5-700", None)],
)
def test_amounts_are_read_to_the_cent(text: str, expected: str | None) -> None:
    assert parse_amount(text) == (None if expected is None else Decimal(expected))


def test_a_null_label_makes_any_prediction_wrong_and_a_missing_one_scores_nothing() -> None:
    labels = [
        {"file": "a", "company": "X Sdn. Bhd", "total": "RM9.00", "date": "01/02/2018"},
        {"file": "b", "company": ["Y", "Why"], "total": None, "printed": ["total"]},
        {"file": "c", "company": "Z"},
    ]
    predictions = {
        "a": {"company": "x sdn bhd", "total": 9, "date": "2018-02-01"},
        "b": {"company": "WHY", "total": "1"},
    }
    report = score(labels, predictions, KINDS)
    assert (report.micro.tp, report.micro.fp, report.micro.fn) == (4, 1, 1)
    assert [wrong.file for wrong in report.wrong] == ["b", "c"]
    assert report.whole == pytest.approx(1 / 3)
    assert score(labels, predictions, KINDS, only_printed=True).fields["company"].tp == 1


def test_it_agrees_with_the_scorer_of_the_kit(eval_dir: Path) -> None:
    spec = importlib.util.spec_from_file_location("kit_score", eval_dir / "score.py")
    assert spec is not None
    assert spec.loader is not None
    kit = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(kit)
    labels = kit.read_jsonl(str(eval_dir / "sroie" / "dev" / "labels.jsonl"))
    generator = random.Random(7)
    values = [line["total"] for line in labels.values() if "total" in line] + [
        line["date"] for line in labels.values()
    ]
    predictions = {
        name: {
            "company": line["company"].lower(),
            "date": generator.choice(values),
            "total": line.get("total", "").replace(".", ","),
        }
        for name, line in labels.items()
    }
    theirs = kit.score(labels, predictions)
    ours = score(list(labels.values()), predictions, KINDS)
    assert ours.micro.f1 == pytest.approx(theirs["typed"]["micro"]["f1"])
    assert list(ours.interval) == pytest.approx(theirs["typed"]["micro"]["f1_ci95"])
