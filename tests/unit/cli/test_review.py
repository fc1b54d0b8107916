"""`docmill review`: what it asks of the API, prints, and answers with."""

import asyncio
import io
import json
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

import httpx
import pytest
from tests.api.memory_platform import Platform, upload
from tests.unit.cli.conftest import Run, Worker

from docmill.domain.events import DocumentId
from docmill.domain.review import ReviewEntry, ReviewKind
from docmill.domain.states import RunState
from docmill.domain.tenants import TenantId
from docmill.entrypoints.cli import review

ACME = TenantId("acme")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody validates here what was saved."""
    monkeypatch.setattr(review, "REVIEW_PATIENCE_S", 0)


@pytest.fixture
def document(platform: Platform, network: Worker) -> str:
    async def made() -> str:
        async with platform.client() as client:
            document = await upload(client)
        await platform.finish(document)
        return document

    found = asyncio.run(made())
    run = platform.db.document(ACME, DocumentId(UUID(found))).run
    blockers = [{"path": "total", "rule": "sums", "message": "does not add up"}]
    platform.move(
        found, RunState.IN_REVIEW, type_version=1, result={**(run.result or {}), "blockers": blockers}
    )
    entry = ReviewEntry(ReviewKind.REVIEW, loss=7.5, rank=7.5, rules=("sums",))
    platform.reviews.enter(ACME, DocumentId(UUID(found)), entry)
    return found


def test_the_queue_is_listed_and_taken_from(run: Run, document: str) -> None:
    assert [line["document_id"] for line in run("review", "list").lines] == [document]
    assert run("review", "next").lines[0]["lease"]["holder"] == "key:dm_acme"
    empty = run("review", "next")
    assert (empty.exit_code, empty.out) == (3, "")


def test_a_document_is_shown_with_what_blocks_it(
    run: Run, document: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from docmill.entrypoints.api.routes import pages

    monkeypatch.setattr(pages, "picture_with_boxes", lambda png, *_: png)
    picture = tmp_path / "page.png"
    outcome = run("review", "show", document, "--format", "table", "--page", picture)
    assert outcome.exit_code == 0
    assert "sums: does not add up" in outcome.err
    assert "119.00 EUR" in outcome.out
    assert picture.exists()
    assert run("review", "show", document).lines[0]["document_id"] == document


def test_values_are_corrected_and_the_rest_accepted(run: Run, platform: Platform, document: str) -> None:
    outcome = run("review", "correct", document, "total=120,00 €", "--confirm", "invoice_number", "--accept")
    assert outcome.lines[0]["outcome"] == "changed"
    (save,) = platform.reviews.saves
    assert [one.operation for one in save.corrections] == ["set", "confirm", "accept"]
    refused = run("review", "correct", document, "total=1")
    assert (refused.exit_code, refused.out) == (1, "")


@pytest.mark.parametrize("end", [RunState.IN_REVIEW, RunState.ARCHIVED])
def test_a_save_is_waited_for_and_tells_what_still_blocks_the_document(
    run: Run,
    platform: Platform,
    network: Worker,
    document: str,
    monkeypatch: pytest.MonkeyPatch,
    end: RunState,
) -> None:
    async def validated(request: httpx.Request) -> None:
        looks = sum("/operations/" in asked.url.path for asked in network.requests)
        if looks == 3 and "/operations/" in request.url.path:
            blockers = [{"path": "total", "rule": "sums", "message": "still does not add up"}]
            platform.move(document, end, result={"blockers": blockers})
            if end is RunState.IN_REVIEW:
                entry = ReviewEntry(ReviewKind.REVIEW, loss=7.5, rank=7.5, rules=("sums",))
                platform.reviews.enter(ACME, DocumentId(UUID(document)), entry)

    network.before = validated
    monkeypatch.setattr(review, "REVIEW_PATIENCE_S", 30)
    monkeypatch.setattr(review, "_LOOK_S", 0.001)
    outcome = run("review", "correct", document, "total=120,00 €", "--format", "table")
    blocked = end is RunState.IN_REVIEW
    assert ("needs_review" in outcome.out, "succeeded" in outcome.out) == (blocked, not blocked)
    assert ("sums: still does not add up" in outcome.err) == blocked


def test_operations_come_from_stdin_too(
    run: Run, platform: Platform, document: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    operations = json.dumps([{"op": "remove_row", "path": "line_items[0]"}]).encode()
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(operations)))
    assert run("review", "correct", document, "-").exit_code == 0
    assert platform.reviews.saves[0].corrections[0].outcome == "row_removed"


def test_rejecting_and_putting_off_say_why(run: Run, platform: Platform, document: str) -> None:
    from datetime import UTC, datetime

    platform._now = datetime.now(UTC)
    assert run("review", "reject", document, "--reason", "mood").exit_code == 2
    assert run("review", "reject", document, "--reason", "duplicate").lines[0]["outcome"] == "rejected"
    assert run("review", "correct", document).exit_code == 1


def test_nothing_to_say_and_nonsense_are_refused(run: Run, document: str) -> None:
    for said in ([], ["total"], ["=1"], ["total="]):
        outcome = run("review", "correct", document, *said)
        assert (outcome.exit_code, outcome.out) == (1, ""), said
        assert "request_invalid" in outcome.err


def test_statistics_are_printed_for_machines_and_people(run: Run, network: Worker) -> None:
    assert run("review", "stats").lines == []
    assert "error rate" in run("review", "stats", "--format", "table").out
