"""`/v1/webhooks`: whom to tell, what was told, and telling it again."""

import re
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request
from starlette.responses import Response

from docmill.domain.errors import DocmillError, ErrorCode, NotFound
from docmill.domain.limits.api import PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX
from docmill.domain.limits.webhooks import WEBHOOK_SECRET_OVERLAP_HOURS
from docmill.domain.webhooks import DeliveryId, DeliveryStatus, Webhook, WebhookId
from docmill.entrypoints.api import schemas
from docmill.entrypoints.api import schemas_webhooks as bodies
from docmill.entrypoints.api.answers import json_answer
from docmill.entrypoints.api.filters import parsed_time
from docmill.entrypoints.api.identity import MayManageWebhooks, ServicesOf
from docmill.entrypoints.api.identity_bodies import asked
from docmill.ports.webhooks import WebhookChange

router = APIRouter(prefix="/v1", tags=["webhooks"])

_ETAG = re.compile(r'(?:W/)?"(\d{1,9})"')
IfMatch = Annotated[str | None, Header(description="The ETag of the version that you changed.")]


async def webhook_of(webhook_id: str) -> WebhookId:
    return WebhookId(_id(webhook_id))


async def delivery_of(delivery_id: str) -> DeliveryId:
    return DeliveryId(_id(delivery_id))


def _id(text: str) -> UUID:
    """A text that is no id cannot be the id of anything: NotFound, as for an absent one."""
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None


TheWebhook = Annotated[WebhookId, Depends(webhook_of)]
TheDelivery = Annotated[DeliveryId, Depends(delivery_of)]


@router.get(
    "/webhooks", summary="List endpoints", responses=schemas.answers(200, bodies.WebhookList, 401, 403, 503)
)
async def list_webhooks(services: ServicesOf, tenant: MayManageWebhooks) -> Response:
    """Oldest first."""
    endpoints = await services.webhooks.endpoints(tenant)
    return json_answer({"items": [bodies.webhook_view(one) for one in endpoints], "next": None})


@router.post(
    "/webhooks",
    status_code=201,
    summary="Make an endpoint",
    responses=schemas.answers(201, bodies.NewWebhookBody, 401, 403, 413, 422, 503),
    openapi_extra=schemas.model_body(bodies.WebhookAsked),
)
async def make_webhook(request: Request, services: ServicesOf, tenant: MayManageWebhooks) -> Response:
    """Its secret is shown once. An address that the internet does not reach is refused: `address_refused`."""
    wanted = await asked(request, bodies.WebhookAsked)
    await services.sender.check(wanted.url)
    given = WebhookChange(wanted.url, tuple(wanted.types), wanted.description, wanted.enabled)
    webhook, secret = await services.webhooks.create(tenant, given)
    return json_answer(
        bodies.webhook_view(webhook) | {"secret": secret},
        status=201,
        headers=_etag(webhook) | {"Location": f"/v1/webhooks/{webhook.id}"},
    )


@router.get(
    "/webhooks/{webhook_id}",
    summary="Show an endpoint",
    responses=schemas.answers(200, bodies.WebhookBody, 304, 401, 403, 404, 503),
)
async def show_webhook(services: ServicesOf, tenant: MayManageWebhooks, webhook_id: TheWebhook) -> Response:
    """With its version as ETag."""
    return _answer(await services.webhooks.load(tenant, webhook_id))


@router.patch(
    "/webhooks/{webhook_id}",
    summary="Change an endpoint",
    responses=schemas.answers(200, bodies.WebhookBody, 401, 403, 404, 412, 413, 422, 503),
    openapi_extra=schemas.model_body(bodies.WebhookChangeAsked),
)
async def change_webhook(
    request: Request,
    services: ServicesOf,
    tenant: MayManageWebhooks,
    webhook_id: TheWebhook,
    *,
    if_match: IfMatch = None,
) -> Response:
    """What is not named stays. Enabling sends what has waited, in order."""
    wanted = await asked(request, bodies.WebhookChangeAsked)
    expected = _expected(if_match)
    await services.webhooks.load(tenant, webhook_id)
    if wanted.url is not None:
        await services.sender.check(wanted.url)
    types = None if wanted.types is None else tuple(wanted.types)
    given = WebhookChange(wanted.url, types, wanted.description, wanted.enabled)
    return _answer(await services.webhooks.change(tenant, webhook_id, given, expected=expected))


@router.delete(
    "/webhooks/{webhook_id}",
    status_code=204,
    summary="Remove an endpoint",
    responses=schemas.answers(204, None, 401, 403, 404, 412, 422, 503),
)
async def remove_webhook(
    services: ServicesOf, tenant: MayManageWebhooks, webhook_id: TheWebhook, *, if_match: IfMatch = None
) -> Response:
    """With its log, and with what it was still to be told."""
    await services.webhooks.delete(tenant, webhook_id, expected=_expected(if_match))
    return Response(status_code=204)


@router.post(
    "/webhooks/{webhook_id}/rotate",
    status_code=201,
    summary="Rotate an endpoint's secret",
    responses=schemas.answers(201, bodies.NewSecretBody, 401, 403, 404, 503),
)
async def rotate_secret(services: ServicesOf, tenant: MayManageWebhooks, webhook_id: TheWebhook) -> Response:
    """Every request carries both signatures until the overlap is over."""
    secret = await services.webhooks.rotate(tenant, webhook_id)
    return json_answer({"secret": secret, "overlap_hours": WEBHOOK_SECRET_OVERLAP_HOURS}, status=201)


@router.post(
    "/webhooks/{webhook_id}/test",
    status_code=202,
    summary="Send a test",
    responses=schemas.answers(202, bodies.DeliveryBody, 401, 403, 404, 503),
)
async def test_webhook(services: ServicesOf, tenant: MayManageWebhooks, webhook_id: TheWebhook) -> Response:
    """An event of type `test`, by the same way as all others; its delivery tells how it went."""
    delivery = await services.webhooks.test(tenant, webhook_id, time=services.now())
    location = f"/v1/webhooks/{webhook_id}/deliveries/{delivery.id}"
    return json_answer(bodies.delivery_view(delivery), status=202, headers={"Location": location})


@router.post(
    "/webhooks/{webhook_id}/replay",
    status_code=202,
    summary="Send again what was sent since a time",
    responses=schemas.answers(202, bodies.ReplayBody, 401, 403, 404, 413, 422, 503),
    openapi_extra=schemas.model_body(bodies.ReplayAsked),
)
async def replay_since(
    request: Request, services: ServicesOf, tenant: MayManageWebhooks, webhook_id: TheWebhook
) -> Response:
    """With the same ids, in the same order; what is still pending is left as it is."""
    since = parsed_time("since", (await asked(request, bodies.ReplayAsked)).since)
    count = await services.webhooks.replay(tenant, webhook_id, since=since)
    return json_answer({"replayed": count}, status=202)


@router.get(
    "/webhooks/{webhook_id}/deliveries",
    summary="List deliveries",
    responses=schemas.answers(200, bodies.DeliveryList, 401, 403, 404, 422, 503),
)
async def list_deliveries(
    services: ServicesOf,
    tenant: MayManageWebhooks,
    webhook_id: TheWebhook,
    *,
    status: DeliveryStatus | None = None,
    limit: Annotated[int, Query(ge=1, le=PAGE_SIZE_MAX)] = PAGE_SIZE_DEFAULT,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
) -> Response:
    """Newest first, each with its tries."""
    page = await services.webhooks.deliveries(tenant, webhook_id, status=status, limit=limit, cursor=cursor)
    return json_answer({"items": [bodies.delivery_view(one) for one in page.deliveries], "next": page.next})


@router.get(
    "/webhooks/{webhook_id}/deliveries/{delivery_id}",
    summary="Show a delivery",
    responses=schemas.answers(200, bodies.DeliveryBody, 401, 403, 404, 503),
)
async def show_delivery(
    services: ServicesOf, tenant: MayManageWebhooks, webhook_id: TheWebhook, delivery_id: TheDelivery
) -> Response:
    return json_answer(
        bodies.delivery_view(await services.webhooks.delivery(tenant, webhook_id, delivery_id))
    )


@router.post(
    "/webhooks/{webhook_id}/deliveries/{delivery_id}/replay",
    status_code=202,
    summary="Send a delivery again",
    responses=schemas.answers(202, bodies.ReplayBody, 401, 403, 404, 503),
)
async def replay_delivery(
    services: ServicesOf, tenant: MayManageWebhooks, webhook_id: TheWebhook, delivery_id: TheDelivery
) -> Response:
    """With the same id. 0 where it is pending anyway."""
    count = await services.webhooks.replay(tenant, webhook_id, delivery=delivery_id)
    return json_answer({"replayed": count}, status=202)


def _expected(if_match: str | None) -> int | None:
    if if_match is None or if_match == "*":
        return None
    version = _ETAG.fullmatch(if_match)
    if version is None:
        raise DocmillError(ErrorCode.REQUEST_INVALID, "If-Match: want the ETag of the endpoint.")
    return int(version[1])


def _etag(webhook: Webhook) -> dict[str, str]:
    return {"ETag": f'"{webhook.version}"'}


def _answer(webhook: Webhook) -> Response:
    return json_answer(bodies.webhook_view(webhook), headers=_etag(webhook))
