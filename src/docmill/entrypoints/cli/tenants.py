"""`docmill tenants`: who has documents here."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.fairness import Share
from docmill.domain.reading_limits import DEFAULT
from docmill.domain.tenants import TenantId, Tier, tenant_id
from docmill.entrypoints.cli.administration import administered
from docmill.entrypoints.cli.client import Json
from docmill.entrypoints.cli.options import Columns, Home, OutputFormat, limit_of, say, show, show_key
from docmill.stages.worker import claiming_stages

if TYPE_CHECKING:
    from docmill.wiring import Platform

app = typer.Typer(help="Make and list tenants, on the machine of the platform.", no_args_is_help=True)

_MADE: Columns = (
    ("tenant", lambda row: row["tenant"]),
    ("tier", lambda row: row["tier"]),
)
_MADE_WITH_KEY: Columns = (*_MADE, ("key", lambda row: row["key"]))
_TOLD_TENANTS = 50
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


_QUOTA: Columns = (
    ("limit", lambda row: row["limit"]),
    ("value", lambda row: "no limit" if row["value"] is None else row["value"]),
)

Minute = Annotated[str | None, typer.Option(help="Taken in by uploads.", show_default=False, metavar="N")]
Month = Annotated[
    str | None, typer.Option(help="From the first of the month, UTC.", show_default=False, metavar="N")
]
Limit = Annotated[str | None, typer.Option(help="At any time.", show_default=False, metavar="N")]


@app.command("create")
def create(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="3 to 24 lower-case letters and digits, a letter first.", show_default=False),
    ] = None,
    source: Annotated[
        typer.FileText | None,
        typer.Option("--from", help="A file with a name on each line, `-` for stdin.", show_default=False),
    ] = None,
    tier: Annotated[Tier, typer.Option(help="Rows in a shared schema, or a schema of its own.")] = Tier.POOL,
    home: Home = None,
    output: OutputFormat = None,
) -> None:
    """Make tenants, each with its first key. A key is shown once: only a hash of it is kept.

    Of several names, those that are there already are passed over, so that a run that was cut off goes on
    where it stopped.
    """
    wanted = [*(names or ()), *((line.strip() for line in source) if source else ())]
    wanted = [name for name in dict.fromkeys(wanted) if name]
    if not wanted:
        raise typer.BadParameter("name a tenant, or a file of names with --from")
    if len(wanted) == 1 and source is None:
        made = asyncio.run(_create(wanted[0], tier, home))
        show_key(made, _MADE, output)
    else:
        asyncio.run(_create_all(wanted, tier, home, output))
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


@app.command("quota")
def quota(
    name: Annotated[str, typer.Argument(help="The tenant.")],
    documents_per_minute: Minute = None,
    pages_per_minute: Minute = None,
    cpu_seconds_per_minute: Minute = None,
    documents_per_month: Month = None,
    pages_per_month: Month = None,
    cpu_seconds_per_month: Month = None,
    stored_bytes: Limit = None,
    uploads_at_once: Limit = None,
    weight: Annotated[
        float | None,
        typer.Option(
            help="How much CPU it gets, beside others that have work waiting too.", show_default=False
        ),
    ] = None,
    stage_weight: Annotated[
        list[str] | None,
        typer.Option(
            help="A weight in the place of that, for one stage, such as read=2; read=0 takes it back. "
            "May be repeated.",
            show_default=False,
        ),
    ] = None,
    home: Home = None,
    output: OutputFormat = None,
) -> None:
    """Show a tenant's quota and weights, after changing them if asked to; `none` takes a limit away."""
    given = {
        "documents_per_minute": documents_per_minute,
        "pages_per_minute": pages_per_minute,
        "cpu_seconds_per_minute": cpu_seconds_per_minute,
        "documents_per_month": documents_per_month,
        "pages_per_month": pages_per_month,
        "cpu_seconds_per_month": cpu_seconds_per_month,
        "stored_bytes": stored_bytes,
        "uploads_at_once": uploads_at_once,
    }
    wanted = {limit: count_of(limit, text) for limit, text in given.items() if text is not None}
    weights = {stage: float(value) for stage, value in map(limit_of, stage_weight or ())}
    rows = asyncio.run(_quota(name, wanted, weight, weights, home))
    show(rows, _QUOTA, output)


def count_of(limit: str, text: str) -> int | None:
    """A number, or None for ``none``. Raises typer.BadParameter."""
    if text == "none":
        return None
    if not text.isascii() or not text.isdigit():
        option = "--" + limit.replace("_", "-")
        raise typer.BadParameter(f"{option} {text!r}: want a whole number, or none for no limit")
    return int(text)


async def _quota(
    name: str,
    wanted: dict[str, int | None],
    weight: float | None,
    stage_weights: dict[str, float],
    home: Home,
) -> list[Json]:
    tenant = tenant_id(name)
    if unknown := stage_weights.keys() - set(claiming_stages()):
        raise typer.BadParameter(f"--stage-weight: there is no stage {', '.join(sorted(unknown))}")
    async with administered(home) as platform:
        share = await platform.quotas.share(tenant)
        if weight is not None or stage_weights:
            stages = {stage: each for stage, each in {**share.stages, **stage_weights}.items() if each}
            share = Share(share.weight if weight is None else weight, stages)
            await platform.quotas.change(tenant, quota=wanted or None, share=share)
        elif wanted:
            await platform.quotas.change(tenant, quota=wanted)
        held = (await platform.quotas.quota(tenant)).to_json()
    rows: list[Json] = [{"limit": limit, "value": value} for limit, value in held.items()]
    rows.append({"limit": "weight", "value": share.weight})
    return rows + [{"limit": f"weight in {stage}", "value": each} for stage, each in share.stages.items()]


async def _create(name: str, tier: Tier, home: Home) -> Json:
    tenant = tenant_id(name)
    async with administered(home) as platform:
        return await _made(platform, tenant, tier)


async def _create_all(names: Sequence[str], tier: Tier, home: Home, output: OutputFormat) -> None:
    """Print each key when it is made: one that nobody has seen is lost."""
    tenants = [tenant_id(name) for name in names]
    known = 0
    async with administered(home) as platform:
        for number, tenant in enumerate(tenants, start=1):
            try:
                row = await _made(platform, tenant, tier)
            except DocmillError as error:
                if error.code is not ErrorCode.TENANT_EXISTS:
                    raise
                known += 1
            else:
                show([row], _MADE_WITH_KEY, output)
            if number % _TOLD_TENANTS == 0 or number == len(tenants):
                say(f"{number} of {len(tenants)} tenants, {known} of them were there already")


async def _made(platform: "Platform", tenant: TenantId, tier: Tier) -> Json:
    made = await platform.tenancy.create(tenant, tier=tier)
    key = await platform.identity.keys.create(made.id, label="first", by="cli")
    return {"tenant": made.id, "tier": made.tier.value, "key": key.secret}


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
