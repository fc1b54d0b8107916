"""Files on their way in: the beginning in memory, the rest on disk, few of them whole in memory at a time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from tempfile import SpooledTemporaryFile
from typing import Self

from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.limits.api import SPOOL_BYTES, UPLOAD_MEMORY_BYTES_MAX


class Spool:
    """Bytes that come piece by piece. What does not fit into memory goes to a file without a name, which is
    gone with the process. Raises DocmillError(storage_full)."""

    def __init__(self, *, memory_bytes: int = SPOOL_BYTES) -> None:
        self.size_bytes = 0
        self._file = SpooledTemporaryFile(max_size=memory_bytes)  # noqa: SIM115 - closed by `close`

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def write(self, data: bytes | memoryview) -> None:
        try:
            self._file.write(data)
        except OSError as error:
            raise DocmillError(ErrorCode.STORAGE_FULL) from error
        self.size_bytes += len(data)

    def whole(self) -> bytes:
        self._file.seek(0)
        return self._file.read()

    def clear(self) -> None:
        self._file.close()
        self._file = SpooledTemporaryFile(max_size=SPOOL_BYTES)  # noqa: SIM115 - closed by `close`
        self.size_bytes = 0

    def close(self) -> None:
        self._file.close()


class Room:
    """Memory that whole files may take in one process, handed out in the order of asking."""

    def __init__(self, *, bytes_max: int = UPLOAD_MEMORY_BYTES_MAX) -> None:
        self._left = bytes_max
        self._bytes_max = bytes_max
        self._changed = asyncio.Condition()

    @asynccontextmanager
    async def of(self, size_bytes: int) -> AsyncIterator[None]:
        """Wait until there is so much room. One file that is larger than all of it comes when it is alone."""
        wanted = min(size_bytes, self._bytes_max)
        async with self._changed:
            await self._changed.wait_for(lambda: self._left >= wanted)
            self._left -= wanted
        try:
            yield
        finally:
            async with self._changed:
                self._left += wanted
                self._changed.notify_all()
