"""PostgresClaims."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from docmill.adapters.postgres.changes import append_parameters, closing, this_try
from docmill.adapters.postgres.database import Database, Row
from docmill.adapters.postgres.encoding import (
    Subscriptions,
    dead_letter_from,
    event_from,
    held_from,
    stored_text,
    to_json,
)
from docmill.adapters.postgres.queries import queries
from docmill.domain.documents import Change, Claim, DeadLetter
from docmill.domain.errors import DocmillError, StaleClaim
from docmill.domain.events import Event
from docmill.domain.limits.database import DATABASE_CONNECT_S_MAX
from docmill.domain.limits.flow import LEASE_S
from docmill.domain.states import RunState, require_edge
from docmill.domain.tenants import TenantId

_CHANNEL = "docmill_work"


class PostgresClaims:
    """``subscriptions`` and ``starts_from`` as for the store. ``close`` it in the event loop that used it."""

    def __init__(
        self,
        database: Database,
        *,
        subscriptions: Subscriptions,
        starts_from: Mapping[str, RunState | None],
        lease_s: float = LEASE_S,
    ) -> None:
        self._database = database
        self._subscriptions = subscriptions
        self._starts_from = starts_from
        self._lease_s = lease_s
        self._costs: list[dict[str, Any]] = []
        self._news = asyncio.Event()
        self._listener: asyncio.Task[None] | None = None

    async def close(self) -> None:
        if self._listener is not None:
            self._listener.cancel()
            await asyncio.gather(self._listener, return_exceptions=True)
            self._listener = None

    async def take(self, stages: Sequence[str], *, worker: str, most: int) -> Sequence[Claim]:
        costs, self._costs = self._costs, []
        rows = await self._database.call(
            queries("claims")["take"],
            {
                "stages": list(stages),
                "worker": worker,
                "most": most,
                "lease_s": self._lease_s,
                "costs": to_json(costs) if costs else None,
            },
        )
        return [_claim(row, worker) for row in rows]

    async def beat(
        self, claims: Sequence[Claim], *, percent: int | None = None
    ) -> frozenset[tuple[str, UUID]]:
        if not claims:
            return frozenset()
        held = await self._database.call(
            queries("claims")["beat"],
            {
                "claims": to_json([_holding(claim) for claim in claims]),
                "lease_s": self._lease_s,
                "percent": percent,
            },
        )
        kept = {(row["stage"], row["event"]) for row in held}
        return frozenset((claim.stage, claim.event.id) for claim in claims) - kept

    async def retry(
        self,
        claim: Claim,
        *,
        delay_s: float,
        code: str,
        reason: str,
        counted: bool = True,
        lines: Sequence[str] = (),
    ) -> None:
        given = {
            "try": to_json(this_try(claim, code=code, reason=reason, lines=lines)),
            "delay_s": delay_s,
            "code": code,
            "reason": stored_text(reason),
            "uncounted": int(not counted),
        }
        if not await self._database.call(queries("claims")["retry"], {**_holding(claim), **given}):
            raise StaleClaim

    async def give_up(
        self, claim: Claim, change: Change, *, code: str, reason: str, lines: Sequence[str] = ()
    ) -> None:
        ended = closing(claim, "dead", code=code, reason=reason)
        ended["try"] = this_try(claim, code=code, reason=reason, lines=lines)
        await self._database.call(
            queries("documents")["append"], append_parameters(change, ended, self._subscriptions)
        )

    async def charge(self, claim: Claim, *, cpu_seconds: float) -> None:
        """Told with the next ``take``: what a worker that dies has not told is not worth a round trip."""
        cost = {"stage": claim.stage, "tenant": claim.event.tenant, "kind": claim.kind}
        self._costs.append({**cost, "cpu_seconds": cpu_seconds, "charged": claim.charged_s})

    async def forsake(self, worker: str, *, counted: bool = True) -> int:
        given = {"worker": worker, "counted": counted}
        return int((await self._database.call(queries("claims")["forsake"], given))[0]["messages"])

    async def wait(self, *, timeout_s: float) -> None:
        if self._listener is None or self._listener.done():
            self._listener = asyncio.create_task(self._listen())
        with contextlib.suppress(TimeoutError):
            # Not `wait_for`: Python 3.11's may swallow a cancellation that comes with the news.
            async with asyncio.timeout(timeout_s):
                await self._news.wait()
        self._news.clear()

    async def backlog(self) -> dict[tuple[str, TenantId], tuple[int, float]]:
        rows = await self._database.call(queries("claims")["backlog"])
        return {(row["stage"], TenantId(row["tenant"])): (row["messages"], row["age_s"]) for row in rows}

    async def dead_letters(self, tenant: TenantId | None = None) -> Sequence[DeadLetter]:
        rows = await self._database.call(queries("claims")["dead_letters"], {"tenant": tenant})
        return [dead_letter_from(row) for row in rows]

    async def replay(self, letter: DeadLetter) -> bool:
        state = self._starts_from.get(letter.stage)
        if state is not None:
            require_edge(RunState.FAILED, state)
        rows = await self._database.call(
            queries("claims")["replay"],
            {"tenant": letter.tenant, "stage": letter.stage, "event": letter.event, "state": state},
        )
        return bool(rows[0]["replayed"])

    async def redeliver(self, event: Event) -> int:
        """Deliver an event of the journal again, as a broker does; return how many stages did not have it."""
        stages = list(self._subscriptions.get(event.type, ()))
        given = {"stages": stages, "document": event.document, "event": event.id}
        return len(await self._database.call(queries("claims")["redeliver"], given))

    async def _listen(self) -> None:
        while True:
            with contextlib.suppress(DocmillError):
                async with self._database.listening(_CHANNEL) as connection:
                    self._news.set()  # what came before we listened
                    async for _ in connection.notifies():
                        self._news.set()
            await asyncio.sleep(DATABASE_CONNECT_S_MAX / 5)


def _claim(row: Row, worker: str) -> Claim:
    held = row["held"]
    return Claim(
        stage=row["stage"],
        event=event_from(row),
        fence=row["fence"],
        attempt=row["attempt"],
        worker=worker,
        replays=row["replays"],
        held=None if held is None else held_from(held),
        edition=None if held is None else held["edition"],
        charged_s=row["charged"],
        kind=row["kind"],
    )


def _holding(claim: Claim) -> dict[str, Any]:
    return {
        "stage": claim.stage,
        "event": claim.event.id,
        "fence": claim.fence,
        "worker": claim.worker,
    }
