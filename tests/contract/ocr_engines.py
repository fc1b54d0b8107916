"""Stand-ins for what reads pictures in the OCR process: the first pixel says what happens."""

import contextlib
import os
import socket
import subprocess
import time

from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.pages import Box, Word
from docmill.engines.reading.parts import Pixels, Recognized

FINE, DIES, HANGS, REFUSES, ESCAPES = 0, 1, 2, 3, 4


def _require_an_interface() -> None:
    if {name for _, name in socket.if_nameindex()} <= {"lo"}:
        raise OSError("no network")


WAYS = {
    "socket": lambda: socket.socket().close(),
    "program": lambda: subprocess.run(["true"], check=True),
    "signal": lambda: os.kill(os.getppid(), 0),
    "interface": _require_an_interface,
}


def _open_ways() -> list[str]:
    """The names of the ways out that nothing stops."""
    found = []
    for name, way in WAYS.items():
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            way()
            found.append(name)
    return found


class Scripted:
    def __call__(self, pixels: Pixels) -> Recognized:
        match pixels.gray[0]:
            case 1:
                os._exit(1)
            case 2:
                time.sleep(600)
            case 3:
                raise Rejected(ErrorCode.PAGE_FAILED)
            case 4:
                return Recognized((Word(" ".join(_open_ways()), Box(0, 0, 1, 1)),), 0.0, "scripted")
        words = (Word(str(os.getpid()), Box(0, 0, 1, 1), 0.5),)
        return Recognized(words, 1.25, "scripted", 0.125)
