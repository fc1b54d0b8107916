"""`docmill draw`: pictures, or one HTML file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.unit.reading.papers import line, pdf

from docmill.domain.errors import DocmillError
from docmill.engines.drawing import SHOWN, Show
from docmill.entrypoints.cli.draw import _shown

Run = Callable[..., Any]


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    path = tmp_path / "paper.pdf"
    path.write_bytes(pdf(line("<script>alert(1)</script>"), line("second")))
    return path


def test_html_is_one_file_with_all_pages(run: Run, paper: Path) -> None:
    outcome = run("draw", str(paper), "--html")
    assert outcome.exit_code == 0, outcome.err
    assert outcome.out.split() == [f"{paper}.html"]
    html = Path(f"{paper}.html").read_text(encoding="utf-8")
    assert html.count("data:image/") == 2
    assert "<script>alert" not in html


def test_pictures_are_one_for_each_page_and_no_more_than_wished(
    run: Run, paper: Path, tmp_path: Path
) -> None:
    outcome = run("draw", str(paper), "-o", str(tmp_path / "out"), "--pages", "1", "--show", "words,blocks")
    assert outcome.exit_code == 0, outcome.err
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["paper.pdf-1.png"]


def test_a_web_page_that_is_drawn_is_not_written_over(run: Run, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<p>Total 5.00</p>", encoding="utf-8")
    assert run("draw", str(page), "--html").exit_code == 0
    assert page.read_text(encoding="utf-8") == "<p>Total 5.00</p>"


@pytest.mark.parametrize(
    ("wish", "shown"),
    [("", SHOWN), ("all", tuple(Show)), ("blocks, check-boxes", (Show.BLOCKS, Show.CHECK_BOXES))],
)
def test_what_is_drawn_can_be_wished_for(wish: str, shown: tuple[Show, ...]) -> None:
    assert tuple(_shown(wish)) == shown


def test_a_wish_for_what_there_is_not_names_what_there_is() -> None:
    with pytest.raises(DocmillError, match="no 'wrods'; there are words, blocks"):
        _shown("wrods")


def test_a_name_that_is_no_text_to_the_file_system_is_no_hindrance(run: Run, paper: Path) -> None:
    strange = paper.rename(paper.with_name("M\udcfcller.pdf"))
    outcome = run("draw", str(strange), "--html")
    assert outcome.exit_code == 0, outcome.err
    assert "M?ller.pdf" in Path(f"{strange}.html").read_text(encoding="utf-8")
