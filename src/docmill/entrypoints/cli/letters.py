"""`docmill letters`: what a stage gave up on, looked at, sent back or closed."""

import asyncio
import getpass
import re
from datetime import datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.events import EventId
from docmill.domain.limits.api import PAGE_SIZE_MAX
from docmill.domain.tenants import tenant_id
from docmill.entrypoints.cli.administration import administered
from docmill.entrypoints.cli.client import Json
from docmill.entrypoints.cli.options import Columns, Home, OutputFormat, say, show, show_lines
from docmill.ports.letters import Letter, LetterFilter, LetterId, LetterState

app = typer.Typer(help="Look at dead letters, send them back or close them.", no_args_is_help=True)

Tenant = Annotated[str, typer.Argument(help="The tenant.")]
Id = Annotated[str, typer.Argument(help="The letter, such as read.3f0c9b1e-…", metavar="LETTER")]
Stage = Annotated[str | None, typer.Option(help="Only of this stage.")]
Code = Annotated[str | None, typer.Option(help="Only with this code.")]
TypeName = Annotated[str | None, typer.Option("--type", help="Only of this document type.")]
Batch = Annotated[str | None, typer.Option(help="Only of this batch.")]
Since = Annotated[datetime | None, typer.Option(help="Only those given up then or later.")]

_ID = re.compile(r"([a-z_]{1,40})\.([0-9a-fA-F-]{36})")
_LISTED: Columns = (
    ("letter", lambda row: row["id"]),
    ("document", lambda row: row["document_id"]),
    ("code", lambda row: row["code"]),
    ("tries", lambda row: row["attempts"]),
    ("reason", lambda row: row["reason"]),
)
_TRIED: Columns = (
    ("try", lambda row: row["attempt"]),
    ("time", lambda row: row["time"]),
    ("worker", lambda row: row["worker"]),
    ("code", lambda row: row["code"]),
    ("reason", lambda row: row["reason"]),
    ("where", lambda row: "\n".join(row["lines"])),
)
_REPLAYED: Columns = (
    ("letter", lambda row: row["id"]),
    ("replayed", lambda row: "yes" if row["replayed"] else "no"),
)


@app.command("list")
def list_letters(
    tenant: Tenant,
    *,
    stage: Stage = None,
    code: Code = None,
    type_name: TypeName = None,
    batch: Batch = None,
    since: Since = None,
    given_up: Annotated[bool, typer.Option("--given-up", help="Those that somebody has closed.")] = False,
    home: Home = None,
    output: OutputFormat = None,
) -> None:
    """List dead letters, newest first."""
    state = LetterState.GIVEN_UP if given_up else LetterState.DEAD
    where = LetterFilter(stage, code, type_name, batch, _aware(since), state)
    show_lines(asyncio.run(_list(tenant, where, home)), _LISTED, output)


@app.command("show")
def show_letter(tenant: Tenant, letter: Id, home: Home = None, output: OutputFormat = None) -> None:
    """Show the tries of one letter: when, by which worker, with which code, and where the error came from."""
    found = asyncio.run(_load(tenant, _letter_id(letter), home))
    say(f"{found['id']}: {found['state']}, {found['attempts']} tries, {found['replays']} replays")
    show(found["tries"], _TRIED, output)


@app.command("replay")
def replay(
    tenant: Tenant,
    letters: Annotated[
        list[str] | None, typer.Argument(metavar="LETTER…", help="Letters; none: all that the options mean.")
    ] = None,
    *,
    stage: Stage = None,
    code: Code = None,
    type_name: TypeName = None,
    batch: Batch = None,
    since: Since = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show them and send nothing back.")] = False,
    home: Home = None,
    output: OutputFormat = None,
) -> None:
    """Send letters back to their stage. Mend the cause first. Twice changes nothing."""
    where = LetterFilter(stage, code, type_name, batch, _aware(since))
    ids = [_letter_id(letter) for letter in letters or ()]
    rows = asyncio.run(_replay(tenant, ids, where, send=not dry_run, home=home))
    show_lines(rows, _REPLAYED, output)
    say(f"{len(rows)} dead letters, {sum(row['replayed'] for row in rows)} sent back")


@app.command("give-up")
def give_up(
    tenant: Tenant,
    letter: Id,
    *,
    reason: Annotated[str, typer.Option(help="Why; it is kept with your name.")],
    home: Home = None,
    output: OutputFormat = None,
) -> None:
    """Close a letter for good. Its run stays failed."""
    show([asyncio.run(_close(tenant, _letter_id(letter), reason, home))], _LISTED, output)


async def _list(tenant: str, where: LetterFilter, home: Path | None) -> list[Json]:
    rows: list[Json] = []
    cursor: str | None = None
    async with administered(home) as platform:
        while True:
            page = await platform.letters.find(tenant_id(tenant), where, limit=PAGE_SIZE_MAX, cursor=cursor)
            rows += [_row(letter) for letter in page.letters]
            cursor = page.next
            if cursor is None:
                return rows


async def _load(tenant: str, letter: LetterId, home: Path | None) -> Json:
    async with administered(home) as platform:
        return _row(await platform.letters.load(tenant_id(tenant), letter))


async def _replay(
    tenant: str, ids: list[LetterId], where: LetterFilter, *, send: bool, home: Path | None
) -> list[Json]:
    owner = tenant_id(tenant)
    async with administered(home) as platform:
        wanted = ids or await platform.letters.matching(owner, where)
        return [
            {"id": str(letter), "replayed": send and await platform.letters.replay(owner, letter)}
            for letter in wanted
        ]


async def _close(tenant: str, letter: LetterId, reason: str, home: Path | None) -> Json:
    async with administered(home) as platform:
        closed = await platform.letters.close(
            tenant_id(tenant), letter, by=f"operator:{getpass.getuser()}", reason=reason
        )
        return _row(closed)


def _letter_id(text: str) -> LetterId:
    match = _ID.fullmatch(text)
    if match is None:
        raise DocmillError(
            ErrorCode.REQUEST_INVALID,
            f"{text}: want a letter such as read.3f0c9b1e-6d1b-4f64-9a53-0a7f3a3c8d11",
        )
    return LetterId(match[1], EventId(UUID(match[2])))


def _aware(time: datetime | None) -> datetime | None:
    return None if time is None else time.astimezone()


def _row(letter: Letter) -> Json:
    closing = letter.closing
    return {
        "id": str(letter.id),
        "document_id": str(letter.document),
        "state": letter.state.value,
        "code": letter.code,
        "reason": letter.reason,
        "attempts": letter.attempts,
        "replays": letter.replays,
        "time": letter.time.isoformat(),
        "type": letter.type_name,
        "batch": letter.batch,
        "given_up": closing
        and {"by": closing.by, "reason": closing.reason, "time": closing.time.isoformat()},
        "tries": [
            {
                "attempt": one.attempt,
                "time": one.time.isoformat(),
                "worker": one.worker,
                "code": one.code,
                "reason": one.reason,
                "lines": list(one.lines),
            }
            for one in letter.tries
        ],
    }
