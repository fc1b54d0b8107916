"""PostgresJournal."""

from collections.abc import Sequence
from time import monotonic

from docmill.adapters.postgres.database import Database
from docmill.adapters.postgres.encoding import event_from
from docmill.adapters.postgres.queries import queries
from docmill.domain.events import Event
from docmill.domain.limits.flow import SEQUENCE_BATCH_EVENTS

_PARTITIONS_INTERVAL_S = 24 * 3600.0


class PostgresJournal:
    """Whoever sequences also sees to it that next month's partition is there."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._partitions_due = monotonic()

    async def sequence(self) -> int:
        if monotonic() >= self._partitions_due:
            await self._database.call(queries("journal")["ensure_partitions"])
            self._partitions_due = monotonic() + _PARTITIONS_INTERVAL_S
        rows = await self._database.call(queries("journal")["sequence"], {"most": SEQUENCE_BATCH_EVENTS})
        return int(rows[0]["positions"])

    async def read(self, *, after: int, limit: int) -> Sequence[Event]:
        rows = await self._database.call(queries("journal")["read"], {"after": after, "limit": limit})
        return [event_from(row) for row in rows]

    async def compact(self) -> int:
        return int((await self._database.call(queries("journal")["drop_empty_partitions"]))[0]["dropped"])
