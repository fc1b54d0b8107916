"""A child sees no file system: whatever it may need is loaded before it is locked in.

numpy loads `numpy.ma` with the first median, and the first pages that took one ended as reader_crashed.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.contract.test_verdicts import FILES

_READ_ALL = """
import json, sys
from pathlib import Path
from docmill.adapters.sandbox import tasks
if sys.argv[1] == "warm":
    tasks.warm_up()
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


def _loaded_late(paths: list[Path], *, warm: bool = True) -> dict[str, list[str]]:
    done = subprocess.run(
        [sys.executable, "-c", _READ_ALL, "warm" if warm else "cold", *map(str, paths)],
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


def test_no_odd_file_does(hostile_dir: Path) -> None:
    entries = [json.loads(line) for line in (hostile_dir / "manifest.jsonl").read_text().splitlines()]
    nth = 1 if os.environ.get("DOCMILL_TEST_LONG") else 9
    paths = [hostile_dir / entry["path"] for entry in entries if entry["bytes"] < 200_000][::nth]
    assert _loaded_late(paths) == {}


def test_without_a_warm_up_it_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(FILES["pdf"])
    assert "docmill.engines.reading.pdf.document" in _loaded_late([path], warm=False)["a.pdf"]
