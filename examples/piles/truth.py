"""What a generated file really says: the labels that results are compared with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

Fields = Mapping[str, str | int | Sequence[str]]
"""Field name to value; a list holds acceptable alternatives (`labels.jsonl`)."""


class WordBox(NamedTuple):
    """One printed word; ``box`` is x0 y0 x1 y1 from the top-left corner of the displayed page, in its unit."""

    text: str
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class PageTruth:
    """The words of one page. ``width`` and ``height`` are those of the displayed page."""

    number: int
    width: float
    height: float
    rotation: int
    words: tuple[WordBox, ...]


@dataclass(frozen=True, slots=True)
class Truth:
    """The labels of one file.

    ``status`` is the end that docmill has to reach, or several that are all right (a blurred photo may be read or
    sent to a person). ``rows`` are the line items or transactions in order, all values as text. ``members``
    are the truths of the files inside an archive, by name.
    """

    type: str | None
    fields: Fields = field(default_factory=dict)
    rows: tuple[Mapping[str, str], ...] = ()
    printed: tuple[str, ...] = ()
    status: tuple[str, ...] = ("succeeded",)
    code: str | None = None
    members: Mapping[str, "Truth"] = field(default_factory=dict)

    def label(self, file: str) -> dict[str, Any]:
        """One line of ``labels.jsonl``."""
        out: dict[str, Any] = {"file": file, **self.fields, "type": self.type}
        out["status"] = self.status[0] if len(self.status) == 1 else list(self.status)
        if self.code:
            out["code"] = self.code
        if self.printed:
            out["printed"] = list(self.printed)
        if self.members:
            out["members"] = [truth.label(name) for name, truth in self.members.items()]
        return out
