"""Who may do what: the one place that decides.

A *permission* is what a route asks for, and the scope of a key. A *role* is a bundle of them that a person
or a key holds within one tenant. `platform_admin` looks after tenants and sees nothing of what is in them.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.tenants import TenantId


class Permission(StrEnum):
    """What a route may ask for; also what a key or token can be narrowed to."""

    DOCUMENTS_READ = "documents:read"  # lists, results, pages, search, exports, types
    DOCUMENTS_WRITE = "documents:write"  # upload, cancel, reprocess
    DOCUMENTS_DELETE = "documents:delete"
    REVIEW_WORK = "review:work"  # lease, correct, reject
    TYPES_WRITE = "types:write"  # document types and rules
    WEBHOOKS_MANAGE = "webhooks:manage"
    LETTERS_MANAGE = "letters:manage"  # dead letters: inspect, replay, give up
    USAGE_READ = "usage:read"  # cost, quotas
    KEYS_MANAGE = "keys:manage"  # keys and people of the tenant
    TENANT_MANAGE = "tenant:manage"  # retention, legal hold, how reviews are done
    PLATFORM_MANAGE = "platform:manage"  # tenants and what they may use; nothing that is in them


class Role(StrEnum):
    VIEWER = "viewer"
    REVIEWER = "reviewer"
    OPERATOR = "operator"
    ADMIN = "admin"
    PLATFORM_ADMIN = "platform_admin"


_VIEWER = frozenset((Permission.DOCUMENTS_READ,))
_REVIEWER = _VIEWER | {Permission.REVIEW_WORK}
_OPERATOR = _REVIEWER | {
    Permission.DOCUMENTS_WRITE,
    Permission.DOCUMENTS_DELETE,
    Permission.TYPES_WRITE,
    Permission.WEBHOOKS_MANAGE,
    Permission.LETTERS_MANAGE,
    Permission.USAGE_READ,
}
_ADMIN = _OPERATOR | {Permission.KEYS_MANAGE, Permission.TENANT_MANAGE}

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: _VIEWER,
    Role.REVIEWER: _REVIEWER,
    Role.OPERATOR: _OPERATOR,
    Role.ADMIN: _ADMIN,
    Role.PLATFORM_ADMIN: frozenset((Permission.PLATFORM_MANAGE,)),
}

# What a short-lived token may carry. A key or a role that was made with one would not end with it.
HANDED_ON = frozenset(Permission) - {Permission.KEYS_MANAGE}

# Of plain texts: Python 3.11 does not take one for a member of an enumeration.
_ROLES = frozenset(role.value for role in Role)
_PERMISSIONS = frozenset(permission.value for permission in Permission)


class Through(StrEnum):
    """What a principal has shown: some routes are for one of them only."""

    KEY = "key"
    TOKEN = "token"  # noqa: S105 - a kind, not a secret
    ISSUER = "issuer"
    SESSION = "session"


class Refusal(StrEnum):
    """Why somebody was not let in: for measuring only, since the answer is always the same."""

    MISSING = "missing"
    MALFORMED = "malformed"
    UNKNOWN_KEY = "unknown_key"  # an API key that is unknown, revoked or expired
    ALGORITHM = "algorithm"
    SIGNATURE = "signature"
    UNKNOWN_SIGNER = "unknown_signer"  # a token whose signing key its issuer does not have
    ISSUER = "issuer"
    AUDIENCE = "audience"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    CLAIMS = "claims"  # a claim that the issuer was to make is absent or has another value
    TENANT = "tenant"  # a tenant that the issuer was not given, or that is not the key's
    SESSION = "session"
    CSRF = "csrf"
    PASSWORD = "password"  # noqa: S105 - a reason, not a secret
    THROTTLED = "throttled"
    FORBIDDEN = "forbidden"  # known, and without the permission


class Refused(DocmillError):
    """Somebody who is not let in. Every reason for ``unauthenticated`` gives the same answer, so that none
    can be told from another. ``retry_after_s`` is 0 where waiting does not help.
    """

    def __init__(
        self,
        reason: Refusal,
        code: ErrorCode = ErrorCode.UNAUTHENTICATED,
        detail: str = "",
        *,
        retry_after_s: int = 0,
    ) -> None:
        super().__init__(code, detail)
        self.reason = reason
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking. ``subject`` is stable and written beside what he does: ``key:1a2b…``, ``person:<uuid>``,
    ``oidc:<issuer>#<sub>``. ``tenant`` is the one that he acts in; None for who looks after the platform.
    """

    subject: str
    tenant: TenantId | None
    permissions: frozenset[Permission]
    through: Through = Through.KEY

    def require(self, permission: Permission) -> None:
        """Raise DocmillError(forbidden) unless the principal has the permission."""
        if permission not in self.permissions:
            raise Refused(Refusal.FORBIDDEN, ErrorCode.FORBIDDEN, f"It takes `{permission}`.")

    @property
    def acting_in(self) -> TenantId:
        """The tenant. Raises DocmillError(forbidden) for who has none: the platform's own."""
        if self.tenant is None:
            raise Refused(Refusal.FORBIDDEN, ErrorCode.FORBIDDEN, "It takes a credential of a tenant.")
        return self.tenant

    def require_all(self, permissions: Collection[Permission]) -> None:
        """Raise DocmillError(forbidden) when somebody would be given what the giver himself has not."""
        if beyond := sorted(set(permissions) - self.permissions):
            missing = ", ".join(f"`{one}`" for one in beyond)
            raise Refused(Refusal.FORBIDDEN, ErrorCode.FORBIDDEN, f"Nobody gives what he has not: {missing}.")


def permissions_of(scopes: Iterable[str]) -> frozenset[Permission]:
    """What scopes add up to; each is a permission, or a role's name for all of the role's.

    Raises DocmillError(request_invalid) for a word that is neither.
    """
    found: set[Permission] = set()
    for scope in scopes:
        if scope in _ROLES:
            found |= GRANTS[Role(scope)]
        elif scope in _PERMISSIONS:
            found.add(Permission(scope))
        else:
            known = ", ".join((*Role, *Permission))
            # Not told again: whoever pastes a key in the wrong place must not find it in an answer.
            raise DocmillError(ErrorCode.REQUEST_INVALID, f"A word is no scope; there are {known}.")
    return frozenset(found)


def within_tenant(scopes: Iterable[str]) -> frozenset[Permission]:
    """Like `permissions_of`, for somebody of a tenant: what belongs to the platform is refused."""
    found = permissions_of(scopes)
    if Permission.PLATFORM_MANAGE in found:
        raise DocmillError(
            ErrorCode.REQUEST_INVALID, "Who is of a tenant cannot look after the platform too."
        )
    return found
