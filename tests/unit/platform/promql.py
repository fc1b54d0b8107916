"""Prometheus' own program, and what a query asks for."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from docmill.adapters.telemetry.catalogue import METRICS

_NAME = re.compile(r"\bdocmill_[a-z0-9_]+")
_MATCHED = re.compile(r"(docmill_[a-z0-9_]+)\s*\{([^}]*)\}")
_LABEL = re.compile(r"([a-z_]+)\s*(?:=~|!~|!=|=)")
_GROUPED = re.compile(r"\b(?:by|on|ignoring|without)\s*\(([^)]*)\)")
SERIES = {series: metric for metric in METRICS for series in metric.series}
LABELS = {label for metric in METRICS for label in metric.labels} | {"le"}


def unknown(query: str) -> list[str]:
    """Metrics and labels of a query that docmill does not have."""
    missing = [name for name in _NAME.findall(query) if name not in SERIES]
    for name, matchers in _MATCHED.findall(query):
        if name in SERIES:
            known = {*SERIES[name].labels, "le"}
            missing += [f"{name}{{{label}}}" for label in _LABEL.findall(matchers) if label not in known]
    asked = {name for name in _NAME.findall(query) if name in SERIES}
    grouped = {label.strip() for labels in _GROUPED.findall(query) for label in labels.split(",")} - {""}
    of_these = {label for name in asked for label in SERIES[name].labels} | {"le"}
    return missing + sorted(grouped - of_these)


def promtool(*words: str) -> subprocess.CompletedProcess[str]:
    """Skips where Prometheus is not installed (package `prometheus`); in CI it has to be."""
    program = shutil.which("promtool")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("CI needs promtool: apt-get install prometheus")
        pytest.skip("no promtool: apt-get install prometheus")
    return subprocess.run([program, *words], capture_output=True, text=True, check=False)


def as_rules(folder: Path, queries: dict[str, str]) -> Path:
    """The queries as recording rules, in a file that `promtool check rules` reads."""
    rules: list[dict[str, Any]] = [{"record": name, "expr": query} for name, query in queries.items()]
    file = folder / "queries.yml"
    file.write_text(json.dumps({"groups": [{"name": "queries", "rules": rules}]}), encoding="utf-8")
    return file
