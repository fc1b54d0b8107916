"""Rows of the review tables to domain objects, and filters and cursors of the queue."""

from collections.abc import Mapping
from decimal import Decimal
from math import isfinite
from typing import Any
from uuid import UUID

from psycopg import sql

from docmill.adapters.postgres.cursors import cursor_of, place_of
from docmill.adapters.postgres.database import Row
from docmill.adapters.postgres.filters import all_of
from docmill.domain.events import DocumentId, RunId
from docmill.domain.pages import Box
from docmill.domain.review import (
    Correction,
    Evidence,
    Lease,
    ReviewItem,
    ReviewKind,
    ReviewSettings,
    SavedCorrection,
    TypePolicy,
)
from docmill.domain.tenants import TenantId
from docmill.ports.reviews import Period, ReviewFilter

_PLAIN: Mapping[str, sql.SQL] = {
    "type_name": sql.SQL("type_name = {}"),
    "batch": sql.SQL("batch = {}"),
    "blocker": sql.SQL("{} = ANY (rules)"),
    "kind": sql.SQL("kind = {}"),
}


def item_from(row: Row) -> ReviewItem:
    lease = None if row["lease"] is None else Lease(row["lease"], row["lease_holder"], row["lease_until"])
    return ReviewItem(
        document=DocumentId(row["document"]),
        run=RunId(row["run"]),
        version=row["version"],
        kind=ReviewKind(row["kind"]),
        name=row["name"],
        type_name=row["type_name"],
        batch=row["batch"],
        loss=row["loss"],
        rank=row["rank"],
        rules=tuple(row["rules"]),
        entered_at=row["entered_at"],
        uploaded_at=row["uploaded_at"],
        lease=lease,
        postponed_until=row["postponed_until"],
        note=row["note"] or "",
        doubts=tuple(row["doubts"]),
    )


def saved_from(row: Row) -> SavedCorrection:
    correction = Correction(
        operation=row["operation"],
        path=row["path"],
        field=row["field"],
        outcome=row["outcome"],
        before=row["before"],
        after=row["after"],
        page=row["page"],
        box=None if row["box"] is None else Box(*row["box"]),
        raw_text=row["raw_text"],
        evidence=None if row["evidence"] is None else Evidence(row["evidence"]),
        reason=row["reason"] or "",
    )
    return SavedCorrection(
        save=row["save"],
        run=RunId(row["run"]),
        run_number=row["run_number"],
        kind=ReviewKind(row["kind"]),
        subject=row["subject"],
        time=row["time"],
        ordinal=row["ordinal"],
        correction=correction,
    )


def policies_json(settings: ReviewSettings) -> dict[str, Any]:
    return {
        name: {
            "four_eyes": policy.four_eyes,
            "four_eyes_above": None if policy.four_eyes_above is None else str(policy.four_eyes_above),
            "audit_rate": policy.audit_rate,
        }
        for name, policy in settings.types.items()
    }


def policies_from(kept: Mapping[str, Mapping[str, Any]]) -> dict[str, TypePolicy]:
    return {
        name: TypePolicy(
            policy["four_eyes"],
            None if policy["four_eyes_above"] is None else Decimal(policy["four_eyes_above"]),
            policy["audit_rate"],
        )
        for name, policy in kept.items()
    }


def conditions(tenant: TenantId, where: ReviewFilter, cursor: str | None) -> sql.Composable:
    """Raises DocmillError(request_invalid) for a cursor of another list.

    Literals, so that the planner sees which partial index serves.
    """
    parts = [sql.SQL("tenant = {}").format(sql.Literal(tenant)), sql.SQL("state = 'open'").format()]
    parts += [
        template.format(sql.Literal(str(value)))
        for name, template in _PLAIN.items()
        if (value := getattr(where, name)) is not None
    ]
    if where.holder == "":
        parts.append(sql.SQL("(lease_until IS NULL OR lease_until <= clock_timestamp())").format())
    elif where.holder is not None:
        holds = sql.SQL("(lease IS NOT NULL AND lease_holder = {} AND lease_until > clock_timestamp())")
        parts.append(holds.format(sql.Literal(where.holder)))
    if cursor is not None:
        parts.append(_after(cursor, tenant, where))
    return all_of(parts)


def period_conditions(period: Period, column: tuple[str, ...]) -> sql.Composable:
    moment = sql.Identifier(*column)
    parts = [
        sql.SQL("{} >= {}").format(moment, sql.Literal(period.since)),
        sql.SQL("{} < {}").format(moment, sql.Literal(period.until)),
    ]
    if period.type_name is not None:
        parts.append(sql.SQL("type_name = {}").format(sql.Literal(period.type_name)))
    return all_of(parts)


def cursor_after(item: ReviewItem, tenant: TenantId, where: ReviewFilter) -> str:
    return cursor_of(item.rank, str(item.document), of=_list(tenant, where))


def _after(cursor: str, tenant: TenantId, where: ReviewFilter) -> sql.Composed:
    rank, last = place_of(cursor, _place, of=_list(tenant, where))
    return sql.SQL("(rank, document) < ({}::float8, {})").format(sql.Literal(rank), sql.Literal(last))


def _place(rank: float, document: str) -> tuple[float, UUID]:
    if not isinstance(rank, float) or not isfinite(rank):
        raise ValueError
    return rank, UUID(document)


def _list(tenant: TenantId, where: ReviewFilter) -> str:
    return f"reviews:{tenant}:{where!r}"
