"""The demo's exit status tells the truth: what a file must come to is read from its label, and judged."""

import fcntl
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from examples.demonstration import outcomes as judging
from examples.demonstration.client import Tenant
from examples.demonstration.delivery import Bars
from examples.demonstration.ends import WIDTH, show_ends
from examples.demonstration.files import ENDS, Expected, PileFile, dealt, pile_files
from examples.demonstration.outcomes import Outcome, outcomes
from examples.demonstration.platform import DemoFailed, choose_home, clear_home
from examples.demonstration.searching import query_for, show_search
from examples.demonstration.showing import folded, shortest_of, show_shut_door, show_verdict, without_ids
from rich.console import Console


class FakeTenant(Tenant):
    """Answers from a dict instead of over HTTP."""

    def __init__(self, answers: dict[str, object]) -> None:
        self.name = "acme"
        self._answers = answers

    def get(self, path: str, **_parameters: str) -> dict[str, object]:
        return self._answers[path]  # type: ignore[return-value]


def _tenant(*, status: str = "succeeded", code: str | None = None, type_name: str = "invoice") -> FakeTenant:
    times = ("2026-01-01T10:00:00+00:00", "2026-01-01T10:00:02+00:00")
    return FakeTenant(
        {
            "/v1/documents/1": {"status": status, "state": "archived", "code": code},
            "/v1/documents/1/result": {"type": {"name": type_name}, "blockers": [], "metadata": {}},
            "/v1/documents/1/events": {
                "items": [
                    {"type": "DocumentUploaded", "time": times[0]},
                    {"type": "DocumentArchived", "time": times[1]},
                ]
            },
            "/v1/documents/1/children": {"items": []},
        }
    )


def _judged(expected: Expected, tenant: FakeTenant) -> Outcome:
    file = PileFile("a.pdf", Path("a.pdf"), expected)
    return next(outcomes(tenant, file, {"document_id": "1"}))


def test_a_file_at_its_expected_end_is_right() -> None:
    outcome = _judged(Expected(("succeeded",), type="invoice"), _tenant())
    assert outcome.wrong is None
    assert outcome.seconds == 2.0


@pytest.mark.parametrize(
    ("expected", "tenant"),
    [
        (Expected(("succeeded",)), _tenant(status="needs_review")),
        (Expected(("succeeded",)), _tenant(status="failed", code="internal_error")),
        (Expected(("rejected",), code="file_truncated"), _tenant(status="rejected", code="file_corrupt")),
        (Expected(("succeeded",), type="invoice"), _tenant(type_name="receipt")),
        (Expected(), _tenant(status="failed", code="internal_error")),
        (Expected(), _tenant(status="running")),
    ],
)
def test_another_end_code_or_type_is_wrong(expected: Expected, tenant: FakeTenant) -> None:
    assert _judged(expected, tenant).wrong is not None


def test_a_refused_upload_counts_as_rejected_with_its_code() -> None:
    file = PileFile("bad_empty.pdf", Path("x"), Expected(("rejected",), code="file_empty"))
    (outcome,) = outcomes(_tenant(), file, {"code": "file_empty", "status": 422})
    assert outcome.wrong is None
    (outcome,) = outcomes(_tenant(), file, {"code": "unauthenticated", "status": 401})
    assert outcome.wrong is not None


def test_a_member_that_was_not_unpacked_is_wrong() -> None:
    file = PileFile("three.zip", Path("x"), Expected(members={"one.pdf": Expected()}))
    assert [outcome.wrong is None for outcome in outcomes(_tenant(), file, {"document_id": "1"})] == [
        True,
        False,
    ]


def test_one_wrong_file_or_one_missing_part_makes_the_verdict_bad() -> None:
    console = Console(quiet=True)
    good = _judged(Expected(("succeeded",)), _tenant())
    bad = _judged(Expected(("succeeded",)), _tenant(status="needs_review"))
    assert show_verdict([good], [], 1.0, console)
    assert not show_verdict([good, bad], [], 1.0, console)
    assert not show_verdict([good], ["the search"], 1.0, console)


@pytest.mark.parametrize(
    ("status", "detail", "shut"),
    [(404, "document {}", True), (403, "document {}", False), (404, "not yours", False)],
)
def test_the_door_is_shut_only_if_a_foreign_id_answers_like_an_absent_one(
    status: int, detail: str, *, shut: bool
) -> None:
    class Answer:
        def __init__(self, status_code: int, body: dict[str, str]) -> None:
            self.status_code = status_code
            self.json = lambda: body

    class Other(FakeTenant):
        def ask(self, path: str, **_parameters: str) -> Answer:  # type: ignore[override]
            asked = path.rpartition("/")[2]
            if asked == "1":
                return Answer(status, {"detail": detail.format(asked), "request_id": "r1"})
            return Answer(404, {"detail": f"document {asked}", "request_id": "r2"})

    good = _judged(Expected(("succeeded",)), _tenant())
    assert show_shut_door(good, Other({}), Console(quiet=True)) is shut


def test_labels_name_the_files_and_their_ends(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"a")
    (tmp_path / "b.pdf").write_bytes(b"b")
    (tmp_path / "unlabelled.pdf").write_bytes(b"c")
    labels = [{"file": "a.pdf", "status": ["succeeded", "needs_review"]}, {"file": "b.pdf", "total": "1.00"}]
    (tmp_path / "labels.jsonl").write_text("\n".join(map(json.dumps, labels)), encoding="utf-8")
    files = pile_files(tmp_path)
    assert [file.name for file in files] == ["a.pdf", "b.pdf"]
    assert files[0].expected.status == ("succeeded", "needs_review")
    assert files[1].expected.status == ENDS


def test_the_demo_waits_for_what_is_attached_to_a_mail() -> None:
    class Mailbox(FakeTenant):
        def documents(self, **where: str) -> Iterator[dict[str, object]]:
            mail = {"id": "1", "state": "archived", "batch": "demo", "media_type": "message/rfc822"}
            attached = {"id": "2", "state": "read", "batch": None, "media_type": "application/pdf"}
            yield attached if "parent" in where else mail

    tenant = Mailbox({})
    file = PileFile("a.eml", Path("a.eml"), Expected())
    with Bars({tenant: [file]}, Console(file=io.StringIO())) as bars:
        assert bars.show(tenant, [(file, {"document_id": "1"})], 1, "demo") == 1


def test_a_folder_without_labels_gives_every_file_that_is_not_hidden(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    for name in ("b.pdf", "deep/a.pdf", ".hidden"):
        (tmp_path / name).write_bytes(b"x")
    assert [file.name for file in pile_files(tmp_path)] == ["b.pdf", "deep/a.pdf"]
    assert [len(hand) for hand in dealt(pile_files(tmp_path), 2)] == [1, 1]


def test_a_home_that_somebody_named_is_not_cleared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    monkeypatch.setenv("DOCMILL_HOME", str(mine))
    assert choose_home(tmp_path) == mine
    clear_home(mine, checkout=tmp_path)
    assert mine.is_dir()


def test_the_demo_home_is_cleared_unless_a_platform_works_on_it(tmp_path: Path) -> None:
    home = tmp_path / "out" / "demo"
    (home / "run").mkdir(parents=True)
    with (home / "run" / "up.lock").open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(DemoFailed, match="stop it first"):
            clear_home(home, checkout=tmp_path)
    clear_home(home, checkout=tmp_path)
    assert not home.exists()


def test_folded_json_is_the_same_json() -> None:
    value = {"a": {"b": [1, 2, {"c": "x" * 30}], "d": None}, "e": [], "f": "ü"}
    assert json.loads(folded(value, width=20)) == value
    assert folded({"a": 1}, width=80) == '{"a": 1}'


def test_ids_are_left_out_of_a_comparison_of_answers() -> None:
    assert without_ids({"detail": "document 7", "request_id": "x"}, "7") == {"detail": "document ID"}


def test_all_ends_of_a_run_have_an_event_that_the_seconds_are_taken_from() -> None:
    from docmill.domain.events import EventType

    assert set(judging.END_EVENTS) <= set(EventType)


def _with_result(value: dict[str, object], *, document: str = "1", fields: int = 1, page: int = 1) -> Outcome:
    metadata = {f"field_{number}": {"citations": [{"page": page}]} for number in range(fields)}
    outcome = _judged(Expected(), _tenant())
    return replace(outcome, document=document, result={"value": value, "metadata": metadata})


def test_the_result_to_read_is_the_shortest_that_has_a_page() -> None:
    long, short = _with_result({}, fields=40), _with_result({}, fields=6)
    without_page = replace(short, result={"value": {}, "metadata": {}})
    failed = replace(_with_result({}, fields=1), status="needs_review")
    assert shortest_of([long, without_page, failed, short]) is short
    assert shortest_of([without_page]) is None


def test_the_query_has_words_that_no_other_document_of_the_tenant_has() -> None:
    mine = _with_result(
        {"line_items": [{"description": "Oak worktop"}], "seller": {"name": "Winterbourne LLP"}}
    )
    other = _with_result({"line_items": [{"description": "Oak worktop, oiled"}]}, document="2")
    other = replace(other, tenant=mine.tenant)
    assert query_for(mine, [mine, other]) == "Winterbourne LLP"
    assert query_for(mine, [mine, replace(other, tenant=_tenant())]) == "Oak worktop"


class _Searched(FakeTenant):
    """Is indexed at the third look; counts the searches."""

    def __init__(self, hits: list[dict[str, object]], *, indexed_at: int = 3) -> None:
        super().__init__({})
        self.hits, self.indexed_at, self.looks, self.searches = hits, indexed_at, 0, 0

    def get(self, path: str, **_parameters: str) -> dict[str, object]:
        if path == "/v1/search":
            self.searches += 1
            return {"items": self.hits}
        self.looks += 1
        done = self.looks >= self.indexed_at
        return {"items": [{"type": "DocumentIndexed"}] if done else []}


def _hit(document: str) -> dict[str, object]:
    return {
        "document_id": document,
        "name": f"{document}.pdf",
        "page": 1,
        "box": None,
        "found_by": ["text"],
        "text": "x",
    }


def test_the_search_asks_once_when_the_document_is_indexed_and_shows_it_under_a_crowd_of_hits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("examples.demonstration.searching.LOOK_S", 0.0)
    tenant = _Searched([*(_hit("long") for _ in range(40)), *(_hit(str(n)) for n in range(2, 9)), _hit("1")])
    console = Console(width=WIDTH, record=True, quiet=False, file=io.StringIO())
    assert show_search(replace(_with_result({}), tenant=tenant), "words", console)
    shown = console.export_text()
    assert (tenant.looks, tenant.searches) == (3, 1)
    assert shown.count("long.pdf") == 1
    assert "1.pdf" in shown


def test_a_document_that_is_not_found_or_never_indexed_fails_the_search(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outcome = replace(_with_result({}), tenant=_Searched([_hit("2")], indexed_at=1))
    assert not show_search(outcome, "words", Console(quiet=True))
    monkeypatch.setattr("examples.demonstration.searching.INDEX_WALL_S_MAX", 0.0)
    never = _Searched([_hit("1")], indexed_at=10**9)
    assert not show_search(replace(outcome, tenant=never), "words", Console(quiet=True))
    assert never.searches == 0


def test_the_table_fits_its_width_and_cuts_nothing_and_marks_only_what_is_wrong() -> None:
    good = _judged(Expected(("succeeded",)), _tenant())
    blocks = "completeness: line_items shows 28 rows and 27 of them were read " * 3
    rejected = _judged(
        Expected(("rejected",), code="file_truncated"), _tenant(status="rejected", code="file_truncated")
    )
    bad = replace(
        _judged(Expected(("succeeded",)), _tenant(status="needs_review")), blocks=blocks, name="n" * 60
    )
    console = Console(width=WIDTH, record=True, file=io.StringIO())
    show_ends([good, rejected, bad], console)
    text = console.export_text()
    assert all(len(line) <= WIDTH for line in text.splitlines())
    assert "n" * 60 in text
    assert " ".join(blocks.split()) in " ".join(text.split())
    assert text.count("←") == 1
    assert "file_truncated" in text
