"""Is it alive, is it ready, what does it measure. These tell nothing of a document.

`/health` needs no key. `/metrics` names tenants: it takes the one token that the platform's Prometheus has.
That is no key, so that whoever scrapes can do nothing else, and no database is asked who he is.
"""

from hmac import compare_digest
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.responses import Response

import docmill
from docmill.domain.errors import DocmillError, ErrorCode, Unavailable
from docmill.domain.limits.api import RETRY_AFTER_S
from docmill.entrypoints.api import schemas
from docmill.entrypoints.api.answers import json_answer, problem_body
from docmill.entrypoints.api.identity import Public, ServicesOf
from docmill.entrypoints.api.tracing import telling

router = APIRouter(tags=["platform"], dependencies=[Public])
_bearer = HTTPBearer(
    auto_error=False, scheme_name="MetricsToken", description="`run/metrics.token` in the home."
)


async def measuring(
    services: ServicesOf, bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> None:
    """Raise DocmillError(unauthenticated) for who has not the platform's token."""
    given = bearer.credentials if bearer else ""
    if not services.metrics_token or not compare_digest(given.encode(), services.metrics_token.encode()):
        raise DocmillError(ErrorCode.UNAUTHENTICATED, action="Send the platform's metrics token.")


@router.get("/health", summary="Tell whether the API is alive", responses=schemas.answers(200, None))
async def health(services: ServicesOf) -> Response:
    """Asks nobody else: a database that is away is no reason to restart the API. `locks` are those that
    strangers' files are opened in, and whether each is on."""
    locks = dict(await services.locks())
    return json_answer({"status": "alive", "version": docmill.__version__, "locks": locks})


@router.get(
    "/health/ready",
    summary="Tell whether it can take uploads",
    responses=schemas.answers(200, None, 503),
)
async def ready(request: Request, services: ServicesOf) -> Response:
    """503 while the database is away or a file cannot be stored; `parts` names what is amiss."""
    parts = {name: trouble or "ok" for name, trouble in (await services.health()).items()}
    troubled = [name for name, state in parts.items() if state != "ok"]
    if not troubled:
        return json_answer({"status": "ready", "parts": parts})
    problem = problem_body(
        Unavailable(f"Not ready: {', '.join(troubled)}."), request_id=telling(request).request_id
    )
    headers = {"Retry-After": str(RETRY_AFTER_S), "Content-Type": "application/problem+json"}
    return json_answer(problem | {"parts": parts}, status=503, headers=headers)


@router.get(
    "/metrics",
    summary="Measurements for Prometheus",
    response_class=Response,
    responses=schemas.answers(200, None, 401) | schemas.media("text/plain; version=0.0.4; charset=utf-8"),
    dependencies=[Depends(measuring)],
)
async def metrics(services: ServicesOf) -> Response:
    """Takes the token of `DOCMILL_METRICS_TOKEN`, or in `run/metrics.token` of the home: it names tenants."""
    return Response(await services.metrics(), media_type="text/plain; version=0.0.4; charset=utf-8")
