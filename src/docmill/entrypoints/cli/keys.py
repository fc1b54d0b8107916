"""`docmill keys`: what programs show to be let in, and what docmill signs its tokens with."""

import asyncio
import re
from datetime import timedelta
from typing import Annotated

import typer

from docmill.domain.access import Role
from docmill.domain.errors import NotFound
from docmill.domain.limits.identity import KEY_DAYS_MAX, KEY_OVERLAP_HOURS_DEFAULT, KEY_OVERLAP_HOURS_MAX
from docmill.domain.tenants import TenantId, tenant_id
from docmill.entrypoints.cli.administration import administered
from docmill.entrypoints.cli.client import Json
from docmill.entrypoints.cli.options import Columns, Home, OutputFormat, say, show_key, show_lines
from docmill.ports.identity import ApiKey, NewKey

app = typer.Typer(
    help="Make, list, rotate and revoke API keys, on the machine of the platform.", no_args_is_help=True
)

_BY = "cli"
TenantName = Annotated[
    str | None,
    typer.Argument(metavar="TENANT", help="The tenant; none with --platform.", show_default=False),
]
OfPlatform = Annotated[
    bool, typer.Option("--platform", help="Keys that look after the platform and reach no tenant.")
]
Prefix = Annotated[str, typer.Argument(help="The part of the key that `docmill keys list` shows.")]
_MADE: Columns = (
    ("tenant", lambda row: row["tenant"]),
    ("prefix", lambda row: row["prefix"]),
    ("scopes", lambda row: " ".join(row["scopes"])),
    ("expires", lambda row: row["expires_at"]),
)
_LISTED: Columns = (
    ("prefix", lambda row: row["prefix"]),
    ("label", lambda row: row["label"]),
    ("scopes", lambda row: " ".join(row["scopes"])),
    ("made", lambda row: row["created_at"]),
    ("used", lambda row: row["last_used_at"]),
    ("expires", lambda row: row["expires_at"]),
    ("revoked", lambda row: row["revoked_at"]),
    ("successor", lambda row: row["replaced_by"]),
)


@app.command("create")
def create(
    tenant: TenantName = None,
    label: Annotated[str, typer.Option(help="What the key is for.")] = "",
    scope: Annotated[
        list[str] | None,
        typer.Option(
            help="A permission, such as documents:read, or a role; may be repeated.  [default: operator]",
            show_default=False,
        ),
    ] = None,
    expires: Annotated[
        str | None,
        typer.Option(help="When it ends: 90d, 12h.  [default: never]", metavar="TIME", show_default=False),
    ] = None,
    platform: OfPlatform = False,
    home: Home = None,
    output: OutputFormat = None,
) -> None:
    """Make one more key. It is shown once: only a hash of it is kept."""
    owner = _owner(tenant, platform=platform)
    scopes = scope or [Role.PLATFORM_ADMIN.value if owner is None else Role.OPERATOR.value]
    life = None if expires is None else _time(expires, days_max=KEY_DAYS_MAX)
    _show(asyncio.run(_create(owner, label, scopes, life, home)), output)


@app.command("list")
def list_keys(
    tenant: TenantName = None, platform: OfPlatform = False, home: Home = None, output: OutputFormat = None
) -> None:
    """List keys by their prefixes, with when they were used last (to a few minutes)."""
    show_lines(
        asyncio.run(_keys(_owner(tenant, platform=platform), home)), _LISTED, output, shortened="label"
    )


@app.command("revoke")
def revoke(
    tenant: Annotated[str, typer.Argument(metavar="TENANT", help="The tenant; `-` for the platform's own.")],
    prefix: Prefix,
    home: Home = None,
) -> None:
    """Make a key and its tokens worthless, within seconds and for good."""
    asyncio.run(_revoke(_named(tenant), prefix, home))
    say(f"{prefix} is revoked")


@app.command("rotate")
def rotate(
    tenant: Annotated[str, typer.Argument(metavar="TENANT", help="The tenant; `-` for the platform's own.")],
    prefix: Prefix,
    overlap: Annotated[
        str,
        typer.Option(help="How long the old key goes on beside the new one: 24h, 7d, 0h.", metavar="TIME"),
    ] = f"{KEY_OVERLAP_HOURS_DEFAULT}h",
    home: Home = None,
    output: OutputFormat = None,
) -> None:
    """Make a key's successor, with the same scopes and length of life. The old one ends after the overlap."""
    time = _time(overlap, days_max=KEY_OVERLAP_HOURS_MAX // 24)
    _show(asyncio.run(_rotate(_named(tenant), prefix, time, home)), output)


@app.command("rotate-signing")
def rotate_signing(
    now: Annotated[
        bool,
        typer.Option(
            "--now", help="At once: every token that another key has signed is worthless from here on."
        ),
    ] = False,
    home: Home = None,
) -> None:
    """Make the next key that tokens are signed with; docmill does so every month by itself."""
    kid = asyncio.run(_rotate_signing(home, at_once=now))
    say(f"{kid} signs {'from now on' if now else 'in a few minutes'}")


def _owner(tenant: str | None, *, platform: bool) -> TenantId | None:
    if platform == (tenant is not None):
        raise typer.BadParameter("Name a tenant, or say --platform.")
    return None if tenant is None else tenant_id(tenant)


def _named(tenant: str) -> TenantId | None:
    return None if tenant == "-" else tenant_id(tenant)


def _time(text: str, *, days_max: int) -> timedelta:
    found = re.fullmatch(r"([0-9]{1,5})([dh])", text)
    if found is None:
        raise typer.BadParameter(f"{text!r}: want a number of days or hours, such as 90d or 12h")
    time = timedelta(**{"days" if found[2] == "d" else "hours": int(found[1])})
    if time > timedelta(days=days_max):
        raise typer.BadParameter(f"{text!r}: want at most {days_max}d")
    return time


def _show(made: NewKey, output: OutputFormat) -> None:
    show_key(_row(made.key) | {"key": made.secret}, _MADE, output)
    say("Keep the key: it is not shown again.")


def _row(key: ApiKey) -> Json:
    times = ("created_at", "expires_at", "last_used_at", "revoked_at")
    return {
        "tenant": key.tenant,
        "prefix": key.prefix,
        "label": key.label,
        "scopes": list(key.scopes),
        "created_by": key.created_by,
        "replaced_by": key.replaced_by,
    } | {name: time.isoformat() if (time := getattr(key, name)) else None for name in times}


async def _create(
    owner: TenantId | None, label: str, scopes: list[str], life: timedelta | None, home: Home
) -> NewKey:
    async with administered(home) as platform:
        return await platform.identity.keys.create(owner, label=label, scopes=scopes, life=life, by=_BY)


async def _keys(owner: TenantId | None, home: Home) -> list[Json]:
    async with administered(home) as platform:
        keys = await platform.identity.keys.all(owner)
        if not keys and owner and owner not in {known.id for known in await platform.tenancy.tenants()}:
            raise NotFound(f"tenant {owner}", action="`docmill tenants list` has the tenants.")
        return [_row(key) for key in keys]


async def _revoke(owner: TenantId | None, prefix: str, home: Home) -> None:
    async with administered(home) as platform:
        await platform.identity.keys.revoke(owner, prefix)


async def _rotate(owner: TenantId | None, prefix: str, overlap: timedelta, home: Home) -> NewKey:
    async with administered(home) as platform:
        return await platform.identity.keys.rotate(owner, prefix, overlap=overlap, by=_BY)


async def _rotate_signing(home: Home, *, at_once: bool) -> str:
    async with administered(home) as platform:
        return await platform.identity.tokens.rotate(at_once=at_once)
