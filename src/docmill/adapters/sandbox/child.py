"""One document's life in the child: lock, look, answer, end."""

import errno
import gc
import select
import socket
from collections.abc import Callable, Mapping
from typing import Any

from docmill.adapters.sandbox import locking, window
from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.reading_limits import ReadingLimits

Send = Callable[..., None]
"""``send(header, blob=b"")``: one message to the parent."""
Task = Callable[[bytes, Mapping[str, Any], Send], None]
"""``task(data, request, send)``. Raises Rejected."""


def run(
    request: Mapping[str, Any],
    fds: tuple[int, int, int],
    zygote: int,
    ground: locking.Ground,
    *,
    tasks: Mapping[str, Task],
) -> int:
    """Do one task and return the exit code. Every answer ends with ``{"end": true}`` or an error.

    ``fds`` are the document's socket, its bytes and the window; ``zygote`` is the zygote's pidfd.
    """
    locking.die_with_parent()
    if select.select([zygote], [], [], 0)[0]:
        return 1  # the zygote died before the kernel was told to take this process along
    gc.disable()
    socket_fd, data_fd, window_fd = fds
    with socket.socket(fileno=socket_fd) as sock:
        pane = window.Pane(window_fd, sock)
        try:
            pane.send(_answer(request, data_fd, socket_fd, ground, send=pane.send, tasks=tasks))
        except OSError:
            return 1  # nobody listens any more
    return 0


def _answer(
    request: Mapping[str, Any],
    data_fd: int,
    socket_fd: int,
    ground: locking.Ground,
    *,
    send: Send,
    tasks: Mapping[str, Task],
) -> dict[str, Any]:
    try:
        data = window.contents(data_fd)
        allowed = ReadingLimits(**request["allowed"])
        locking.put_on_all(locking.Cell(ground, allowed, (socket_fd,), strict=request["strict"]))
        tasks[request["task"]](data, request, send)
    except Rejected as error:
        return {"error": error.code.value, "detail": error.detail, "action": error.action}
    except locking.LockFailed as error:
        return {"error": ErrorCode.PART_MISSING.value, "detail": f"locks: {error}"}
    except BrokenPipeError:
        raise
    except (
        ImportError
    ) as error:  # what `warm_up` has not loaded: the name is docmill's own, not the document's
        return {"error": ErrorCode.READER_CRASHED.value, "detail": f"{type(error).__name__} {error.name}"}
    except Exception as error:
        if isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM:
            return {"error": ErrorCode.READER_LIMIT.value, "detail": "memory"}
        # The kind of exception tells where to look; its text could be the document's.
        return {"error": ErrorCode.READER_CRASHED.value, "detail": type(error).__name__}
    return {"end": True}
