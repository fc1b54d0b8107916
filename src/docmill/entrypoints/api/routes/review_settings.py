"""How a tenant wants its reviews done, and how they go."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from docmill.domain.access import Permission
from docmill.domain.errors import invalid
from docmill.domain.limits.review import REVIEW_TYPES_MAX
from docmill.domain.review import ANY_TYPE, ReviewSettings, TypePolicy
from docmill.entrypoints.api import schemas
from docmill.entrypoints.api.answers import json_answer
from docmill.entrypoints.api.bodies import json_object
from docmill.entrypoints.api.filters import parsed_time
from docmill.entrypoints.api.identity import Caller, MayManageTenant, MayReview, ServicesOf
from docmill.entrypoints.api.routes.types import IfMatch, IfNoneMatch, expected_version
from docmill.entrypoints.api.schemas_reviews import ReviewSettingsBody, ReviewStatistics
from docmill.entrypoints.api.views_reviews import settings_view
from docmill.ports.reviews import Period

router = APIRouter(prefix="/v1", tags=["reviews"])

_TYPE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")
_AMOUNT = re.compile(r"\d{1,15}(\.\d{1,4})?")
_DAYS = 30
_EXAMPLE = {"types": {"invoice": {"four_eyes": True, "four_eyes_above": "1000.00", "audit_rate": 0.02}}}


@router.get(
    "/review-settings",
    summary="Show how reviews are done",
    responses=schemas.answers(200, ReviewSettingsBody, 401, 403, 503),
)
async def show_settings(services: ServicesOf, tenant: MayManageTenant) -> Response:
    return _answer(await services.reviews.settings(tenant, fresh=True))


@router.put(
    "/review-settings",
    summary="Say how reviews are done",
    responses=schemas.answers(200, ReviewSettingsBody, 401, 403, 412, 413, 422, 503),
    openapi_extra=schemas.json_body(
        "All settings; a type that is not named has none, or those of `*`.", _EXAMPLE
    ),
)
async def put_settings(
    request: Request,
    services: ServicesOf,
    tenant: MayManageTenant,
    *,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Documents that are validated from now on go by them."""
    settings = ReviewSettings(types=_types(await json_object(request)))

    async def newest() -> int:
        return (await services.reviews.settings(tenant, fresh=True)).version

    expected = await expected_version(if_match, if_none_match, newest=newest)
    return _answer(await services.reviews.put_settings(tenant, settings, expected=expected))


@router.get(
    "/reviews/statistics",
    summary="Show how reviews go",
    responses=schemas.answers(200, ReviewStatistics, 401, 403, 422, 503),
)
async def show_statistics(
    services: ServicesOf,
    tenant: MayReview,
    caller: Caller,
    *,
    since: Annotated[str | None, Query(description=f"ISO 8601; {_DAYS} days ago when not given.")] = None,
    until: Annotated[str | None, Query(description="Without it, now.")] = None,
    type_name: Annotated[str | None, Query(alias="type", description="One type only.")] = None,
) -> Response:
    """By type and field: what was confirmed, changed and missed, how long it took, and how often what was
    accepted without a person was wrong, from the audit sample. By person for who may manage the tenant."""
    from docmill.engines.review.statistics import told

    now = services.now()
    ends = now if until is None else parsed_time("until", until)
    begins = _begins(ends) if since is None else parsed_time("since", since)
    if type_name is not None and "\0" in type_name:
        raise invalid("type: may not have the character NUL.")
    counts = await services.reviews.counts(tenant, Period(begins, ends, type_name))
    waiting = [row for row in counts.waiting if type_name in (None, row["type_name"])]
    body: dict[str, Any] = {
        "since": begins.isoformat(),
        "until": ends.isoformat(),
        "types": told(counts.saves, counts.waited, counts.fields, waiting),
    }
    if Permission.TENANT_MANAGE in caller.permissions:
        body["people"] = [dict(row) for row in counts.people]
    return json_answer(body)


def _begins(ends: Any) -> Any:
    try:
        return ends - timedelta(days=_DAYS)
    except OverflowError:
        raise invalid("until: want a later time.") from None


def _types(body: Mapping[str, Any]) -> dict[str, TypePolicy]:
    types = body.get("types")
    if not isinstance(types, Mapping) or body.keys() != {"types"} or len(types) > REVIEW_TYPES_MAX:
        raise invalid(f"types: want an object of at most {REVIEW_TYPES_MAX} types, and nothing beside it.")
    return {_name(name): _policy(name, given) for name, given in types.items()}


def _name(name: str) -> str:
    if name != ANY_TYPE and not _TYPE.fullmatch(name):
        raise invalid(f"types: {name[:60]!r} is no type's name, and not `{ANY_TYPE}`.")
    return name


def _policy(name: str, given: Any) -> TypePolicy:
    known = {"four_eyes", "four_eyes_above", "audit_rate"}
    if not isinstance(given, Mapping) or not given.keys() <= known:
        raise invalid(f"types.{name[:60]}: want an object of {', '.join(sorted(known))}.")
    policy = TypePolicy()
    eyes, above, rate = (
        given.get("four_eyes", False),
        given.get("four_eyes_above"),
        given.get("audit_rate", 0),
    )
    if not isinstance(eyes, bool):
        raise invalid(f"types.{name[:60]}.four_eyes: want true or false.")
    if above is not None and (not isinstance(above, str) or not _AMOUNT.fullmatch(above)):
        raise invalid(f'types.{name[:60]}.four_eyes_above: want an amount such as "1000.00", or null.')
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate <= 1:
        raise invalid(f"types.{name[:60]}.audit_rate: want a share from 0 to 1.")
    return replace(
        policy,
        four_eyes=eyes,
        four_eyes_above=None if above is None else Decimal(above),
        audit_rate=float(rate),
    )


def _answer(settings: ReviewSettings) -> Response:
    return json_answer(settings_view(settings), headers={"ETag": f'"{settings.version}"'})
