"""Tenant ids. Only identity (API keys) and the wire codec make them from outside text."""

import re
from enum import StrEnum
from typing import NewType

from docmill.domain.errors import DocmillError, ErrorCode

TenantId = NewType("TenantId", str)

RESERVED = frozenset(
    ("docmill", "connect", "system", "public", "postgres", "admin", "root", "api", "internal", "pool")
)
_SHAPE = re.compile(r"[a-z][a-z0-9]{2,23}")


class Tier(StrEnum):
    """Where a tenant's rows live: a schema of its own, or the shared one under row-level security."""

    SILO = "silo"
    POOL = "pool"


def tenant_id(text: str) -> TenantId:
    """Raise DocmillError(tenant_invalid) unless the name may be a schema, role and folder name too."""
    if not _SHAPE.fullmatch(text) or text in RESERVED or text.startswith("pg"):
        raise DocmillError(ErrorCode.TENANT_INVALID, f"{text[:40]!r} is not allowed or reserved")
    return TenantId(text)
