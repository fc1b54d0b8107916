"""What `extract`, `eval` and `draw` share: files, types, and the pipeline in this process."""

import asyncio
import errno
import json
import sys
import traceback
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from docmill.domain.errors import DocmillError, ErrorCode, NotFound, Unavailable
from docmill.domain.limits.documents import FILE_SIZE_BYTES_MAX
from docmill.domain.reading_limits import DEFAULT, ReadingLimits
from docmill.domain.types import DocumentType
from docmill.settings import load_settings

if TYPE_CHECKING:
    from docmill.stages.inprocess import InProcess


def files_of(paths: Sequence[Path]) -> list[Path]:
    """Files as given, there or not, and the files of folders, sorted.

    Raises DocmillError(request_invalid) when that is none at all.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(each for each in path.rglob("*") if each.is_file())
        else:
            found.append(path)
    if not found:
        raise DocmillError(
            ErrorCode.REQUEST_INVALID, "there are no files in what you named", action="Name a file."
        )
    return found


def read_bytes(path: Path) -> bytes:
    """The file's bytes.

    Raises file_too_large without reading it, not_found, and unavailable when it cannot be read.
    """
    try:
        size = path.stat().st_size
        if size > FILE_SIZE_BYTES_MAX:
            raise DocmillError(ErrorCode.FILE_TOO_LARGE, f"{size} bytes, the limit is {FILE_SIZE_BYTES_MAX}")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise NotFound(f"there is no file {path}", action="Check the path.") from error
    except OSError as error:
        action = "Check the file, and your right to it."
        raise Unavailable(f"{path} cannot be read: {error.strerror}", action=action) from error


def read_text(path: Path, code: ErrorCode) -> str:
    """The text of a file that somebody wrote for docmill. Raises DocmillError(code)."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        action = "Check the path, and your right to it."
        raise DocmillError(code, f"{path} cannot be read: {error.strerror}", action=action) from error
    except ValueError as error:
        raise DocmillError(code, f"{path} is no UTF-8 text") from error


def parsed_json(text: str, place: str, code: ErrorCode) -> Any:
    """Raise DocmillError(code), naming the place, for text that is no JSON."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        where = f"{place} is no JSON: line {error.lineno}, column {error.colno}"
        raise DocmillError(code, where, action="Correct the JSON there.") from error


def types_with(name_or_file: str | None) -> tuple[list[DocumentType], str | None]:
    """The shipped types, and one from a definition file if that is what was named; and the requested name."""
    from docmill.engines.rules import parse_uploaded_type
    from docmill.engines.types import load_shipped

    types = dict(load_shipped())
    if name_or_file is None:
        return list(types.values()), None
    path = Path(name_or_file)
    if path.suffix == ".json" or path.is_file():
        code = ErrorCode.TYPE_INVALID
        own = parse_uploaded_type(parsed_json(read_text(path, code), str(path), code))
        types[own.name] = own
        return list(types.values()), own.name
    if name_or_file not in types:
        known = ", ".join(types)
        raise DocmillError(
            ErrorCode.TYPE_INVALID, f"no type {name_or_file!r}: want one of {known}, or a definition file"
        )
    return list(types.values()), name_or_file


def not_written(path: Path, error: OSError) -> DocmillError:
    """What to raise for a file or folder of the user's that cannot be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DocmillError(ErrorCode.STORAGE_FULL, f"{path}: {error.strerror}", action="Make room there.")
    return DocmillError(
        ErrorCode.REQUEST_INVALID,
        f"{path} cannot be written: {error.strerror}",
        action="Name a place that is there and that you may write to.",
    )


@asynccontextmanager
async def pipeline(
    type_name: str | None, *, ignore_attachments: bool = False, allowed: ReadingLimits = DEFAULT
) -> AsyncIterator["InProcess"]:
    """The stages in this process, for a type or definition file; the reader's children end with the block."""
    from docmill import wiring

    settings = load_settings()
    wiring.require_locks(settings)
    # It starts up while this process imports what it needs itself.
    reader = wiring.reader(warm=True, strict=settings.sandbox_required == "strict")
    compiling: asyncio.Future[None] | None = None
    try:
        types, requested = types_with(type_name)
        compiling = asyncio.ensure_future(asyncio.to_thread(_compile, types))
        made = wiring.in_process(reader, types, requested=requested)
        yield replace(made, mishap=_tell, allowed=allowed, ignore_attachments=ignore_attachments)
    finally:
        if compiling is not None:
            await compiling
        await reader.close()


def _compile(types: Sequence[DocumentType]) -> None:
    """Compile the rules while the reader starts; they are kept. What is wrong with them shows when they are
    used."""
    from docmill.engines.rules import compile_rules

    for document_type in types:
        with suppress(DocmillError):
            compile_rules(document_type, document_type.rules)


def _tell(name: str, error: Exception) -> None:
    """Where an unexpected error came from, for a report; its text might quote the document and stays out."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(frame.filename).name}:{frame.lineno} in {frame.name}"
    typer.echo(f"docmill: {name}: {type(error).__name__} at {place}; please report it", err=True)


def print_line(line: object) -> None:
    """One JSON line on stdout, at once: whoever reads it may be a program that waits for it."""
    sys.stdout.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
    sys.stdout.flush()
