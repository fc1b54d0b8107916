"""What an issuer publishes: fetched with a limit on everything, from https and nowhere else."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from docmill.adapters.tokens.strict_json import json_object
from docmill.domain.access import Refused
from docmill.domain.errors import DocmillError, Unavailable
from docmill.domain.issuers import require_safe
from docmill.domain.limits.identity import ISSUER_ANSWER_BYTES_MAX, ISSUER_ANSWER_S_MAX

if TYPE_CHECKING:
    import httpx


async def key_set_of(url: str) -> Mapping[str, Any]:
    """Ask the issuer where its keys are, and fetch them. Raises Unavailable, also for an answer that is
    none.
    """
    import httpx

    # The environment's proxies are not taken: where tokens are believed from is for docmill's settings to
    # say.
    limits = httpx.Timeout(ISSUER_ANSWER_S_MAX)
    async with httpx.AsyncClient(timeout=limits, follow_redirects=False, trust_env=False) as client:
        said = await _fetched(client, f"{url.rstrip('/')}/.well-known/openid-configuration")
        place = said.get("jwks_uri")
        if said.get("issuer") != url or not isinstance(place, str):
            raise Unavailable(f"{url} describes another issuer.")
        try:
            require_safe(place.partition("?")[0])
        except DocmillError:
            raise Unavailable(f"{url} has its keys at an address that is not safe.") from None
        if place.startswith("http://") and not url.startswith("http://"):
            raise Unavailable(f"{url} has its keys at an address that is not safe.")
        return await _fetched(client, place)


async def _fetched(client: "httpx.AsyncClient", url: str) -> dict[str, Any]:
    import httpx

    try:
        async with asyncio.timeout(ISSUER_ANSWER_S_MAX), client.stream("GET", url) as answer:
            if answer.status_code != 200:
                raise Unavailable(f"{url} answers {answer.status_code}.")
            body = bytearray()
            async for chunk in answer.aiter_bytes():
                body += chunk
                if len(body) > ISSUER_ANSWER_BYTES_MAX:
                    raise Unavailable(f"{url} answers with more than {ISSUER_ANSWER_BYTES_MAX} bytes.")
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
        raise Unavailable(f"{url} does not answer: {type(error).__name__}.") from error
    try:
        return json_object(bytes(body))
    except Refused:
        raise Unavailable(f"{url} answers with something else than a JSON object.") from None
