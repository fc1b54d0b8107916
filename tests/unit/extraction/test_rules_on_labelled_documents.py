"""Rules over generated invoices of every layout and language, and over the labelled documents where they are at hand.

The floors are below what was measured, so that a change that costs accuracy is seen and a lucky one is not needed.
"""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from examples.piles import LAYOUTS, invoice_pdf

from docmill.domain.pages import Box, Page, Provenance, Reading, Word
from docmill.engines.extraction.rules import extract_by_rules
from docmill.engines.reading import read
from docmill.engines.types import load_shipped
from docmill.engines.values.amounts import parse_amount
from docmill.engines.values.dates import parse_date
from docmill.engines.values.text import comparable


def test_invoices_of_every_layout_and_language_account_for_themselves() -> None:
    wrong = []
    for layout in LAYOUTS:
        for language in ("de", "en", "fr", "it"):
            data, truth = invoice_pdf(layout, language, 22, 7)
            found = extract_by_rules(read(data, "invoice.pdf"), load_shipped()["invoice"])
            gross = Decimal(found.value["gross_total"]["amount"])
            if (
                gross != Decimal(str(truth.fields["gross_total"]))
                or found.value["invoice_number"] != truth.fields["invoice_number"]
                or found.value["issue_date"] != truth.fields["issue_date"]
                or not found.completeness["line_items"].holds
                or len(found.value["line_items"]) != len(truth.rows)
            ):
                wrong.append((layout, language))
    assert not wrong


def labels(folder: Path) -> list[dict[str, Any]]:
    text = (folder / "labels.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def same(value: Any, label: Any) -> bool:
    if isinstance(label, list):
        return any(same(value, one) for one in label)
    if isinstance(value, dict):
        amount = parse_amount(str(label))
        return amount is not None and amount.value == Decimal(value["amount"])
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        day = parse_date(str(label))
        return day is not None and day.isoformat() == value
    return comparable(str(value)) == comparable(str(label))


def test_receipts_are_read_from_the_official_lines(eval_dir: Path) -> None:
    folder = eval_dir / "sroie" / "dev"
    by_file = {label["file"]: label for label in labels(folder)}
    right = wanted = 0
    for line in (folder / "words.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        value = extract_by_rules(lines_read(record), load_shipped()["receipt"]).value
        for name in ("company", "date", "address", "total"):
            if name in by_file[record["file"]]:
                wanted += 1
                right += value[name] is not None and same(value[name], by_file[record["file"]][name])
    assert right / wanted >= 0.88


def lines_read(record: dict[str, Any]) -> Reading:
    words = []
    for number, (text, (x0, y0, x1, y1)) in enumerate(zip(record["words"], record["boxes"], strict=True)):
        for match in re.finditer(r"\S+", text):
            left, right = (x0 + (x1 - x0) * at / len(text) for at in match.span())
            words.append(Word(match.group(), Box(left, y0, right, y1), 0.95, line=number))
    page = Page(1, record["width"], record["height"], "px", tuple(words), Provenance.OWN_OCR)
    return Reading("image/jpeg", (page,))


@pytest.mark.slow
def test_printed_e_invoices_are_read_without_their_xml(eval_dir: Path) -> None:
    folder = eval_dir / "einvoice" / "dev"
    paths = {"seller_name": ("seller", "name"), "buyer_name": ("buyer", "name")}
    right = wanted = 0
    for label in labels(folder):
        if not label["file"].endswith(".pdf"):
            continue
        file = folder / label["file"]
        value: Any = extract_by_rules(read(file.read_bytes(), file.name), load_shipped()["invoice"]).value
        for name in set(label["printed"]) - {"seller_tax_id", "line_item_count"}:
            place: Any = value
            for step in paths.get(name, (name,)):
                place = place[step]
            wanted += 1
            right += place is not None and same(place, label[name])
        if "line_item_count" in label["printed"]:
            wanted += 1
            right += len(value["line_items"] or ()) == label["line_item_count"]
    assert right / wanted >= 0.95
