"""A tenant's document types and rules, versioned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from docmill.domain.tenants import TenantId
from docmill.domain.types import DocumentType


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one type. ``version`` 0 are the type's shipped defaults."""

    type_name: str
    version: int
    rules: tuple[Mapping[str, Any], ...]


class Catalog(Protocol):
    """Types and rules of tenants. Shipped types are every tenant's until it uploads one of the same name.

    Raises Unavailable, NotFound.

    ``edition`` is what a claim says that the tenant's catalog was at. An answer is never older than it;
    what is remembered of that very edition is returned without asking. None always asks.
    """

    async def types(self, tenant: TenantId, *, edition: str | None = None) -> Sequence[DocumentType]:
        """Return the newest version of every type that the tenant sees."""

    async def document_type(
        self, tenant: TenantId, name: str, *, version: int | None = None, edition: str | None = None
    ) -> DocumentType:
        """Return one type; the newest version unless one is named."""

    async def put_type(
        self, tenant: TenantId, source: Mapping[str, Any], *, expected: int | None
    ) -> DocumentType:
        """Save a new version.

        Raises VersionConflict unless the newest is ``expected`` (None: do not check).
        """

    async def rules(
        self, tenant: TenantId, type_name: str, *, version: int | None = None, edition: str | None = None
    ) -> Rules:
        """Return the rules of a type; the newest version unless one is named."""

    async def put_rules(
        self, tenant: TenantId, type_name: str, rules: Sequence[Mapping[str, Any]], *, expected: int | None
    ) -> Rules:
        """Save a new version of a type's rules. Raises VersionConflict."""
