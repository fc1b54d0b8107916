"""What `/metrics` tells of the platform's processes."""

import os
import subprocess
import sys
from pathlib import Path

from docmill.adapters.telemetry.processes import platform_processes

_PARENT = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import sys; sys.stdin.read()'])"


def test_only_processes_that_count_are_told_of_with_what_they_have_started(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _PARENT, "docmill.entrypoints.worker", "--name", "worker-1"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as worker:
        try:
            for number in (worker.pid, os.getpid()):  # this one counts too, and is none of the platform's
                (tmp_path / f"counter_{number}.db").touch()
            while not (told := platform_processes(tmp_path)) or not told[0].children_resident_bytes:
                assert worker.poll() is None
            assert [(each.name, each.pid) for each in told] == [("worker-1", worker.pid)]
            assert told[0].resident_bytes > 0
        finally:
            worker.communicate(b"")


def test_a_process_that_has_ended_is_not_told_of(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import os; print(os.getpid())"]
    ended = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    (tmp_path / f"counter_{int(ended.stdout)}.db").touch()
    assert platform_processes(tmp_path) == []


def test_logging_loads_no_library_for_coloured_tracebacks() -> None:
    code = (
        "import sys, docmill.adapters.telemetry\n"
        "sys.exit('rich' in sys.modules or 'structlog' not in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
