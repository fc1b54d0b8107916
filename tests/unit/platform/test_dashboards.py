"""Every query of a dashboard parses and asks for what docmill has; the JSON is what the script makes."""

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

from tests.unit.platform.promql import as_rules, promtool, unknown

ROOT = Path(__file__).parents[3]


def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_dashboards", ROOT / "scripts" / "make_dashboards.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)

    sys.modules["make_dashboards"] = module
    spec.loader.exec_module(module)
    return module


def test_every_query_parses_and_asks_for_what_docmill_has(tmp_path: Path) -> None:
    queries = _script().queries()
    assert len(queries) >= 30
    assert not {name: missing for name, query in queries.items() if (missing := unknown(query))}
    done = promtool("check", "rules", str(as_rules(tmp_path, queries)))
    assert done.returncode == 0, done.stderr


def test_a_planted_query_that_does_not_parse_is_found(tmp_path: Path) -> None:
    done = promtool("check", "rules", str(as_rules(tmp_path, {"x:y": "sum(rate(docmill_backlog[5m])"})))
    assert done.returncode != 0


def test_the_dashboards_are_what_the_script_makes() -> None:
    module = _script()
    for board in module.BOARDS:
        file = ROOT / "deploy" / "dashboards" / f"{board.name}.json"
        text = file.read_text(encoding="utf-8")
        assert text == module.built(board), "run `make dashboards`"
        panels = [panel for panel in json.loads(text)["panels"] if panel["type"] != "row"]
        assert len(panels) == sum(len(graphs) for _, graphs in board.rows)
        assert all(panel["targets"][0]["expr"] for panel in panels)
