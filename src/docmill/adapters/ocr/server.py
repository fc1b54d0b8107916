"""What runs in the OCR process: pixels in, words out, one page at a time, until the owner hangs up."""

import gc
import resource
import socket
from importlib import import_module
from typing import Any

from docmill.adapters import frames
from docmill.adapters.sandbox.locking.engines import lock_engine
from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.pages import Page, Provenance
from docmill.engines.reading.parts import Pixels, Recognized
from docmill.engines.reading.wire.codec import page_to_json


def main(socket_fd: int, engine: str) -> None:
    """``engine`` is ``module:name`` of what makes a recognizer."""
    lock_engine()
    module, _, name = engine.partition(":")
    recognize = getattr(import_module(module), name)()
    with socket.socket(fileno=socket_fd) as sock:
        while (message := frames.receive(sock)) is not None:
            frames.send(sock, _answer(recognize, message))
            del message
            gc.collect(0)


def _answer(recognize: Any, message: frames.FrameMessage) -> dict[str, Any]:
    header = message.header
    pixels = Pixels(
        header["width"], header["height"], bytes(message.blob), photo=header["photo"], line=header["line"]
    )
    try:
        found: Recognized = recognize(pixels)
    except Rejected as error:
        return {"error": error.code.value}
    except MemoryError:
        return {"error": ErrorCode.PAGE_FAILED.value}
    words = Page(1, float(pixels.width), float(pixels.height), "px", found.words, Provenance.OWN_OCR)
    return {
        "page": page_to_json(words),
        "skew_deg": found.skew_deg,
        "turned_deg": found.turned_deg,
        "engine": found.engine,
        "cpu_seconds": found.cpu_seconds,
        "resident_bytes": _resident_bytes(),
    }


def _resident_bytes() -> int:
    with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123 - once per page, and short
        return int(statm.read().split()[1]) * resource.getpagesize()
