"""The engine's process: ``python -m docmill.adapters.minilm.server NICENESS IDLE_S``. Leaves when unasked."""

import os
import select
import sys
from time import process_time
from typing import BinaryIO

from docmill.adapters.minilm.wire import LENGTH, answer, texts_of
from docmill.engines.search.minilm import MiniLm, model_files


def serve(requests: BinaryIO, answers: BinaryIO, *, idle_s: float) -> None:
    """Answer one request after another until the pipe closes or is silent for ``idle_s``."""
    start = process_time()
    model = MiniLm(model_files())
    while select.select([requests], [], [], idle_s)[0]:
        head = requests.read(LENGTH.size)
        if len(head) < LENGTH.size:
            return
        body = requests.read(LENGTH.unpack(head)[0])
        vectors = model.embed(texts_of(body)).tobytes()
        answers.write(answer(vectors, process_time() - start))
        answers.flush()
        start = process_time()


def main() -> None:
    niceness, idle_s = int(sys.argv[1]), float(sys.argv[2])
    os.nice(niceness)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nothing else may write between the answers
    # Unbuffered: select would not see what a buffer has taken already.
    with answers, os.fdopen(os.dup(sys.stdin.fileno()), "rb", buffering=0) as raw:
        serve(_Whole(raw), answers, idle_s=idle_s)  # type: ignore[arg-type]


class _Whole:
    """Reads as many bytes as asked for: a raw pipe gives what it has."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw

    def fileno(self) -> int:
        return self._raw.fileno()

    def read(self, size: int) -> bytes:
        parts = []
        while size and (part := self._raw.read(size)):
            parts.append(part)
            size -= len(part)
        return b"".join(parts)


if __name__ == "__main__":
    main()
