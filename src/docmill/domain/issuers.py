"""Whom docmill believes beside itself: OIDC issuers, and what their word is worth here.

An issuer says who somebody is. Which tenant and which roles that means is decided by the rule that an
operator wrote down for the issuer, so an issuer cannot speak for a tenant that it was not given.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from docmill.domain.access import GRANTS, Permission, Principal, Refusal, Refused, Role, Through
from docmill.domain.errors import invalid
from docmill.domain.limits.identity import ISSUER_SUBJECT_CHARS_MAX, ISSUER_TENANTS_MAX, ISSUER_URL_CHARS_MAX
from docmill.domain.tenants import TenantId, tenant_id

LOOPBACK = frozenset(("localhost", "127.0.0.1", "::1"))


@dataclass(frozen=True, slots=True)
class Issuer:
    """``tenant`` for everybody of it, or ``tenant_claim`` names the claim, whose value is one of ``tenants``;
    likewise ``role``, or ``role_claim`` with ``roles``. ``required`` are claims and the texts they must have.
    """

    url: str
    audience: str
    tenant: TenantId | None = None
    tenant_claim: str | None = None
    tenants: frozenset[TenantId] = frozenset()
    role: Role | None = None
    role_claim: str | None = None
    roles: Mapping[str, Role] = field(default_factory=dict)
    required: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        require_safe(self.url)
        if not self.audience:
            raise invalid("It takes an audience: what the issuer's tokens for docmill are made out to.")
        if (self.tenant is None) == (self.tenant_claim is None) or bool(self.tenant_claim) != bool(
            self.tenants
        ):
            raise invalid("It takes one tenant, or a claim together with the tenants that it may name.")
        if (self.role is None) == (self.role_claim is None) or bool(self.role_claim) != bool(self.roles):
            raise invalid("It takes one role, or a claim together with the roles that its values mean.")
        if Role.PLATFORM_ADMIN in {self.role, *self.roles.values()}:
            raise invalid("Who looks after the platform is known to the platform itself, by key or password.")
        if len(self.tenants) > ISSUER_TENANTS_MAX:
            raise invalid(f"It may name {ISSUER_TENANTS_MAX} tenants.")

    def principal(self, claims: Mapping[str, Any]) -> Principal:
        """Who that is here, by claims whose signature, audience and times are good. Raises Refused."""
        for name, wanted in self.required.items():
            if wanted not in _texts(claims, name):
                raise Refused(Refusal.CLAIMS)
        subject = claims.get("sub")
        if not isinstance(subject, str) or not 0 < len(subject) <= ISSUER_SUBJECT_CHARS_MAX:
            raise Refused(Refusal.CLAIMS)
        return Principal(
            f"oidc:{self.url}#{subject}", self._tenant(claims), self._permissions(claims), Through.ISSUER
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "audience": self.audience,
            "tenant": self.tenant,
            "tenant_claim": self.tenant_claim,
            "tenants": sorted(self.tenants),
            "role": self.role,
            "role_claim": self.role_claim,
            "roles": dict(self.roles),
            "required": dict(self.required),
        }

    def _tenant(self, claims: Mapping[str, Any]) -> TenantId:
        if self.tenant is not None:
            return self.tenant
        named = _texts(claims, self.tenant_claim or "")
        # Of several none is taken: which one is meant would have to come from beside the credential.
        if len(named) != 1 or named[0] not in self.tenants:
            raise Refused(Refusal.TENANT)
        return TenantId(named[0])

    def _permissions(self, claims: Mapping[str, Any]) -> frozenset[Permission]:
        if self.role is not None:
            return GRANTS[self.role]
        held = [self.roles[value] for value in _texts(claims, self.role_claim or "") if value in self.roles]
        if not held:
            raise Refused(Refusal.CLAIMS)
        return frozenset[Permission]().union(*(GRANTS[role] for role in held))


def issuer_of(url: str, rule: Mapping[str, Any]) -> Issuer:
    """Read what `to_json` wrote. Raises DocmillError for what is no rule."""
    tenant, role = rule.get("tenant"), rule.get("role")
    try:
        return Issuer(
            url=url,
            audience=str(rule.get("audience") or ""),
            tenant=tenant_id(tenant) if tenant else None,
            tenant_claim=rule.get("tenant_claim") or None,
            tenants=frozenset(tenant_id(one) for one in rule.get("tenants") or ()),
            role=Role(role) if role else None,
            role_claim=rule.get("role_claim") or None,
            roles={value: Role(held) for value, held in (rule.get("roles") or {}).items()},
            required=dict(rule.get("required") or {}),
        )
    except ValueError as error:
        raise invalid(f"{error}: a role is one of {', '.join(Role)}.") from None


def require_safe(url: str) -> None:
    """Raise DocmillError(request_invalid) unless it is an https address; http only on this machine."""
    parts = urlsplit(url)
    plain = parts.scheme == "http" and parts.hostname in LOOPBACK
    if (parts.scheme != "https" and not plain) or not parts.hostname or len(url) > ISSUER_URL_CHARS_MAX:
        raise invalid("An issuer's address begins with https:// (http:// on this machine only).")
    if parts.query or parts.fragment or parts.username is not None or parts.password is not None:
        raise invalid("An issuer's address has no query, fragment or password.")


def _texts(claims: Mapping[str, Any], name: str) -> list[str]:
    """The claim of that very name, else the one that a path with dots leads to, as `realm_access.roles`."""
    found: Any = claims.get(name)
    if found is None:
        found = claims
        for part in name.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    if isinstance(found, bool):
        return ["true" if found else "false"]
    if isinstance(found, str):
        return [found]
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []
