"""What a tenant may take in, and what is left of it; for the platform's admin, also how tenants share."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from docmill.domain.errors import DocmillError, NotFound, invalid
from docmill.domain.fairness import Share
from docmill.domain.pressure import Waiting, predicted_wait_s
from docmill.domain.quotas import Quota, Used
from docmill.domain.tenants import TenantId, tenant_id
from docmill.entrypoints.api import bodies, schemas, usage_schemas
from docmill.entrypoints.api.answers import json_answer
from docmill.entrypoints.api.identity import MayManagePlatform, MaySeeUsage, ServicesOf
from docmill.entrypoints.api.services import Services
from docmill.stages.flow import FLOW

router = APIRouter(prefix="/v1", tags=["usage"])

_STAGES = frozenset(stage.name for stage in FLOW if not stage.follows)
_FIELDS = ("quota", "weight", "stage_weights")
_EXAMPLE = {
    "quota": {"documents_per_minute": 60, "pages_per_month": None},
    "weight": 3,
    "stage_weights": {"read": 2},
}


@router.get(
    "/quota",
    summary="Tell what may be uploaded, and what is left of it",
    responses=schemas.answers(200, usage_schemas.QuotaState, 401, 403, 503),
)
async def show_quota(services: ServicesOf, tenant: MaySeeUsage) -> Response:
    """`null` is no limit. `queue` says how much is waiting to be read, and how long a new file would wait."""
    quota, used = await services.quotas.quota(tenant), await services.quotas.used(tenant)
    waiting = await services.quotas.waiting()
    return json_answer(
        {"quota": quota.to_json(), "used": _used(quota, used), "queue": _queue(tenant, waiting)}
    )


@router.get(
    "/platform/tenants/{name}/quota",
    summary="Tell a tenant's quota and weights",
    responses=schemas.answers(200, usage_schemas.TenantQuota, 401, 403, 404, 503),
)
async def show_tenant_quota(services: ServicesOf, _admin: MayManagePlatform, name: str) -> Response:
    return json_answer(await _whole(services, _tenant(name)))


@router.put(
    "/platform/tenants/{name}/quota",
    summary="Change a tenant's quota and weights",
    responses=schemas.answers(200, usage_schemas.TenantQuota, 401, 403, 404, 413, 422, 503),
    openapi_extra=schemas.json_body("What is not named stays as it is; `null` takes a limit away.", _EXAMPLE),
)
async def change_tenant_quota(
    request: Request, services: ServicesOf, _admin: MayManagePlatform, name: str
) -> Response:
    """While tenants have work waiting, they get CPU in the ratio of their weights; a weight of a stage
    stands in the place of the tenant's there. Every process goes by it within 5 seconds."""
    tenant = _tenant(name)
    body = await bodies.json_object(request)
    quota, share = await changes(services, tenant, body)
    await services.quotas.change(tenant, quota=quota, share=share)
    return json_answer(await _whole(services, tenant))


async def changes(
    services: Services, tenant: TenantId, body: Mapping[str, Any]
) -> tuple[Mapping[str, object] | None, Share | None]:
    """Raise DocmillError(request_invalid) for what cannot be, before anything is changed."""
    unknown = body.keys() - set(_FIELDS)
    if unknown:
        raise invalid(f"There are {', '.join(_FIELDS)}.")
    quota = body.get("quota")
    if quota is not None:
        if not isinstance(quota, dict):
            raise invalid("quota: want an object.")
        Quota.of(quota)
    if "weight" not in body and "stage_weights" not in body:
        return quota, None
    held = await services.quotas.share(tenant)
    share = Share(
        _number("weight", body.get("weight", held.weight)),
        _stage_weights(body.get("stage_weights", held.stages)),
    )
    return quota, share.checked()


def _stage_weights(given: object) -> dict[str, float]:
    if not isinstance(given, dict) or not given.keys() <= _STAGES:
        raise invalid(f"stage_weights: want an object of {', '.join(sorted(_STAGES))}.")
    return {stage: _number(stage, weight) for stage, weight in given.items() if weight is not None}


def _number(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise invalid(f"{name}: want a number.")
    try:
        return float(value)
    except OverflowError:
        raise invalid(f"{name}: want a number.") from None


def _tenant(name: str) -> TenantId:
    try:
        return tenant_id(name)
    except DocmillError:
        raise NotFound from None


async def _whole(services: Services, tenant: TenantId) -> dict[str, Any]:
    quota, share = await services.quotas.quota(tenant), await services.quotas.share(tenant)
    used, waiting = await services.quotas.used(tenant), await services.quotas.waiting()
    return {
        "tenant": tenant,
        "quota": quota.to_json(),
        "weight": share.weight,
        "stage_weights": dict(share.stages),
        "used": _used(quota, used),
        "queue": _queue(tenant, waiting),
    }


def _used(quota: Quota, used: Used) -> dict[str, Any]:
    """What is not limited is not counted here: the usage tells it."""
    told = {
        "documents_left_this_minute": (quota.documents_per_minute, int(max(used.minute_documents_left, 0))),
        "pages_left_this_minute": (quota.pages_per_minute, int(used.minute_pages_left)),
        "cpu_seconds_left_this_minute": (
            quota.cpu_seconds_per_minute,
            round(used.minute_cpu_seconds_left, 3),
        ),
        "documents_this_month": (quota.documents_per_month, used.documents),
        "pages_this_month": (quota.pages_per_month, used.pages),
        "cpu_seconds_this_month": (quota.cpu_seconds_per_month, round(used.cpu_seconds, 3)),
        "stored_bytes": (quota.stored_bytes, used.stored_bytes),
    }
    return {name: None if limit is None else value for name, (limit, value) in told.items()}


def _queue(tenant: TenantId, waiting: Mapping[TenantId, Waiting]) -> dict[str, Any]:
    own = waiting.get(tenant)
    return {
        "documents": own.documents if own else 0,
        "oldest_s": round(own.oldest_s, 1) if own else 0.0,
        "wait_s": round(predicted_wait_s(tenant, waiting), 1),
    }
