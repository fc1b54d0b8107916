"""Write the example pile: ``python examples/pile.py OUT [--seed N]``."""

import argparse
import sys
from pathlib import Path

if __package__ in (None, ""):
    # Started as a script: the checkout is the folder that `examples` is imported from.
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from examples.piles.manifest import write_pile


def main() -> None:
    """Write the pile and say what was written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, help="folder for the files, labels.jsonl and truth/")
    parser.add_argument(
        "--seed",
        type=int,
        default=1,
        help="another seed gives other companies, numbers and photos (default: 1)",
    )
    arguments = parser.parse_args()
    count = write_pile(arguments.out, seed=arguments.seed)
    print(f"{count} files, labels.jsonl and truth/ in {arguments.out}")


if __name__ == "__main__":
    main()
