"""`/v1/keys`: what the programs of a tenant show to be let in."""

from datetime import timedelta

from fastapi import APIRouter, Request
from starlette.responses import Response

from docmill.domain.access import permissions_of, within_tenant
from docmill.entrypoints.api import identity_bodies as bodies
from docmill.entrypoints.api import schemas
from docmill.entrypoints.api.answers import json_answer
from docmill.entrypoints.api.identity import Caller, MayManageKeys, ServicesOf
from docmill.ports.identity import NewKey

router = APIRouter(prefix="/v1", tags=["keys"])


@router.get("/keys", summary="List keys", responses=schemas.answers(200, bodies.KeyList, 401, 403, 503))
async def list_keys(services: ServicesOf, tenant: MayManageKeys) -> Response:
    """By their prefixes; those that are revoked come last."""
    keys = await services.identity.keys.all(tenant)
    return json_answer({"items": [bodies.key_view(key) for key in keys], "next": None})


@router.post(
    "/keys",
    status_code=201,
    summary="Make a key",
    responses=schemas.answers(201, bodies.NewKeyBody, 401, 403, 413, 422, 503),
    openapi_extra=bodies.asking(bodies.KeyAsked),
)
async def make_key(request: Request, services: ServicesOf, tenant: MayManageKeys, caller: Caller) -> Response:
    """The key is shown once: only a hash of it is kept. It can do no more than who makes it."""
    wanted = await bodies.asked(request, bodies.KeyAsked)
    caller.require_all(within_tenant(wanted.scopes))
    life = None if wanted.expires_in_days is None else timedelta(days=wanted.expires_in_days)
    made = await services.identity.keys.create(
        tenant, label=wanted.label, scopes=wanted.scopes, life=life, by=caller.subject
    )
    return _made(made)


@router.get(
    "/keys/{prefix}",
    summary="Show a key",
    responses=schemas.answers(200, bodies.KeyBody, 401, 403, 404, 503),
)
async def show_key(services: ServicesOf, tenant: MayManageKeys, prefix: str) -> Response:
    return json_answer(bodies.key_view(await services.identity.keys.show(tenant, prefix)))


@router.delete(
    "/keys/{prefix}",
    status_code=204,
    summary="Revoke a key",
    responses=schemas.answers(204, None, 401, 403, 404, 503),
)
async def revoke_key(services: ServicesOf, tenant: MayManageKeys, caller: Caller, prefix: str) -> Response:
    """It and the tokens that it was exchanged for are worthless within seconds, and for good. Twice is
    fine. Who can do less than the key cannot take it from its holder.
    """
    held = await services.identity.keys.show(tenant, prefix)
    caller.require_all(permissions_of(held.scopes))
    await services.identity.keys.revoke(tenant, prefix)
    return Response(status_code=204)


@router.post(
    "/keys/{prefix}/rotate",
    status_code=201,
    summary="Rotate a key",
    responses=schemas.answers(201, bodies.NewKeyBody, 401, 403, 404, 413, 422, 503),
    openapi_extra=bodies.asking(bodies.RotationAsked, required=False),
)
async def rotate_key(
    request: Request, services: ServicesOf, tenant: MayManageKeys, caller: Caller, prefix: str
) -> Response:
    """Makes its successor, which can do the same. The old one goes on for `overlap_hours`, then it ends."""
    wanted = await bodies.asked(request, bodies.RotationAsked, required=False)
    old = await services.identity.keys.show(tenant, prefix)
    caller.require_all(permissions_of(old.scopes))
    overlap = timedelta(hours=wanted.overlap_hours)
    return _made(await services.identity.keys.rotate(tenant, prefix, overlap=overlap, by=caller.subject))


def _made(made: NewKey) -> Response:
    headers = {"Location": f"/v1/keys/{made.key.prefix}", "Cache-Control": "no-store"}
    return json_answer(bodies.key_view(made.key) | {"key": made.secret}, status=201, headers=headers)
