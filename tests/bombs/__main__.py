"""Write every bomb into a folder."""

import sys
from pathlib import Path

from tests.bombs import BOMBS


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for bomb in BOMBS.values():
        (folder / bomb.file_name).write_bytes(bomb.make())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
