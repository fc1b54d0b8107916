"""`docmill submit`: files to the API, once each, however often it is started again."""

import asyncio
import hashlib
import re
import shlex
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from docmill.domain.errors import DocmillError, ErrorCode, NotFound
from docmill.domain.limits.client import UPLOADS_AT_ONCE
from docmill.domain.results import Status
from docmill.entrypoints.cli.client import Api, Json, connected
from docmill.entrypoints.cli.local import files_of, read_bytes
from docmill.entrypoints.cli.options import EXIT_NOT_ALL, Columns, Key, OutputFormat, Url, say, show
from docmill.entrypoints.cli.watching import Bars, watch

_COLUMNS: Columns = (
    ("file", lambda row: Path(row["file"]).name),
    ("status", lambda row: row["status"]),
    ("type", lambda row: row.get("type")),
    ("why", lambda row: row.get("code") or "; ".join(row.get("blockers", ()))),
)


def command(
    paths: Annotated[list[Path], typer.Argument(help="Files, or folders of files.", show_default=False)],
    *,
    type_name: Annotated[
        str | None, typer.Option("--type", "-t", help="The type of all files; otherwise it is found out.")
    ] = None,
    batch: Annotated[
        str | None,
        typer.Option(
            "--batch", "-b", help="A name for all of them; otherwise one is made of the paths that you name."
        ),
    ] = None,
    watch_: Annotated[
        bool, typer.Option("--watch", "-w", help="Wait until all have ended, with a bar per stage.")
    ] = False,
    allow_duplicate: Annotated[
        bool,
        typer.Option(help="Process bytes again that are there already, each time in a batch of its own."),
    ] = False,
    url: Url = None,
    key: Key = None,
    output: OutputFormat = None,
) -> None:
    """Upload FILES and print one line per file.

    Each file is sent under a key made of batch, path and content: the same command run again goes on where
    it stopped, and nothing is processed twice. While the API is away it waits, and says why.

    Exit code 0 when all were accepted, or with --watch when all succeeded; 3 when some were not.
    """
    files = files_of(paths)
    if not any(path.exists() for path in files):
        raise NotFound(f"there is no file {files[0]}", action="Check the path.")
    name = batch or (_new_batch() if allow_duplicate else batch_of(paths))
    say(f"batch {name}: {len(files)} files; go on with --batch {name}")
    wish = {"type": type_name, "batch": name, "allow_duplicate": "true" if allow_duplicate else None}
    try:
        rows = asyncio.run(_submit(files, wish, watched=watch_, connection=(url, key)))
    except KeyboardInterrupt:
        say(f"go on with: {_same_again(paths, wish, watched=watch_)}")
        raise
    show(rows, _COLUMNS, output)
    good = {Status.SUCCEEDED} if watch_ else {"accepted", "duplicate"}
    _summary(rows)
    raise typer.Exit(0 if all(row["status"] in good for row in rows) else EXIT_NOT_ALL)


async def _submit(
    files: Sequence[Path], wish: Json, *, watched: bool, connection: tuple[str | None, str | None]
) -> list[Json]:
    async with connected(*connection) as api:
        with Bars() as bars:
            rows = await _upload_all(api, files, wish, bars)
            if watched:
                await watch(api, wish["batch"], rows, bars)
        return rows


async def _upload_all(api: Api, files: Sequence[Path], wish: Json, bars: Bars) -> list[Json]:
    """Rows in the order of the files. The first one goes alone: a wrong key is told once, not per file."""
    bars.begin("upload", len(files))
    places = asyncio.Semaphore(UPLOADS_AT_ONCE)

    async def one(path: Path) -> Json:
        async with places:
            row = await _upload(api, path, wish)
            bars.advance("upload")
            return row

    first = await one(files[0])
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(path)) for path in files[1:]]
    return [first, *(task.result() for task in tasks)]


async def _upload(api: Api, path: Path, wish: Json) -> Json:
    """Refusals of the file are its row; anything else ends the command."""
    row: Json = {
        "file": str(path),
        "status": "refused",
        "document_id": None,
        "code": None,
        "batch": wish["batch"],
    }
    try:
        data = await asyncio.to_thread(read_bytes, path)
    except DocmillError as error:
        return row | {"code": str(error.code), "detail": error.detail}
    try:
        query = {name: value for name, value in wish.items() if value is not None} | {"name": path.name}
        headers = {"Idempotency-Key": _key(wish, path, data), "Content-Type": "application/octet-stream"}
        answer = (
            await api.request("POST", "/v1/documents", params=query, content=data, headers=headers)
        ).json()
    except DocmillError as error:
        if error.code not in _OF_THE_FILE:
            raise
        return row | {"code": str(error.code), "detail": error.detail}
    kept = ("status", "document_id", "duplicate_of")
    return row | {name: answer[name] for name in kept}


_OF_THE_FILE = frozenset((ErrorCode.FILE_EMPTY, ErrorCode.FILE_TOO_LARGE, ErrorCode.TYPE_UNKNOWN))
_BATCH_STEM_CHARS_MAX = 40


def _key(wish: Json, path: Path, data: bytes) -> str:
    """The same file of the same batch, and asked for in the same way, has the same key on every day."""
    parts = [*(str(wish[name]) for name in ("batch", "type", "allow_duplicate")), str(path.resolve())]
    return hashlib.sha256("\n".join(parts).encode() + hashlib.sha256(data).digest()).hexdigest()


def batch_of(paths: Sequence[Path]) -> str:
    """The same name for the same files and folders: the command run again goes on where it stopped."""
    places = [str(path.resolve()) for path in paths]
    digest = hashlib.sha256("\n".join(places).encode(errors="surrogateescape")).hexdigest()[:12]
    first = re.sub(r"[^A-Za-z0-9]+", "-", paths[0].resolve().stem).strip("-")[:_BATCH_STEM_CHARS_MAX]
    return f"{first}-{digest}" if first else digest


def _same_again(paths: Sequence[Path], wish: Json, *, watched: bool) -> str:
    words = ["docmill", "submit", *map(str, paths), "--batch", wish["batch"]]
    words += ["--type", wish["type"]] if wish["type"] else []
    words += ["--allow-duplicate"] if wish["allow_duplicate"] else []
    return shlex.join(words + (["--watch"] if watched else []))


def _new_batch() -> str:
    from datetime import datetime
    from secrets import token_hex

    return f"{datetime.now().astimezone():%Y%m%d-%H%M%S}-{token_hex(2)}"


def _summary(rows: Sequence[Json]) -> None:
    counts = Counter(row["status"] for row in rows)
    say(", ".join(f"{count} {status}" for status, count in counts.most_common()))
