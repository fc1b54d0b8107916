"""PostgresUpkeep."""

import hashlib
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

from docmill.adapters.postgres.database import Database, Row
from docmill.adapters.postgres.encoding import Subscriptions, to_json
from docmill.adapters.postgres.field_values import field_values
from docmill.adapters.postgres.isolation import isolation_faults
from docmill.adapters.postgres.queries import queries
from docmill.domain.events import DocumentId
from docmill.domain.limits.flow import CLAIMS_KEPT_DAYS
from docmill.domain.limits.repair import DEEP_FINDINGS_MAX, WAIT_S_LONGEST
from docmill.domain.states import ENDS, RunState
from docmill.domain.tenants import TenantId
from docmill.ports.upkeep import Fault

# What each check's repair does. The statements are `check_<name>` and `mend_<name>`.
_REPAIRS = {
    "stuck_run": "deliver its last event again",
    "event_without_claim": "deliver the event",
    "claim_without_event": "put the message aside",
    "claim_of_erased": "close the message",
    "newest_run": "show the last run that has come to something",
    "file_reference": "write the reference",
    "reading_reference": "write the reference",
    "not_searchable": "index it again",
    "not_in_queue": "ask about it again",
    "lost_key": "forget the key",
    "remnant": "delete the rows",
}
# These write what belongs to the platform, the others what is the tenant's own.
_AS_SERVICE = frozenset(
    (
        "stuck_run",
        "event_without_claim",
        "claim_without_event",
        "claim_of_erased",
        "not_searchable",
        "remnant",
    )
)


class PostgresUpkeep:
    """``subscriptions`` as for the store; ``stage_of``: which stage moves a run on that is in a state."""

    def __init__(
        self,
        database: Database,
        *,
        subscriptions: Subscriptions,
        stage_of: Mapping[RunState, str],
        admin_dsn: str | None,
    ) -> None:
        self._database = database
        self._subscriptions = subscriptions
        self._stage_of = stage_of
        self._admin_dsn = admin_dsn
        self._sql = queries("upkeep")

    async def faults(self, tenant: TenantId) -> AsyncIterator[Fault]:
        given = {
            "tenant": tenant,
            "most": DEEP_FINDINGS_MAX,
            "days": CLAIMS_KEPT_DAYS,
            "ends": sorted(ENDS),
            "stage_of": to_json({state.value: stage for state, stage in self._stage_of.items()}),
            "subscriptions": to_json(list(self._subscribed())),
        }
        for check, repair in _REPAIRS.items():
            for row in await self._found(check, tenant, given):
                document = DocumentId(row["document"])
                yield Fault(check, row["detail"], repair, tenant, document, row["key"])

    async def platform_faults(self) -> AsyncIterator[Fault]:
        found = (await self._database.call(self._sql["positions"]))[0]
        if found["given"] != found["distinct_ones"]:
            yield Fault("positions", f"{found['given'] - found['distinct_ones']} positions are given twice")
        missing = found["last"] - found["first"] + 1 - found["distinct_ones"]
        if found["given"] and (missing or found["first"] != 1):
            yield Fault("positions", f"{missing + found['first'] - 1} positions below the last are not given")
        if found["sequencer"] != found["last"]:
            detail = f"the sequencer stands at {found['sequencer']}, the last position is {found['last']}"
            yield Fault("sequencer", detail, "set it to the last position")
        late = (await self._database.call(self._sql["late"], {"longest_s": WAIT_S_LONGEST}))[0]["messages"]
        if late:
            yield Fault("late", f"{late} messages wait for a time that is too far off", "make them due")
        if self._admin_dsn is not None:
            for isolation in await isolation_faults(self._admin_dsn):
                yield Fault("isolation", isolation)

    async def mend(self, fault: Fault) -> bool:
        if fault.check == "late":
            return await self.unstick() > 0
        if fault.check == "sequencer":
            return bool(await self._database.call(self._sql["mend_sequencer"]))
        if fault.check not in _REPAIRS or fault.tenant is None:
            return False
        given = {**fault.key, "tenant": fault.tenant, "document": fault.document}
        if "stage" in fault.key:
            given["types"] = self._types(str(fault.key["stage"]))
        query = self._sql[f"mend_{fault.check}"]
        if fault.check in _AS_SERVICE:
            rows = await self._database.call(query, given)
        else:
            async with self._database.tenant(fault.tenant) as tx:
                rows = await tx.all(query, given)
        return any(row["mended"] for row in rows)

    async def values_fit(
        self, tenant: TenantId, document: DocumentId, result: Mapping[str, Any] | None
    ) -> bool:
        async with self._database.tenant(tenant) as tx:
            rows = await tx.all(self._sql["values"], {"tenant": tenant, "document": document})
        wanted = set() if result is None else {(row["path"], row["text"]) for row in field_values(result)}
        return {(row["path"], row["text"]) for row in rows} == wanted

    async def rebuild_values(self, tenant: TenantId, document: DocumentId, result: Mapping[str, Any]) -> None:
        values = to_json(field_values(result))
        given = {"tenant": tenant, "document": document, "values": values}
        async with self._database.tenant(tenant) as tx:
            await tx.run(self._sql["drop_values"], given)
            await tx.run(self._sql["add_values"], given)
            digest = hashlib.sha256(values.encode()).hexdigest()
            await tx.run(self._sql["mark_values"], given | {"hash": digest})

    async def unstick(self) -> int:
        rows = await self._database.call(self._sql["unstick"], {"longest_s": WAIT_S_LONGEST})
        return int(rows[0]["messages"])

    async def backup_running(self) -> bool:
        return bool((await self._database.call(self._sql["backup_running"]))[0]["running"])

    async def _found(self, check: str, tenant: TenantId, given: dict[str, Any]) -> list[Row]:
        query = self._sql[f"check_{check}"]
        if check == "remnant":  # it enters the tenant itself, table after table
            return await self._database.call(query, given)
        async with self._database.tenant(tenant) as tx:
            return await tx.all(query, given)

    def _subscribed(self) -> Iterator[dict[str, str]]:
        for event, stages in self._subscriptions.items():
            for stage in stages:
                yield {"type": event.value, "stage": stage}

    def _types(self, stage: str) -> list[str]:
        return [event.value for event, stages in self._subscriptions.items() if stage in stages]
