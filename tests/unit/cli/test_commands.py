"""The other commands: what they print, where, and with which exit code."""

import csv
import io
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from tests.api.memory_platform import INVOICE, MemoryTenancy
from tests.fakes.identity import memory_identity
from tests.unit.cli.conftest import Run, Worker

from docmill import wiring
from docmill.domain.documents import DeadLetter
from docmill.domain.events import DocumentId, EventId
from docmill.domain.tenants import TenantId
from docmill.entrypoints.cli import COMMANDS
from docmill.entrypoints.cli.results import at
from docmill.ports.identity import Identity


@pytest.fixture
def document(run: Run, network: Worker, pile: Path, finish: Callable[[str], None]) -> str:
    made: str = run("submit", pile / "a.pdf", "--batch", "one").lines[0]["document_id"]
    finish(made)
    return made


def test_an_export_appears_when_it_is_whole(run: Run, document: str, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    outcome = run("export", "-o", out, "--batch", "one", "--where", "value.total_gte=100")
    assert (outcome.exit_code, outcome.out) == (0, "")
    rows = list(csv.DictReader(io.StringIO(out.read_text(encoding="utf-8-sig"))))
    assert [row["document_id"] for row in rows] == [document]
    assert [path.name for path in tmp_path.glob(".*")] == []


class Cut(httpx.AsyncByteStream):
    """A body whose connection breaks after the first rows."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"document_id\n1\n"
        raise httpx.ReadError("cut")


def test_an_export_that_is_cut_off_leaves_nothing(
    run: Run, network: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cut(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=Cut())

    monkeypatch.setattr(network, "handle_async_request", cut)
    out = tmp_path / "out.csv"
    out.write_text("the one of yesterday")
    outcome = run("export", "-o", out)
    assert (outcome.exit_code, outcome.out) == (1, "")
    assert "unavailable" in outcome.err
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]
    assert out.read_text() == "the one of yesterday"


def test_an_export_goes_to_stdout_when_no_file_is_named(run: Run, document: str) -> None:
    outcome = run("export", "--format", "jsonl")
    assert outcome.exit_code == 0


@pytest.mark.parametrize("where", ["total=1", "value.total"])
def test_a_condition_that_cannot_be_followed_is_refused(run: Run, network: Worker, where: str) -> None:
    outcome = run("export", "--where", where)
    assert outcome.exit_code == 1
    assert not network.requests


def test_a_search_prints_hits_with_page_and_box(run: Run, document: str) -> None:
    (hit,) = run("search", "total", "119.00").lines
    assert (hit["document_id"], hit["page"], len(hit["box"])) == (document, 1, 4)
    assert "Invoice INV-7" in run("search", "total", "--format", "table").out
    nothing = run("search", "nonesuch")
    assert (nothing.exit_code, nothing.out) == (0, "")


def test_types_and_rules_go_in_and_come_out(run: Run, network: Worker, tmp_path: Path) -> None:
    definition = tmp_path / "note.json"
    definition.write_text(json.dumps(INVOICE | {"name": "note"}))
    assert run("types", "put", definition).exit_code == 0
    assert run("types", "put", definition, "--only-if", "7").exit_code == 1
    assert {line["name"] for line in run("types", "list").lines} == {"invoice", "note"}
    assert run("types", "show", "note").lines == [INVOICE | {"name": "note"}]
    rules = tmp_path / "rules.json"
    rule = {
        "name": "x",
        "kind": "expression",
        "expect": "total < 1000",
        "path": "total",
        "message": "too much",
    }
    rules.write_text(json.dumps([rule]))
    assert run("rules", "put", "note", rules).exit_code == 0
    assert run("rules", "show", "note").lines == [rule]
    rules.write_text("{")
    assert run("rules", "put", "note", rules).exit_code == 1


def test_results_of_nothing_are_an_error(run: Run, network: Worker) -> None:
    assert run("results").exit_code == 1
    assert run("results", "--batch", "nonesuch").exit_code == 1
    absent = run("results", str(uuid4()))
    assert (absent.exit_code, absent.lines[0]["code"]) == (3, "not_found")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("a", 1),
        ("b.c", 2),
        ("d[1].e", 4),
        ("d[7].e", None),
        ("b.x", None),
        ("a.x", None),
    ],
)
def test_a_path_leads_to_its_value(path: str, value: object) -> None:
    assert at({"a": 1, "b": {"c": 2}, "d": [{"e": 3}, {"e": 4}]}, path) == value


@dataclass
class Local:
    """The platform's ports, as `tenants`, `keys` and `replay` use them."""

    tenancy: MemoryTenancy
    claims: object
    identity: Identity


@dataclass
class Letters:
    letters: list[DeadLetter]
    sent: list[DeadLetter]

    async def dead_letters(self, tenant: TenantId | None = None) -> list[DeadLetter]:
        return [letter for letter in self.letters if tenant in (None, letter.tenant)]

    async def replay(self, letter: DeadLetter) -> bool:
        self.sent.append(letter)
        return True


@pytest.fixture
def letters(monkeypatch: pytest.MonkeyPatch) -> Letters:
    claims = Letters([_letter("acme"), _letter("globex")], [])
    tenancy, identity = MemoryTenancy(), memory_identity()

    @asynccontextmanager
    async def platform(*_: object, **__: object) -> AsyncIterator[Local]:
        yield Local(tenancy, claims, identity)

    monkeypatch.setattr(wiring, "platform", platform)
    monkeypatch.setattr(wiring, "embedded_database", lambda _: None)
    return claims


def _letter(tenant: str) -> DeadLetter:
    ids = EventId(uuid4()), TenantId(tenant), DocumentId(uuid4())
    return DeadLetter("read", *ids, "unavailable", "blob store", 5, datetime.now(UTC))


def test_a_tenants_key_is_printed_once(run: Run, letters: Letters) -> None:
    made = run("tenants", "create", "acme", "--tier", "silo")
    (line,) = made.lines
    key = line.pop("key")
    assert key.startswith("dm_")
    assert line == {"tenant": "acme", "tier": "silo"}
    listed = run("tenants", "list")
    assert [line["tenant"] for line in listed.lines] == ["acme"]
    assert key not in listed.out
    assert run("tenants", "create", "A!").exit_code == 1


def test_many_tenants_are_made_and_a_run_that_was_cut_off_is_repeated(
    run: Run, letters: Letters, tmp_path: Path
) -> None:
    names = tmp_path / "names"
    names.write_text("acme\nglobex\n\nacme\n")
    first = run("tenants", "create", "--from", names, "--tier", "silo")
    assert [(line["tenant"], line["tier"]) for line in first.lines] == [("acme", "silo"), ("globex", "silo")]
    assert all(line["key"].startswith("dm_") for line in first.lines)
    names.write_text("acme\nglobex\ninitech\n")
    again = run("tenants", "create", "umbrella", "--from", names)
    assert [line["tenant"] for line in again.lines] == ["umbrella", "initech"]
    assert "4 of 4 tenants, 2 of them were there already" in again.err
    assert run("tenants", "create", "hooli", "A!").exit_code == 1  # before anything is made
    assert run("tenants", "create").exit_code == 2
    assert len(run("tenants", "list").lines) == 4


def test_dead_letters_are_shown_first_and_sent_back_when_asked(run: Run, letters: Letters) -> None:
    shown = run("replay", "--dry-run")
    assert [(line["code"], line["replayed"]) for line in shown.lines] == [("unavailable", False)] * 2
    assert not letters.sent
    one = run("replay", str(letters.letters[0].document))
    assert one.exit_code == 0
    assert letters.sent == letters.letters[:1]
    assert len(run("replay", "--all", "--tenant", "globex").lines) == 1
    assert letters.sent == letters.letters


@pytest.mark.parametrize("arguments", [[], ["--all", "id"], [str(uuid4())]])
def test_a_replay_of_nothing_is_an_error(run: Run, letters: Letters, arguments: list[str]) -> None:
    assert run("replay", *arguments).exit_code == 1
    assert not letters.sent


def test_a_platform_that_does_not_run_is_told(run: Run, tmp_path: Path) -> None:
    outcome = run("tenants", "list", "--home", tmp_path / "home")
    assert outcome.exit_code == 1
    assert "docmill up" in outcome.err


@pytest.mark.parametrize("command", [entry.name for entry in COMMANDS if entry.panel != "Without a platform"])
def test_every_command_explains_itself(run: Run, command: str) -> None:
    outcome = run(command, "--help")
    assert outcome.exit_code == 0
    assert "Usage" in outcome.out
