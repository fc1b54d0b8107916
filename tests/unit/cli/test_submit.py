"""`docmill submit`: every file once, whatever happens on the way."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from tests.api.memory_platform import Platform
from tests.unit.cli.conftest import Run, Worker

from docmill.domain.states import RunState
from docmill.entrypoints.cli import client, submit, watching


def test_each_file_has_a_line_and_the_exit_code_tells_that_one_was_refused(
    run: Run, network: Worker, pile: Path
) -> None:
    outcome = run("submit", pile, "--batch", "one")
    assert outcome.exit_code == 3
    assert [(Path(line["file"]).name, line["status"], line["code"]) for line in outcome.lines] == [
        ("a.pdf", "accepted", None),
        ("b.pdf", "accepted", None),
        ("empty.pdf", "refused", "file_empty"),
        ("a again.pdf", "duplicate", None),
    ]
    assert outcome.lines[3]["duplicate_of"] == outcome.lines[0]["document_id"]
    assert "--batch one" in outcome.err


def test_started_again_with_its_batch_it_makes_nothing_twice(
    run: Run, network: Worker, platform: Platform, pile: Path
) -> None:
    first = run("submit", pile / "a.pdf", pile / "b.pdf", "--batch", "one")
    again = run("submit", pile / "a.pdf", pile / "b.pdf", "--batch", "one")
    assert first.exit_code == again.exit_code == 0
    assert first.lines == again.lines
    assert len(platform.db.documents) == 2


def test_the_key_of_a_file_is_made_of_batch_path_and_content(run: Run, network: Worker, pile: Path) -> None:
    def keys(*arguments: str | Path) -> list[str]:
        network.requests.clear()
        run("submit", *arguments)
        return [request.headers["idempotency-key"] for request in network.requests]

    (first,) = keys(pile / "a.pdf", "--batch", "one")
    assert keys(pile / "a.pdf", "--batch", "one") == [first]
    assert keys(pile / "a.pdf", "--batch", "two") != [first]
    assert keys(pile / "more" / "a again.pdf", "--batch", "one") != [first]
    (pile / "a.pdf").write_bytes(b"changed")
    assert keys(pile / "a.pdf", "--batch", "one") != [first]


def test_cut_connections_and_503_are_repeated_with_the_same_key(
    run: Run, network: Worker, platform: Platform, pile: Path
) -> None:
    async def trouble(request: httpx.Request) -> None:
        platform.blobs.full = len(network.requests) == 2
        if len(network.requests) in (3, 4):
            # The request arrives, its answer does not: the worst moment for a connection to be cut.
            await network.inner.handle_async_request(request)
            raise httpx.ReadError("cut")

    network.before = trouble
    outcome = run("submit", pile / "a.pdf", pile / "b.pdf", "--batch", "one")
    assert outcome.exit_code == 0
    assert len(network.requests) == 5
    assert len({request.headers["idempotency-key"] for request in network.requests}) == 2
    assert len(platform.db.documents) == 2


def test_what_it_waits_for_is_told_once(run: Run, network: Worker, platform: Platform, pile: Path) -> None:
    async def trouble(request: httpx.Request) -> None:
        platform.blobs.full = 2 <= len(network.requests) <= 5

    network.before = trouble
    outcome = run("submit", pile / "a.pdf", pile / "b.pdf")
    assert outcome.exit_code == 0
    assert outcome.err.count("waiting: storage_full (the platform says: There is no room") == 1


def test_the_same_command_run_again_goes_on_where_it_stopped(
    run: Run, network: Worker, platform: Platform, pile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run("submit", pile / "a.pdf", pile / "b.pdf")
    monkeypatch.chdir(pile)
    again = run("submit", "a.pdf", "b.pdf")
    assert [line["document_id"] for line in first.lines] == [line["document_id"] for line in again.lines]
    assert [line["status"] for line in again.lines] == ["accepted"] * 2
    assert len(platform.db.documents) == 2
    other = run("submit", "b.pdf")
    assert other.lines[0]["batch"] != first.lines[0]["batch"]


def test_bytes_that_are_wanted_twice_are_in_a_batch_of_their_own_each_time(
    run: Run, network: Worker, platform: Platform, pile: Path
) -> None:
    batches = {
        run("submit", pile / "a.pdf", "--allow-duplicate").lines[0]["batch"],
        run("submit", pile / "a.pdf", "--allow-duplicate").lines[0]["batch"],
    }
    assert len(batches) == len(platform.db.documents) == 2


def test_who_stops_it_is_told_how_to_go_on(run: Run, network: Worker, pile: Path) -> None:
    async def stop(_: httpx.Request) -> None:
        raise KeyboardInterrupt

    network.before = stop
    outcome = run("submit", pile / "a.pdf", "--type", "invoice", "--watch")
    assert outcome.exit_code == 130
    batch = submit.batch_of([pile / "a.pdf"])
    expected = f"docmill submit {pile / 'a.pdf'} --batch {batch} --type invoice --watch"
    assert outcome.err.splitlines()[-1] == f"go on with: {expected}"


def test_a_file_that_is_not_there_has_its_line_and_stops_no_other(
    run: Run, network: Worker, pile: Path
) -> None:
    outcome = run("submit", pile / "a.pdf", pile / "absent.pdf")
    assert outcome.exit_code == 3
    assert [(line["status"], line["code"]) for line in outcome.lines] == [
        ("accepted", None),
        ("refused", "not_found"),
    ]


def test_watching_leaves_out_what_an_earlier_run_of_the_batch_sent(
    run: Run, network: Worker, platform: Platform, pile: Path, finish: Callable[[str], None]
) -> None:
    for document in (line["document_id"] for line in run("submit", pile, "--batch", "one").lines[:2]):
        finish(document)
    outcome = run("submit", pile / "b.pdf", "--batch", "one", "--watch")
    assert [Path(line["file"]).name for line in outcome.lines] == ["b.pdf"]
    assert outcome.exit_code == 0


def test_an_api_that_never_answers_is_told_soon(run: Run, network: Worker, pile: Path) -> None:
    async def nobody(_: httpx.Request) -> None:
        raise httpx.ConnectError("refused")

    network.before = nobody
    outcome = run("submit", pile)
    assert outcome.exit_code == 1
    assert outcome.out == ""
    assert "docmill up" in outcome.err


@pytest.mark.parametrize("paths", [[], ["empty folder"], ["absent.pdf"]])
def test_nothing_to_upload_is_an_error(run: Run, network: Worker, tmp_path: Path, paths: list[str]) -> None:
    (tmp_path / "empty folder").mkdir()
    outcome = run("submit", *(tmp_path / path for path in paths))
    assert outcome.exit_code in (1, 2)
    assert outcome.out == ""
    assert not network.requests


def test_a_wrong_key_is_told_once(run: Run, network: Worker, pile: Path) -> None:
    outcome = run("submit", pile, "--key", "dm_wrong")
    assert (outcome.exit_code, outcome.out) == (1, "")
    assert "unauthenticated" in outcome.err
    assert len(network.requests) == 1


def test_without_a_key_nobody_is_asked(
    run: Run, network: Worker, pile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DOCMILL_KEY")
    outcome = run("submit", pile)
    assert outcome.exit_code == 1
    assert "DOCMILL_KEY" in outcome.err
    assert not network.requests


def test_watching_ends_with_the_ends_of_all_files(
    run: Run, network: Worker, platform: Platform, pile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "WATCH_PAUSE_S", 0.001)
    rounds = 0

    async def work(request: httpx.Request) -> None:
        nonlocal rounds
        if "/batches/" in request.url.path:
            rounds += 1
        if rounds == 2:
            documents = [str(document) for _, document in platform.db.documents]
            await platform.finish(documents[0])
            await platform.finish(documents[1])
            platform.move(documents[1], RunState.REJECTED, code="password_required")

    network.before = work
    outcome = run("submit", pile / "a.pdf", pile / "b.pdf", pile / "more", "--batch", "one", "--watch")
    assert outcome.exit_code == 3
    assert [(line["status"], line["code"]) for line in outcome.lines] == [
        ("succeeded", None),
        ("rejected", "password_required"),
        ("succeeded", None),
    ]
    assert rounds >= 2


def test_watching_exits_with_0_when_all_succeeded(
    run: Run, network: Worker, platform: Platform, pile: Path
) -> None:
    async def work(request: httpx.Request) -> None:
        for _, document in list(platform.db.documents):
            await platform.finish(str(document))

    network.before = work
    assert run("submit", pile / "a.pdf", "--watch", "--format", "table").exit_code == 0


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ({"uploaded": 2, "read": 1}, [1, 0, 0, 0]),
        ({"analyzed": 1, "validated": 1, "in_review": 1}, [3, 3, 2, 1]),
        ({"archived": 1, "rejected": 1, "failed": 1, "unpacked": 1}, [4, 4, 4, 4]),
    ],
)
def test_a_stage_has_behind_it_what_has_left_it(states: dict[str, int], expected: list[int]) -> None:
    assert list(watching.passed(states).values()) == expected


def test_every_state_has_its_place_in_the_bars() -> None:
    assert set(watching._STAGES_BEHIND) == set(RunState)


def test_only_a_connection_that_was_never_made_is_repeated_when_once_is_asked(
    run: Run, network: Worker, tmp_path: Path
) -> None:
    definition = tmp_path / "note.json"
    definition.write_text('{"name": "note", "schema": {"type": "object"}}')

    async def cut(_: httpx.Request) -> None:
        raise httpx.ReadError("cut")

    network.before = cut
    assert run("types", "put", definition).exit_code == 1
    assert len(network.requests) == 1


def test_an_answer_that_is_not_docmills_is_told_as_such() -> None:
    answer = httpx.Response(502, text="<html>", request=httpx.Request("GET", "http://proxy/"))
    with pytest.raises(Exception, match="is it docmill"):
        client.checked(answer)


def test_finishing_is_seen_by_status_and_results(
    run: Run, network: Worker, platform: Platform, pile: Path, finish: Callable[[str], None]
) -> None:
    document = run("submit", pile / "a.pdf", "--batch", "one").lines[0]["document_id"]
    waiting = run("results", document)
    assert (waiting.exit_code, waiting.lines[0]["code"]) == (3, "not_ready")
    assert run("status", "one").exit_code == 3
    assert run("status", document).lines[0]["status"] == "running"
    finish(document)
    assert run("status", "one").lines[0]["counts"]["succeeded"] == 1
    assert run("status", document).exit_code == 0
    assert run("status").lines[0]["id"] == document
    by_id, by_batch = run("results", document), run("results", "--batch", "one")
    assert by_id.exit_code == by_batch.exit_code == 0
    assert by_id.lines == by_batch.lines
    assert by_id.lines[0]["value"]["invoice_number"] == "INV-7"
    table = run("results", document, "--format", "table")
    assert "119.00 EUR" in table.out
