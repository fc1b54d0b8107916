"""`docmill cancel`, `docmill reprocess` and batches in `docmill status`: rows on stdout, the outcome in the exit code."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.api.memory_platform import Platform
from tests.unit.cli.conftest import Run, Worker

from docmill.domain.states import RunState

Finish = Callable[[str], None]


def submitted(run: Run, pile: Path, *options: str) -> list[str]:
    rows = run("submit", pile, "--batch", "b", "--format", "json", *options).lines
    return [row["document_id"] for row in rows if row["status"] == "accepted"]


def test_documents_are_cancelled_one_by_one(run: Run, network: Worker, pile: Path, finish: Finish) -> None:
    first, second = submitted(run, pile)
    finish(second)
    outcome = run("cancel", first, second)
    assert [row["status"] for row in outcome.lines] == ["cancelled", "succeeded"]
    assert "refused" in outcome.lines[1]
    assert outcome.exit_code == 3
    assert run("cancel", first).exit_code == 0


def test_a_batch_is_cancelled_as_a_whole(run: Run, network: Worker, pile: Path) -> None:
    submitted(run, pile)
    outcome = run("cancel", "--batch", "b")
    assert outcome.exit_code == 0
    assert outcome.lines[0]["counts"]["cancelled"] == 2


@pytest.mark.parametrize("arguments", [(), ("x", "--batch", "b")])
def test_cancel_wants_documents_or_a_batch(run: Run, network: Worker, arguments: tuple[str, ...]) -> None:
    assert run("cancel", *arguments).exit_code == 1
    assert not network.requests


def test_a_batch_is_shown_item_by_item(run: Run, network: Worker, pile: Path, finish: Finish) -> None:
    for document in submitted(run, pile):
        finish(document)
    outcome = run("status", "--batch", "b")
    assert {(row["name"], row["outcome"]) for row in outcome.lines} >= {
        ("a.pdf", "accepted"),
        ("b.pdf", "accepted"),
        ("a again.pdf", "duplicate"),
        ("empty.pdf", "refused"),
    }
    assert outcome.exit_code == 3
    assert "2 succeeded" in outcome.err


def test_reprocess_shows_before_it_does(
    run: Run, network: Worker, platform: Platform, pile: Path, finish: Finish
) -> None:
    first, second = submitted(run, pile)
    finish(first)
    finish(second)
    shown = run("reprocess", "--type", "invoice", "--dry-run")
    assert {row["document_id"] for row in shown.lines} == {first, second}
    assert shown.exit_code == 0
    assert not [request for request in network.requests if request.url.path.endswith("/reprocess")]
    done = run("reprocess", "--type", "invoice", "--reason", "new rules")
    assert [(row["outcome"], row["run"]) for row in done.lines] == [("begun", 2), ("begun", 2)]
    assert done.exit_code == 0
    states = {found.run.state for found in platform.db.documents.values()}
    assert states == {RunState.UPLOADED}
    again = run("reprocess", first, second)
    assert [row["outcome"] for row in again.lines] == ["state_forbidden", "state_forbidden"]
    assert again.exit_code == 3


def test_reprocess_wants_to_know_which(run: Run, network: Worker) -> None:
    assert run("reprocess").exit_code == 1
    assert run("reprocess", "some-id", "--type", "invoice").exit_code == 1
    assert not network.requests


def test_a_refusal_of_many_is_told_once(
    run: Run, network: Worker, platform: Platform, pile: Path, finish: Finish
) -> None:
    for document in submitted(run, pile):
        finish(document)
    outcome = run("reprocess", "--batch", "b", "--as-type", "nope")
    assert (outcome.exit_code, outcome.out) == (1, "")
    assert outcome.err.count("docmill:") == 1
    assert "waiting" not in outcome.err
    assert "request_invalid: type" in outcome.err
