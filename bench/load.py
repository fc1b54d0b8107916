"""Clients of a running platform that cost little themselves: they share the machine with what they measure."""

import http.client
import json
import re
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

POLL_S = 0.25
METRICS_TOKEN = "the-benchmark-reads-metrics"
DRAIN_WALL_S_MAX = 1200.0
_BACKLOG = re.compile(r"^docmill_backlog\{[^}]*\} (\S+)$", re.MULTILINE)
_STAGE_CPU = re.compile(r'^docmill_cpu_seconds_total\{stage="(\w+)",[^}]*\} (\S+)$', re.MULTILINE)


@dataclass(frozen=True)
class Client:
    port: int
    key: str

    def post(self, files: Sequence[bytes], *, batch: str, clients: int = 8) -> None:
        """Upload all files through ``clients`` connections that stay open."""

        def one_client(first: int) -> None:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            for number in range(first, len(files), clients):
                path = f"/v1/documents?name={batch}-{number}.pdf&batch={batch}"
                answer, body = self._posted(connection, path, files[number])
                while (
                    answer.status == http.client.TOO_MANY_REQUESTS
                ):  # what came before is still being worked off
                    time.sleep(int(answer.headers.get("Retry-After", "1")))
                    answer, body = self._posted(connection, path, files[number])
                if answer.status != http.client.ACCEPTED:
                    raise SystemExit(f"POST answered {answer.status}: {body[:300]!r}")
            connection.close()

        with ThreadPoolExecutor(clients) as pool:
            for done in [pool.submit(one_client, first) for first in range(clients)]:
                done.result()

    def _posted(
        self, connection: http.client.HTTPConnection, path: str, data: bytes
    ) -> tuple[http.client.HTTPResponse, bytes]:
        connection.request("POST", path, data, self._headers)
        answer = connection.getresponse()
        return answer, answer.read()

    def get(self, path: str) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        token = METRICS_TOKEN if path == "/metrics" else self.key
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        if answer.status != http.client.OK:
            raise SystemExit(f"GET {path} answered {answer.status}: {body[:300]!r}")
        return body

    def wait_ended(self, batch: str) -> dict[str, int]:
        """Return how many documents of the batch came to which state, once all have come to an end.

        VALIDATED is on its way to ARCHIVED, so only that state is waited for beside the ends.
        """
        counts: dict[str, int] = {}

        def over() -> bool:
            nonlocal counts
            told: dict[str, Any] = json.loads(self.get(f"/v1/batches/{batch}"))
            counts = told["states"]
            return bool(told["ended"]) and "validated" not in counts

        _until(over)
        return counts

    def wait_idle(self) -> None:
        """Return when no stage has anything left to do, the index included."""
        _until(
            lambda: not sum(float(n) for n in _BACKLOG.findall(self.get("/metrics").decode())), pause_s=1.0
        )

    def stage_cpu_seconds(self) -> dict[str, float]:
        """What the stages say that they have cost, by name."""
        found: dict[str, float] = {}
        for stage, seconds in _STAGE_CPU.findall(self.get("/metrics").decode()):
            found[stage] = found.get(stage, 0.0) + float(seconds)
        return found

    def list_latency_ms(self, *, times: int) -> float:
        """Median over ``times`` requests for the newest 50 documents on one connection that stays open."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        spent = []
        for _ in range(times + 3):
            start = time.perf_counter()
            connection.request("GET", "/v1/documents?limit=50", headers=self._headers)
            connection.getresponse().read()
            spent.append(time.perf_counter() - start)
        connection.close()
        return 1000 * statistics.median(spent[3:])

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}", "Content-Type": "application/octet-stream"}


def _until(over: Callable[[], bool], *, pause_s: float = POLL_S) -> None:
    deadline = time.monotonic() + DRAIN_WALL_S_MAX
    while not over():
        if time.monotonic() > deadline:
            raise SystemExit(f"the platform was not done within {DRAIN_WALL_S_MAX:.0f} s")
        time.sleep(pause_s)
