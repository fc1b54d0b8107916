"""Spans: pieces of work with a beginning and an end, handed to whoever keeps them by a thread of its own."""

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from docmill.adapters.telemetry.lean_structlog import structlog
from docmill.domain.limits.machine import OUTAGE_TOLD_S
from docmill.domain.limits.seeing import SPANS_PAUSE_S, SPANS_PER_EXPORT_MAX, SPANS_WAITING_MAX
from docmill.ports.telemetry import Attributes

_CLOSE_WALL_S = 3.0


@dataclass(frozen=True, slots=True)
class Span:
    """``trace``, ``id`` and ``parent`` in hex, ``parent`` "" for a trace's first; ``start_s`` since 1970.

    ``kind`` is OpenTelemetry's: ``server``, ``consumer``, ``internal``. ``code`` is set when it failed.
    """

    trace: str
    id: str
    parent: str
    name: str
    kind: str
    start_s: float
    wall_s: float
    attributes: Attributes = field(default_factory=dict)
    code: str = ""


class Sink(Protocol):
    """Where spans are kept."""

    def keep(self, spans: Sequence[Span]) -> bool:
        """False when it could not, and may later. It may block."""


class SpanRecorder:
    """Takes spans without waiting; what finds no room, or no sink, is dropped: work never waits for it."""

    def __init__(self, sinks: Sequence[Sink], *, pause_s: float = SPANS_PAUSE_S) -> None:
        self._sinks = [(sink, deque[Span](maxlen=SPANS_WAITING_MAX)) for sink in sinks]
        self._pause_s = pause_s
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    def record(self, span: Span) -> None:
        for _, waiting in self._sinks:
            waiting.append(span)
        if self._thread is None:  # an idle process has none
            self._thread = threading.Thread(target=self._run, name="spans", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Hand over what is left, as far as that does not take long."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join(_CLOSE_WALL_S)

    def _run(self) -> None:
        told_s_ago = OUTAGE_TOLD_S
        while not self._ending.is_set():
            self._ending.wait(self._pause_s)
            told_s_ago += self._pause_s
            if not self._hand_over() and told_s_ago >= OUTAGE_TOLD_S:
                told_s_ago = 0.0
                structlog.get_logger().warning("outage", what="traces")

    def _hand_over(self) -> bool:
        well = True
        for sink, waiting in self._sinks:
            while waiting:
                some = [waiting.popleft() for _ in range(min(len(waiting), SPANS_PER_EXPORT_MAX))]
                if not sink.keep(some):
                    waiting.extendleft(reversed(some))
                    well = False
                    break
        return well
