"""`docmill replay`: dead letters back to the stage that gave up on them."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

import typer

from docmill.domain.documents import DeadLetter
from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.tenants import TenantId, tenant_id
from docmill.entrypoints.cli.administration import administered
from docmill.entrypoints.cli.client import Json
from docmill.entrypoints.cli.options import Columns, Home, OutputFormat, say, show_lines

_COLUMNS: Columns = (
    ("tenant", lambda row: row["tenant"]),
    ("document", lambda row: row["document_id"]),
    ("stage", lambda row: row["stage"]),
    ("code", lambda row: row["code"]),
    ("tries", lambda row: row["attempts"]),
    ("replayed", lambda row: "yes" if row["replayed"] else "no"),
    ("reason", lambda row: row["reason"]),
)


def command(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID…", help="Documents, or messages.", show_default=False)
    ] = None,
    *,
    all_: Annotated[bool, typer.Option("--all", help="Every dead letter.")] = False,
    tenant: Annotated[str | None, typer.Option(help="Only this tenant's.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show them and send nothing back.")] = False,
    home: Home = None,
    output: OutputFormat = None,
) -> None:
    """Send messages that a stage gave up on back to it, and print a line for each.

    Mend the cause first; `--dry-run` shows the codes. Exit code 1 when an ID has no dead letter.
    """
    if bool(ids) == all_ and not dry_run:
        raise DocmillError(ErrorCode.REQUEST_INVALID, "Name documents, or say --all.")
    owner = None if tenant is None else tenant_id(tenant)
    rows = asyncio.run(_replay(ids or [], owner, send=not dry_run, home=home))
    show_lines(rows, _COLUMNS, output)
    say(f"{len(rows)} dead letters, {sum(row['replayed'] for row in rows)} sent back")


async def _replay(ids: Sequence[str], tenant: TenantId | None, *, send: bool, home: Home) -> list[Json]:
    async with administered(home) as platform:
        letters = _wanted(await platform.claims.dead_letters(tenant), ids)
        return [_row(letter, replayed=send and await platform.claims.replay(letter)) for letter in letters]


def _wanted(letters: Sequence[DeadLetter], ids: Sequence[str]) -> list[DeadLetter]:
    """All of them where nothing is named. Raises DocmillError(not_found) for a name that has none."""
    if not ids:
        return list(letters)
    names = [{str(letter.document), str(letter.event)} for letter in letters]
    missing = [id_ for id_ in ids if not any(id_ in known for known in names)]
    if missing:
        raise DocmillError(ErrorCode.NOT_FOUND, f"There is no dead letter of {', '.join(missing)}.")
    return [letter for letter, known in zip(letters, names, strict=True) if known & set(ids)]


def _row(letter: DeadLetter, *, replayed: bool) -> Json:
    return {
        "tenant": letter.tenant,
        "document_id": str(letter.document),
        "message": str(letter.event),
        "stage": letter.stage,
        "code": letter.code,
        "reason": letter.reason,
        "attempts": letter.attempts,
        "time": letter.time.isoformat(),
        "replayed": replayed,
    }
