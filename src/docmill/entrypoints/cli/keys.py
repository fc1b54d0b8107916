"""`docmill keys`: what a tenant shows to be let in."""

import asyncio
from typing import Annotated

import typer

from docmill.domain.errors import NotFound
from docmill.domain.tenants import tenant_id
from docmill.entrypoints.cli.administration import administered
from docmill.entrypoints.cli.client import Json
from docmill.entrypoints.cli.options import Columns, Home, OutputFormat, say, show_key, show_lines

app = typer.Typer(
    help="Make, list and revoke API keys, on the machine of the platform.", no_args_is_help=True
)

TenantName = Annotated[str, typer.Argument(metavar="TENANT", help="The tenant.")]
_MADE: Columns = (("tenant", lambda row: row["tenant"]),)
_LISTED: Columns = (
    ("prefix", lambda row: row["prefix"]),
    ("label", lambda row: row["label"]),
    ("made", lambda row: row["created_at"]),
    ("revoked", lambda row: row["revoked_at"]),
)


@app.command("create")
def create(
    tenant: TenantName,
    label: Annotated[str, typer.Option(help="What the key is for.")] = "",
    home: Home = None,
    output: OutputFormat = None,
) -> None:
    """Make one more key. It is shown once: only a hash of it is kept."""
    show_key({"tenant": tenant, "key": asyncio.run(_create(tenant, label, home))}, _MADE, output)
    say("Keep the key: it is not shown again.")


@app.command("list")
def list_keys(tenant: TenantName, home: Home = None, output: OutputFormat = None) -> None:
    """List a tenant's keys by their prefixes."""
    show_lines(asyncio.run(_keys(tenant, home)), _LISTED, output)


@app.command("revoke")
def revoke(
    tenant: TenantName,
    prefix: Annotated[str, typer.Argument(help="The part of the key that `docmill keys list` shows.")],
    home: Home = None,
) -> None:
    """Make a key worthless, within seconds and for good."""
    asyncio.run(_revoke(tenant, prefix, home))
    say(f"{prefix} is revoked")


async def _create(tenant: str, label: str, home: Home) -> str:
    async with administered(home) as platform:
        return await platform.tenancy.create_key(tenant_id(tenant), label=label)


async def _keys(tenant: str, home: Home) -> list[Json]:
    async with administered(home) as platform:
        keys = await platform.tenancy.keys(tenant_id(tenant))
        if not keys and tenant not in {known.id for known in await platform.tenancy.tenants()}:
            raise NotFound(f"tenant {tenant}", action="`docmill tenants list` has the tenants.")
        return [
            {
                "prefix": one.prefix,
                "label": one.label,
                "created_at": one.created_at.isoformat(),
                "revoked_at": one.revoked_at.isoformat() if one.revoked_at else None,
            }
            for one in keys
        ]


async def _revoke(tenant: str, prefix: str, home: Home) -> None:
    async with administered(home) as platform:
        await platform.tenancy.revoke_key(tenant_id(tenant), prefix)
