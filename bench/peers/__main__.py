"""`python -m bench.peers`: docmill beside its peers, written to bench/peers.md. The first run installs them."""

import argparse
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path

from bench.machine import ROOT, facts
from bench.peers.rows import Asked

PARTS = ("texts", "tables")
QUICK = "Tried out with a tenth of the work (`--quick`): these are no results."
TRAPS = """\
## What one has to know

- **Docling**: its layout and table models cannot be had here (they are fetched from a model hub at the first
  document, also with `do_ocr=False`), so this is its native pipeline: no reading order, no headings, no tables.
- **Unstructured**: `fast` fetches a spaCy model from GitHub at the first document; where that fails it returns
  no element at all, without an error. A blank pipeline with a rule for sentences stands in, which is quicker.
- **torch**: both import it with all of their modules, also for these paths, which compute nothing with it. Its
  CPU-only build is asked for first; where that cannot be had, a module that does nothing stands in (`inside/standins`).
  That helps them: with the CUDA build from the ordinary registry Docling took a tenth more CPU on the same files,
  3.5 s more to start and 500 MB more (looked at once).
- Figures of two rows in one column are of the same files in the same run; those of two runs are not comparable."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description=__doc__)
    parser.add_argument("--only", choices=PARTS, help="measure this part, and print instead of writing")
    parser.add_argument("--quick", action="store_true", help="a tenth of the work, to try the measuring out")
    options = parser.parse_args()
    start, machine = time.monotonic(), facts()
    blocks, asked = [], []
    for part in PARTS if options.only is None else (options.only,):
        with tempfile.TemporaryDirectory(prefix="docmill-peers-") as scratch:
            markdown, some = import_module(f"bench.peers.{part}").measure(Path(scratch), quick=options.quick)
        blocks += markdown
        asked += some
    head = ["# Beside its peers", "Written by `make bench-peers`, on the same files in one run.\n" + machine]
    head += [QUICK] if options.quick else []
    page = "\n\n".join([*head, *blocks, TRAPS, _notes(asked)]) + "\n"
    print(f"{time.monotonic() - start:.0f} s in all", file=sys.stderr)
    if options.only or options.quick:
        print(page)
    else:
        (ROOT / "bench" / "peers.md").write_text(page, encoding="utf-8")


def _notes(asked: list[Asked]) -> str:
    """How each peer was called, and the first of the errors on its files."""
    told: dict[str, str] = {}
    for one in asked:
        title, errors = one.row.peer, one.errors
        if one.failure:
            told.setdefault(f"{one.row.title}: not measured", one.failure)
        elif one.first.note:
            told.setdefault(f"{title} {one.first.version}", one.first.note)
        if errors:
            told.setdefault(f"{one.row.title}: {len(errors)} files not read, the first", errors[0])
    return "\n".join(["## How they were called", "", *(f"- {title}: {note}" for title, note in told.items())])


if __name__ == "__main__":
    main()
