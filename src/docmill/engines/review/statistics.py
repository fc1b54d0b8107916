"""Counts of what reviewers did, as rates that people read."""

from collections.abc import Mapping, Sequence
from typing import Any

from docmill.domain.review import ReviewKind, wilson

Row = Mapping[str, Any]
Json = dict[str, Any]

_OUTCOMES = ("confirmed", "changed", "missed", "cleared")


def told(
    saves: Sequence[Row],
    waited: Sequence[Row],
    fields: Sequence[Row],
    waiting: Sequence[Row],
) -> list[Json]:
    """One object for each type, by name.

    It says what was reviewed, how long it took, which fields were wrong, and how often what was accepted by
    itself was wrong, with an interval that holds in 95 of 100 cases.
    """
    rows = (*saves, *waited, *fields, *waiting)
    names = sorted({row["type_name"] or "" for row in rows})
    return [_of_type(name, saves, waited, fields, waiting) for name in names]


def _of_type(
    name: str, saves: Sequence[Row], waited: Sequence[Row], fields: Sequence[Row], waiting: Sequence[Row]
) -> Json:
    def of(rows: Sequence[Row], kind: ReviewKind | None = None) -> list[Row]:
        return [row for row in rows if (row["type_name"] or "") == name and kind in (None, row.get("kind"))]

    reviewed = next(iter(of(saves, ReviewKind.REVIEW)), {})
    ended = next(iter(of(waited)), {})
    open_ = of(waiting)
    return {
        "type": name or None,
        "reviewed": reviewed.get("documents", 0),
        "saves": reviewed.get("saves", 0),
        "rejected": reviewed.get("rejected", 0),
        "postponed": reviewed.get("postponed", 0),
        "ended": ended.get("ended", 0),
        "handling_s_median": _seconds(reviewed.get("handling_s_median")),
        "in_review_s_median": _seconds(ended.get("in_review_s_median")),
        "waiting": sum(row["documents"] for row in open_),
        "oldest_s": _seconds(max((row["oldest_s"] for row in open_), default=None)),
        "fields": _of_fields(of(fields, ReviewKind.REVIEW)),
        "automatic": _automatic(next(iter(of(saves, ReviewKind.AUDIT)), {}), of(fields, ReviewKind.AUDIT)),
    }


def _of_fields(rows: Sequence[Row]) -> list[Json]:
    """``missed``: the machine had nothing where a value is; ``cleared``: a value where none is."""
    found: list[Json] = []
    for path in sorted({row["field"] for row in rows}):
        counts = {row["outcome"]: row["values"] for row in rows if row["field"] == path}
        total = sum(counts.values())
        shares = {name: round(counts.get(name, 0) / total, 4) for name in _OUTCOMES}
        found.append({"field": path, "values": total, **shares})
    return found


def _automatic(audited: Row, fields: Sequence[Row]) -> Json:
    drawn, errors = audited.get("documents", 0), audited.get("changed", 0)
    low, high = wilson(errors, drawn)
    wrong: dict[str, int] = {}
    for row in fields:
        if row["outcome"] != "confirmed":
            wrong[row["field"]] = wrong.get(row["field"], 0) + row["values"]
    return {
        "audited": drawn,
        "errors": errors,
        "error_rate": round(errors / drawn, 4) if drawn else None,
        "low": round(low, 4),
        "high": round(high, 4),
        "fields": wrong,
    }


def _seconds(value: Any) -> float | None:
    return None if value is None else round(float(value), 3)
