"""Numbers, traces and `docmill top` of a platform that really runs."""

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.flow.running import ROOT, Client, Running, invoice_pdf, invoice_xml, settled

from docmill import wiring
from docmill.domain.tenants import TenantId

ACME = TenantId("acme")
Told = dict[str, Any]


class Collector:
    """OTLP/HTTP on loopback: what it was sent, span by span."""

    def __init__(self) -> None:
        self.spans: list[Told] = []
        mine = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                for resource in body["resourceSpans"]:
                    process = _attributes(resource["resource"])["service.instance.id"]
                    for scope in resource["scopeSpans"]:
                        mine.spans += [{**span, "process": process} for span in scope["spans"]]
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"


def _attributes(told: Told) -> dict[str, str]:
    return {each["key"]: next(iter(each["value"].values())) for each in told["attributes"]}


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()
    yield made
    made.server.shutdown()
    made.server.server_close()


def docmill(running: Running, *words: str) -> str:
    command = [sys.executable, "-m", "docmill.entrypoints.cli", *words, "--home", str(running.home)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def seen(home: Path, collector: Collector, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    monkeypatch.setenv("DOCMILL_OTLP_URL", collector.url)
    monkeypatch.setenv("DOCMILL_TRACES", "file")
    platform = Running(home)
    try:
        platform.start()
        yield platform
    finally:
        print(platform.said()[-4000:])
        platform.end()


async def test_one_upload_is_one_trace_over_all_processes(seen: Running, collector: Collector) -> None:
    key = await seen.key("acme")
    async with Client(seen.url, key) as client:
        document = await client.submit(invoice_xml("INV-7"), "secret-name.xml", key="a")
        other = await client.submit(invoice_pdf("INV-8"), "b.pdf", key="b")
        await client.raw("GET", f"/v1/documents/{'0' * 8}-{'0' * 4}-{'0' * 4}-{'0' * 4}-{'0' * 12}")
        async with wiring.platform(seen.settings) as platform:
            await settled(platform, [ACME], timeout_s=60)
    tree = [
        json.loads(line) for line in docmill(seen, "trace", str(document), "--format", "json").splitlines()
    ]
    assert {"DocumentUploaded", "DocumentArchived"} <= {
        node["name"] for node in tree if node["kind"] == "event"
    }
    live = json.loads(docmill(seen, "top", "--once", "--format", "json"))
    assert {"api-1", "sequencer", "worker-1", "worker-2"} <= {
        process["name"] for process in live["processes"]
    }
    refused = await asyncio.to_thread(httpx.get, f"{seen.url}/metrics")
    assert refused.status_code == 401
    metrics = await asyncio.to_thread(seen.metrics)
    for part in (
        "docmill_decisions_total{",
        "docmill_field_confidence_bucket{",
        "docmill_requests_total{",
        'process="worker-1"',
    ):
        assert part in metrics
    await asyncio.to_thread(seen.stop)  # what is left is handed over then

    about = {span["spanId"]: _attributes(span) for span in collector.spans}
    (upload,) = [
        span
        for span in collector.spans
        if span["name"] == "POST /v1/documents" and span["traceId"] in {
            each["traceId"] for each in collector.spans if about[each["spanId"]].get("docmill.document") == str(document)
        }
    ]  # fmt: skip
    one = [span for span in collector.spans if span["traceId"] == upload["traceId"]]
    ids = {span["spanId"] for span in one}
    assert len(ids) == len(one)
    roots = [span for span in one if span.get("parentSpanId", "") not in ids]
    assert roots == [upload]
    assert {"read", "child", "analyze", "validate", "archive", "index", "notify"} <= {
        span["name"] for span in one
    }
    processes = {span["process"].partition("-")[0] for span in one}
    assert processes == {"api", "worker", "sequencer"}
    assert str(other) not in {about[span["spanId"]].get("docmill.document") for span in one}
    assert "secret-name" not in json.dumps(collector.spans)
    spans = [node for node in tree if node["kind"] == "span"]
    assert {"read", "child", "POST /v1/documents"} <= {node["name"] for node in spans}
    known = {node["id"] for node in tree}
    assert sum(node["parent"] not in known for node in tree) == 1


async def test_an_id_of_somebody_else_is_counted_and_one_of_nobody_is_not(running: Running) -> None:
    key, other = await running.key("acme"), await running.key("globex")
    async with Client(running.url, key) as acme, Client(running.url, other) as globex:
        document = str(await acme.submit(invoice_xml("A-1"), "a.xml", key="a"))
        for asked in (document, f"{document[:-4]}0000"):
            assert (await globex.raw("GET", f"/v1/documents/{asked}")).status_code == 404

    def counted() -> list[str]:
        return [
            line for line in running.metrics().splitlines() if line.startswith("docmill_foreign_ids_total{")
        ]

    async with asyncio.timeout(20):
        while not (found := await asyncio.to_thread(counted)):  # noqa: ASYNC110 - another process counts
            await asyncio.sleep(0.2)
    await asyncio.sleep(0.5)
    assert await asyncio.to_thread(counted) == found == ['docmill_foreign_ids_total{tenant="globex"} 1.0']
