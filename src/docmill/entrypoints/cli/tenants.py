"""`docmill tenants`: who has documents here."""

import asyncio
from typing import Annotated

import typer

from docmill.domain.reading_limits import DEFAULT
from docmill.domain.tenants import Tier, tenant_id
from docmill.entrypoints.cli.administration import administered
from docmill.entrypoints.cli.client import Json
from docmill.entrypoints.cli.options import Columns, Home, OutputFormat, limit_of, say, show, show_key

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


_LIMITED: Columns = (
    ("limit", lambda row: row["limit"]),
    ("value", lambda row: row["value"]),
    ("everybody's", lambda row: row["everybody"]),
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


@app.command("limits")
def limits(
    name: Annotated[str, typer.Argument(help="The tenant.")],
    lower: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="A limit to lower, such as pages_max=100; may be repeated.", show_default=False
        ),
    ] = None,
    reset: Annotated[
        list[str] | None,
        typer.Option(help="A limit to put back to everybody's; may be repeated.", show_default=False),
    ] = None,
    home: Home = None,
    output: OutputFormat = None,
) -> None:
    """Show what one file of a tenant may cost, after lowering limits if asked to. None can be raised."""
    wanted: dict[str, int | float | None] = dict(limit_of(text) for text in lower or ())
    wanted |= dict.fromkeys(reset or ())
    show(asyncio.run(_limits(name, wanted, home)), _LIMITED, output)


async def _create(name: str, tier: Tier, home: Home) -> Json:
    tenant = tenant_id(name)
    async with administered(home) as platform:
        made = await platform.tenancy.create(tenant, tier=tier)
        key = await platform.tenancy.create_key(made.id, label="first")
        return {"tenant": made.id, "tier": made.tier.value, "key": key}


async def _limits(name: str, wanted: dict[str, int | float | None], home: Home) -> list[Json]:
    tenant = tenant_id(name)
    async with administered(home) as platform:
        if wanted:
            held = await platform.tenancy.lower_limits(tenant, wanted)
        else:
            held = await platform.tenancy.reading_limits(tenant)
    everybody = DEFAULT.to_json()
    return [
        {"limit": limit, "value": value, "everybody": everybody[limit]}
        for limit, value in held.to_json().items()
    ]


async def _tenants(home: Home) -> list[Json]:
    async with administered(home) as platform:
        return [
            {"tenant": one.id, "tier": one.tier.value, "created_at": one.created_at.isoformat()}
            for one in await platform.tenancy.tenants()
        ]
