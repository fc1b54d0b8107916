"""Query parameters to a DocumentFilter. What is not understood is refused, for fear of answering too much."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any
from uuid import UUID

from starlette.datastructures import QueryParams

from docmill.domain.errors import DocmillError, invalid
from docmill.domain.events import DocumentId
from docmill.domain.limits.api import PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX, VALUE_FILTERS_MAX
from docmill.domain.states import STATUS, RunState
from docmill.domain.tenants import TenantId
from docmill.domain.types import DocumentType, Kind
from docmill.entrypoints.api.views import RUNNING
from docmill.ports.catalog import Catalog
from docmill.ports.document_store import DocumentFilter, ValueFilter

OPERATORS = ("eq", "ne", "gte", "gt", "lte", "lt", "contains")
_PATH = re.compile(r"[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*")

_OF_VALUES = (
    "By extracted value: `value.gross_total_gte=100`, `value.seller.name_contains=acme`; operators "
    f"{', '.join(OPERATORS)}, without one `eq`. Amounts compare as decimals, dates as dates."
)


def _parameter(name: str, says: str, kind: str = "string") -> dict[str, object]:
    return {"name": name, "in": "query", "schema": {"type": kind}, "description": says}


PARAMETERS = [
    _parameter("state", f"One or more of {', '.join(RunState)}, by comma."),
    _parameter("status", "One or more of running, needs_review, succeeded, rejected, failed."),
    _parameter("type", "The document type."),
    _parameter("batch", "The batch that the upload named."),
    _parameter("parent", "The archive that they were found in."),
    _parameter("created_gte", "Not before: ISO 8601, UTC when it has no offset."),
    _parameter("created_lt", "Before."),
    _parameter("value.<path>_<operator>", _OF_VALUES),
]
PAGING = [
    _parameter("limit", f"1 to {PAGE_SIZE_MAX}, {PAGE_SIZE_DEFAULT} when not given.", "integer"),
    _parameter("cursor", "`next` of the page before."),
]


async def tenant_filter(
    query: QueryParams, catalog: Catalog, tenant: TenantId, *, besides: tuple[str, ...] = ()
) -> DocumentFilter:
    """`document_filter`, whose value paths are those of a type of the tenant, or of the type that it names.

    Raises DocmillError(request_invalid): a misspelt path would answer as if no document had such a value.
    """
    where = document_filter(query, besides=besides)
    if where.values:
        types = await catalog.types(tenant)
        named = [one for one in types if one.name == where.type_name]
        known = {path for one in named or types for path in _paths(one)}
        for each in where.values:
            path = ".".join(each.path)
            if path not in known:
                raise _unknown_path(path, known)
    return where


def _paths(document_type: DocumentType) -> Iterator[str]:
    """What the values of a type can be asked for by; lists cannot. Schemas may go deeper than annotations."""
    yield from _properties(document_type.schema, "")
    for spec in document_type.fields:
        if spec.list_path is None and spec.kind not in (Kind.LIST, Kind.OBJECT):
            yield spec.path
            if spec.kind is Kind.AMOUNT:
                yield from (f"{spec.path}.amount", f"{spec.path}.currency")


def _properties(schema: Mapping[str, Any], prefix: str) -> Iterator[str]:
    for name, below in schema.get("properties", {}).items():
        if "properties" in below:
            yield from _properties(below, f"{prefix}{name}.")
        elif "items" not in below:
            yield f"{prefix}{name}"


def _unknown_path(path: str, known: set[str]) -> DocmillError:
    meant = get_close_matches(path, sorted(known), n=1)
    hint = f"; did you mean value.{meant[0]}?" if meant else "."
    return invalid(f"value.{path[:60]}: no type has such a field outside of lists{hint}")


def document_filter(query: QueryParams, *, besides: tuple[str, ...] = ()) -> DocumentFilter:
    """Raise DocmillError(request_invalid) for a parameter that is no filter and none of ``besides``."""
    where = DocumentFilter()
    values: list[ValueFilter] = []
    for name, text in query.multi_items():
        if name in besides:
            continue
        if name.startswith("value."):
            values.append(_value_filter(name.removeprefix("value."), text))
        elif name in _READ:
            where = _READ[name](where, text)
        else:
            known = f"{', '.join(_READ)} and value.<path>_<operator>"
            raise invalid(f"{name[:60]}: there is no such filter; there are {known}.")
    if len(values) > VALUE_FILTERS_MAX:
        raise invalid(f"value: want at most {VALUE_FILTERS_MAX} filters by value.")
    return replace(where, values=tuple(values))


def only_paging(query: QueryParams) -> None:
    """Raise DocmillError(request_invalid) for a parameter that a list without filters does not have."""
    for name in query:
        if name not in ("limit", "cursor"):
            raise invalid(f"{name[:40]}: want limit, cursor.")


def page_limit(query: QueryParams) -> int:
    text = query.get("limit", str(PAGE_SIZE_DEFAULT))
    if not re.fullmatch(r"[0-9]{1,9}", text) or not 1 <= int(text) <= PAGE_SIZE_MAX:
        raise invalid(f"limit: want 1 to {PAGE_SIZE_MAX}.")
    return int(text)


def _states(where: DocumentFilter, text: str) -> DocumentFilter:
    try:
        states = tuple(RunState(name.strip().lower()) for name in text.split(","))
    except ValueError:
        raise invalid(f"state: want one of {', '.join(RunState)}.") from None
    return replace(where, states=where.states + states)


def _statuses(where: DocumentFilter, text: str) -> DocumentFilter:
    told = {state: STATUS[state] or RUNNING for state in RunState}
    wanted = {name.strip() for name in text.split(",")}
    if not wanted <= set(told.values()):
        raise invalid(f"status: want one of {', '.join(sorted(set(told.values())))}.")
    states = tuple(state for state, status in told.items() if status in wanted)
    return replace(where, states=where.states + states)


def _parent(where: DocumentFilter, text: str) -> DocumentFilter:
    try:
        return replace(where, parent=DocumentId(UUID(text)))
    except ValueError:
        raise invalid("parent: want a document's id.") from None


def parsed_time(name: str, text: str) -> datetime:
    """Raise DocmillError(request_invalid), naming the parameter, for a text that is no time."""
    try:
        # An unescaped + of an offset arrives as a blank.
        time = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    except ValueError:
        raise invalid(f"{name}: want a time such as 2026-01-31T12:00:00Z.") from None
    try:
        # In UTC, since PostgreSQL does not take every offset that Python does.
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except OverflowError:
        raise invalid(f"{name}: want a time within the years 1 to 9999.") from None


def _value_filter(text: str, operand: str) -> ValueFilter:
    path, _, operator = text.rpartition("_")
    if operator not in OPERATORS:
        path, operator = text, "eq"
    if not _PATH.fullmatch(path) or not operand:
        raise invalid("value: want value.<path>_<operator>=<operand>, such as value.gross_total_gte=100.")
    return ValueFilter(tuple(path.split(".")), operator, operand)


_READ: Mapping[str, Callable[[DocumentFilter, str], DocumentFilter]] = {
    "state": _states,
    "status": _statuses,
    "type": lambda where, text: replace(where, type_name=text),
    "batch": lambda where, text: replace(where, batch=text),
    "parent": _parent,
    "created_gte": lambda where, text: replace(where, created_gte=parsed_time("created_gte", text)),
    "created_lt": lambda where, text: replace(where, created_lt=parsed_time("created_lt", text)),
}
