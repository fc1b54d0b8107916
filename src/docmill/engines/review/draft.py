"""A result while a reviewer works on it."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from docmill.domain.pages import Page
from docmill.domain.results import Citation, FieldMeta, NullReason, Reviewed, Source
from docmill.domain.review import Correction, Evidence
from docmill.domain.types import DocumentType
from docmill.engines.review.paths import moved, value_at

Json = dict[str, Any]
PageOf = Callable[[int], Page | None]


@dataclass(slots=True)
class Draft:
    """``doubts`` are the blockers of the analysis that nobody has answered yet.

    ``touched`` are the leaf paths that somebody stands for now, ``typed`` those whose value is new,
    ``lists`` the lists whose rows somebody answers for. ``page_of`` gives a page as it was read.
    """

    used: DocumentType
    result: Mapping[str, Any]
    page_of: PageOf
    subject: str
    time: datetime
    doubts: list[Mapping[str, Any]]
    value: Json = field(init=False)
    metadata: Json = field(init=False)
    completeness: Json = field(init=False)
    overrides: list[Json] = field(init=False)
    corrections: list[Correction] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)
    typed: set[str] = field(default_factory=set)
    lists: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.value = deepcopy(dict(self.result["value"] or {}))
        self.metadata = dict(self.result.get("metadata") or {})
        self.completeness = dict(self.result.get("completeness") or {})
        self.overrides = list((self.result.get("review") or {}).get("overrides", ()))

    def at(self, path: str) -> Any:
        return value_at(self.value, path)

    def looked_at(
        self,
        path: str,
        *,
        before: Any,
        raw: str | None,
        citations: Sequence[Citation | Mapping[str, Any]] = (),
        reason: NullReason | None = None,
        evidence: Evidence | None = None,
    ) -> None:
        """Say that a person stands for the value at a path; what the machine said stays beside it."""
        known = self.metadata.get(path)
        initial = known["initial"] if known and "initial" in known else _initial(known, before)
        made = FieldMeta(
            Source.REVIEWER,
            raw_text=raw,
            reason=reason,
            reviewed=Reviewed(self.subject, self.time.isoformat(), initial, evidence),
        ).to_json()
        made["citations"] = [one.to_json() if isinstance(one, Citation) else dict(one) for one in citations]
        self.metadata[path] = made
        self.touched.add(path)
        self.doubts = [doubt for doubt in self.doubts if doubt["path"] != path]

    def move_rows(self, rows: str, to: Mapping[int, int]) -> None:
        """Take metadata and doubts along when rows change their places."""
        self.metadata = {
            new: meta for path, meta in self.metadata.items() if (new := moved(path, rows, to)) is not None
        }
        self.doubts = [
            doubt if new == doubt["path"] else {**doubt, "path": new}
            for doubt in self.doubts
            if (new := moved(doubt["path"], rows, to)) is not None
        ]
        self.touched = {new for path in self.touched if (new := moved(path, rows, to)) is not None}
        self.typed = {new for path in self.typed if (new := moved(path, rows, to)) is not None}


def _initial(known: Mapping[str, Any] | None, before: Any) -> Json | None:
    return None if known is None else {"value": before, **known}
