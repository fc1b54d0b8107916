"""`docmill doctor --deep`: the invariants of the store, tenant by tenant."""

import json
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from docmill.domain.errors import DocmillError
from docmill.domain.tenants import TenantId, tenant_id
from docmill.entrypoints.cli.administration import administered
from docmill.entrypoints.cli.client import Json
from docmill.entrypoints.cli.options import say

if TYPE_CHECKING:
    from docmill.ports.upkeep import Fault
    from docmill.stages.repair import Doctor
    from docmill.wiring import Platform

_TELL_EVERY = 20


async def examine(
    home: Path | None, *, tenant: str | None, all_blobs: bool, repair: bool, as_json: bool
) -> bool:
    """Print each fault as it is found, and mend it when asked to; tell whether all is well in the end."""
    from docmill import wiring

    found: Counter[str] = Counter()
    left = 0
    async with administered(home) as platform:
        doctor = wiring.doctor(platform)
        async for fault in _faults(platform, doctor, tenant, all_blobs=all_blobs):
            found[fault.check] += 1
            mended = repair and await _mended(doctor, fault)
            left += not mended
            _tell(fault, mended=mended, as_json=as_json)
    kinds = ", ".join(f"{count} {check}" for check, count in sorted(found.items()))
    say(f"{sum(found.values())} faults{f' ({kinds})' if kinds else ''}, {sum(found.values()) - left} mended")
    if left and not repair:
        say("Nothing was changed. `docmill doctor --deep --repair` mends what can be.")
    return left == 0


async def _faults(
    platform: "Platform", doctor: "Doctor", only: str | None, *, all_blobs: bool
) -> "AsyncIterator[Fault]":
    from docmill import wiring

    async for fault in platform.upkeep.platform_faults():
        yield fault
    tenants = await _tenants(platform, only)
    unneeded = 0
    for done, tenant in enumerate(tenants):
        async for fault in doctor.tenant(tenant, all_blobs=all_blobs):
            yield fault
        unneeded += await doctor.unneeded(tenant, before=wiring.now())
        if done % _TELL_EVERY == 0 or done + 1 == len(tenants):
            say(f"tenants: {done + 1:,} of {len(tenants):,}")
    if unneeded:
        say(f"{unneeded:,} files that nothing refers to: they go when their grace is over")


async def _tenants(platform: "Platform", only: str | None) -> list[TenantId]:
    if only is not None:
        return [tenant_id(only)]
    return [tenant.id for tenant in await platform.tenancy.tenants()]


async def _mended(doctor: "Doctor", fault: "Fault") -> bool:
    try:
        return await doctor.mend(fault)
    except DocmillError as error:  # the document was erased meanwhile, perhaps: the others are mended
        say(f"{fault.check}: {error}")
        return False


def _tell(fault: "Fault", *, mended: bool, as_json: bool) -> None:
    row: Json = {
        "check": fault.check,
        "tenant": fault.tenant,
        "document_id": fault.document and str(fault.document),
        "detail": fault.detail,
        "repair": fault.repair or None,
        "mended": mended,
    }
    if as_json:
        typer.echo(json.dumps(row))
        return
    where = " ".join(str(part) for part in (fault.tenant, fault.document) if part)
    typer.echo(f"FAULT    {fault.check}: {where + ': ' if where else ''}{fault.detail}")
    if mended:
        typer.echo("         mended")
    else:
        typer.echo(f"         -> {fault.repair or 'nothing that docmill can do: restore it from a backup'}")
