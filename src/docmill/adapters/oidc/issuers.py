"""OidcIssuers."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from time import monotonic, time
from typing import Any, Protocol

from docmill.adapters.oidc.documents import key_set_of
from docmill.adapters.oidc.published import PublishedKeys
from docmill.adapters.tokens.claims import require_type, require_valid
from docmill.adapters.tokens.jws import parse
from docmill.adapters.tokens.strict_json import json_object
from docmill.domain.access import Principal, Refusal, Refused
from docmill.domain.issuers import Issuer
from docmill.domain.limits.database import KEY_CACHE_S


class IssuerRules(Protocol):
    """Where the rules are kept, for all replicas. Raises what `ports.identity.Issuers` does."""

    async def add(self, issuer: Issuer) -> None: ...

    async def all(self) -> Sequence[Issuer]: ...

    async def remove(self, url: str) -> None: ...


class OidcIssuers:
    """``fetch`` gives an issuer's key set by its URL; ``now`` is seconds since 1970, ``clock`` monotonic
    ones.
    """

    def __init__(
        self,
        rules: IssuerRules,
        *,
        fetch: Callable[[str], Awaitable[Mapping[str, Any]]] = key_set_of,
        now: Callable[[], float] = time,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._rules = rules
        self._fetch = fetch
        self._now = now
        self._clock = clock
        self._known: dict[str, Issuer] = {}
        self._published: dict[str, PublishedKeys] = {}
        self._read_at: float | None = None

    async def add(self, issuer: Issuer) -> None:
        await self._rules.add(issuer)
        self._read_at = None

    async def all(self) -> Sequence[Issuer]:
        return await self._rules.all()

    async def remove(self, url: str) -> None:
        await self._rules.remove(url)
        self._read_at = None

    async def authenticate(self, token: str) -> Principal:
        signed = parse(token)
        require_type(signed.header, own=False)
        # What is not verified yet says only whose keys are asked; it has to be said again by what is.
        named = json_object(signed.payload).get("iss")
        issuer = (await self._issuers()).get(named) if isinstance(named, str) else None
        if issuer is None:
            raise Refused(Refusal.ISSUER)
        claims = json_object(await self._keys_of(issuer.url).verified(signed))
        require_valid(claims, issuer=issuer.url, audience=issuer.audience, now=self._now())
        return issuer.principal(claims)

    async def _issuers(self) -> dict[str, Issuer]:
        if self._read_at is None or self._clock() - self._read_at > KEY_CACHE_S:
            self._known = {issuer.url: issuer for issuer in await self._rules.all()}
            self._published = {url: keys for url, keys in self._published.items() if url in self._known}
            self._read_at = self._clock()
        return self._known

    def _keys_of(self, url: str) -> PublishedKeys:
        if url not in self._published:
            self._published[url] = PublishedKeys(partial(self._fetch, url), self._clock)
        return self._published[url]
