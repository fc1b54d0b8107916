"""`docmill tenants`: who has documents here."""

import asyncio
from typing import Annotated

import typer

from docmill.domain.tenants import Tier, tenant_id
from docmill.entrypoints.cli.administration import administered
from docmill.entrypoints.cli.client import Json
from docmill.entrypoints.cli.options import Columns, Home, OutputFormat, say, show, show_key

app = typer.Typer(help="Make and list tenants, on the machine of the platform.", no_args_is_help=True)

_MADE: Columns = (
    ("tenant", lambda row: row["tenant"]),
    ("tier", lambda row: row["tier"]),
)
_LISTED: Columns = (
    ("tenant", lambda row: row["tenant"]),
    ("tier", lambda row: row["tier"]),
    ("made", lambda row: row["created_at"]),
)


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(help="3 to 24 lower-case letters and digits, a letter first.")],
    tier: Annotated[Tier, typer.Option(help="Rows in a shared schema, or a schema of its own.")] = Tier.POOL,
    home: Home = None,
    output: OutputFormat = None,
) -> None:
    """Make a tenant and its first key. The key is shown once: only a hash of it is kept."""
    made = asyncio.run(_create(name, tier, home))
    show_key(made, _MADE, output)
    say("Keep the key: it is not shown again.")


@app.command("list")
def list_tenants(home: Home = None, output: OutputFormat = None) -> None:
    """List all tenants."""
    show(asyncio.run(_tenants(home)), _LISTED, output)


async def _create(name: str, tier: Tier, home: Home) -> Json:
    tenant = tenant_id(name)
    async with administered(home) as platform:
        made = await platform.tenancy.create(tenant, tier=tier)
        key = await platform.tenancy.create_key(made.id, label="first")
        return {"tenant": made.id, "tier": made.tier.value, "key": key}


async def _tenants(home: Home) -> list[Json]:
    async with administered(home) as platform:
        return [
            {"tenant": one.id, "tier": one.tier.value, "created_at": one.created_at.isoformat()}
            for one in await platform.tenancy.tenants()
        ]
