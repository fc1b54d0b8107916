"""`docmill eval`: how right are the values, on documents whose values are known."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.results import Status
from docmill.engines.evaluation.predictions import match_kinds, prediction
from docmill.engines.evaluation.scoring import NOT_FIELDS, Report, score
from docmill.entrypoints.cli.local import (
    not_written,
    parsed_json,
    pipeline,
    read_bytes,
    read_text,
    types_with,
)

LABELS = "labels.jsonl"
Line = dict[str, Any]


def command(
    folder: Annotated[Path, typer.Argument(help=f"A folder with {LABELS} and the files that it names.")],
    type_name: Annotated[str, typer.Option("--type", "-t", help="A type, or any type definition file.")],
    predictions: Annotated[
        Path | None, typer.Option("--predictions", help="Write the predictions here, in the labels' format.")
    ] = None,
    ignore_attachments: Annotated[
        bool, typer.Option("--ignore-attachments", help="Read the pages only, not XML inside the PDF.")
    ] = False,
    only_printed: Annotated[
        bool,
        typer.Option("--only-printed", help='Score only the fields that a label line lists under "printed".'),
    ] = False,
    errors: Annotated[int, typer.Option("--errors", min=0, help="Show the first N wrong fields.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, max=64, help="Files at the same time.")] = 2,
) -> None:
    """Extract every file that FOLDER's labels name and print precision, recall and F1 per field.

    Values are compared by their type: dates as dates, amounts to the cent, text by its letters and digits.
    Nothing is learned from the labels. Exit code 0 when every file that exists got a line.
    """
    labels = _read_labels(folder / LABELS)
    types, requested = types_with(type_name)
    document_type = next(each for each in types if each.name == requested)
    names = list(dict.fromkeys(name for line in labels for name in line if name not in NOT_FIELDS))
    lines = asyncio.run(
        _predict(folder, labels, type_name, names, ignore_attachments=ignore_attachments, jobs=jobs)
    )
    if predictions is not None:
        _write(predictions, lines)
    report = score(
        labels,
        {line["file"]: line for line in lines},
        match_kinds(document_type, names),
        day_first=document_type.date_order == "dmy",
        only_printed=only_printed,
    )
    typer.echo(
        json.dumps(_as_json(report), ensure_ascii=False, indent=1) if as_json else _as_text(report, errors)
    )


async def _predict(
    folder: Path,
    labels: Sequence[Line],
    type_name: str,
    names: Sequence[str],
    *,
    ignore_attachments: bool,
    jobs: int,
) -> list[Line]:
    from rich.console import Console
    from rich.progress import Progress

    places = asyncio.Semaphore(jobs)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("documents", total=len(labels))
        async with pipeline(type_name, ignore_attachments=ignore_attachments) as work:
            document_type = next(each for each in work.types if each.name == work.requested)

            async def one(file: str) -> Line:
                async with places:
                    result: Mapping[str, Any] = {}
                    try:
                        lines = await work.process(read_bytes(folder / file), file)
                        result = lines[0].result or {}
                        if lines[0].status in (Status.REJECTED, Status.FAILED):
                            typer.echo(f"docmill: {file}: {lines[0].code}", err=True)
                    except DocmillError as error:
                        typer.echo(f"docmill: {error}; its line is nulls", err=True)
                    progress.advance(bar)
                    return {"file": file} | prediction(document_type, names, result)

            return list(await asyncio.gather(*(one(str(line["file"])) for line in labels)))


def _write(path: Path, lines: Sequence[Line]) -> None:
    try:
        path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), "utf-8")
    except OSError as error:
        raise not_written(path, error) from error


def _read_labels(path: Path) -> list[Line]:
    text = read_text(path, ErrorCode.REQUEST_INVALID)
    lines: dict[str, Line] = {}
    for number, row in enumerate(text.splitlines(), 1):
        if not row.strip():
            continue
        line = parsed_json(row, f"{path}:{number}", ErrorCode.REQUEST_INVALID)
        if not isinstance(line, dict) or not isinstance(line.get("file"), str):
            raise DocmillError(
                ErrorCode.REQUEST_INVALID, f'{path}:{number}: want an object with a string "file"'
            )
        if line["file"] in lines:
            raise DocmillError(ErrorCode.REQUEST_INVALID, f"{path}:{number}: second line for {line['file']}")
        lines[line["file"]] = line
    return list(lines.values())


def _as_json(report: Report) -> Line:
    def row(each: Any) -> Line:
        return {
            "tp": each.tp,
            "fp": each.fp,
            "fn": each.fn,
            "precision": round(each.precision, 4),
            "recall": round(each.recall, 4),
            "f1": round(each.f1, 4),
        }

    return {
        "documents": report.documents,
        "fields": {name: row(each) for name, each in report.fields.items()},
        "micro": row(report.micro) | {"f1_interval": [round(edge, 4) for edge in report.interval]},
        "all_fields_right": round(report.whole, 4),
    }


def _as_text(report: Report, errors: int) -> str:
    lines = [f"{'field':<26}{'tp':>6}{'fp':>6}{'fn':>6}{'P':>8}{'R':>8}{'F1':>8}"]
    for name, each in [*report.fields.items(), ("micro", report.micro)]:
        lines.append(
            f"{name:<26}{each.tp:>6}{each.fp:>6}{each.fn:>6}{each.precision:>8.3f}{each.recall:>8.3f}{each.f1:>8.3f}"
        )
    low, high = report.interval
    lines[-1] += f"  [{low:.3f}, {high:.3f}]"
    lines.append(f"{report.documents} documents, {report.whole:.1%} with every field right")
    lines += [
        f"{wrong.file}  {wrong.field}: want {wrong.label!r}, got {wrong.predicted!r}"
        for wrong in report.wrong[:errors]
    ]
    return "\n".join(lines)
