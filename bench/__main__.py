"""`python -m bench`: measure, and write bench/results.md and bench/results.json."""

import argparse
import sys
import time
from importlib import import_module
from pathlib import Path

from bench.figures import Subject, update, write
from bench.machine import facts

SUBJECTS = ("start", "reading", "scans", "tables", "lock", "platform", "tenants", "knee")
QUICK = "Tried out with a tenth of the work (`--quick`): these are no results."


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", choices=SUBJECTS, help="measure this one, and print instead of writing")
    parser.add_argument(
        "--update", action="store_true", help="write what --only measures, and leave the rest"
    )
    parser.add_argument("--quick", action="store_true", help="a tenth of the work, to try the measuring out")
    options = parser.parse_args()
    machine, subjects = facts(), []
    for name in SUBJECTS if options.only is None else (options.only,):
        start = time.monotonic()
        subject: Subject = import_module(f"bench.{name}").measure(quick=options.quick)
        print(f"{name}: {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
        subjects.append(subject)
        if options.only and options.update:
            update(Path(__file__).parent, subject, machine=machine)
        elif options.only:
            print(machine, subject.markdown(), sep="\n\n")
        else:  # after each of them, so that what was measured is kept when a later one fails
            write(Path(__file__).parent, subjects, machine=machine, remark=QUICK if options.quick else "")


if __name__ == "__main__":
    main()
