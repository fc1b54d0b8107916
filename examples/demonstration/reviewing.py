"""A person has the last word: one correction brings a document out of review, by the command that everybody uses."""

import json
import os
import shlex
import subprocess
import time
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from rich.console import Console
from rich.text import Text

from .client import Tenant
from .outcomes import Outcome
from .platform import docmill

DOUBTED = "bad_sum.pdf"
"""An invoice of the example pile whose amounts do not add up."""
COMMAND_WALL_S_MAX = 60.0
LOOK_S = 0.25


def doubted_of(outcomes: Sequence[Outcome]) -> Outcome | None:
    """None in a pile of your own: what would be right there is not known."""
    return next((one for one in outcomes if (one.name, one.status) == (DOUBTED, "needs_review")), None)


def show_review(outcome: Outcome, labels: Path, console: Console) -> bool:
    """Correct the totals as a reviewer who has asked the seller; False when the document is still in review."""
    console.rule(f"A person corrects {outcome.name}", align="left")
    console.print(Text(outcome.blocks, style="yellow"))
    values = [f"{path}={amount}" for path, amount in _right(labels).items()]
    show_command(outcome.tenant, console, "review", "correct", str(outcome.document), *values)
    if not _succeeded(outcome):
        console.print("[red]it did not come out of review[/red]")
        return False
    result = outcome.tenant.get(f"/v1/documents/{outcome.document}/result")
    kept = result["metadata"]["gross_total"]
    console.print(
        Text(f"gross_total: {kept['source']} says {result['value']['gross_total']['amount']}, ", style="dim")
        + Text(f"the machine's {kept['initial']['value']['amount']} is kept beside it", style="dim")
    )
    return True


def _succeeded(outcome: Outcome) -> bool:
    """The workers may be busy with the index of the pile: the command does not wait as long."""
    until = time.monotonic() + COMMAND_WALL_S_MAX
    while time.monotonic() < until:
        if outcome.tenant.get(f"/v1/documents/{outcome.document}")["status"] == "succeeded":
            return True
        time.sleep(LOOK_S)
    return False


def show_usage(tenant: Tenant, console: Console) -> bool:
    console.rule(f"What {tenant.name} has used so far", align="left")
    return show_command(tenant, console, "usage", "--by", "stage")


def show_command(tenant: Tenant, console: Console, *words: str) -> bool:
    """Run it as a person would, with the tenant's key, and show what it prints."""
    console.print(Text(shlex.join(["docmill", *words]), style="bold"), soft_wrap=True)
    done = subprocess.run(
        [*docmill(), *words, "--format", "table"],
        env={**os.environ, "DOCMILL_URL": tenant.url, "DOCMILL_KEY": tenant.key, "COLUMNS": "120"},
        capture_output=True,
        text=True,
        timeout=COMMAND_WALL_S_MAX,
        check=False,
    )
    console.print(Text((done.stdout + done.stderr).rstrip()), soft_wrap=True)
    return done.returncode == 0


def _right(labels: Path) -> dict[str, str]:
    lines = labels.read_text(encoding="utf-8").splitlines()
    label = next(label for label in map(json.loads, lines) if label["file"] == DOUBTED)
    gross = Decimal(label["net_total"]) + Decimal(label["tax_total"])
    return {"tax_total": label["tax_total"], "gross_total": str(gross)}
