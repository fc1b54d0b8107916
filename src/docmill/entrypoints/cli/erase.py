"""`docmill erase`: delete documents, and show what that came to."""

import asyncio
import getpass
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.events import DocumentId
from docmill.domain.tenants import tenant_id
from docmill.entrypoints.cli.administration import administered
from docmill.entrypoints.cli.client import Json
from docmill.entrypoints.cli.options import EXIT_NOT_ALL, Columns, Home, OutputFormat, show_lines
from docmill.entrypoints.receipts import receipt_view

_COLUMNS: Columns = (
    ("document", lambda row: row["document_id"]),
    ("deleted at", lambda row: row["erased_at"]),
    ("by", lambda row: row["erased_by"]),
    ("left", lambda row: sum(row["left"].values())),
    ("files", lambda row: ", ".join(blob["state"] for blob in row["blobs"])),
    ("complete", lambda row: "yes" if row["complete"] else "no"),
)


def command(
    tenant: Annotated[str, typer.Argument(help="The tenant.")],
    ids: Annotated[list[str], typer.Argument(metavar="ID…", help="Documents.")],
    *,
    receipt: Annotated[bool, typer.Option("--receipt", help="Delete nothing, show the receipts.")] = False,
    home: Home = None,
    output: OutputFormat = None,
) -> None:
    """Delete documents and print a receipt for each: what was deleted where, and what is found now.

    A document under legal hold is refused. Files go from the disk when their grace is over; until then the
    receipt is not complete. Exit code 3 when rows are left, and with `--receipt` while one is not complete.
    """
    rows = asyncio.run(_erase(tenant, [_document(text) for text in ids], erase=not receipt, home=home))
    show_lines(rows, _COLUMNS, output)
    done = all(row["complete"] if receipt else not any(row["left"].values()) for row in rows)
    raise typer.Exit(0 if done else EXIT_NOT_ALL)


async def _erase(tenant: str, ids: list[DocumentId], *, erase: bool, home: Path | None) -> list[Json]:
    from docmill import wiring

    owner, rows = tenant_id(tenant), []
    async with administered(home) as platform:
        for document in ids:
            if erase:
                by = f"operator:{getpass.getuser()}"
                await platform.store.erase(owner, document, time=wiring.now(), by=by)
            found = await platform.retention.receipt(owner, document)
            rows.append(await receipt_view(found, platform.blobs, owner, now=wiring.now()))
    return rows


def _document(text: str) -> DocumentId:
    try:
        return DocumentId(UUID(text))
    except ValueError:
        raise DocmillError(ErrorCode.REQUEST_INVALID, f"{text[:60]} is no document's id") from None
