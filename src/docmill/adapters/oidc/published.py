"""The keys of one issuer, as new as they have to be."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from docmill.adapters.tokens.jws import Signed, verify
from docmill.adapters.tokens.key_set import KeySet
from docmill.domain.access import Refusal, Refused
from docmill.domain.errors import Unavailable
from docmill.domain.limits.identity import ISSUER_ASKED_AGAIN_S, ISSUER_KEYS_KEPT_S, ISSUER_KEYS_STALE_S_MAX

_NEVER = -1e9


class PublishedKeys:
    """``clock`` gives monotonic seconds. Whatever tokens name, the issuer is asked once in
    ISSUER_ASKED_AGAIN_S at most, and by one request at a time.
    """

    def __init__(self, fetch: Callable[[], Awaitable[Mapping[str, Any]]], clock: Callable[[], float]) -> None:
        self._fetch = fetch
        self._clock = clock
        self._keys = KeySet({})
        self._read_at = _NEVER
        self._asked_at = _NEVER
        self._turn = asyncio.Lock()
        self._trouble: Unavailable | None = None

    async def verified(self, signed: Signed) -> bytes:
        """Return what was signed. Raises Refused, and Unavailable while there are no keys to tell by."""
        if self._clock() - self._read_at > ISSUER_KEYS_KEPT_S:
            await self._refresh(self._read_at)
        if self._clock() - self._read_at > ISSUER_KEYS_STALE_S_MAX:
            raise Unavailable(
                (self._trouble.detail if self._trouble else "") or "The issuer does not answer."
            )
        seen = self._read_at
        try:
            return verify(signed, self._keys)
        except Refused as refused:
            if refused.reason is not Refusal.UNKNOWN_SIGNER:
                raise
        await self._refresh(seen)  # it may have begun to sign with a new one
        return verify(signed, self._keys)

    async def _refresh(self, seen: float) -> None:
        """Ask the issuer, unless somebody has since ``seen``, or just did in vain."""
        async with self._turn:
            now = self._clock()
            if self._read_at != seen or now - self._asked_at < ISSUER_ASKED_AGAIN_S:
                return
            self._asked_at = now
            try:
                self._keys = KeySet(await self._fetch())
            except Unavailable as trouble:
                self._trouble = trouble
                return
            self._read_at, self._trouble = self._clock(), None
