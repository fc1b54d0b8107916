"""What a file that takes over its child might do. Stands in for the sandbox's own tasks."""

import contextlib
import ctypes
import json
import mmap
import os
import struct
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from docmill.adapters.sandbox.child import Send, Task
from docmill.domain.errors import ErrorCode, Rejected


def warm_up(*, everything: bool = True) -> None:
    """Nothing here reads a file: what is imported above is all that is needed."""


def act(data: bytes, request: Mapping[str, Any], send: Send) -> None:
    """The document is the name of what happens, or JSON: `pages` in all, and what happens `at` some of them."""
    what = data.decode()
    if what.startswith("{"):
        _read_pages(json.loads(what), request["first"], send)
        return
    _happens(what, send)


def _happens(what: str, send: Send) -> None:
    {
        "hang": lambda: time.sleep(600),
        "spin": _spin,
        "hang after a page": lambda: (_pages(send, 1), time.sleep(600)),
        "die": lambda: ctypes.string_at(0),
        "leave": lambda: os._exit(3),
        "eat memory": _eat,
        "fork": os.fork,
        "write": lambda: Path("/tmp/docmill-child-was-here").write_bytes(b"x"),
        "open": lambda: [os.open("/dev/null", os.O_RDONLY) for _ in range(200)],
        "raise": _fail,
        "lie about pixels": lambda: send(
            {"part": "seen", "page": {}, "width": 9, "height": 9, "photo": True}, b"x"
        ),
        "lie about trees": lambda: send({"part": "attachment", "attachment": _attachment(counts=[0, 7])}),
        "lie about errors": lambda: send({"part": "attachment", "attachment": _attachment(error="IBAN")}),
        "lie about codes": lambda: send({"error": "all is well"}),
        "fall silent": lambda: (os.closerange(3, 64), time.sleep(600)),
        "never end": lambda: _pages(send, 10**6),
        "say the same page without end": lambda: _pages(send, 10**9, opened=3, step=0),
        "print garbage": _garble,
        "announce too much": lambda: _write_to_all(b"\xff" * 16),
        "refuse": _refuse,
        "lie about the window": lambda: send({"part": "opened", "window_bytes": 1 << 40}),
        "go around the window": lambda: _write_to_all(
            struct.pack("<QQ", 17, 4) + b'{"part":"opened"}' + b"blob"
        ),
        "babble": lambda: send({"part": "nonsense"}),
        "tell": lambda: send(_told(), b""),
    }[what]()


def _garble() -> None:
    print("garbage" * 10_000, flush=True)
    _write_to_all(os.urandom(10_000))


def _write_to_all(garbage: bytes) -> None:
    """To the socket that the answer goes through, and to whatever else is open."""
    for fd in range(3, 64):
        with contextlib.suppress(OSError):
            os.write(fd, garbage)


def _refuse() -> None:
    raise Rejected(ErrorCode.FILE_CORRUPT)


def _read_pages(script: Mapping[str, Any], first: int, send: Send) -> None:
    """As readers do: opened, attachments, pages from ``first``; ``again`` from page 1, as simple ones do."""
    send({"part": "opened", "media_type": "application/pdf", "pages": script["pages"], "reader": "fake"})
    again = script.get("again", False)
    if first == 1 or again:
        for _ in range(script.get("attachments", 0)):
            send({"part": "attachment", "attachment": _attachment()})
    for number in range(1 if again else first, script["pages"] + 1):
        what = script["at"].get(str(number)) or script["at"].get("all")
        if what:
            _happens(what, send)
        page = {"number": number, "width": 1.0, "height": 1.0, "unit": "pt", "provenance": "empty"}
        send({"part": "page", "page": page | {"texts": [], "boxes": [], "lines": []}})


def _spin() -> None:
    while True:
        pass


def _eat() -> None:
    kept = []
    while True:
        kept.append(mmap.mmap(-1, 64 * 1024 * 1024))


def _fail() -> None:
    raise RuntimeError("IBAN DE89 3704 0044 0532 0130 00 of a customer")


def _pages(send: Send, count: int, *, opened: int = 2, step: int = 1) -> None:
    send({"part": "opened", "media_type": "application/pdf", "pages": opened, "reader": "fake"})
    page: dict[str, Any] = {"width": 1.0, "height": 1.0, "unit": "pt", "provenance": "empty"}
    page |= {"texts": [], "boxes": [], "lines": []}
    for number in range(count):
        send({"part": "page", "page": page | {"number": 1 + number * step}})


def _attachment(*, counts: Sequence[int] = (0, 1), error: str | None = None) -> dict[str, Any]:
    tree = {"names": [["a", "", ""]], "tags": [0, 0], "texts": ["", ""], "counts": counts, "attributes": {}}
    return {"name": "a.xml", "media_type": "application/xml", "tree": tree, "error": error}


def _told() -> dict[str, Any]:
    """What the child can see, as the reader's version: it comes back in the reading."""
    environment = sorted(set(os.environ) - {"LC_ALL", "LC_CTYPE", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"})
    told = f"uid={os.getuid()} environment={environment}"
    return {"part": "opened", "media_type": "application/pdf", "pages": 0, "reader": told}


def doubt(_data: bytes, _request: Mapping[str, Any], send: Send) -> None:
    """Doubt the first word, without end."""
    while True:
        send({"part": "doubt", "index": 0, "width": 0, "height": 0})


def echo(data: bytes, _: Mapping[str, Any], send: Send) -> None:
    send({"part": "png"}, data)


TASKS: dict[str, Task] = {"read": act, "render": echo, "compare": doubt}
