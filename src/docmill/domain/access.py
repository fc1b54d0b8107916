"""Who may do what: the one place that decides.

A *permission* is what a route asks for, and the scope of a key. A *role* is a bundle of them that a person
or a key holds within one tenant. `platform_admin` looks after tenants and sees nothing of what is in them.
"""

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


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking. ``subject`` is stable and written beside what he does: ``key:1a2b…``, ``person:<uuid>``,
    ``oidc:<issuer>#<sub>``. ``tenant`` is the one that he acts in; None for who looks after the platform.
    """

    subject: str
    tenant: TenantId | None
    permissions: frozenset[Permission]

    def require(self, permission: Permission) -> None:
        """Raise DocmillError(forbidden) unless the principal has the permission."""
        if permission not in self.permissions:
            raise DocmillError(ErrorCode.FORBIDDEN, f"It takes `{permission}`.")

    @property
    def acting_in(self) -> TenantId:
        """The tenant. Raises DocmillError(forbidden) for who has none: the platform's own."""
        if self.tenant is None:
            raise DocmillError(ErrorCode.FORBIDDEN, "It takes a credential of a tenant.")
        return self.tenant
