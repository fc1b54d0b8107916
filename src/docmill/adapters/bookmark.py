"""Where a follower of the journal is, in a file."""

from pathlib import Path

from docmill.domain.errors import Unavailable


class FileBookmark:
    """``Bookmark`` in a small file that is replaced whole: a crash leaves the old position or the new.

    The position is remembered besides: on a full disk nothing is told twice as long as the process lives.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._position: int | None = None

    def load(self) -> int:
        if self._position is not None:
            return self._position
        try:
            return int(self._path.read_text())
        except (FileNotFoundError, ValueError):
            return 0

    def save(self, position: int) -> None:
        """Raise Unavailable when the file cannot be written."""
        self._position = position
        fresh = self._path.with_suffix(".new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_text(f"{position}\n")
            fresh.replace(self._path)
        except OSError as error:
            raise Unavailable(f"bookmark {self._path.stem}: {type(error).__name__}") from error
