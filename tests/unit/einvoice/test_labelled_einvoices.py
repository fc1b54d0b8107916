"""The labelled e-invoices: exact with their XML, every printed value found on its page, no false alarm."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docmill.domain.pages import Reading
from docmill.domain.results import Extraction
from docmill.engines.extraction.layered import LayeredExtractor
from docmill.engines.reading import read
from docmill.engines.types import load_shipped

INVOICE = load_shipped()["invoice"]


def labelled(folder: Path) -> Iterator[tuple[dict[str, Any], Reading, Extraction]]:
    for line in (folder / "labels.jsonl").read_text(encoding="utf-8").splitlines():
        label = json.loads(line)
        reading = read((folder / label["file"]).read_bytes(), label["file"])
        yield label, reading, LayeredExtractor().extract(reading, INVOICE)


def value_of(found: Extraction, name: str) -> tuple[str, Any]:
    targets = INVOICE.aliases.get(name, name)
    for path in [targets] if isinstance(targets, str) else targets:
        node: Any = found.value
        for part in path.split("."):
            node = len(node) if part == "length" else (node or {}).get(part)
        if node is not None:
            return path, node["amount"] if isinstance(node, dict) else node
    return name, None


def cited(found: Extraction, path: str) -> bool:
    return any(citation.page for citation in found.metadata[path].citations)


def same(value: Any, label: Any) -> bool:
    if isinstance(label, list):
        return any(same(value, one) for one in label)
    try:
        return float(value) == float(label)
    except (TypeError, ValueError):
        return value == label


def test_the_labelled_e_invoices_are_read_right(eval_dir: Path) -> None:
    wrong, uncited, total = [], [], 0
    for label, _, found in labelled(eval_dir / "einvoice" / "dev"):
        printed = label.pop("printed", [])
        file = label.pop("file")
        for name, want in label.items():
            path, value = value_of(found, name)
            total += 1
            if not same(value, want):
                wrong.append((file, name))
            elif name in printed and path in found.metadata and not cited(found, path):
                uncited.append((file, name))
    assert len(wrong) <= total // 100, wrong
    assert len(uncited) <= total // 100, uncited


def test_no_field_that_is_printed_as_labelled_is_called_a_contradiction(eval_dir: Path) -> None:
    false_alarms = [
        (label["file"], blocker.path)
        for label, _, found in labelled(eval_dir / "einvoice" / "dev")
        for blocker in found.blockers
        if blocker.rule == "xml_against_page" and blocker.path in label.get("printed", [])
    ]
    assert false_alarms == []
