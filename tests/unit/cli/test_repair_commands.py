"""`docmill letters`, `erase`, `doctor --deep`, `migrate` and `restore`, with the ports in memory."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from tests.api.memory_platform import Platform, upload
from tests.api.test_letters import fail
from tests.unit.cli.conftest import Run

from docmill import wiring
from docmill.domain.tenants import TenantId
from docmill.entrypoints.cli import deep, erase, letters
from docmill.ports.upkeep import Fault

ACME = TenantId("acme")


@pytest.fixture
def administered(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Platform:
    """The platform's ports without a database."""

    @asynccontextmanager
    async def opened(_home: Path | None) -> AsyncIterator[Platform]:
        yield platform

    for module in (letters, erase, deep):
        monkeypatch.setattr(module, "administered", opened)
    return platform


def failed(platform: Platform, *, batch: str = "b") -> tuple[str, str]:
    async def one() -> tuple[str, str]:
        async with platform.client() as client:
            return await fail(platform, client, batch=batch)

    return asyncio.run(one())


def test_letters_are_listed_shown_and_sent_back_once(run: Run, administered: Platform) -> None:
    document, letter = failed(administered)
    (listed,) = run("letters", "list", "acme").lines
    assert (listed["id"], listed["document_id"]) == (letter, document)
    (tried,) = run("letters", "show", "acme", letter).lines
    assert tried["lines"] == ["read.py:1 in read"]
    dry = run("letters", "replay", "acme", "--dry-run")
    assert [row["replayed"] for row in dry.lines] == [False]
    assert [run("letters", "replay", "acme", letter).lines[0]["replayed"] for _ in range(2)] == [True, False]
    assert run("letters", "list", "acme").lines == []


def test_only_the_letters_that_the_options_mean_are_sent_back(run: Run, administered: Platform) -> None:
    failed(administered, batch="one")
    failed(administered, batch="two")
    assert len(run("letters", "replay", "acme", "--batch", "one").lines) == 1
    assert len(run("letters", "list", "acme").lines) == 1


def test_a_letter_is_given_up_with_a_reason_and_a_name(run: Run, administered: Platform) -> None:
    _, letter = failed(administered)
    assert run("letters", "give-up", "acme", letter).exit_code == 2
    (closed,) = run("letters", "give-up", "acme", letter, "--reason", "withdrawn").lines
    assert closed["given_up"]["reason"] == "withdrawn"
    assert closed["given_up"]["by"].startswith("operator:")
    assert len(run("letters", "list", "acme", "--given-up").lines) == 1
    assert run("letters", "replay", "acme", letter).exit_code == 1


@pytest.mark.parametrize("name", ["read", "1", "read.x"])
def test_what_is_no_letter_is_an_error(run: Run, administered: Platform, name: str) -> None:
    assert run("letters", "show", "acme", name).exit_code == 1


def test_erasing_prints_a_receipt_and_tells_whether_all_is_gone(run: Run, administered: Platform) -> None:
    async def uploaded() -> str:
        async with administered.client() as client:
            return await upload(client)

    document = asyncio.run(uploaded())
    assert run("erase", "acme", document, "--receipt").exit_code == 1  # it is not deleted yet
    erased = run("erase", "acme", document)
    assert (erased.exit_code, erased.lines[0]["blobs"][0]["state"]) == (0, "waiting")
    assert run("erase", "acme", document, "--receipt").exit_code == 3
    administered.blobs.files.clear()
    assert run("erase", "acme", document, "--receipt").exit_code == 0


class Ill:
    """A doctor whose patient has two faults, one of which can be mended."""

    def __init__(self) -> None:
        self.left = ["late", "version"]
        self.upkeep = self

    async def platform_faults(self) -> AsyncIterator[Fault]:
        for check in self.left:
            yield Fault(check, "something is wrong", "put it right" if check == "late" else "")

    async def tenant(self, tenant: TenantId, *, all_blobs: bool) -> AsyncIterator[Fault]:
        for fault in ():
            yield fault

    async def unneeded(self, tenant: TenantId, **_before: Any) -> int:
        return 0

    async def mend(self, fault: Fault) -> bool:
        if fault.check == "version":
            return False
        self.left = [check for check in self.left if check != fault.check]
        return True


def test_the_doctor_changes_nothing_unless_it_is_asked_to(run: Run, administered: Platform) -> None:
    ill = Ill()
    administered.upkeep = ill  # type: ignore[attr-defined]
    with mock.patch.object(wiring, "doctor", return_value=ill):
        looked = run("doctor", "--deep", "--json")
        assert (looked.exit_code, ill.left) == (1, ["late", "version"])
        assert [row["check"] for row in looked.lines] == ["late", "version"]
        mended = run("doctor", "--deep", "--json", "--repair", "--tenant", "acme")
        assert [row["mended"] for row in mended.lines] == [True, False]
        assert (mended.exit_code, ill.left) == (1, ["version"])
        ill.left = []
        assert run("doctor", "--deep").exit_code == 0


def test_migrating_before_and_after_at_once_is_refused(run: Run) -> None:
    assert run("migrate", "--pre", "--post").exit_code == 1


def test_a_folder_that_is_no_backup_is_not_restored(run: Run, tmp_path: Path) -> None:
    checked = run("restore", "--check", tmp_path)
    assert checked.exit_code == 1
    assert "backup_invalid" in checked.err
    assert run("restore", tmp_path, "--home", tmp_path / "home").exit_code == 1
    assert not (tmp_path / "home").exists()


def test_a_plan_of_a_platform_that_stands_still_starts_its_database_for_the_question(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    class Database:
        def running(self) -> bool:
            return False

        def start(self) -> None:
            done.append("start")

        def stop(self) -> None:
            done.append("stop")

    async def pending(_settings: object) -> list[dict[str, object]]:
        done.append("asked")
        return [
            {"number": 9, "name": "nine", "scope": "shared", "kind": kind, "schemas": 1}
            for kind in ("pre", "post")
        ]

    monkeypatch.setattr(wiring, "embedded_database", lambda _settings: Database())
    monkeypatch.setattr(wiring, "pending_migrations", pending)
    outcome = run("migrate", "--plan", "--pre")
    assert [row["kind"] for row in outcome.lines] == ["pre"]
    assert "1 migrations would run" in outcome.err
    assert done == ["start", "asked", "stop"]
