"""How right the values are: `docmill eval` on the labelled documents, written to bench/accuracy.md.

Untaught: nothing is learned from the labels; they score only.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bench.machine import ROOT, facts

EVAL = Path(os.environ.get("DOCMILL_EVAL", ROOT.parent / "shared" / "eval"))


@dataclass(frozen=True)
class Task:
    title: str
    folder: str
    type_name: str
    options: tuple[str, ...] = ()
    target: str = "as found"
    only_files: str = ""  # score the documents whose file begins with this


TASKS = (
    Task("e-invoices, with their XML", "einvoice/dev", "invoice", target="≥ 0.99"),
    Task(
        "e-invoices, printed page only",
        "einvoice/dev",
        "invoice",
        ("--ignore-attachments", "--only-printed"),
        target="≥ 0.80",
        only_files="pdf/",
    ),
    Task("receipts, from the image", "sroie/dev", "receipt", target="≥ 0.60"),
    Task("television orders", "adbuy/dev", "examples/types/television_order.json"),
    Task("registration forms", "regform/dev", "examples/types/registration_form.json"),
)


def measure(task: Task, predictions: Path | None) -> tuple[dict, float]:
    """Run `docmill eval`; return its report and the CPU seconds of the process and its children."""
    before = os.times()
    with tempfile.TemporaryDirectory() as scratch:
        folder = selected(task, Path(scratch))
        done = subprocess.run(
            command_for(task, folder, predictions), cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
        )
    after = os.times()
    cpu = after.children_user - before.children_user + after.children_system - before.children_system
    return json.loads(done.stdout), cpu


def selected(task: Task, scratch: Path) -> Path:
    """The task's folder, or one beside it with the label lines that count and links to the files."""
    folder = EVAL / task.folder
    if not task.only_files:
        return folder
    lines = (folder / "labels.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if json.loads(line)["file"].startswith(task.only_files)]
    (scratch / "labels.jsonl").write_text("".join(kept), encoding="utf-8")
    for each in folder.iterdir():
        if each.is_dir():
            (scratch / each.name).symlink_to(each)
    return scratch


def command_for(task: Task, folder: Path, predictions: Path | None) -> list[str]:
    command = [sys.executable, "-m", "docmill.entrypoints.cli", "eval", str(folder)]
    command += ["--type", task.type_name, "--json", *task.options]
    if predictions is not None:
        command += ["--predictions", str(predictions)]
    return command


def page(rows: list[tuple[Task, dict, float]]) -> str:
    lines = [
        "# Accuracy",
        "",
        "Typed F1 by `docmill eval` on the dev documents of the evaluation kit, untaught: no label was learned from.",
        "The rules were written with errors on these documents in view, so expect less on documents that nobody has seen.",
        facts(),
        "",
        "| documents | n | precision | recall | typed F1 | 95 % interval | all fields right | target | CPU s / document |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for task, report, cpu in rows:
        micro = report["micro"]
        low, high = micro["f1_interval"]
        lines.append(
            f"| {task.title} | {report['documents']} | {micro['precision']:.3f} | {micro['recall']:.3f} "
            f"| **{micro['f1']:.3f}** | {low:.3f}–{high:.3f} | {report['all_fields_right']:.3f} | {task.target} "
            f"| {cpu / max(report['documents'], 1):.2f} |"
        )
    for task, report, _ in rows:
        lines += ["", f"## {task.title}", "", "| field | precision | recall | F1 |", "|---|---|---|---|"]
        lines += [
            f"| {name} | {row['precision']:.3f} | {row['recall']:.3f} | {row['f1']:.3f} |"
            for name, row in report["fields"].items()
        ]
    return "\n".join([*lines, ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--only", help="measure the tasks whose title contains this, and print instead of writing"
    )
    parser.add_argument("--predictions", type=Path, help="folder for the prediction files")
    options = parser.parse_args()
    if not EVAL.is_dir():
        raise SystemExit(f"no labelled documents at {EVAL}: set DOCMILL_EVAL to their folder")
    rows = []
    for number, task in enumerate(TASKS):
        if options.only and options.only not in task.title:
            continue
        start = time.monotonic()
        target = None
        if options.predictions:
            options.predictions.mkdir(parents=True, exist_ok=True)
            target = options.predictions / f"{number}.jsonl"
        report, cpu = measure(task, target)
        rows.append((task, report, cpu))
        print(
            f"{task.title}: {report['micro']['f1']:.3f} in {time.monotonic() - start:.0f} s", file=sys.stderr
        )
    if options.only:
        print(page(rows))
    else:
        (ROOT / "bench" / "accuracy.md").write_text(page(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
