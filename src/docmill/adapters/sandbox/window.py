"""What is too large for words crosses in memory that the parent made, sized and sealed.

The child writes pixels, pictures and members of archives there and says how many bytes; the parent
copies them out and lets it go on. So the child needs no right to make a file or to make one larger, and
what it can fill is what was given to it.
"""

import fcntl
import mmap
import os
import socket
from contextlib import suppress

from docmill.adapters import frames
from docmill.domain.limits import child as limits

SIZE_BYTES = limits.FRAME_SIZE_BYTES_MAX
"""Takes memory only where something is written."""
TAKEN = b"\1"
_SEALED = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK


def document(data: bytes) -> int:
    """The bytes in an anonymous file that nobody can change: no pipe to copy through, nothing on a disk."""
    fd = os.memfd_create("document", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, _SEALED | fcntl.F_SEAL_WRITE)
    return fd


def contents(fd: int) -> bytes:
    """What is in the document's anonymous file, which is closed."""
    size = os.fstat(fd).st_size
    data = b""
    if size:
        with mmap.mmap(fd, size, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ) as view:
            data = view[:]
    os.close(fd)
    return data


class Window:
    """The parent's side: ``fd`` goes to the child."""

    def __init__(self) -> None:
        self.fd = os.memfd_create("window", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.ftruncate(self.fd, SIZE_BYTES)
        fcntl.fcntl(self.fd, fcntl.F_ADD_SEALS, _SEALED)

    def take(self, sock: socket.socket, message: frames.FrameMessage) -> frames.FrameMessage:
        """Return the message with what the child has put into the window; let the child go on.

        Raises FrameError for a size that is none, and for bytes that came another way.
        """
        size = message.header.pop("window_bytes", 0)
        if len(message.blob) or not isinstance(size, int) or not 0 <= size <= SIZE_BYTES:
            raise frames.FrameError("not through the window")
        if not size:
            return message
        blob = os.pread(self.fd, size, 0)
        with suppress(OSError):  # it may have ended meanwhile
            sock.send(TAKEN)
        return frames.FrameMessage(message.header, blob)

    def close(self) -> None:
        os.close(self.fd)


class Pane:
    """The child's side, to be made before the locks are on."""

    def __init__(self, fd: int, sock: socket.socket) -> None:
        self._sock = sock
        self._memory = mmap.mmap(fd, SIZE_BYTES)
        os.close(fd)

    def send(self, header: dict[str, object], blob: bytes = b"") -> None:
        """Raises OSError when nobody listens, and ValueError for what does not fit."""
        if not blob:
            frames.send(self._sock, header)
            return
        self._memory[: len(blob)] = blob
        frames.send(self._sock, header | {"window_bytes": len(blob)})
        if self._sock.recv(len(TAKEN)) != TAKEN:
            raise BrokenPipeError
