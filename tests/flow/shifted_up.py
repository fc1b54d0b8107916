"""`docmill up` whose database and processes all have a wall clock that a test sets: see `shifted_clock.c`.

The clock's library and file come in `SHIFTED_PRELOAD` and `SHIFTED_CLOCK`.
"""

import os
import subprocess
from pathlib import Path
from typing import Any
from unittest import mock

from tests.flow.planting import up

from docmill.adapters.embedded_postgres import postmaster

POPEN = subprocess.Popen


def shifted(command: list[str | Path], **options: Any) -> subprocess.Popen[bytes]:
    if Path(command[0]).name == "postgres":
        options["env"] = options["env"] | CLOCK
    return POPEN(command, **options)


if __name__ == "__main__":
    CLOCK = {"LD_PRELOAD": os.environ["SHIFTED_PRELOAD"], "SHIFTED_CLOCK": os.environ["SHIFTED_CLOCK"]}
    with mock.patch.object(postmaster.subprocess, "Popen", shifted):
        up({}, CLOCK)
