"""PostgresRetention."""

from collections.abc import Sequence
from datetime import datetime

from docmill.adapters.postgres.database import Database, Row
from docmill.adapters.postgres.encoding import stored_text, to_json
from docmill.adapters.postgres.queries import queries
from docmill.domain.errors import DocmillError, ErrorCode, NotFound, VersionConflict
from docmill.domain.events import DocumentId
from docmill.domain.limits.repair import RETENTION_DAYS_MAX
from docmill.domain.tenants import TenantId
from docmill.ports.retention import ErasedBlob, Hold, Receipt, RetentionRules


class PostgresRetention:
    """ports/retention.Retention."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sql = queries("retention")

    async def rules(self, tenant: TenantId) -> RetentionRules:
        async with self._database.tenant(tenant) as tx:
            row = await tx.one(self._sql["rules"], {"tenant": tenant})
        return RetentionRules() if row is None else _rules(row)

    async def put_rules(
        self, tenant: TenantId, rules: RetentionRules, *, expected: int | None, by: str
    ) -> RetentionRules:
        told = {"default_days": rules.default_days, "types": dict(rules.types)}
        given = {"tenant": tenant, "rules": to_json(told), "by": by, "expected": expected}
        async with self._database.tenant(tenant) as tx:
            row = await tx.one(self._sql["put_rules"], given)
        if row is None:
            raise VersionConflict("the retention has another version")
        return _rules(row)

    async def due(self, tenant: TenantId, *, now: datetime, most: int) -> Sequence[DocumentId]:
        rules = await self.rules(tenant)
        days = [*rules.types.values(), *([] if rules.default_days is None else [rules.default_days])]
        if not days:
            return []
        default = RETENTION_DAYS_MAX * 10 if rules.default_days is None else rules.default_days
        given = {"tenant": tenant, "now": now, "shortest": min(days), "default": default, "most": most}
        async with self._database.tenant(tenant) as tx:
            rows = await tx.all(self._sql["due"], given | {"types": to_json(dict(rules.types))})
        return [DocumentId(row["document"]) for row in rows]

    async def hold(self, tenant: TenantId, document: DocumentId) -> Hold | None:
        async with self._database.tenant(tenant) as tx:
            row = await tx.one(self._sql["hold"], {"tenant": tenant, "document": document})
        if row is None:
            raise NotFound(f"document {document}")
        if row["erased_at"] is not None:
            raise DocmillError(ErrorCode.ERASED)
        return None if row["placed_at"] is None else _hold(row)

    async def place_hold(self, tenant: TenantId, document: DocumentId, *, reason: str, by: str) -> Hold:
        given = {"tenant": tenant, "document": document, "reason": stored_text(reason), "by": by}
        return _hold((await self._database.call(self._sql["place_hold"], given))[0])

    async def lift_hold(self, tenant: TenantId, document: DocumentId) -> None:
        await self.hold(tenant, document)
        async with self._database.tenant(tenant) as tx:
            await tx.one(self._sql["lift_hold"], {"tenant": tenant, "document": document})

    async def receipt(self, tenant: TenantId, document: DocumentId) -> Receipt:
        given = {"tenant": tenant, "document": document}
        async with self._database.tenant(tenant) as tx:
            row = await tx.one(self._sql["receipt"], given)
        if row is None:
            raise NotFound(f"document {document}")
        if row["erased_at"] is None:
            raise DocmillError(
                ErrorCode.NOT_READY, "The document was not deleted.", action="There is a receipt once it is."
            )
        told = row["blobs"] or [{"sha256": row["blob_sha256"], "shared": False}]
        blobs = tuple(ErasedBlob(**blob) for blob in told)
        async with self._database.tenant(tenant) as tx:
            named = given | {"blobs": [blob.sha256 for blob in blobs]}
            needed = await tx.all(self._sql["referenced"], named)
        left = (await self._database.call(self._sql["remains"], given))[0]["rows"]
        return Receipt(
            document=document,
            erased_at=row["erased_at"],
            erased_by=row["erased_by"],
            deleted=row["rows"],
            left=left,
            blobs=blobs,
            needed=frozenset(each["sha256"] for each in needed),
        )


def _rules(row: Row) -> RetentionRules:
    told = row["rules"]
    return RetentionRules(
        told["default_days"], told["types"], row["version"], row["changed_by"], row["changed_at"]
    )


def _hold(row: Row) -> Hold:
    return Hold(row["reason"], row["placed_by"], row["placed_at"])
