"""One document's life in the child: lock, look, answer, end."""

import errno
import gc
import mmap
import os
import socket
from collections.abc import Callable, Mapping
from typing import Any

from docmill.adapters import frames
from docmill.adapters.sandbox import locking
from docmill.domain.errors import ErrorCode, Rejected

Send = Callable[..., None]
"""``send(header, blob=b"")``: one message to the parent."""
Task = Callable[[bytes, Mapping[str, Any], Send], None]
"""``task(data, request, send)``. Raises Rejected."""


def run(
    request: Mapping[str, Any], document_fd: int, data_fd: int, parent: int, *, tasks: Mapping[str, Task]
) -> int:
    """Do one task and return the exit code. Every answer ends with ``{"end": true}`` or an error."""
    locking.die_with_parent()
    if os.getppid() != parent:
        return 1  # the zygote died before the kernel was told to take this process along
    gc.disable()
    with socket.socket(fileno=document_fd) as sock:

        def send(header: dict[str, Any], blob: bytes = b"") -> None:
            frames.send(sock, header, blob)

        try:
            send(_answer(request, data_fd, send, tasks=tasks))
        except OSError:
            return 1  # nobody listens any more
    return 0


def _answer(
    request: Mapping[str, Any], data_fd: int, send: Send, *, tasks: Mapping[str, Task]
) -> dict[str, Any]:
    try:
        data = _take(data_fd)
        locking.put_on_all()
        tasks[request["task"]](data, request, send)
    except Rejected as error:
        return {"error": error.code.value, "detail": error.detail}
    except BrokenPipeError:
        raise
    except Exception as error:
        if isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM:
            return {"error": ErrorCode.READER_LIMIT.value, "detail": "memory"}
        # The kind of exception tells where to look; its text could be the document's.
        return {"error": ErrorCode.READER_CRASHED.value, "detail": type(error).__name__}
    return {"end": True}


def _take(data_fd: int) -> bytes:
    size = os.fstat(data_fd).st_size
    if not size:
        return b""
    with mmap.mmap(data_fd, size, prot=mmap.PROT_READ) as view:
        data = view[:]
    os.close(data_fd)
    return data
