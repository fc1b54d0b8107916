"""``make demo``: the whole of docmill on a pile of files, in a few minutes.

Starts the embedded platform, makes two tenants, uploads the pile for them, shows progress, and ends with what came
out. The exit status is 0 only when every file came to the end that it should come to.
"""

import argparse
import shutil
import sys
import time
from pathlib import Path

if __package__ in (None, ""):
    # Started as a script: the checkout is the folder that `examples` is imported from.
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from rich.console import Console

from examples.demonstration import showing
from examples.demonstration.client import Tenant
from examples.demonstration.delivery import deliver
from examples.demonstration.ends import WIDTH, show_ends
from examples.demonstration.files import PileFile, dealt, pile_files
from examples.demonstration.outcomes import Outcome, outcomes
from examples.demonstration.platform import DemoFailed, Platform, choose_home, clear_home
from examples.demonstration.reviewing import doubted_of, show_review, show_usage
from examples.demonstration.searching import query_for, show_search

CHECKOUT = Path(__file__).resolve().parent.parent
TENANTS = ("acme", "globex")
BATCH = "demo"
OUT = CHECKOUT / "out" / "demo-shown"
LABELS = CHECKOUT / "out" / "pile" / "labels.jsonl"


def main() -> int:
    """Return the exit status."""
    arguments = _arguments()
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    started = time.monotonic()
    try:
        files = _files(arguments.pile, arguments.limit, console)
        home = choose_home(CHECKOUT)
        clear_home(home, checkout=CHECKOUT)
        OUT.mkdir(parents=True, exist_ok=True)
        with Platform(home, OUT / "platform.log") as platform:
            console.print(
                f"platform ready at {platform.url}, data in {home} ({time.monotonic() - started:.1f} s)"
            )
            good = _demonstrate(platform, files, arguments, console, started)
            if arguments.stay:
                console.print("the platform goes on; Ctrl-C stops it")
                platform.wait()
    except DemoFailed as error:
        console.print(f"docmill demo: {error}", style="red", markup=False)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0 if good else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="demo", description="Push a pile of files through docmill and show what comes out."
    )
    parser.add_argument(
        "--pile",
        type=Path,
        help="a folder of your own files, with or without a labels.jsonl (default: the generated pile)",
    )
    parser.add_argument("--limit", type=int, help="only the first so many files")
    parser.add_argument("--timeout-s", type=float, default=900.0, help="give up after so long (default: 900)")
    parser.add_argument("--stay", action="store_true", help="leave the platform running until Ctrl-C")
    return parser.parse_args()


def _files(pile: Path | None, limit: int | None, console: Console) -> list[PileFile]:
    folder = pile
    if folder is None:
        from examples.piles.manifest import write_pile

        folder = CHECKOUT / "out" / "pile"
        shutil.rmtree(folder, ignore_errors=True)
        console.print(f"{write_pile(folder)} files of the example pile written to {folder}")
    if not folder.is_dir():
        raise DemoFailed(f"{folder} is not a folder.")
    files = pile_files(folder, limit=limit)
    if len(files) < len(TENANTS):
        raise DemoFailed(
            f"{folder} has {len(files)} files; the demo needs one for each of its {len(TENANTS)} tenants."
        )
    return files


def _demonstrate(
    platform: Platform, files: list[PileFile], arguments: argparse.Namespace, console: Console, started: float
) -> bool:
    tenants = [Tenant(name, platform.key(name), url=platform.url) for name in TENANTS]
    hands = dict(zip(tenants, dealt(files, len(tenants)), strict=True))
    console.print(f"tenants {' and '.join(TENANTS)} made; uploading {len(files)} files for them")
    items = deliver(hands, batch=BATCH, timeout_s=arguments.timeout_s, console=console, alive=platform.alive)
    took_s = time.monotonic() - started
    ended = [
        outcome
        for tenant in tenants
        for file, item in items[tenant]
        for outcome in outcomes(tenant, file, item)
    ]
    missing = _show(ended, tenants, platform, stay=arguments.stay, console=console)
    return showing.show_verdict(ended, missing, took_s, console)


def _show(
    ended: list[Outcome], tenants: list[Tenant], platform: Platform, *, stay: bool, console: Console
) -> list[str]:
    """Show everything; return what could not be shown."""
    show_ends(ended, console)
    example, shortest = showing.example_of(ended), showing.shortest_of(ended)
    if example is None or shortest is None:
        return ["no result has a value with a place on a page"]
    other = next(tenant for tenant in tenants if tenant is not example.tenant)
    query = query_for(example, ended)
    showing.show_result(shortest, OUT, console)
    missing = []
    if not showing.show_page(example, OUT, console):
        missing.append("the page with its evidence")
    if not show_search(example, query, console):
        missing.append("the search")
    doubted = doubted_of(ended)
    if doubted is not None and not show_review(doubted, LABELS, console):
        missing.append("the correction that brings a document out of review")
    if not showing.show_shut_door(example, other, console):
        missing.append("the 404 for another tenant's document")
    if not show_usage(example.tenant, console):
        missing.append("the usage")
    showing.show_next(platform, example, query=query, running=stay, console=console)
    return missing


if __name__ == "__main__":
    raise SystemExit(main())
