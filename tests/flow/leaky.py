"""A process of the platform with eight leaks: whoever looks for canaries must see each of them.

LEAKY_ROLE names the module of what the process really is.
"""

import json
import os
import tempfile
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import structlog

from docmill.adapters.objectstore import ObstoreBlobs
from docmill.adapters.postgres.catalog import PostgresCatalog
from docmill.adapters.postgres.document_store import PostgresDocumentStore
from docmill.adapters.postgres.search_index import PostgresSearchIndex
from docmill.adapters.telemetry import catalogue as metric
from docmill.adapters.telemetry.tracing import Tracing
from docmill.domain.documents import Answer, Claim
from docmill.domain.errors import NotFound
from docmill.domain.tenants import TenantId
from docmill.stages import runner
from docmill.stages.delivering import Deliverer
from docmill.stages.work import Work

TENANTS = [TenantId(name) for name in ("acme", "globex", "initech", "umbrella")]


def a_value_in_the_log() -> None:
    count = runner.outcome

    def told(work: Work, answer: Answer) -> Any:
        structlog.get_logger().info("result", value=str(answer.result and answer.result["value"]))
        return count(work, answer)

    runner.outcome = told


def a_name_in_the_error_of_a_foreign_id() -> None:
    load = PostgresDocumentStore.load

    async def loud(store: PostgresDocumentStore, tenant: TenantId, document: Any) -> Any:
        try:
            return await load(store, tenant, document)
        except NotFound:
            for other in TENANTS:
                try:
                    name = (await load(store, other, document)).name
                except NotFound:
                    continue
                raise NotFound(f"{name} is somebody else's.") from None
            raise

    PostgresDocumentStore.load = loud  # type: ignore[method-assign]


def a_cache_without_the_tenant_in_its_key() -> None:
    types, kept = PostgresCatalog.types, dict[str, Any]()

    async def cached(catalog: PostgresCatalog, tenant: TenantId, **given: Any) -> Any:
        if len(kept.get("types", ())) < 5:
            kept["types"] = await types(catalog, tenant, **given)
        return kept["types"]

    PostgresCatalog.types = cached  # type: ignore[method-assign]


def a_file_left_in_the_temporary_folder() -> None:
    put = ObstoreBlobs.put

    async def careless(blobs: ObstoreBlobs, tenant: TenantId, data: Any) -> Any:
        stored = await put(blobs, tenant, data)
        content = data if isinstance(data, bytes) else await blobs.get(tenant, stored.sha256)
        Path(tempfile.gettempdir(), f"{stored.sha256}.tmp").write_bytes(content)  # noqa: ASYNC240
        return stored

    ObstoreBlobs.put = careless  # type: ignore[method-assign]


def a_search_without_the_tenant() -> None:
    search = PostgresSearchIndex.search

    async def everywhere(index: PostgresSearchIndex, tenant: TenantId, request: Any) -> Any:
        return [hit for each in (tenant, *TENANTS) for hit in await search(index, each, request)]

    PostgresSearchIndex.search = everywhere  # type: ignore[method-assign]


def a_name_in_a_label() -> None:
    middleware = import_module("docmill.entrypoints.api.middleware")
    tell = middleware._tell_operator

    def labelled(services: Any, scope: Any, telling: Any, status: int) -> None:
        tell(services, scope, telling, status)
        services.traffic._counter(metric.REQUESTS, "POST", scope["query_string"].decode(), "2xx").inc()

    middleware._tell_operator = labelled  # type: ignore[attr-defined]


def a_name_in_a_span() -> None:
    stage = Tracing.stage

    def named(tracing: Tracing, claim: Claim, *, attributes: Any, **given: Any) -> None:
        name = claim.held.name if claim.held else ""
        stage(tracing, claim, attributes={**attributes, "docmill.name": name}, **given)

    Tracing.stage = named  # type: ignore[method-assign]


def a_name_in_a_webhook() -> None:
    send = Deliverer._send

    async def chatty(deliverer: Deliverer, leased: Any) -> Any:
        database = deliverer.deliveries._database  # type: ignore[attr-defined]
        async with database.tenant(leased.tenant) as transaction:
            row = await transaction.one(b"SELECT string_agg(name, ' ') AS names FROM documents")
        body = json.loads(leased.body) | {"names": row["names"]}
        return await send(deliverer, replace(leased, body=json.dumps(body)))

    Deliverer._send = chatty  # type: ignore[method-assign]


PLANTED = {
    a_value_in_the_log: ("log:", ""),
    a_name_in_the_error_of_a_foreign_id: ("answer:GET /v1/documents/", "other"),
    a_cache_without_the_tenant_in_its_key: ("answer:GET /v1/types", "other"),
    a_file_left_in_the_temporary_folder: ("temporary:", ""),
    a_search_without_the_tenant: ("answer:GET /v1/search", "other"),
    a_name_in_a_label: ("metrics:", ""),
    a_name_in_a_span: ("trace:", ""),
    a_name_in_a_webhook: ("webhook:", ""),
}
"""The leak, and where it has to be seen: a place of nobody's, or one of another tenant."""

if __name__ == "__main__":
    for plant in PLANTED:
        plant()
    import_module(os.environ["LEAKY_ROLE"]).main()
