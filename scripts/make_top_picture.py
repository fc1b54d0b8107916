"""Draw docs/pictures/top.svg: the screen of `docmill top` with made-up numbers."""

import re
from io import StringIO
from pathlib import Path
from uuid import UUID

from rich.console import Console

from docmill.domain.events import DocumentId
from docmill.domain.tenants import TenantId
from docmill.entrypoints.cli.screen import screen
from docmill.entrypoints.cli.watched import Line, Look, ProcessLine
from docmill.ports.sight import Holding

PICTURE = Path(__file__).parents[1] / "docs" / "pictures" / "top.svg"


def _holding(worker: str, stage: str, tenant: str, *, percent: int | None, age_s: float) -> Holding:
    document = DocumentId(UUID(int=hash((worker, age_s)) % 2**122 | 2**127))
    return Holding(worker, stage, TenantId(tenant), document, 1, percent, age_s, 27.0)


LOOK = Look(
    lines=[
        Line("acme", "read", 412, 184.0, 3, 0, 6.2, 0.0, 3.1),
        Line("globex", "read", 3, 2.1, 1, 0, 5.9, 0.1, 2.4),
        Line("acme", "index", 21, 1.8, 0, 0, 7.5, 0, 0.3),
        Line("initech", "analyze", 2, 0.6, 1, 0, 3.3, 0, 0.4),
        Line("globex", "validate", 1, 0.2, 0, 0, 5.8, 0, 0.05),
        Line("initech", "archive", 0, 0, 0, 2, 3.2, 0, 0.02),
    ],
    holding=[
        _holding("worker-1", "read", "acme", percent=35, age_s=184.0),
        _holding("worker-1", "read", "globex", percent=None, age_s=2.1),
        _holding("worker-2", "read", "acme", percent=80, age_s=181.0),
        _holding("worker-2", "analyze", "initech", percent=None, age_s=0.6),
    ],
    processes=[
        ProcessLine("api-1", 0.31, 182e6, 0),
        ProcessLine("sequencer", 0.02, 71e6, 0),
        ProcessLine("worker-1", 0.94, 210e6, 812e6),
        ProcessLine("worker-2", 0.97, 208e6, 634e6),
    ],
    requests={"2xx": 41.3, "4xx": 0.6},
    in_flight=5,
    alarms={"credentials refused": 3, "files refused": 1},
    unordered=4,
    unordered_s=0.3,
    connections={"idle": 14, "active": 3},
    database_size_bytes=412_000_000,
    disk_free_bytes=182_000_000_000,
)


def main() -> None:
    console = Console(record=True, width=110, file=StringIO(), force_terminal=True, color_system="truecolor")
    console.print(screen(LOOK, rows=60))
    drawn = console.export_svg(title="docmill top", unique_id="top")
    # Nothing of it is to be fetched from somewhere else.
    drawn = re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL)
    PICTURE.write_text(re.sub(r"\d\d:\d\d:\d\d", "12:00:00", drawn), encoding="utf-8")


if __name__ == "__main__":
    main()
