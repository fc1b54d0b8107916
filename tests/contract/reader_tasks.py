"""What a file that takes over its child might do. Stands in for the sandbox's own tasks."""

import mmap
import os
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from docmill.adapters.sandbox import tasks
from docmill.adapters.sandbox.child import Send, Task


def warm_up() -> None:
    tasks.warm_up()


def act(data: bytes, request: Mapping[str, Any], send: Send) -> None:
    """The document is the name of what happens."""
    what = data.decode()
    {
        "hang": lambda: time.sleep(600),
        "spin": _spin,
        "hang after a page": lambda: (_pages(send, 1), time.sleep(600)),
        "die": lambda: os.kill(os.getpid(), signal.SIGSEGV),
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
        "babble": lambda: send({"part": "nonsense"}),
        "tell": lambda: send(_told(), b""),
        "kill zygote": lambda: os.kill(os.getppid(), signal.SIGKILL),
        "read": lambda: tasks.read(data, request, send),
    }[what]()


def _spin() -> None:
    while True:
        pass


def _eat() -> None:
    kept = []
    while True:
        kept.append(mmap.mmap(-1, 64 * 1024 * 1024))


def _fail() -> None:
    raise RuntimeError("IBAN DE89 3704 0044 0532 0130 00 of a customer")


def _pages(send: Send, count: int) -> None:
    send({"part": "opened", "media_type": "application/pdf", "pages": 2, "reader": "fake"})
    page = {"number": 1, "width": 1.0, "height": 1.0, "unit": "pt", "provenance": "empty"}
    for _ in range(count):
        send({"part": "page", "page": page | {"texts": [], "boxes": [], "lines": []}})


def _attachment(*, counts: Sequence[int] = (0, 1), error: str | None = None) -> dict[str, Any]:
    tree = {"names": [["a", "", ""]], "tags": [0, 0], "texts": ["", ""], "counts": counts, "attributes": {}}
    return {"name": "a.xml", "media_type": "application/xml", "tree": tree, "error": error}


def _told() -> dict[str, Any]:
    """What the child can see, as the reader's version: it comes back in the reading."""
    environment = sorted(set(os.environ) - {"LC_ALL", "LC_CTYPE", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"})
    told = f"uid={os.getuid()} environment={environment}"
    return {"part": "opened", "media_type": "application/pdf", "pages": 0, "reader": told}


TASKS: dict[str, Task] = {"read": act, "render": act}
