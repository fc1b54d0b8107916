"""SignedTokens: docmill's own tokens."""

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from time import monotonic
from typing import TYPE_CHECKING, Any

from docmill.adapters.tokens.claims import require_type, require_valid
from docmill.adapters.tokens.jws import parse, verify
from docmill.adapters.tokens.key_set import KeySet
from docmill.adapters.tokens.seal import Seal
from docmill.adapters.tokens.signing_keys import SigningKey, SigningKeys
from docmill.adapters.tokens.strict_json import json_object
from docmill.domain.access import HANDED_ON, Permission, Principal, Refusal, Refused, Through
from docmill.domain.limits.database import KEY_CACHE_S
from docmill.domain.limits.identity import JWKS_CACHE_S, SIGNING_KEY_DAYS, TOKEN_S, TOKEN_SKEW_S
from docmill.ports.identity import Keys, NewToken

if TYPE_CHECKING:
    from joserfc.jwk import ECKey

NAME = "docmill"  # issuer and audience: these tokens are made here, for here
_ALGORITHM = "ES256"
_HOLDER = "key:"
_LOOKED_AGAIN_S = 0.1  # whatever made-up tokens name, the database is asked ten times a second at most


class SignedTokens:
    """The signing keys are in the database, where every replica finds the public halves; a private half
    can be opened by those who have the same secret. A replica with another secret signs with a key of its
    own.

    A token tells the prefix of its key, and the key is looked up at each use: revoking it ends its tokens
    within KEY_CACHE_S, and a token never allows what its key no longer does.
    """

    def __init__(self, store: SigningKeys, keys: Keys, seal: Callable[[], Seal]) -> None:
        self._store = store
        self._keys = keys
        self._make_seal = seal
        self._known: tuple[SigningKey, ...] = ()
        self._key_set = KeySet({})
        self._read_at = -KEY_CACHE_S  # monotonic seconds, as the next
        self._looked_again_at = -KEY_CACHE_S
        self._ahead = timedelta()  # the database's clock against this machine's
        self._opened: dict[str, ECKey] = {}

    @cached_property
    def _seal(self) -> Seal:
        return self._make_seal()

    async def issue(self, holder: Principal, permissions: frozenset[Permission]) -> NewToken:
        from joserfc.jws import serialize_compact

        signer = await self._signer()
        now, scopes = int(self._now().timestamp()), tuple(sorted(permissions))
        claims = {
            "iss": NAME,
            "aud": NAME,
            "sub": holder.subject,
            "tenant": holder.tenant,
            "scope": " ".join(scopes),
            "iat": now,
            "exp": now + TOKEN_S,
            "jti": secrets.token_hex(16),
        }
        header = {"alg": _ALGORITHM, "typ": "at+jwt", "kid": signer.kid}
        signed = serialize_compact(header, json.dumps(claims), self._private(signer), algorithms=[_ALGORITHM])
        return NewToken(signed, TOKEN_S, scopes)

    def is_own(self, token: str) -> bool:
        return json_object(parse(token).payload).get("iss") == NAME

    async def authenticate(self, token: str) -> Principal:
        signed = parse(token)
        require_type(signed.header, own=True)
        await self._read(older_than_s=KEY_CACHE_S)
        try:
            payload = verify(signed, self._key_set)
        except Refused as refused:
            if refused.reason is not Refusal.UNKNOWN_SIGNER:
                raise
            await self._look_again()  # another replica may have begun to sign with it
            payload = verify(signed, self._key_set)
        claims = json_object(payload)
        require_valid(claims, issuer=NAME, audience=NAME, now=self._now().timestamp())
        return await self._holder(claims)

    async def key_set(self) -> Mapping[str, Any]:
        await self._signer()
        return {"keys": [dict(key.public_key) for key in self._known]}

    async def rotate(self, *, at_once: bool = False) -> str:
        await self._read(older_than_s=0.0)
        now = self._now()
        starts = now if at_once else now + timedelta(seconds=JWKS_CACHE_S)
        ends = now if at_once else starts + timedelta(seconds=TOKEN_S + TOKEN_SKEW_S)
        made = await self._make(starts)
        others = [key.kid for key in self._known if key.kid != made.kid]
        await self._store.retire(others, signs_until=starts, verifies_until=ends)
        await self._read(older_than_s=0.0)
        return made.kid

    async def _holder(self, claims: Mapping[str, Any]) -> Principal:
        subject, scope = claims.get("sub"), claims.get("scope")
        if not isinstance(subject, str) or not isinstance(scope, str) or not subject.startswith(_HOLDER):
            raise Refused(Refusal.CLAIMS)
        holder = await self._keys.holder(subject.removeprefix(_HOLDER))
        if claims.get("tenant") != holder.tenant:
            raise Refused(Refusal.TENANT)
        allowed = holder.permissions.intersection(scope.split()) & HANDED_ON
        return Principal(subject, holder.tenant, allowed, Through.TOKEN)

    async def _signer(self) -> SigningKey:
        """The newest key that signs now and that this process can open; one is made when there is none."""
        await self._read(older_than_s=KEY_CACHE_S)
        now, soon = self._now(), self._now() + timedelta(seconds=2 * JWKS_CACHE_S)
        own = [key for key in self._known if key.seal == self._seal.name]
        current = max((key for key in own if _signs(key, now)), key=_began, default=None)
        if current is None:
            current = await self._make(now)
        elif current.signs_until < soon and not any(_signs(key, soon) for key in own):
            await self._make(current.signs_until)  # shown in the key set before it is used
        return current

    async def _make(self, starts: datetime) -> SigningKey:
        from joserfc.jwk import ECKey

        private = ECKey.generate_key("P-256", private=True)
        kid = private.thumbprint()
        public = {"kid": kid, "use": "sig", "alg": _ALGORITHM} | private.as_dict(private=False)
        sealed = self._seal.close(private.as_pem(private=True), about=kid)
        ends = starts + timedelta(days=SIGNING_KEY_DAYS)
        gone = ends + timedelta(seconds=TOKEN_S + TOKEN_SKEW_S)
        made = SigningKey(kid, public | {"kid": kid}, self._seal.name, sealed, starts, ends, gone)
        await self._store.add(made)
        await self._read(older_than_s=0.0)
        return made

    def _private(self, key: SigningKey) -> "ECKey":
        from joserfc.jwk import ECKey

        if key.kid not in self._opened:
            opened = self._seal.open(key.sealed, about=key.kid)
            # It is ours by the seal's name; when it does not open, somebody has changed the row.
            if opened is None:
                raise Refused(Refusal.UNKNOWN_SIGNER)
            self._opened = {key.kid: ECKey.import_key(opened)}
        return self._opened[key.kid]

    async def _look_again(self) -> None:
        if monotonic() - self._looked_again_at >= _LOOKED_AGAIN_S:
            self._looked_again_at = monotonic()
            await self._read(older_than_s=0.0)

    async def _read(self, *, older_than_s: float) -> None:
        if monotonic() - self._read_at < older_than_s:
            return
        then, found = await self._store.all()
        self._known, self._key_set = tuple(found), _public(found)
        self._read_at, self._ahead = monotonic(), then - datetime.now(then.tzinfo)

    def _now(self) -> datetime:
        """By the database's clock, which is one for all replicas."""
        return datetime.now(UTC) + self._ahead


def _public(keys: Sequence[SigningKey]) -> KeySet:
    return KeySet({"keys": [dict(key.public_key) for key in keys]})


def _signs(key: SigningKey, at: datetime) -> bool:
    return key.signs_from <= at < key.signs_until


def _began(key: SigningKey) -> datetime:
    return key.signs_from
