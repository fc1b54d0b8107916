"""PostgresLetters."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from psycopg import sql

from docmill.adapters.postgres.cursors import cursor_of, moment, place_of
from docmill.adapters.postgres.database import Database, Row
from docmill.adapters.postgres.encoding import dead_letter_from, stored_text
from docmill.adapters.postgres.queries import queries
from docmill.domain.errors import DocmillError, ErrorCode, NotFound
from docmill.domain.events import DocumentId, EventId, RunId
from docmill.domain.limits.repair import LETTERS_AT_ONCE_MAX
from docmill.domain.tenants import TenantId
from docmill.ports.claims import Claims
from docmill.ports.letters import (
    Closing,
    Letter,
    LetterFilter,
    LetterId,
    LetterPage,
    LetterState,
    Try,
)


class PostgresLetters:
    """A dead letter is a claim that was given up; ``claims`` open it again."""

    def __init__(self, database: Database, claims: Claims) -> None:
        self._database = database
        self._claims = claims

    async def find(
        self, tenant: TenantId, where: LetterFilter, *, limit: int, cursor: str | None = None
    ) -> LetterPage:
        given = _given(tenant, where) | {"limit": limit + 1, "given_up": where.state is LetterState.GIVEN_UP}
        given |= {"before": None, "before_stage": None, "before_event": None}
        this_list = f"letters:{tenant}:{where!r}"
        if cursor is not None:
            given |= place_of(cursor, _before, of=this_list)
        async with self._database.tenant(tenant) as tx:
            letters = [_letter(row) for row in await tx.all(_statement("find"), given)]
        more = len(letters) > limit
        return LetterPage(tuple(letters[:limit]), _after(letters[limit - 1], this_list) if more else None)

    async def load(self, tenant: TenantId, letter: LetterId) -> Letter:
        row = await self._row(tenant, letter)
        if row is None or row["erased"] or (row["status"] != "dead" and row["given_up_at"] is None):
            raise NotFound(f"letter {letter}")
        return _letter(row)

    async def replay(self, tenant: TenantId, letter: LetterId) -> bool:
        row = await self._row(tenant, letter)
        if row is None:
            raise NotFound(f"letter {letter}")
        if row["erased"]:
            raise DocmillError(ErrorCode.ERASED)
        if row["status"] != "dead" and not row["replays"] and row["given_up_at"] is None:
            raise NotFound(f"letter {letter}")  # a message that no stage ever gave up on
        if row["given_up_at"] is not None:
            raise DocmillError(ErrorCode.STATE_FORBIDDEN, "the letter was given up")
        if row["state"] == "cancelled":
            raise DocmillError(ErrorCode.STATE_FORBIDDEN, "the run was cancelled")
        return row["status"] == "dead" and await self._claims.replay(dead_letter_from(row))

    async def matching(self, tenant: TenantId, where: LetterFilter) -> Sequence[LetterId]:
        given = _given(tenant, where) | {"limit": LETTERS_AT_ONCE_MAX}
        async with self._database.tenant(tenant) as tx:
            rows = await tx.all(queries("letters")["matching"], given)
        return [LetterId(row["stage"], EventId(row["event"])) for row in rows]

    async def close(self, tenant: TenantId, letter: LetterId, *, by: str, reason: str) -> Letter:
        given = {"tenant": tenant, "stage": letter.stage, "event": letter.event}
        given |= {"by": by, "reason": stored_text(reason)}
        await self._database.call(queries("letters")["close"], given)
        row = await self._row(tenant, letter)
        if row is None or row["erased"] or (row["given_up_at"] is None and not row["replays"]):
            raise NotFound(f"letter {letter}")
        if row["given_up_at"] is None:
            raise DocmillError(ErrorCode.STATE_FORBIDDEN, "the letter was sent back meanwhile")
        return _letter(row)

    async def _row(self, tenant: TenantId, letter: LetterId) -> Row | None:
        given = {"tenant": tenant, "stage": letter.stage, "event": letter.event}
        async with self._database.tenant(tenant) as tx:
            return await tx.one(_statement("load"), given)


def _given(tenant: TenantId, where: LetterFilter) -> dict[str, Any]:
    return {
        "tenant": tenant,
        "stage": where.stage and stored_text(where.stage),
        "code": where.code and stored_text(where.code),
        "type_name": where.type_name and stored_text(where.type_name),
        "batch": where.batch and stored_text(where.batch),
        "since": where.since,
    }


def _letter(row: Row) -> Letter:
    closing = None
    if row["given_up_at"] is not None:
        closing = Closing(row["given_up_by"], row["given_up_reason"], row["given_up_at"])
    return Letter(
        id=LetterId(row["stage"], EventId(row["event"])),
        tenant=TenantId(row["tenant"]),
        document=DocumentId(row["document"]),
        run=RunId(row["run"]),
        state=LetterState.DEAD if closing is None else LetterState.GIVEN_UP,
        code=row["code"] or "",
        reason=row["reason"] or "",
        attempts=row["attempts"],
        replays=row["replays"],
        time=row["ended_at"],
        type_name=row["type_name"],
        batch=row["batch"],
        closing=closing,
        tries=tuple(_try(one) for one in row.get("tries") or ()),
    )


def _try(one: dict[str, Any]) -> Try:
    given = {**one, "time": datetime.fromisoformat(one["time"]), "lines": tuple(one["lines"])}
    return Try(**given)


def _after(letter: Letter, this_list: str) -> str:
    return cursor_of(letter.time.isoformat(), letter.id.stage, str(letter.id.event), of=this_list)


def _before(time: str, stage: str, event: str) -> dict[str, Any]:
    return {"before": moment(time), "before_stage": stored_text(stage), "before_event": UUID(event)}


@cache
def _statement(name: str) -> bytes:
    texts = queries("letters")
    columns = sql.SQL(texts["columns"].decode())
    return sql.SQL(texts[name].decode()).format(columns=columns).as_bytes()
