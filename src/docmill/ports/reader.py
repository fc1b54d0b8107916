"""Opening what strangers upload."""

from collections.abc import Callable, Sequence
from typing import Protocol

from docmill.domain.appearance import Comparison, Printed
from docmill.domain.pages import Reading
from docmill.domain.reading_limits import DEFAULT, ReadingLimits

Progress = Callable[[int, int], None]
"""Called with the pages that are done and the pages in all."""


class Reader(Protocol):
    """Bytes to words, in a child process with limits; equal bytes give an equal Reading."""

    async def read(
        self,
        data: bytes,
        name: str,
        *,
        allowed: ReadingLimits = DEFAULT,
        progress: Progress | None = None,
    ) -> Reading:
        """Read one file. ``progress`` is called with pages done and pages in all.

        Raises Rejected with the file's code. A page that fails is marked with its code and the
        document goes on. Raises Unavailable when no child can be started.
        """

    async def compare(
        self, data: bytes, name: str, printed: Sequence[Printed], *, allowed: ReadingLimits = DEFAULT
    ) -> Comparison:
        """Say of each piece of a text layer whether the picture of its page shows the same.

        Raises Rejected with the file's code, and Unavailable when no child can be started.
        """

    async def render(
        self,
        data: bytes,
        name: str,
        page: int,
        *,
        dpi: int,
        turned: int = 0,
        allowed: ReadingLimits = DEFAULT,
    ) -> bytes:
        """Return one page (from 1) as PNG, for people to look at; pages are those of `read`.

        ``turned`` is the page's own (`Page.turned`): without it, a scan that lay on its side does so again.
        Raises Rejected, or NotFound for a page that is not there.
        """

    async def close(self) -> None:
        """End the child processes."""
