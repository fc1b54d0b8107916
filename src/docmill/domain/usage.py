"""What work has cost: the entries of the ledger."""

from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Cost:
    """``messages`` are requests where the API spent it; ``stored_bytes``, files and readings put."""

    messages: int = 0
    cpu_seconds: float = 0.0
    pages: int = 0
    received_bytes: int = 0
    sent_bytes: int = 0
    stored_bytes: int = 0
    llm_tokens: int = 0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))

    def to_json(self) -> dict[str, int | float]:
        return {
            each.name: round(value, 6) if isinstance(value := getattr(self, each.name), float) else value
            for each in fields(self)
        }


class UsageBy(StrEnum):
    """What the rows of a look at the usage are."""

    DAY = "day"
    STAGE = "stage"
    DOCUMENT = "document"
    TENANT = "tenant"


@dataclass(frozen=True, slots=True)
class UsageRow:
    """``key`` is a day, a stage, a document's id or a tenant; "" is what no tenant was charged with."""

    key: str
    cost: Cost


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days of UTC, both included."""

    first: date
    last: date
