"""Opening what strangers upload."""

from collections.abc import Callable
from typing import Protocol

from docmill.domain.pages import Reading

Progress = Callable[[int, int], None]
"""Called with the pages that are done and the pages in all."""


class Reader(Protocol):
    """Bytes to words, in a child process with limits; equal bytes give an equal Reading."""

    async def read(self, data: bytes, name: str, *, progress: Progress | None = None) -> Reading:
        """Read one file. ``progress`` is called with pages done and pages in all.

        Raises Rejected with the file's code. A page that fails is marked with its code and the
        document goes on. Raises Unavailable when no child can be started.
        """

    async def render(self, data: bytes, page: int, *, dpi: int) -> bytes:
        """Return one page (from 1) as PNG, for people to look at.

        Raises Rejected, or NotFound for a page that is not there.
        """

    async def close(self) -> None:
        """End the child processes."""
