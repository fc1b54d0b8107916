"""A measured number beside its target, and the pages that they are written to."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """``at_least`` or ``at_most`` is the target; a figure with neither is told for orientation."""

    name: str
    value: float
    unit: str
    at_least: float | None = None
    at_most: float | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        if self.at_least is not None:
            return self.value >= self.at_least
        return None if self.at_most is None else self.value <= self.at_most

    @property
    def target(self) -> str:
        if self.at_least is not None:
            return f"≥ {self.at_least:g}"
        return "" if self.at_most is None else f"≤ {self.at_most:g}"

    def row(self) -> str:
        verdict = {True: "met", False: "**not met**", None: ""}[self.met]
        cells = (self.name, f"{shown(self.value)} {self.unit}".rstrip(), self.target, verdict, self.note)
        return f"| {' | '.join(cells)} |"


@dataclass(frozen=True)
class Subject:
    """What one module has measured. ``about`` says how; ``tables`` are Markdown to stand below the figures."""

    title: str
    about: str
    figures: Sequence[Figure]
    tables: Sequence[str] = ()

    def markdown(self) -> str:
        lines = [f"## {self.title}", "", self.about, ""]
        lines += ["| what | measured | target | | note |", "|---|---|---|---|---|"]
        lines += [figure.row() for figure in self.figures]
        for table in self.tables:
            lines += ["", table]
        return "\n".join([*lines, ""])


def shown(value: float) -> str:
    """Three digits that mean something."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Markdown, the first column to the left and numbers to the right."""
    lines = [f"| {' | '.join(heads)} |", f"|---|{'---:|' * (len(heads) - 1)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def update(folder: Path, subject: Subject, *, machine: str) -> None:
    """Put one subject's figures in the place of its old ones; the rest of both pages stays as it was measured."""
    page, path = folder / "results.md", folder / "results.json"
    text = replace(subject, about=f"{subject.about}\n\n{machine}").markdown().rstrip()
    parts = re.split(r"\n+(?=## )", page.read_text(encoding="utf-8").rstrip())
    kept = [part for part in parts if not part.startswith(f"## {subject.title}\n")]
    at = next((n for n, part in enumerate(parts) if part not in kept), len(parts))
    page.write_text("\n\n".join([*kept[:at], text, *kept[at:]]) + "\n", encoding="utf-8")
    found = json.loads(path.read_text(encoding="utf-8"))
    found["subjects"][subject.title] = _figures(subject)
    path.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _figures(subject: Subject) -> list[dict[str, object]]:
    return [asdict(figure) | {"met": figure.met} for figure in subject.figures]


def write(folder: Path, subjects: Sequence[Subject], *, machine: str, remark: str) -> None:
    """Write results.md and, with the same figures, results.json."""
    head = [
        "# Speed and cost",
        "",
        "Written by `make bench`; ratios are of one run on the same files.",
        machine,
    ]
    head += [remark] if remark else []
    text = "\n".join([*head, "", *(subject.markdown() for subject in subjects)])
    (folder / "results.md").write_text(text.rstrip() + "\n", encoding="utf-8")
    found = {
        "machine": machine,
        "remark": remark,
        "subjects": {subject.title: _figures(subject) for subject in subjects},
    }
    path = folder / "results.json"
    path.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
