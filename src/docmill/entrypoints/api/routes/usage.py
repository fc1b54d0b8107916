"""What work has cost: CPU seconds, pages, bytes and tokens."""

import csv
from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from io import StringIO
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.limits.fairness import USAGE_DAYS_MAX
from docmill.domain.usage import Cost, Period, UsageBy, UsageRow
from docmill.entrypoints.api import schemas, usage_schemas
from docmill.entrypoints.api.answers import json_answer
from docmill.entrypoints.api.identity import MayManagePlatform, MaySeeUsage, ServicesOf

router = APIRouter(prefix="/v1", tags=["usage"])
_CSV = "text/csv; charset=utf-8"
_RESPONSES = schemas.beside_json(schemas.answers(200, usage_schemas.Usage, 401, 403, 422, 503), _CSV)


class UsageFormat(StrEnum):
    JSON = "json"
    CSV = "csv"


class OwnUsageBy(StrEnum):
    """What a tenant may break its own usage down by."""

    DAY = "day"
    STAGE = "stage"
    DOCUMENT = "document"


From = Annotated[
    date | None, Query(alias="from", description="First day, in UTC. Default: the first of the month.")
]
To = Annotated[date | None, Query(description="Last day, in UTC. Default: today.")]
Format = Annotated[UsageFormat, Query(description="`csv` for spreadsheets.")]


@router.get(
    "/usage",
    summary="Tell what the tenant has used",
    responses=_RESPONSES,
)
async def show_usage(
    services: ServicesOf,
    tenant: MaySeeUsage,
    *,
    since: From = None,
    to: To = None,
    by: Annotated[OwnUsageBy, Query(description="What each row is of.")] = OwnUsageBy.DAY,
    format: Format = UsageFormat.JSON,  # noqa: A002
) -> Response:
    """By day and stage it is what the processes measured, some seconds behind; `api` is for requests.

    By document it is what was spent on those that were uploaded in these days, the costliest first.
    """
    period = _period(services.now().date(), since, to)
    rows = await services.ledger.usage(tenant, period, by=UsageBy(by.value))
    return _answer(rows, period, by=UsageBy(by.value), format=format)


@router.get(
    "/platform/usage",
    summary="Tell what all tenants have used",
    responses=_RESPONSES,
)
async def show_platform_usage(
    services: ServicesOf,
    _admin: MayManagePlatform,
    *,
    since: From = None,
    to: To = None,
    format: Format = UsageFormat.JSON,  # noqa: A002
) -> Response:
    """One row for each tenant; that of `null` is what docmill's processes used and charged no tenant with."""
    period = _period(services.now().date(), since, to)
    return _answer(await services.ledger.totals(period), period, by=UsageBy.TENANT, format=format)


def _period(today: date, since: date | None, to: date | None) -> Period:
    last = to or today
    first = since or last.replace(day=1)
    if first > last or (last - first) >= timedelta(days=USAGE_DAYS_MAX):
        detail = f"from, to: want at most {USAGE_DAYS_MAX} days, the first one first."
        raise DocmillError(ErrorCode.REQUEST_INVALID, detail)
    return Period(first, last)


def _answer(rows: Sequence[UsageRow], period: Period, *, by: UsageBy, format: UsageFormat) -> Response:  # noqa: A002
    told = [{by.value: row.key or None, **row.cost.to_json()} for row in rows]
    if format is UsageFormat.CSV:
        return Response(_csv(by.value, told), media_type=_CSV)
    total = sum((row.cost for row in rows), Cost())
    body = {"from": period.first.isoformat(), "to": period.last.isoformat(), "by": by.value}
    return json_answer({**body, "rows": told, "total": total.to_json()})


def _csv(by: str, rows: Sequence[dict[str, Any]]) -> str:
    out = StringIO()
    writer = csv.DictWriter(out, [by, *Cost().to_json()], lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
