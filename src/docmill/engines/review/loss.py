"""Expected loss: which document costs most if nobody looks at it.

The sum over all fields of *weight* times *chance that the value is wrong*, and a share for each blocker that
stands at no field. With every day that a document is old it counts AGE_LOSS_PER_DAY more.

Weights follow what a wrong value costs: money goes to the wrong account (iban) or in the wrong amount, a
wrong date or number is found later and costs a phone call, a wrong word in an address hardly anything. A
type may say otherwise with ``x-docmill.weight`` (0 to 100).
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from docmill.domain.results import Source
from docmill.domain.types import DocumentType, FieldSpec, Kind
from docmill.engines.review.paths import column_path

WEIGHTS: Mapping[Kind, float] = {
    Kind.AMOUNT: 5.0,
    Kind.IBAN: 5.0,
    Kind.IDENTIFIER: 3.0,
    Kind.TAX_ID: 3.0,
    Kind.DATE: 3.0,
    Kind.NAME: 2.0,
    Kind.CURRENCY: 2.0,
}
WEIGHT_OTHERS = 1.0
REQUIRED_FACTOR = 2.0
ROW_FACTOR = 0.2
"""A cell of a list counts less than a field of the document: there are many, and sums watch over them."""
BLOCKED = 0.9
"""The chance that a value is wrong that a blocker points at, unless its own confidence says worse."""
UNMEASURED = 0.1
"""The same for a value without a measured confidence."""
ABSENT_REQUIRED, ABSENT = 1.0, 0.02
DOCUMENT_LOSS = 5.0
"""What a blocker adds that stands at no field: the type is unsure, a page could not be read."""
AGE_LOSS_PER_DAY = 0.5


def expected_loss(result: Mapping[str, Any], used: DocumentType | None) -> float:
    """The loss of a result as JSON with its blockers; 0 or more, without the document's age."""
    blocked = {blocker["path"] for blocker in result.get("blockers", ())}
    specs = {} if used is None else {spec.path: spec for spec in used.fields}
    loss = 0.0
    for path, meta in (result.get("metadata") or {}).items():
        spec = specs.get(column_path(path))
        chance = _chance_wrong(meta, blocked=path in blocked, required=spec is not None and spec.required)
        loss += weight(spec) * chance
    known = result.get("metadata") or {}
    elsewhere = [path for path in blocked if path not in known]
    return round(loss + sum(DOCUMENT_LOSS if not path else _at(path, specs) for path in elsewhere), 4)


def rank(loss: float, uploaded_at: datetime) -> float:
    """What the queue is ordered by, highest first.

    It is right at any later time: all documents age alike, so their order does not change by waiting.
    """
    return loss - AGE_LOSS_PER_DAY * uploaded_at.timestamp() / 86_400


def weight(spec: FieldSpec | None) -> float:
    if spec is None:
        return WEIGHT_OTHERS
    own = spec.options.get("weight")
    base = float(own) if isinstance(own, int | float) else WEIGHTS.get(spec.kind, WEIGHT_OTHERS)
    base *= REQUIRED_FACTOR if spec.required else 1.0
    return base * ROW_FACTOR if spec.list_path is not None else base


def _chance_wrong(meta: Mapping[str, Any], *, blocked: bool, required: bool) -> float:
    if meta.get("source") == Source.REVIEWER:
        return BLOCKED if blocked else 0.0
    if meta.get("reason") is not None:
        return ABSENT_REQUIRED if blocked or required else ABSENT
    confidence = meta.get("confidence")
    chance = UNMEASURED if confidence is None else 1.0 - confidence
    return max(chance, BLOCKED) if blocked else chance


def _at(path: str, specs: Mapping[str, FieldSpec]) -> float:
    """A list that is incomplete, or a field that the extraction has not even named."""
    spec = specs.get(column_path(path))
    if spec is not None and spec.kind in _GROUPS:
        return DOCUMENT_LOSS
    return weight(spec) * ABSENT_REQUIRED


_GROUPS: Collection[Kind] = (Kind.LIST, Kind.OBJECT)
