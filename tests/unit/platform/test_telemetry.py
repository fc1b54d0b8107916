"""Logs and numbers: ids and codes, never text of documents."""

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import asyncio, sys
from pathlib import Path
from datetime import UTC, datetime
from uuid import UUID
from docmill.adapters.telemetry import PrometheusTelemetry, configure_logging
from docmill.domain.documents import Claim
from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.events import Event, EventType

configure_logging("info", process="worker-1")
telemetry = PrometheusTelemetry(folder=Path(sys.argv[1]))
event = Event(UUID(int=1), EventType.DOCUMENT_REJECTED, "acme", UUID(int=2), UUID(int=3), datetime.now(UTC),
              trace="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", data={"code": "file_empty"})
claim = Claim("read", event, 1, 2, "w")
telemetry.answered(claim, wall_s=0.5, cpu_seconds=0.25)
try:
    raise ValueError("secret words of the page")
except ValueError as error:
    telemetry.failed(claim, code="internal_error", final=True, error=error)
telemetry.lost(claim)
telemetry.outage("store", OSError("secret"))
telemetry.told(event)
import logging
logging.getLogger("pypdfium2").warning("secret words: %s", "secret")
"""

READ = """
import asyncio, sys
from pathlib import Path
from docmill.adapters.telemetry import exposition
sys.path.insert(0, ".")
from tests.fakes import MemorySight
print(asyncio.run(exposition(MemorySight(), folder=Path(sys.argv[1]), stages=["read", "index"])).decode())
"""


def _run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PROMETHEUS_MULTIPROC_DIR": str(folder), "PYTHONPATH": "src:."}
    root = Path(__file__).parents[3]
    command = [sys.executable, "-c", script, str(folder)]
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=True)


def test_what_is_told_carries_ids_and_codes_and_no_text(tmp_path: Path) -> None:
    told = _run(SCRIPT, tmp_path).stderr
    assert "secret" not in told
    lines = [json.loads(line) for line in told.splitlines()]
    assert [line["event"] for line in lines] == ["answered", "dead_letter", "lost", "outage", "library"]
    answered, letter, *_ = lines
    assert answered["tenant"] == "acme"
    assert answered["trace"] == "0af7651916cd43dd8448eb211c80319c"
    assert answered["process"] == "worker-1"
    assert letter["error"] == "ValueError"
    assert letter["frames"]
    assert lines[-1]["logger"] == "pypdfium2"


def test_the_numbers_of_several_processes_are_added_up(tmp_path: Path) -> None:
    _run(SCRIPT, tmp_path)
    _run(SCRIPT, tmp_path)
    text = _run(READ, tmp_path).stdout
    assert 'docmill_messages_total{stage="read",tenant="acme",type=""} 2.0' in text
    assert 'docmill_cpu_seconds_total{stage="read",tenant="acme",type=""} 0.5' in text
    assert 'docmill_errors_total{code="internal_error",stage="read",tenant="acme"} 2.0' in text
    assert 'docmill_documents_total{code="file_empty",event="DocumentRejected",tenant="acme"} 2.0' in text
    for gauge in ("backlog", "backlog_age_seconds", "dead_letters"):
        for stage in ("read", "index"):
            assert f'docmill_{gauge}{{stage="{stage}",tenant=""}} 0.0' in text


OUTAGE = """
import logging, sys
from pathlib import Path
from docmill.adapters.telemetry import PrometheusTelemetry, configure_logging
from docmill.domain.errors import Unavailable

configure_logging("info", process="worker-1")
telemetry = PrometheusTelemetry(folder=Path(sys.argv[1]))
for _ in range(50):
    logging.getLogger("psycopg.pool").warning("error connecting in 'pool-1'")
    telemetry.outage("claims", Unavailable("x"))
    telemetry.outage("journal", Unavailable("x"))
"""


def test_a_server_that_stays_away_is_logged_once_a_minute_and_not_at_every_try(tmp_path: Path) -> None:
    told = [json.loads(line) for line in _run(OUTAGE, tmp_path).stderr.splitlines()]
    assert [(line["event"], line["what"]) for line in told] == [("outage", "claims"), ("outage", "journal")]
