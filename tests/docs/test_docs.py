"""What the documents say is so: generated pages are fresh, commands exist, links lead somewhere."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from docmill.domain.errors import ErrorCode
from docmill.domain.pages import Box, Page, Provenance, Reading, Word
from docmill.domain.types import parse_document_type
from docmill.engines.classification import classify
from docmill.engines.types import load_shipped
from docmill.entrypoints.cli import COMMANDS, build
from docmill.settings import described

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


GROUPS = ("tenants", "keys", "people", "issuers", "letters", "types", "rules", "webhooks", "review")
"""Commands that have commands."""


def shell_lines(page: Path) -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    joined = [block.replace("\\\n", " ") for block in blocks]
    lines = [line.split("#")[0].strip() for block in joined for line in block.splitlines()]
    return [line for line in lines if line]


def test_the_generated_pages_are_what_the_code_says() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/make_docs.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}: run `make docs`"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_in_a_page_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    program, runner = build(), CliRunner()
    for line in shell_lines(page):
        words = shlex.split(line.rstrip("&"))
        if words[0] == "make":
            assert words[1] in targets, line
        elif words[0] == "docmill":
            names = words[1:3] if words[1] in GROUPS else words[1:2]
            help_page = runner.invoke(program, [*names, "--help"])
            assert help_page.exit_code == 0, f"{line}: {help_page.output}"
            options = [word.split("=")[0] for word in words if word.startswith("-")]
            for option in options:
                assert option in help_page.output, f"{line}: {option}"


def test_every_setting_and_command_and_code_is_in_its_reference() -> None:
    settings = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert [name for name, _, _ in described() if f"`{name}`" not in settings] == []
    commands = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert [entry.name for entry in COMMANDS if f"## docmill {entry.name}" not in commands] == []
    errors = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    assert [code for code in ErrorCode if f"`{code}`" not in errors] == []


def test_decisions_are_short() -> None:
    for page in (ROOT / "docs" / "adr").glob("*.md"):
        assert len(page.read_text(encoding="utf-8").splitlines()) <= 40, page.name


def test_the_guides_own_type_knows_its_documents() -> None:
    guide = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```json\n(\{\"name\".*?)```", guide, re.DOTALL)
    document_type = parse_document_type(json.loads(block))
    types = [*load_shipped().values(), document_type]
    for text in (
        "Delivery note\nDelivery note no DN-7\nDelivered 5 May 2026",
        "Lieferschein\nWare erhalten am",
    ):
        words = tuple(
            Word(word, Box(40 + 60 * column, 40 + 20 * row, 90 + 60 * column, 50 + 20 * row), line=row)
            for row, line in enumerate(text.split("\n"))
            for column, word in enumerate(line.split())
        )
        page = Page(1, 595, 842, "pt", words, Provenance.TEXT_LAYER)
        guess = classify(Reading("application/pdf", (page,)), types)
        assert (guess.type_name, guess.sure) == ("delivery_note", True), text
