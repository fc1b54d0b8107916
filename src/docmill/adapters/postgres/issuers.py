"""PostgresIssuerRules."""

from collections.abc import Sequence

from psycopg.types.json import Json

from docmill.adapters.postgres.database import Database
from docmill.adapters.postgres.queries import queries
from docmill.domain.errors import DocmillError, ErrorCode, NotFound
from docmill.domain.issuers import Issuer, issuer_of
from docmill.domain.limits.identity import ISSUERS_MAX


class PostgresIssuerRules:
    """``IssuerRules``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, issuer: Issuer) -> None:
        tenants = sorted(issuer.tenants | ({issuer.tenant} if issuer.tenant else frozenset()))
        given = {"url": issuer.url, "rule": Json(issuer.to_json()), "tenants": tenants, "most": ISSUERS_MAX}
        (row,) = await self._database.call(queries("issuers")["add"], given)
        if row["absent"]:
            raise NotFound(f"tenant {', '.join(row['absent'][:5])}")
        if row["url"] is None:
            raise DocmillError(ErrorCode.REQUEST_INVALID, f"There may be {ISSUERS_MAX} issuers.")

    async def all(self) -> Sequence[Issuer]:
        rows = await self._database.call(queries("issuers")["list"])
        return [issuer_of(row["url"], row["rule"]) for row in rows]

    async def remove(self, url: str) -> None:
        if not await self._database.call(queries("issuers")["remove"], {"url": url}):
            raise NotFound("There is no such issuer.", action="`docmill issuers list` has them.")
