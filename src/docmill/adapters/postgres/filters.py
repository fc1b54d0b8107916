"""Filters and cursors of lists, as SQL conditions with parameters."""

from collections.abc import Mapping
from uuid import UUID

from psycopg import sql

from docmill.adapters.postgres.cursors import cursor_of, moment, place_of
from docmill.adapters.postgres.field_values import date_from, decimal_from, indexed_text
from docmill.domain.documents import Document
from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.tenants import TenantId
from docmill.ports.document_store import DocumentFilter, ValueFilter

Condition = sql.Composed

_SYMBOLS = {"gt": sql.SQL(">"), "gte": sql.SQL(">="), "lt": sql.SQL("<"), "lte": sql.SQL("<=")}
_PLAIN: Mapping[str, sql.SQL] = {
    "type_name": sql.SQL("r.type_name = {}"),
    "batch": sql.SQL("r.batch = {}"),
    "parent": sql.SQL("d.parent = {}"),
    "created_gte": sql.SQL("r.uploaded_at >= {}"),
    "created_lt": sql.SQL("r.uploaded_at < {}"),
}


def conditions(where: DocumentFilter) -> list[Condition]:
    """Raises DocmillError(request_invalid) for an unknown operator, or a bound that is no number and no date.

    Values are written into the statement as literals and not bound: the planner has to see a state
    to choose the partial index that is made for it.
    """
    given = [
        template.format(sql.Literal(getattr(where, name)))
        for name, template in _PLAIN.items()
        if getattr(where, name) is not None
    ]
    if where.states:
        states = sql.SQL(", ").join(sql.Literal(state.value) for state in where.states)
        given.append(sql.SQL("r.state IN ({})").format(states))
    return [*given, *(value_condition(condition) for condition in where.values)]


def value_condition(condition: ValueFilter) -> Condition:
    """A document without the value passes no condition on it, ``ne`` included."""
    return sql.SQL(
        "EXISTS (SELECT FROM field_values v WHERE v.tenant = r.tenant AND v.document = r.document"
        " AND v.path = {} AND {})"
    ).format(sql.Literal(".".join(condition.path)), _comparison(condition.operator, condition.operand))


def all_of(parts: list[Condition]) -> sql.Composable:
    return sql.SQL(" AND ").join(parts) if parts else sql.SQL("true")


def _comparison(operator: str, operand: str) -> sql.Composable:
    if operator == "eq":
        return _equal(operand)
    if operator == "ne":
        return sql.SQL("NOT {}").format(_equal(operand))
    if operator == "contains":
        return sql.SQL("strpos(lower(v.text), lower({})) > 0").format(sql.Literal(indexed_text(operand)))
    symbol = _SYMBOLS.get(operator)
    if symbol is None:
        raise DocmillError(ErrorCode.REQUEST_INVALID, f"there is no operator {operator[:20]!r}")
    number, day = decimal_from(operand), date_from(operand)
    if number is not None:
        # The approximation finds the rows by the index, the number decides.
        loose = sql.SQL(">=") if operator.startswith("g") else sql.SQL("<=")
        return sql.SQL("(v.number IS NOT NULL AND v.number_approx {} {}::float8 AND v.number {} {})").format(
            loose, sql.Literal(number), symbol, sql.Literal(number)
        )
    if day is not None:
        return sql.SQL("(v.date IS NOT NULL AND v.date {} {})").format(symbol, sql.Literal(day))
    raise DocmillError(ErrorCode.REQUEST_INVALID, f"{operator} wants a number or a date (2026-01-31)")


def _equal(operand: str) -> sql.Composable:
    same_text = sql.SQL("v.text = {}").format(sql.Literal(indexed_text(operand)))
    number = decimal_from(operand)
    if number is None:
        return same_text
    return sql.SQL("({} OR v.number_approx = {}::float8 AND v.number = {})").format(
        same_text, sql.Literal(number), sql.Literal(number)
    )


def cursor_after(document: Document, tenant: TenantId, where: DocumentFilter) -> str:
    """Point behind a document."""
    return cursor_of(document.created_at.isoformat(), str(document.id), of=_list(tenant, where))


def before_cursor(cursor: str, tenant: TenantId, where: DocumentFilter) -> Condition:
    """Raises DocmillError(request_invalid) for a cursor of another list."""
    read = lambda time, document: (moment(time), UUID(document))  # noqa: E731
    uploaded_at, last = place_of(cursor, read, of=_list(tenant, where))
    return sql.SQL("(r.uploaded_at, r.document) < ({}, {})").format(
        sql.Literal(uploaded_at), sql.Literal(last)
    )


def _list(tenant: TenantId, where: DocumentFilter) -> str:
    return f"{tenant}:{where!r}"
