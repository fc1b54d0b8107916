"""The result of a run: a clean value tree, and metadata beside it keyed by path (design: "The result")."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from docmill.domain.appearance import Seen
from docmill.domain.pages import Box


class Source(StrEnum):
    """Which method found a value, cheapest first."""

    E_INVOICE = "e_invoice"
    LEARNED = "learned"
    RULES = "rules"
    LANGUAGE_MODEL = "language_model"
    DERIVED = "derived"  # computed from other values that have evidence, such as the length of a list
    REVIEWER = "reviewer"


class NullReason(StrEnum):
    """Why a field is null. A null never enters rules or exports."""

    NOT_FOUND = "not_found"
    NOT_VISIBLE = "not_visible"  # only words that nobody sees would support it
    AMBIGUOUS = "ambiguous"
    UNREADABLE = "unreadable"
    NOT_IN_XML = "not_in_xml"


class Status(StrEnum):
    """What a caller is told about a run."""

    SUCCEEDED = "succeeded"
    NEEDS_REVIEW = "needs_review"
    REJECTED = "rejected"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a value stands: a box on a page, or an element of an e-invoice's XML.

    ``cell`` is the address in a spreadsheet, ``sheet`` the name of its sheet; ``B7:C7`` for several cells.
    """

    page: int | None = None
    box: Box | None = None
    unit: str = "pt"
    page_size: tuple[float, float] | None = None
    xpath: str | None = None
    sheet: str = ""
    cell: str | None = None

    def to_json(self) -> dict[str, Any]:
        if self.page is None or self.box is None:
            return {"xpath": self.xpath}
        out: dict[str, Any] = {
            "page": self.page,
            "box": [round(edge, 2) for edge in self.box],
            "unit": self.unit,
            "page_size": list(self.page_size or ()),
        }
        if self.xpath:
            out["xpath"] = self.xpath
        if self.cell:
            out |= {"sheet": self.sheet, "cell": self.cell}
        return out


@dataclass(frozen=True, slots=True)
class Reviewed:
    """Who has looked at a value and when (ISO 8601), and what the machine had before.

    ``initial`` is the machine's value with its metadata, None where it had none: a row that was added.
    ``evidence``: whether the words under the box say the value; None where no box was given.
    """

    subject: str
    time: str
    initial: Mapping[str, Any] | None
    evidence: str | None = None

    def to_json(self) -> dict[str, Any]:
        out: dict[str, Any] = {"reviewer": self.subject, "reviewed_at": self.time, "initial": self.initial}
        return out if self.evidence is None else out | {"evidence": self.evidence}


@dataclass(frozen=True, slots=True)
class FieldMeta:
    """Why a value is believed. ``confidence`` is 0 to 1; ``None`` means "not measured"."""

    source: Source | None
    raw_text: str | None = None
    confidence: float | None = None
    calibrated: bool = False
    citations: tuple[Citation, ...] = ()
    reason: NullReason | None = None
    picture: Seen | None = None  # what the page's picture says of a value from a text layer; None: not asked
    reviewed: Reviewed | None = None  # beside what the machine said, where a person has said something

    def to_json(self) -> dict[str, Any]:
        out: dict[str, Any] = {
            "confidence": None if self.confidence is None else round(self.confidence, 4),
            "calibrated": self.calibrated,
            "source": self.source,
            "raw_text": self.raw_text,
            "citations": [citation.to_json() for citation in self.citations],
        }
        if self.reason is not None:
            out["reason"] = self.reason
        if self.picture is not None:
            out["picture"] = self.picture
        return out if self.reviewed is None else out | self.reviewed.to_json()


@dataclass(frozen=True, slots=True)
class Completeness:
    """Whether a list accounts for all its rows. ``expected`` counts the candidate rows of the layout."""

    expected: int
    returned: int
    reconciles: bool
    reason: str = ""

    @property
    def holds(self) -> bool:
        return self.expected == self.returned and self.reconciles

    def to_json(self) -> dict[str, Any]:
        out: dict[str, Any] = {
            "expected": self.expected,
            "returned": self.returned,
            "reconciles": self.reconciles,
        }
        return out | {"reason": self.reason} if self.reason else out


@dataclass(frozen=True, slots=True)
class Blocker:
    """Why a result is not accepted without a person."""

    path: str
    rule: str
    message: str

    def to_json(self) -> dict[str, Any]:
        return {"path": self.path, "rule": self.rule, "message": self.message}


@dataclass(frozen=True, slots=True)
class Extraction:
    """What analyzing found.

    ``metadata`` has one entry per leaf path (``line_items[0].quantity``), nulls included.
    """

    type_name: str
    type_confidence: float
    value: dict[str, Any]
    metadata: Mapping[str, FieldMeta]
    completeness: Mapping[str, Completeness] = field(default_factory=dict)
    blockers: tuple[Blocker, ...] = ()
    model: str = ""  # pins what decided: model hash or the rules' version


@dataclass(frozen=True, slots=True)
class Usage:
    """What a run has cost so far. Left out of state hashes: it differs from run to run."""

    pages: int = 0
    cpu_seconds: float = 0.0
    llm_tokens: int = 0

    def to_json(self) -> dict[str, Any]:
        return {
            "pages": self.pages,
            "cpu_seconds": round(self.cpu_seconds, 4),
            "llm_tokens": self.llm_tokens,
        }
