"""Document types and rules: the shipped ones, and the versions that a tenant has uploaded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from psycopg.types.json import Json

from docmill.adapters.postgres.database import Database, Transaction
from docmill.adapters.postgres.queries import queries
from docmill.domain.errors import DocmillError, ErrorCode, NotFound, VersionConflict
from docmill.domain.limits.rules import CATALOGS_CACHED_MAX, TYPES_CACHED_MAX
from docmill.domain.tenants import TenantId
from docmill.domain.types import DocumentType, parse_document_type
from docmill.engines.rules import compile_rules, parse_uploaded_type
from docmill.ports.catalog import Rules

_TRIES = 5  # of a writer who does not say what it expects, against others who write at the same time
_Key = tuple[TenantId, str, int]


@dataclass(slots=True)
class _Edition:
    """What is known of a tenant's catalog at one edition; ``types`` None: not asked for yet."""

    name: str
    types: Mapping[str, DocumentType] | None = None
    rules: dict[str, Rules] = field(default_factory=dict)


class PostgresCatalog:
    """ports/catalog.Catalog. A tenant's first version of a shipped type counts on from the shipped one's."""

    def __init__(self, database: Database, shipped: Mapping[str, DocumentType]) -> None:
        self._database = database
        self._shipped = shipped
        self._sql = queries("catalog")
        self._parsed: dict[_Key, DocumentType] = {}  # a version never changes, so it is never stale
        self._editions: dict[TenantId, _Edition] = {}  # the one that was asked for last comes last

    async def types(self, tenant: TenantId, *, edition: str | None = None) -> Sequence[DocumentType]:
        return list((await self._newest(tenant, edition)).values())

    async def document_type(
        self, tenant: TenantId, name: str, *, version: int | None = None, edition: str | None = None
    ) -> DocumentType:
        if edition is not None:
            newest = (await self._newest(tenant, edition)).get(name)
            if newest is not None and version in (None, newest.version):
                return newest
        async with self._database.tenant(tenant) as tx:
            wanted = version
            if wanted is None:
                row = await tx.one(self._sql["newest_version"], {"tenant": tenant, "name": name})
                wanted = row["version"] if row else None
            own = await self._load(tx, tenant, {name: wanted}) if wanted is not None else []
        if own:
            return own[0]
        shipped = self._shipped.get(name)
        if shipped is None or version not in (None, shipped.version):
            raise NotFound(f"there is no such version of the type {name!r}")
        return shipped

    async def put_type(
        self, tenant: TenantId, source: Mapping[str, Any], *, expected: int | None
    ) -> DocumentType:
        """Raises DocmillError(type_invalid, rule_invalid) too: what is saved can be used."""
        document_type = parse_uploaded_type(source)
        compile_rules(document_type, document_type.rules)
        await self._require_own_rules_fit(tenant, document_type)
        shipped = self._shipped.get(document_type.name)
        parameters = {
            "tenant": tenant,
            "name": document_type.name,
            "source": Json(dict(source)),
            "shipped": shipped.version if shipped else 0,
            "expected": expected,
        }
        version = await self._add(tenant, "add_type", parameters)
        return parse_document_type(source, version=version)

    async def rules(
        self, tenant: TenantId, type_name: str, *, version: int | None = None, edition: str | None = None
    ) -> Rules:
        if version is not None:
            return await self._rules_at(tenant, type_name, version)
        remembered = self._remembered(tenant, edition)
        found = remembered.rules.get(type_name)
        if found is None:
            found = await self._own_rules(tenant, type_name)
            if found is None:
                used = await self.document_type(tenant, type_name, edition=edition)
                found = Rules(type_name, 0, used.rules)
            remembered.rules[type_name] = found
        return found

    async def _rules_at(self, tenant: TenantId, type_name: str, version: int) -> Rules:
        if version == 0:
            return Rules(type_name, 0, (await self.document_type(tenant, type_name)).rules)
        async with self._database.tenant(tenant) as tx:
            given = {"tenant": tenant, "name": type_name, "version": version}
            row = await tx.one(self._sql["rules_at"], given)
        if row is None:
            raise NotFound(f"there is no such version of the rules of {type_name!r}")
        return Rules(type_name, version, tuple(row["rules"]))

    async def put_rules(
        self, tenant: TenantId, type_name: str, rules: Sequence[Mapping[str, Any]], *, expected: int | None
    ) -> Rules:
        """Raises DocmillError(rule_invalid) too: what is saved compiles."""
        compile_rules(await self.document_type(tenant, type_name), rules)
        parameters = {
            "tenant": tenant,
            "name": type_name,
            "rules": Json(list(rules)),
            "expected": expected,
        }
        return Rules(type_name, await self._add(tenant, "add_rules", parameters), tuple(rules))

    async def _newest(self, tenant: TenantId, edition: str | None) -> Mapping[str, DocumentType]:
        remembered = self._remembered(tenant, edition)
        if remembered.types is None:
            async with self._database.tenant(tenant) as tx:
                rows = await tx.all(self._sql["newest_types"], {"tenant": tenant})
                own = await self._load(tx, tenant, {row["name"]: row["version"] for row in rows})
            remembered.types = dict(self._shipped) | {found.name: found for found in own}
        return remembered.types

    def _remembered(self, tenant: TenantId, edition: str | None) -> _Edition:
        """What has been asked for since the edition was told: it may be newer than that, and never older."""
        if edition is None:
            return _Edition("")
        known = self._editions.pop(tenant, None)
        if known is None or known.name != edition:
            known = _Edition(edition)
        while len(self._editions) >= CATALOGS_CACHED_MAX:
            del self._editions[next(iter(self._editions))]
        self._editions[tenant] = known
        return known

    async def _own_rules(self, tenant: TenantId, type_name: str) -> Rules | None:
        async with self._database.tenant(tenant) as tx:
            row = await tx.one(self._sql["newest_rules"], {"tenant": tenant, "name": type_name})
        return Rules(type_name, row["version"], tuple(row["rules"])) if row else None

    async def _require_own_rules_fit(self, tenant: TenantId, document_type: DocumentType) -> None:
        # A tenant's rules outlive versions of the type: one that breaks them would stop every document.
        own = await self._own_rules(tenant, document_type.name)
        if own is None:
            return
        try:
            compile_rules(document_type, own.rules)
        except DocmillError as error:
            detail = f"the rules that are in force do not fit it: {error.detail}"
            raise DocmillError(ErrorCode.TYPE_INVALID, detail) from error

    async def _add(self, tenant: TenantId, query: str, parameters: Mapping[str, Any]) -> int:
        for _ in range(1 if parameters["expected"] is not None else _TRIES):
            async with self._database.tenant(tenant) as tx:
                row = await tx.one(self._sql[query], parameters)
            if row is not None:
                version: int = row["version"]
                return version
        raise VersionConflict("the newest version is another one")

    async def _load(self, tx: Transaction, tenant: TenantId, wanted: Mapping[str, int]) -> list[DocumentType]:
        missing = {n: v for n, v in wanted.items() if (tenant, n, v) not in self._parsed}
        if missing:
            parameters = {"tenant": tenant, "names": list(missing), "versions": list(missing.values())}
            for row in await tx.all(self._sql["type_sources"], parameters):
                self._keep((tenant, row["name"], row["version"]), row["source"])
        keys = [(tenant, name, version) for name, version in wanted.items()]
        return [self._parsed[key] for key in keys if key in self._parsed]

    def _keep(self, key: _Key, source: Mapping[str, Any]) -> None:
        while len(self._parsed) >= TYPES_CACHED_MAX:
            del self._parsed[next(iter(self._parsed))]
        self._parsed[key] = parse_document_type(source, version=key[2])
