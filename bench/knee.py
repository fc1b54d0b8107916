"""How many documents a second come to their end, and what happens when more are offered."""

import asyncio
import base64
import json
import math
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from examples.piles.einvoices import ubl_file
from examples.piles.receipts import receipt_photo

from bench.figures import Figure, Subject
from bench.files import invoices
from bench.load import Client
from bench.machine import ROOT
from bench.running import Running
from bench.seeding import documents_alone

K6 = "go.k6.io/k6@v1.8.1"
TENANT, LISTED = "knee", "listed"

ABOUT = (
    "A real `docmill up` with two workers; k6 and the generator's files share the machine. First a backlog is worked "
    "off while nothing comes in. Then k6 posts at a constant arrival rate, whatever the answers take: as many as were "
    "worked off, and what is finished per second meanwhile is the *knee*, because taking files in costs CPU time too; "
    "at 70 % of the knee (how long an upload takes); and at twice the knee (how many documents are finished per second "
    "meanwhile, and how soon the rest is told 429), counted over the second half, when the back-pressure has set in: "
    "`DOCMILL_QUEUE_WAIT_S` is a third of the time that k6 posts otherwise, since the default of five minutes "
    "refuses nothing within one. Every file is different."
)


@dataclass(frozen=True)
class Kind:
    name: str
    ending: str
    make: Callable[[int, int], Sequence[bytes]]
    """Called with how many, and the first number: no two files are alike."""
    backlog: int


def _xml(count: int, first: int) -> list[bytes]:
    return [ubl_file(seed=number)[0] for number in range(first, first + count)]


def _pdf(count: int, first: int) -> list[bytes]:
    return list(invoices(count, seed=first))


def _scan(count: int, first: int) -> list[bytes]:
    """A dozen pictures, each time with other bytes behind their end: drawing one takes half a second."""
    pictures = [receipt_photo(seed=number)[0] for number in range(12)]
    return [pictures[number % 12] + number.to_bytes(8, "big") for number in range(first, first + count)]


KINDS = (
    Kind("e-invoice XML", "xml", _xml, 600),
    Kind("text PDF", "pdf", _pdf, 300),
    Kind("scan", "jpg", _scan, 24),
)


@dataclass(frozen=True)
class Offered:
    """What k6 saw: milliseconds, and how many of which answer; ``goodput`` is documents finished per second."""

    accepted: int
    refused: int
    failed: int
    accepted_p95_ms: float
    refused_p95_ms: float
    goodput: float


def measure(*, quick: bool) -> Subject:
    part, seconds = (10, 4.0) if quick else (1, 20.0)
    figures: list[Figure] = []
    with Running() as platform:
        with platform.database():
            client = Client(platform.port, asyncio.run(platform.key(TENANT)))
            lister = Client(platform.port, asyncio.run(platform.key(LISTED)))
            asyncio.run(documents_alone(platform.settings, LISTED, 100_000 // part))
        platform.start()
        figures.append(
            Figure(
                "metadata list of 50 of 100,000 documents",
                lister.list_latency_ms(times=30),
                "ms",
                at_most=100,
            )
        )
        alone = [_alone(client, kind, kind.backlog // part) for kind in KINDS]
        platform.stop()
        platform.start(DOCMILL_QUEUE_WAIT_S=str(max(round(seconds / 3), 1)))
        for kind, backlog_alone in zip(KINDS, alone, strict=True):
            figures += _kind(platform, client, kind, alone=backlog_alone, seconds=seconds)
    return Subject("Load from outside", ABOUT, figures)


def _kind(platform: Running, client: Client, kind: Kind, *, alone: float, seconds: float) -> list[Figure]:
    first = _first(kind)
    _warm_up(client, kind, f"warmer-{kind.ending}", first + 90_000)
    knee = offer(platform, client, kind, rate=alone, seconds=seconds, first=first + 10_000).goodput
    client.wait_idle()
    calm = offer(platform, client, kind, rate=0.7 * knee, seconds=seconds, first=first + 20_000)
    client.wait_idle()
    flood = offer(platform, client, kind, rate=2 * knee, seconds=2 * seconds, first=first + 50_000)
    client.wait_idle()
    answers = f"{flood.accepted} taken, {flood.refused} refused, {flood.failed} other"
    return [
        Figure(f"{kind.name}: a backlog alone", alone, "documents/s"),
        Figure(f"{kind.name}: knee", knee, "documents/s"),
        Figure(f"{kind.name}: upload p95 at 70 % of it", calm.accepted_p95_ms, "ms", at_most=250,
               note=f"{calm.accepted} taken, {calm.refused} refused, {calm.failed} other"),
        Figure(f"{kind.name}: finished at twice the knee, of the knee", flood.goodput / knee, "", at_least=0.9,
               note=answers),
        Figure(f"{kind.name}: 429 p95 at twice the knee", flood.refused_p95_ms if flood.refused else math.inf, "ms", at_most=50),
    ]  # fmt: skip


def _first(kind: Kind) -> int:
    """No two kinds share a number."""
    return 100_000 * (1 + KINDS.index(kind))


def _warm_up(client: Client, kind: Kind, batch: str, first: int) -> None:
    client.post(kind.make(4, first), batch=batch)
    client.wait_ended(batch)


def _alone(client: Client, kind: Kind, count: int) -> float:
    """Documents per second while a backlog that is uploaded already is worked off."""
    first = _first(kind)
    _warm_up(client, kind, f"warm-{kind.ending}", first)
    batch = f"alone-{kind.ending}"
    client.post(kind.make(count, first + 1_000), batch=batch)
    start, before = time.monotonic(), _ended(client, batch)
    while _ended(client, batch) < before + 0.9 * (count - before):  # the last ones leave a worker idle
        time.sleep(0.2)
    spent, done = time.monotonic() - start, _ended(client, batch) - before
    client.wait_ended(batch)
    client.wait_idle()
    return done / spent


def offer(
    platform: Running, client: Client, kind: Kind, *, rate: float, seconds: float, first: int
) -> Offered:
    """Post at ``rate`` for ``seconds``; what is finished is counted over the second half of it."""
    files = kind.make(round(rate * seconds) + 2, first)
    scratch = platform.home / "k6"
    scratch.mkdir(exist_ok=True)
    (scratch / "files.json").write_text(json.dumps([base64.b64encode(data).decode() for data in files]))
    batch, out = f"offered-{kind.ending}-{first}", scratch / "summary.json"
    environment = {
        "BASE": f"http://127.0.0.1:{platform.port}",
        "KEY": client.key,
        "FILES": str(scratch / "files.json"),
        "RATE": str(rate),
        "SECONDS": str(round(seconds)),
        "CALLERS": "60",
        "BATCH": batch,
        "ENDING": kind.ending,
        "OUT": str(out),
    }
    command = [k6(), "run", "-q", str(Path(__file__).with_suffix(".js"))]
    # Through the environment and not as arguments: a key does not belong into the list of processes.
    process = subprocess.Popen(command, env={**os.environ, **environment, "K6_NO_USAGE_REPORT": "true"})
    time.sleep(seconds / 2)
    start, before = time.monotonic(), _ended(client, batch)
    process.wait()
    spent, done = time.monotonic() - start, _ended(client, batch) - before
    return _offered(json.loads(out.read_text()), goodput=done / spent)


def _offered(metrics: dict[str, Any], *, goodput: float) -> Offered:
    def count(name: str) -> int:
        return int(metrics.get(name, {}).get("values", {}).get("count", 0))

    def p95(name: str) -> float:
        return float(metrics.get(name, {}).get("values", {}).get("p(95)", 0.0))

    return Offered(
        accepted=count("accepted"),
        refused=count("refused"),
        failed=count("failed"),
        accepted_p95_ms=p95("accepted_ms"),
        refused_p95_ms=p95("refused_ms"),
        goodput=goodput,
    )


def _ended(client: Client, batch: str) -> int:
    """How many documents of the batch have come to an end; 0 while there is none."""
    try:
        told = json.loads(client.get(f"/v1/batches/{batch}"))
    except SystemExit:
        return 0
    return sum(count for state, count in told["counts"].items() if state != "running")


def k6() -> str:
    """The load generator: the one on the path, else built under build/ by the Go tools (some minutes)."""
    found = shutil.which("k6")
    if found:
        return found
    folder = ROOT / "build" / "tools"
    if not (folder / "k6").exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["go", "install", K6], check=True, env={**os.environ, "GOBIN": str(folder)})
    return str(folder / "k6")
