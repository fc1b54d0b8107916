"""Tables, and the sentences on stderr: what a person copies from and acts on."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from tests.unit.cli.conftest import Run, Worker
from tests.unit.cli.test_commands import Letters, letters

from docmill.domain import errors
from docmill.domain.errors import DocmillError, ErrorCode, NotFound, Unavailable
from docmill.domain.tenants import TenantId
from docmill.entrypoints.cli import _sentence, local, options, status
from docmill.ports.identity import ApiKey, NewKey

__all__ = ["letters"]
KEY = f"dm_{'a' * 12}_{'b' * 64}"


@pytest.fixture(autouse=True)
def _narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def test_a_new_key_stands_alone_on_its_line(
    run: Run, letters: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = ApiKey("a" * 12, TenantId("acme"), "", ("operator",), datetime.now(UTC), "cli")

    async def create(*_: object, **__: object) -> NewKey:
        return NewKey(made, KEY)

    monkeypatch.setattr("tests.fakes.identity.MemoryKeys.create", create)
    for command in (("tenants", "create", "acme"), ("keys", "create", "acme")):
        assert KEY in run(*command, "--format", "table").out.splitlines()


def test_ids_are_never_broken_and_names_give_way(capsys: pytest.CaptureFixture[str]) -> None:
    ids = [str(uuid4()) for _ in range(3)]
    names = ("a very long name of a scanned invoice with blanks.pdf", "x" * 200, "s.pdf")
    rows = [
        {"id": id_, "name": name, "status": "needs_review", "type": "bank_statement", "code": None}
        for id_, name in zip(ids, names, strict=True)
    ]
    options.show_lines(rows, status._DOCUMENT, options.Format.TABLE, shortened="name")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == ids
    assert max(map(len, lines)) <= 80
    assert "s.pdf" in lines[3]
    assert "needs_review" in lines[1]


def test_a_line_that_nothing_can_give_way_in_is_longer_than_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    batch = "january-" + "x" * 90
    options.show_lines(
        [{"id": batch, "total": 1, "counts": {}}], status.BATCH_COLUMNS, options.Format.TABLE, shortened=None
    )
    assert capsys.readouterr().out.splitlines()[1].startswith(batch)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (Unavailable("the disk"), "unavailable: the disk."),
        (Unavailable("Is it on?"), "unavailable: Is it on?"),
        (DocmillError(ErrorCode.ERASED), f"erased: {errors.CODES[ErrorCode.ERASED].sentence}"),
    ],
)
def test_what_happened_and_what_to_do_are_two_sentences(error: DocmillError, told: str) -> None:
    assert _sentence(error) == told


@pytest.mark.parametrize(
    ("command", "code", "words", "without"),
    [
        (("draw", "nosuch.pdf"), "not_found", "Check the path.", "acknowledged"),
        (("draw", "there.pdf", "-o", "there.pdf/x"), "request_invalid", "Name a place", "room"),
        (("export", "-o", "nosuch/x.csv"), "request_invalid", "Name a place", "room"),
        (("export", "-o", "there.pdf/x.csv"), "request_invalid", "Name a place", "room"),
        (("tenants", "list", "--home", "nosuch"), "unavailable", "Start `docmill up` first", "acknowledged"),
        (("rules", "put", "invoice", "nosuch.json"), "request_invalid", "Check the path", "Errno"),
        (("rules", "put", "invoice", "bad.json"), "request_invalid", "is empty", "Expecting"),
        (("types", "put", "bad.json"), "request_invalid", "line 2, column 1", "Expecting"),
        (("draw", "there.pdf", "--type", "bad.json"), "type_invalid", "line 2, column 1", "Expecting"),
        (("eval", ".", "--type", "invoice"), "request_invalid", "Check the path", "Errno"),
        (("extract", "empty"), "request_invalid", "Name a file", "detail"),
    ],
)
def test_an_error_says_what_to_do_about_this_case(
    run: Run,
    network: Worker,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    command: tuple[str, ...],
    code: str,
    words: str,
    without: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.pdf").write_bytes(b"there")
    (tmp_path / "bad.json").write_text("\n")
    (tmp_path / "empty").mkdir()
    outcome = run(*command)
    assert (outcome.exit_code, outcome.out) == (1, "")
    assert outcome.err.startswith(f"docmill: {code}: ")
    assert words in outcome.err
    assert without not in outcome.err


def test_a_file_that_is_not_there_has_its_line_in_what_extract_prints(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.pdf").write_bytes(b"")
    outcome = run("extract", tmp_path / "absent.pdf", tmp_path / "empty.pdf")
    assert outcome.exit_code == 3
    assert [(Path(line["file"]).name, line["status"], line["code"]) for line in outcome.lines] == [
        ("absent.pdf", "rejected", "not_found"),
        ("empty.pdf", "rejected", "file_empty"),
    ]


def test_a_disk_that_is_full_is_told_as_such() -> None:
    assert local.not_written(Path("x"), OSError(28, "No space left on device")).code is ErrorCode.STORAGE_FULL


def test_a_tenant_that_is_not_there_has_no_list_of_keys(run: Run, letters: Letters) -> None:
    outcome = run("keys", "list", "nobody")
    assert (outcome.exit_code, outcome.out) == (1, "")
    assert "not_found: tenant nobody." in outcome.err


def test_a_variable_that_is_no_setting_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCMILL_PROT", "1")
    monkeypatch.setenv("DOCMILL_TEST_LONG", "1")
    outcome = run("--version")
    assert outcome.err == "docmill: warning: there is no setting DOCMILL_PROT; did you mean DOCMILL_PORT?\n"


def test_what_show_prints_can_be_put_back(
    run: Run, network: Worker, tmp_path: Path, finish: Callable[[str], None]
) -> None:
    rules = [
        {"name": n, "kind": "expression", "expect": "total < 1000", "path": "total", "message": "much"}
        for n in ("x", "y")
    ]
    file = tmp_path / "rules.json"
    for some in (rules, rules[:1]):
        file.write_text(f"{some}".replace("'", '"'))
        assert run("rules", "put", "invoice", file).exit_code == 0
        file.write_text(run("rules", "show", "invoice").out)
        assert run("rules", "put", "invoice", file).exit_code == 0
        assert run("rules", "show", "invoice").lines == some
    file.write_text("[]")
    assert run("rules", "put", "invoice", file).exit_code == 0
    assert run("rules", "show", "invoice").lines == []
    file.write_text(run("types", "show", "invoice").out)
    assert run("types", "put", file).exit_code == 0


def test_a_line_that_is_no_json_is_named(run: Run, network: Worker, tmp_path: Path) -> None:
    file = tmp_path / "rules.json"
    file.write_text('{"name": "x"}\n{"name": }\n')
    assert f"{file}:2 is no JSON: line 1, column 10" in run("rules", "put", "invoice", file).err


def test_an_error_survives_the_way_between_processes() -> None:
    import pickle

    for error in (NotFound("x"), Unavailable("x", action="Do."), DocmillError(ErrorCode.ERASED, "y")):
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), str(again), again.action) == (type(error), str(error), error.action)
