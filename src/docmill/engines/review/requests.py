"""A reviewer's list of operations, as he sends it: JSON to data."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from docmill.domain.errors import DocmillError, invalid
from docmill.domain.limits.review import REVIEW_NOTE_CHARS_MAX, REVIEW_OPERATIONS_MAX
from docmill.domain.results import NullReason
from docmill.domain.review import RejectReason


class Op(StrEnum):
    """``ALONE`` are those that end the work on a document, and stand alone in a list."""

    SET = "set"
    CONFIRM = "confirm"
    MISSING = "missing"
    ADD_ROW = "add_row"
    REMOVE_ROW = "remove_row"
    MOVE_ROW = "move_row"
    OVERRIDE = "override"
    ACCEPT = "accept"
    TYPE = "type"
    REJECT = "reject"
    POSTPONE = "postpone"


ALONE = frozenset((Op.TYPE, Op.REJECT, Op.POSTPONE))


@dataclass(frozen=True, slots=True)
class Operation:
    """``box`` is as it was sent: the page decides whether it is one. ``place`` is its number in the list."""

    op: Op
    place: int
    path: str = ""
    value: Any = None
    page: int | None = None
    box: Any = None
    reason: str = ""
    rule: str = ""
    index: int | None = None
    type_name: str = ""
    until: datetime | None = None


def operations_of(sent: Any) -> tuple[Operation, ...]:
    """Raises DocmillError(request_invalid), naming the operation, for anything but a list of operations."""
    if not isinstance(sent, Sequence) or isinstance(sent, str) or not 1 <= len(sent) <= REVIEW_OPERATIONS_MAX:
        raise invalid(f"operations: want a list of 1 to {REVIEW_OPERATIONS_MAX}.")
    found = tuple(_operation(each, place) for place, each in enumerate(sent))
    if len(found) > 1 and any(one.op in ALONE for one in found):
        raise invalid(f"operations: {', '.join(sorted(ALONE))} each want a list of their own.")
    return found


def wrong(operation: Operation, what: str) -> DocmillError:
    """What is wrong with one operation; ``what`` begins with the member that is."""
    at = f" ({operation.path[:80]})" if operation.path else ""
    return invalid(f"operations[{operation.place}]{at}: {what}.")


def _operation(sent: Any, place: int) -> Operation:
    if not isinstance(sent, Mapping):
        raise invalid(f"operations[{place}]: want an object.")
    name = sent.get("op")
    if not isinstance(name, str) or name not in set(Op):
        raise invalid(f"operations[{place}]: op: want one of {', '.join(Op)}.")
    op = Op(name)
    takes = _TAKES[op]
    unknown = sorted(str(key) for key in sent.keys() - takes.keys() - {"op"})
    if unknown:
        raise invalid(f"operations[{place}]: {unknown[0][:60]}: {op} takes {', '.join(takes) or 'nothing'}.")
    made = Operation(op, place)
    given: dict[str, Any] = {}
    for key, read in takes.items():
        try:
            given[_NAMES.get(key, key)] = read(sent.get(key))
        except ValueError as error:
            raise wrong(made, f"{key}: {error}") from None
    return Operation(op, place, **given)


def _path(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 300:
        raise ValueError("want a path such as seller.name or line_items[0].amount")
    return value


def _value(value: Any) -> Any:
    if value is None:
        raise ValueError("want a value; `missing` says that there is none")
    return value


def _page(value: Any) -> int | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise ValueError("want a page's number, from 1")
    return value


def _index(value: Any) -> int | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
        raise ValueError("want a row's index, from 0")
    return value


def _needed_index(value: Any) -> int:
    index = _index(value)
    if index is None:
        raise ValueError("want a row's index, from 0")
    return index


def _row(value: Any) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise ValueError("want an object of columns")  # noqa: TRY004 - told like all the others
    return value


def _text(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > REVIEW_NOTE_CHARS_MAX:
        raise ValueError(f"want a text of at most {REVIEW_NOTE_CHARS_MAX} characters")
    return value.replace("\0", "").strip()


def _needed_text(value: Any) -> str:
    text = _text(value)
    if not text:
        raise ValueError("want a text")
    return text


def _null_reason(value: Any) -> str:
    if value is None:
        return NullReason.NOT_FOUND
    return _one_of(NullReason, value)


def _reject_reason(value: Any) -> str:
    return _one_of(RejectReason, value)


def _one_of(kinds: type[StrEnum], value: Any) -> str:
    if not isinstance(value, str) or value not in set(kinds):
        raise ValueError(f"want one of {', '.join(kinds)}")
    return value


def _until(value: Any) -> datetime:
    try:
        time = datetime.fromisoformat(value)
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError):
        raise ValueError("want a time such as 2026-01-31T12:00:00Z") from None


_Read = Callable[[Any], Any]
_TAKES: Mapping[Op, Mapping[str, _Read]] = {
    Op.SET: {"path": _path, "value": _value, "page": _page, "box": lambda box: box},
    Op.CONFIRM: {"path": _path},
    Op.MISSING: {"path": _path, "reason": _null_reason},
    Op.ADD_ROW: {"path": _path, "index": _index, "value": _row},
    Op.REMOVE_ROW: {"path": _path},
    Op.MOVE_ROW: {"path": _path, "to": _needed_index},
    Op.OVERRIDE: {"rule": _needed_text, "path": _text, "reason": _needed_text},
    Op.ACCEPT: {},
    Op.TYPE: {"type": _needed_text},
    Op.REJECT: {"reason": _reject_reason, "note": _text},
    Op.POSTPONE: {"until": _until, "note": _text},
}
_NAMES = {"to": "index", "type": "type_name", "note": "value"}
