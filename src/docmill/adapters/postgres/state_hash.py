"""One hash over all that a tenant's documents have come to: two ways to the same end can be compared."""

import hashlib
import json
from typing import Any

from docmill.adapters.postgres.database import Database
from docmill.adapters.postgres.queries import queries
from docmill.domain.tenants import TenantId


async def state_hash(database: Database, tenant: TenantId) -> str:
    """Return the SHA-256 (hex) over documents, runs, results, filterable values and archived versions.

    Times and usage are left out: they differ from run to run.
    """
    digest = hashlib.sha256()
    async with database.tenant(tenant) as tx:
        for query in queries("state_hash").values():
            for row in await tx.all(query):
                if isinstance(row.get("result"), dict):
                    row["result"] = _without_usage(row["result"])
                digest.update(json.dumps(row, sort_keys=True, default=str).encode())
    return digest.hexdigest()


def _without_usage(result: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in result.items() if key != "usage"}
