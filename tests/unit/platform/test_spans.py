"""Spans: the same ids in every process, what they carry, and what becomes of them when nobody takes them."""

import asyncio
import json
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from docmill.adapters.telemetry.otlp import OtlpCollector
from docmill.adapters.telemetry.span_files import SpanFile, spans_of
from docmill.adapters.telemetry.spans import Span, SpanRecorder
from docmill.adapters.telemetry.tracing import Tracing
from docmill.domain.documents import Claim
from docmill.domain.events import Event, EventType
from docmill.domain.limits.seeing import SPAN_FILES_KEPT, SPANS_WAITING_MAX
from docmill.domain.tracing import parsed, stage_span, trace_from

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def claim(*, trace: str = TRACE, fence: int = 1) -> Claim:
    event = Event(
        UUID(int=1),
        EventType.DOCUMENT_UPLOADED,
        "acme",
        UUID(int=2),
        UUID(int=3),
        datetime.now(UTC),
        trace=trace,
    )  # type: ignore[arg-type]
    return Claim("read", event, fence, 1, "w")


class Memory:
    def __init__(self) -> None:
        self.spans: list[Span] = []

    def keep(self, spans: Sequence[Span]) -> bool:
        self.spans += spans
        return True


def test_the_span_of_a_try_follows_from_its_claim_and_its_events_belong_to_it() -> None:
    first, again = claim(), claim(fence=2)
    assert stage_span(first) == stage_span(claim())
    assert stage_span(first) != stage_span(again)
    assert parsed(trace_from(first)) == ("0af7651916cd43dd8448eb211c80319c", stage_span(first))
    assert trace_from(claim(trace="00-abc")) == "00-abc"


async def test_what_a_child_process_does_is_a_part_of_the_stage_that_asked_it() -> None:
    memory = Memory()
    recorder = SpanRecorder([memory], pause_s=0.01)
    tracing = Tracing(recorder)

    async def one(mine: Claim, name: str) -> None:
        tracing.began(mine)
        await asyncio.sleep(0)
        tracing.part(name, wall_s=0.1, attributes={"docmill.size_bytes": 5})
        tracing.stage(mine, wall_s=0.2, attributes={})

    await asyncio.gather(
        asyncio.create_task(one(claim(), "a")), asyncio.create_task(one(claim(fence=2), "b"))
    )
    await asyncio.to_thread(recorder.close)
    parents = {span.name: span.parent for span in memory.spans if span.name in "ab"}
    assert parents == {"a": stage_span(claim()), "b": stage_span(claim(fence=2))}


def test_a_collector_that_is_away_costs_bounded_memory_and_no_time() -> None:
    class Away:
        asked = 0

        def keep(self, spans: Sequence[Span]) -> bool:
            self.asked += 1
            return False

    away, memory = Away(), Memory()
    recorder = SpanRecorder([away, memory], pause_s=0.01)
    span = Span("0" * 32, "1" * 16, "", "read", "internal", 1.0, 0.5)
    for _ in range(SPANS_WAITING_MAX + 500):
        recorder.record(span)
    recorder.close()
    assert away.asked
    assert len(recorder._sinks[0][1]) <= SPANS_WAITING_MAX
    assert memory.spans


def test_the_files_of_spans_are_rotated_and_found_by_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("docmill.adapters.telemetry.span_files.SPAN_FILE_BYTES_MAX", 1_000)
    sink = SpanFile(tmp_path, process="worker-1")
    for number in range(60):
        assert sink.keep([Span(f"{number:032x}", "1" * 16, "", "read", "internal", float(number), 0.5)])
    assert len(list(tmp_path.iterdir())) <= SPAN_FILES_KEPT
    (found,) = spans_of(tmp_path, {f"{59:032x}"})
    assert found[0] == "worker-1"
    assert not spans_of(tmp_path, {f"{1:032x}"})


@pytest.fixture
def collector() -> Iterator[tuple[str, list[dict[str, Any]], list[int]]]:
    """An OTLP collector on loopback that answers with the codes that it is given, then with 200."""
    taken: list[dict[str, Any]] = []
    codes: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            code = codes.pop(0) if codes else 200
            if code == 200 and self.path == "/v1/traces":
                taken.append(json.loads(body))
            self.send_response(code)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", taken, codes
    server.shutdown()
    server.server_close()


def test_spans_reach_a_collector_in_its_own_format_and_again_when_it_was_busy(
    collector: tuple[str, list[dict[str, Any]], list[int]],
) -> None:
    url, taken, codes = collector
    span = Span(
        "ab" * 16, "cd" * 8, "ef" * 8, "read", "consumer", 1.5, 0.25, {"docmill.attempt": 2}, "file_empty"
    )
    sink = OtlpCollector(url, process="worker-1")
    codes += [503]
    assert not sink.keep([span])
    assert sink.keep([span])
    codes += [400]
    assert sink.keep([span])  # it will not become right by repeating it
    (request,) = taken
    told = request["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    assert told == {
        "traceId": "ab" * 16,
        "spanId": "cd" * 8,
        "parentSpanId": "ef" * 8,
        "name": "read",
        "kind": 5,
        "startTimeUnixNano": "1500000000",
        "endTimeUnixNano": "1750000000",
        "attributes": [{"key": "docmill.attempt", "value": {"intValue": "2"}}],
        "status": {"code": 2, "message": "file_empty"},
    }
    assert not OtlpCollector("http://127.0.0.1:1", process="x").keep([span])
