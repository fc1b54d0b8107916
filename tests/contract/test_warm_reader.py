"""A child sees no file system: whatever it may need is loaded before it is locked in.

numpy loads `numpy.ma` with the first median, and the first pages that took one ended as reader_crashed.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.contract.test_verdicts import FILES

from docmill.adapters.sandbox import SandboxedReader
from docmill.engines.reading.kinds.telling import SIGNED_PAGES

_READ_ALL = """
import json, sys
from pathlib import Path
from docmill.adapters.sandbox import tasks
if sys.argv[1] != "cold":
    tasks.warm_up(everything=sys.argv[1] == "warm")
loaded = set(sys.modules)
found = {}
for path in map(Path, sys.argv[2:]):
    for task, request in (("read", {"first": 1}), ("render", {"page": 1, "dpi": 40, "turned": 90})):
        try:
            tasks.TASKS[task](path.read_bytes(), {"name": path.name, "allowed": {}, **request}, lambda *_: None)
        except Exception:
            pass
    late = sorted(set(sys.modules) - loaded)
    loaded.update(late)
    if late:
        found[path.name] = late
print(json.dumps(found))
"""


def _loaded_late(paths: list[Path], *, how: str = "warm") -> dict[str, list[str]]:
    done = subprocess.run(
        [sys.executable, "-c", _READ_ALL, how, *map(str, paths)],
        capture_output=True,
        check=True,
        timeout=300,
    )
    return json.loads(done.stdout)


def test_no_format_loads_a_module_after_the_warm_up(tmp_path: Path) -> None:
    paths = []
    for name, data in FILES.items():
        paths.append(tmp_path / name.replace(" ", "-"))
        paths[-1].write_bytes(data)
    assert _loaded_late(paths) == {}


def test_a_pdf_or_a_picture_needs_no_more_than_is_loaded_at_first(tmp_path: Path) -> None:
    paths = []
    for name, data in FILES.items():
        if data.startswith(SIGNED_PAGES):
            paths.append(tmp_path / name.replace(" ", "-"))
            paths[-1].write_bytes(data)
    assert len(paths) >= 3
    assert _loaded_late(paths, how="first") == {}


def test_a_file_of_another_kind_makes_the_zygote_load_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(FILES["docx"])
    assert _loaded_late([path], how="first")
    assert _loaded_late([path]) == {}


async def test_one_zygote_reads_first_what_it_has_loaded_and_then_the_rest() -> None:
    reader = SandboxedReader()
    try:
        for kind in ("pdf", "docx", "pdf", "docx"):
            assert (await reader.read(FILES[kind], "")).pages
    finally:
        await reader.close()


def test_no_odd_file_does(hostile_dir: Path) -> None:
    entries = [json.loads(line) for line in (hostile_dir / "manifest.jsonl").read_text().splitlines()]
    nth = 1 if os.environ.get("DOCMILL_TEST_LONG") else 9
    paths = [hostile_dir / entry["path"] for entry in entries if entry["bytes"] < 200_000][::nth]
    assert _loaded_late(paths) == {}
    pages = [path for path in paths if path.read_bytes().startswith(SIGNED_PAGES)]
    assert _loaded_late(pages, how="first") == {}


def test_without_a_warm_up_it_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(FILES["pdf"])
    assert "docmill.engines.reading.pdf.document" in _loaded_late([path], how="cold")["a.pdf"]


def _loads(statement: str, module: str) -> bool:
    program = f"import sys; {statement}; print({module!r} in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, timeout=60)
    return done.stdout == b"True\n"


def test_the_reading_process_starts_before_its_owner_has_loaded_what_takes_long() -> None:
    """`docmill extract` starts it first and loads numpy meanwhile; an import higher up cost 0.1 s."""
    assert not _loads("from docmill import wiring; wiring.reader()", "numpy")
    assert _loads("from docmill.engines.reading.geometry.lines import lines_of", "numpy")


def test_the_process_that_forks_children_has_no_event_loop() -> None:
    """asyncio and what it loads took 2 MB of every worker's zygote, and 25 ms of its start."""
    zygote = "import docmill.adapters.sandbox.zygote; from docmill.adapters.sandbox import tasks"
    assert not _loads(f"{zygote}; tasks.warm_up()", "asyncio")
    assert _loads("from docmill.adapters.sandbox import SandboxedReader", "asyncio")
