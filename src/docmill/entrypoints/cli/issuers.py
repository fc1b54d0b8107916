"""`docmill issuers`: OIDC issuers that docmill believes, and what their word is worth."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

import typer

from docmill.domain.access import Role
from docmill.domain.issuers import Issuer, issuer_of
from docmill.entrypoints.cli.administration import administered
from docmill.entrypoints.cli.client import Json
from docmill.entrypoints.cli.options import Columns, Home, OutputFormat, say, show

app = typer.Typer(
    help="OIDC issuers whose tokens docmill takes, on the machine of the platform.", no_args_is_help=True
)

Url = Annotated[str, typer.Argument(metavar="URL", help="The issuer, exactly as its tokens name it.")]
_LISTED: Columns = (
    ("issuer", lambda row: row["url"]),
    ("audience", lambda row: row["audience"]),
    ("tenant", lambda row: row["tenant"] or f"{row['tenant_claim']} of {' '.join(row['tenants'])}"),
    ("role", lambda row: row["role"] or f"{row['role_claim']}: {_pairs(row['roles'])}"),
    ("required", lambda row: _pairs(row["required"])),
)


@app.command("add")
def add(
    url: Url,
    audience: Annotated[str, typer.Option(help="What its tokens for docmill are made out to (`aud`).")],
    tenant: Annotated[
        list[str],
        typer.Option(
            help="The tenant that it speaks for; with --tenant-claim, one that it may name. May be repeated."
        ),
    ],
    tenant_claim: Annotated[
        str | None,
        typer.Option(help="The claim that names the tenant, where there are several.", show_default=False),
    ] = None,
    role: Annotated[
        list[str] | None,
        typer.Option(
            help="What everybody of it may do; with --role-claim, value=role. May be repeated.",
            show_default=False,
        ),
    ] = None,
    role_claim: Annotated[
        str | None,
        typer.Option(
            help="The claim that tells the role, such as groups or realm_access.roles.", show_default=False
        ),
    ] = None,
    require: Annotated[
        list[str] | None,
        typer.Option(help="claim=value that each token must have. May be repeated.", show_default=False),
    ] = None,
    home: Home = None,
) -> None:
    """Believe an issuer, or change its rule. It can never speak for a tenant that is not named here.

    Example: `docmill issuers add https://login.example/realms/acme --audience docmill --tenant acme
    --role-claim groups --role clerks=operator --role readers=viewer --require email_verified=true`
    """
    if tenant_claim is None and len(tenant) > 1:
        raise typer.BadParameter("Several tenants take --tenant-claim, which tells them apart.")
    if role_claim is None and len(role or ()) != 1:
        raise typer.BadParameter(
            "Name one --role, or --role-claim with a --role value=role for each of its values."
        )
    words = list(role or ())
    rule = {
        "audience": audience,
        "tenant": tenant[0] if tenant_claim is None else None,
        "tenant_claim": tenant_claim,
        "tenants": tenant if tenant_claim else [],
        "role": words[0] if role_claim is None else None,
        "role_claim": role_claim,
        "roles": _mapped("--role", [word.rpartition("=") for word in words]) if role_claim else {},
        "required": _mapped("--require", [word.partition("=") for word in require or ()]),
    }
    asyncio.run(_add(issuer_of(url, rule), home))
    say(f"{url} is believed")


@app.command("list")
def list_issuers(home: Home = None, output: OutputFormat = None) -> None:
    """List issuers and their rules."""
    show(asyncio.run(_issuers(home)), _LISTED, output)


@app.command("remove")
def remove(url: Url, home: Home = None) -> None:
    """Believe an issuer no more, within seconds."""
    asyncio.run(_remove(url, home))
    say(f"{url} is believed no more")


def _mapped(option: str, pairs: Sequence[tuple[str, str, str]]) -> dict[str, str]:
    """A group may have "=" in its name, a role has none."""
    if wrong := ["".join(pair) for pair in pairs if not pair[0] or not pair[2]]:
        raise typer.BadParameter(f"{option} {wrong[0]!r}: want name=value; roles are {', '.join(Role)}")
    return {name: value for name, _, value in pairs}


def _pairs(held: dict[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in held.items())


async def _add(issuer: Issuer, home: Home) -> None:
    async with administered(home) as platform:
        await platform.identity.issuers.add(issuer)


async def _issuers(home: Home) -> list[Json]:
    async with administered(home) as platform:
        return [{"url": one.url, **one.to_json()} for one in await platform.identity.issuers.all()]


async def _remove(url: str, home: Home) -> None:
    async with administered(home) as platform:
        await platform.identity.issuers.remove(url)
