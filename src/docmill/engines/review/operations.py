"""A reviewer's operations on a result: all of them, or an error that names the first that cannot be done."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.limits.review import REVIEW_ROWS_MAX
from docmill.domain.results import NullReason
from docmill.domain.review import Correction
from docmill.domain.types import DocumentType, FieldSpec, Kind
from docmill.engines.review.draft import Draft, Json, PageOf
from docmill.engines.review.evidence import box_on, citation_of, compared
from docmill.engines.review.lists import recount
from docmill.engines.review.paths import column_path, put_at, row_of, steps_of
from docmill.engines.review.requests import Op, Operation, wrong
from docmill.engines.review.values import WrongForm, normalised
from docmill.engines.rules import compile_rules
from docmill.engines.rules.schema import schema_blockers

_GROUPS = (Kind.LIST, Kind.OBJECT)


def apply(
    operations: Sequence[Operation],
    result: Mapping[str, Any],
    used: DocumentType,
    *,
    doubts: Sequence[Mapping[str, Any]],
    page_of: PageOf,
    subject: str,
    time: datetime,
) -> tuple[Json, tuple[Correction, ...]]:
    """Return the corrected result, ready to be validated again, and what was said.

    ``doubts`` are the blockers of the analysis; those that are not answered stay the result's blockers.
    Raises DocmillError(request_invalid) that names the operation and the path.
    """
    draft = Draft(used, result, page_of, subject, time, doubts=list(doubts))
    for operation in operations:
        _APPLY[operation.op](draft, operation)
    _require_schema(draft)
    recount(draft)
    before = result.get("review") or {}
    by = [*before.get("by", ()), *([] if subject in before.get("by", ()) else [subject])]
    review: Json = {"by": by, "last": subject, "overrides": draft.overrides}
    corrected: Json = {
        **result,
        "status": None,
        "blockers": [dict(doubt) for doubt in draft.doubts],
        "value": draft.value,
        "metadata": draft.metadata,
        "completeness": draft.completeness,
        "review": review,
    }
    return corrected, tuple(draft.corrections)


def _set(draft: Draft, operation: Operation) -> None:
    spec = _leaf(draft, operation)
    if (operation.box is None) != (operation.page is None):
        raise wrong(operation, "box: want a page and a box, or neither")
    before = draft.at(operation.path)
    raw, citations, evidence, box = None, [], None, None
    order = draft.used.date_order
    try:
        value = normalised(spec, operation.value, order=order, usual_currency=_currency(draft, before))
        if operation.page is not None:
            page = draft.page_of(operation.page)
            if page is None:
                raise WrongForm("page: the document has no such page")
            box = box_on(page, operation.box)
            raw, evidence = compared(spec, value, page, box, order=order)
            citations = [citation_of(page, box)]
    except WrongForm as error:
        raise wrong(operation, str(error)) from None
    if not put_at(draft.value, operation.path, value):
        raise wrong(operation, "path: there is no such row")
    draft.looked_at(operation.path, before=before, raw=raw, citations=citations, evidence=evidence)
    draft.typed.add(operation.path)
    outcome = "missed" if before is None else "confirmed" if before == value else "changed"
    draft.corrections.append(
        Correction(
            operation.op,
            operation.path,
            spec.path,
            outcome,
            before,
            value,
            operation.page,
            box,
            raw,
            evidence,
        )
    )


def _confirm(draft: Draft, operation: Operation) -> None:
    spec = _leaf(draft, operation, lists=True)
    _stand_for(draft, operation.path, spec, operation.op)


def _stand_for(draft: Draft, path: str, spec: FieldSpec, op: Op) -> None:
    """Let a value be as it is, with a person behind it; of a list, that it has the rows that it has."""
    if spec.kind is Kind.LIST and draft.at(path) is not None:
        draft.lists.add(path)
        draft.corrections.append(Correction(op, path, spec.path, "confirmed"))
        return
    known, value = draft.metadata.get(path) or {}, draft.at(path)
    reason = NullReason(known.get("reason") or NullReason.NOT_FOUND) if value is None else None
    citations = known.get("citations", ())
    draft.looked_at(
        path, before=value, raw=known.get("raw_text"), citations=citations, reason=reason,
    )  # fmt: skip
    draft.corrections.append(Correction(op, path, spec.path, "confirmed", value, value))


def _missing(draft: Draft, operation: Operation) -> None:
    spec = _leaf(draft, operation, lists=True)
    before = draft.at(operation.path)
    if spec.kind is Kind.LIST:  # its rows go with all that is known of them
        draft.move_rows(operation.path, {})
        draft.completeness.pop(operation.path, None)
    if not put_at(draft.value, operation.path, None):
        raise wrong(operation, "path: there is no such row")
    draft.looked_at(operation.path, before=before, raw=None, reason=NullReason(operation.reason))
    outcome = "confirmed" if before is None else "cleared"
    draft.corrections.append(
        Correction(operation.op, operation.path, spec.path, outcome, before, None, reason=operation.reason)
    )


def _add_row(draft: Draft, operation: Operation) -> None:
    spec = draft.used.field(column_path(operation.path))
    rows = draft.at(operation.path)
    if spec is None or spec.kind is not Kind.LIST or not isinstance(rows, list | None):
        raise wrong(operation, "path: want a list of the type")
    if rows is None:
        rows = []
        draft.metadata.pop(operation.path, None)  # it said why there was no list
        if not put_at(draft.value, operation.path, rows):
            raise wrong(operation, "path: there is no such row")
    at = len(rows) if operation.index is None else operation.index
    if at > len(rows) or len(rows) >= REVIEW_ROWS_MAX:
        raise wrong(operation, f"index: want 0 to {len(rows)}, and at most {REVIEW_ROWS_MAX} rows")
    columns = {one.path.rpartition("[].")[2]: one for one in draft.used.columns(spec.path)}
    unknown = operation.value.keys() - columns.keys()
    if unknown:
        raise wrong(operation, f"value: there is no column {min(unknown)[:60]!r}")
    draft.move_rows(operation.path, {old: old + (old >= at) for old in range(len(rows))})
    rows.insert(at, {})
    for name, column in columns.items():
        path = f"{operation.path}[{at}].{name}"
        put_at(draft.value, path, _typed(draft, operation, column, operation.value.get(name)))
        no_value = None if operation.value.get(name) is not None else NullReason.NOT_FOUND
        draft.looked_at(path, before=None, raw=None, reason=no_value)
        draft.typed.add(path)
    draft.lists.add(operation.path)
    row = f"{operation.path}[{at}]"
    draft.corrections.append(Correction(operation.op, row, spec.path, "row_added", after=draft.at(row)))


def _typed(draft: Draft, operation: Operation, column: FieldSpec, given: Any) -> Any:
    if given is None:
        return None
    try:
        usual = _currency(draft, None)
        return normalised(column, given, order=draft.used.date_order, usual_currency=usual)
    except WrongForm as error:
        raise wrong(operation, f"value.{column.path.rpartition('.')[2]}: {error}") from None


def _rows(draft: Draft, operation: Operation) -> tuple[str, int, list[Any]]:
    place = row_of(operation.path)
    rows = None if place is None or steps_of(operation.path) is None else draft.at(place[0])
    if place is None or not isinstance(rows, list) or place[1] >= len(rows):
        raise wrong(operation, "path: want a row that there is, such as line_items[0]")
    return place[0], place[1], rows


def _remove_row(draft: Draft, operation: Operation) -> None:
    name, at, rows = _rows(draft, operation)
    gone = rows.pop(at)
    draft.move_rows(name, {old: old - (old > at) for old in range(len(rows) + 1) if old != at})
    draft.lists.add(name)
    draft.corrections.append(
        Correction(operation.op, operation.path, column_path(name), "row_removed", before=gone)
    )


def _move_row(draft: Draft, operation: Operation) -> None:
    name, at, rows = _rows(draft, operation)
    to = operation.index or 0
    if to >= len(rows):
        raise wrong(operation, f"to: want 0 to {len(rows) - 1}")
    order = [old for old in range(len(rows)) if old != at]
    order.insert(to, at)
    rows[:] = [rows[old] for old in order]
    draft.move_rows(name, {old: new for new, old in enumerate(order)})
    draft.corrections.append(
        Correction(operation.op, operation.path, column_path(name), "row_moved", before=at, after=to)
    )


def _override(draft: Draft, operation: Operation) -> None:
    """Let a rule be broken with these values: the validation that follows binds it to what the rule says."""
    told = [*draft.result.get("blockers", ()), *draft.doubts]
    if not any(_meant(operation, blocker) for blocker in told):
        raise wrong(operation, f"rule: no blocker is of {operation.rule[:60]!r}")
    draft.doubts = [doubt for doubt in draft.doubts if not _meant(operation, doubt)]
    draft.overrides = [*draft.overrides, {"rule": operation.rule, "path": operation.path, "message": None}]
    draft.corrections.append(
        Correction(
            operation.op,
            operation.path,
            column_path(operation.path),
            "overridden",
            after=operation.rule,
            reason=operation.reason,
        )
    )


def _meant(operation: Operation, blocker: Mapping[str, Any]) -> bool:
    return blocker["rule"] == operation.rule and operation.path in ("", blocker["path"])


def _accept(draft: Draft, operation: Operation) -> None:
    """Whatever the machine doubted has been looked at and is right. Rules that are broken stay broken."""
    paths = [*(b["path"] for b in draft.result.get("blockers", ())), *(d["path"] for d in draft.doubts)]
    for path in dict.fromkeys(paths):
        spec = draft.used.field(column_path(path)) if path else None
        if spec is not None and spec.kind is not Kind.OBJECT and path not in draft.touched:
            _stand_for(draft, path, spec, operation.op)
    draft.doubts = []
    draft.corrections.append(Correction(operation.op, "", "", "confirmed"))


def _leaf(draft: Draft, operation: Operation, *, lists: bool = False) -> FieldSpec:
    spec = draft.used.field(column_path(operation.path)) if steps_of(operation.path) else None
    groups = (Kind.OBJECT,) if lists else _GROUPS
    if spec is None or spec.kind in groups or "[]" in operation.path:
        raise wrong(operation, "path: the type has no such field")
    head, bracket, _ = operation.path.rpartition("]")
    if bracket and not isinstance(draft.at(f"{head}]"), dict):
        raise wrong(operation, "path: there is no such row")
    return spec


def _currency(draft: Draft, before: Any) -> str | None:
    """The currency of an amount that names none: the one it had, else the document's."""
    own = before.get("currency") if isinstance(before, Mapping) else None
    if own is None:
        own = draft.value.get("currency")
    return own if isinstance(own, str) else None


def _require_schema(draft: Draft) -> None:
    """Refuse a value whose kind is right and that the schema does not allow: an enum, a pattern, a length."""
    if not draft.typed:
        return
    validator = compile_rules(draft.used, ()).validator
    for blocker in schema_blockers(validator, draft.used, draft.value):
        for path in draft.typed:
            inside = blocker.path == path or blocker.path.startswith((f"{path}.", f"{path}["))
            if inside and draft.at(blocker.path) is not None:
                raise DocmillError(ErrorCode.REQUEST_INVALID, f"{path}: {blocker.message}.")


_APPLY: Mapping[Op, Callable[[Draft, Operation], None]] = {
    Op.SET: _set,
    Op.CONFIRM: _confirm,
    Op.MISSING: _missing,
    Op.ADD_ROW: _add_row,
    Op.REMOVE_ROW: _remove_row,
    Op.MOVE_ROW: _move_row,
    Op.OVERRIDE: _override,
    Op.ACCEPT: _accept,
}
