"""Starting a Python process that gets nothing of its parent but one socket: no environment, no open files."""

import json
import os
import socket
import subprocess
import sys
from contextlib import suppress

from docmill.domain.errors import Unavailable

ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"}
"""All that the process finds in its environment. numpy must not start threads in a process that forks."""

_START = """
import json, sys
from importlib import import_module
sys.path[:] = json.loads(sys.argv[4])
import_module(sys.argv[1]).main(int(sys.argv[2]), sys.argv[3])
"""


def start(
    module: str, argument: str, *, kind: socket.SocketKind
) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """Run ``module.main(fd, argument)``; return the process and our end of the socket pair.

    The process must end when its end of the socket says that ours is closed: so it notices its
    owner's death, however sudden. Raises Unavailable.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, kind)
    path = json.dumps([os.path.abspath(entry or ".") for entry in sys.path])  # noqa: PTH100 - of strings
    with theirs:
        try:
            process = subprocess.Popen(
                [sys.executable, "-I", "-c", _START, module, str(theirs.fileno()), argument, path],
                env=ENVIRONMENT,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,  # Ctrl-C is for the owner, who then ends this process in order
            )
        except OSError:
            ours.close()
            raise Unavailable(f"{module} cannot be started") from None
    return process, ours


def end(process: subprocess.Popen[bytes], *, patience_s: float = 0) -> None:
    """Kill it and wait until it is gone. Idempotent.

    ``patience_s`` is for a process whose socket was closed, and which has something to put in order.
    """
    if patience_s:
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience_s)
    process.kill()
    process.wait()
