"""Short-lived tokens for a key, and the public keys that they are signed with."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from docmill.domain.access import HANDED_ON, Refusal, Refused, Through, permissions_of
from docmill.domain.errors import ErrorCode
from docmill.domain.limits.identity import JWKS_CACHE_S
from docmill.entrypoints.api import identity_bodies as bodies
from docmill.entrypoints.api import schemas
from docmill.entrypoints.api.answers import json_answer
from docmill.entrypoints.api.identity import Public, ServicesOf, Somebody

router = APIRouter(tags=["keys"])


@router.post(
    "/v1/tokens",
    summary="Exchange a key for a token",
    responses=schemas.answers(200, bodies.TokenBody, 401, 403, 413, 422, 503),
    openapi_extra=bodies.asking(bodies.TokenAsked, required=False),
)
async def exchange(request: Request, services: ServicesOf, caller: Somebody) -> Response:
    """For 15 minutes, for a program that should not hold the key itself. Only a key is taken: a token that
    could be exchanged for another would never end, and for the same reason none carries `keys:manage`. When
    the key is revoked, its tokens end within seconds."""
    if caller.through is not Through.KEY:
        raise Refused(Refusal.FORBIDDEN, ErrorCode.FORBIDDEN, "It takes a key.")
    wanted = await bodies.asked(request, bodies.TokenAsked, required=False)
    permissions = caller.permissions if wanted.scopes is None else permissions_of(wanted.scopes)
    caller.require_all(permissions)
    permissions &= HANDED_ON
    if not permissions:
        raise Refused(
            Refusal.FORBIDDEN, ErrorCode.FORBIDDEN, "Keys and roles are made with a key, or signed in."
        )
    made = await services.identity.tokens.issue(caller, permissions)
    body = {"access_token": made.token, "token_type": "Bearer", "expires_in": made.expires_in_s}
    return json_answer(body | {"scope": " ".join(made.scopes)}, headers={"Cache-Control": "no-store"})


@router.get(
    "/.well-known/jwks.json",
    summary="Public keys of docmill's tokens",
    dependencies=[Public],
    responses=schemas.answers(200, bodies.KeySetBody, 503),
)
async def key_set(services: ServicesOf) -> Response:
    """The next key is in here some minutes before anything is signed with it."""
    headers = {"Cache-Control": f"public, max-age={JWKS_CACHE_S}"}
    return json_answer(dict(await services.identity.tokens.key_set()), headers=headers)
