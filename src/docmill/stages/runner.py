"""The one place that claims, saves, publishes and retries, for all stages."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import TypeVar

from docmill.domain.documents import Answer, Change, Claim, Document, Run
from docmill.domain.errors import (
    DocmillError,
    ErrorCode,
    NotFound,
    Rejected,
    StaleClaim,
    Unavailable,
    VersionConflict,
)
from docmill.domain.events import Event, EventType, NewEvent, event_id
from docmill.domain.limits.flow import ATTEMPTS_MAX, BACKOFF_FIRST_S, BACKOFF_MAX_S
from docmill.domain.limits.processes import CONFLICT_RETRIES_MAX, OUTAGE_RETRY_S, SAVE_WALL_S_MAX
from docmill.domain.states import RunState
from docmill.domain.tracing import trace_from
from docmill.domain.usage import Cost
from docmill.ports.claims import Claims
from docmill.ports.document_store import DocumentStore
from docmill.ports.telemetry import Done, Telemetry
from docmill.stages.flow import stage
from docmill.stages.metering import CpuMeter, Spend, cost_of, metered, unspent
from docmill.stages.outcome import outcome
from docmill.stages.telling import telling_lines
from docmill.stages.work import Clock, Handler, Work, unheard

T = TypeVar("T")

_OUTAGES = frozenset((ErrorCode.UNAVAILABLE, ErrorCode.STORAGE_FULL))


@dataclass(frozen=True, slots=True)
class Runner:
    """``claim → handle → append``, and what becomes of a message that fails."""

    handlers: Mapping[str, Handler]
    store: DocumentStore
    claims: Claims
    telemetry: Telemetry
    clock: Clock
    save_wall_s: float = SAVE_WALL_S_MAX
    spend: Spend = unspent

    async def deliver(self, claim: Claim, *, report: Callable[[int], None] = unheard) -> None:
        """Answer one message and save the answer; never raises but for cancellation.

        An error that may pass is tried again later, a document that cannot be processed ends its
        run as REJECTED, everything else makes the message a dead letter and the run FAILED.
        """
        start, meter = monotonic(), CpuMeter()
        self.telemetry.began(claim)
        try:
            if claim.attempt > ATTEMPTS_MAX:
                raise _Deadly
            done = await metered(self._answer(claim, meter, report), meter)
        except StaleClaim:
            self.telemetry.lost(claim)
        except Exception as error:
            await metered(self._failed(claim, error), meter)
        else:
            wall_s = monotonic() - start
            self.telemetry.answered(claim, wall_s=wall_s, cpu_seconds=meter.cpu_seconds, done=done)
        finally:
            # Whatever came of it: a tenant whose files fail, or that cancels them, has used the time all
            # the same.
            self.spend(claim.event.tenant, claim.stage, Cost(messages=1, cpu_seconds=meter.cpu_seconds))
            await self.claims.charge(claim, cpu_seconds=meter.cpu_seconds)

    async def _answer(self, claim: Claim, meter: CpuMeter, report: Callable[[int], None]) -> Done:
        for tries in range(1, CONFLICT_RETRIES_MAX + 1):
            work = await self._work(claim, claim.held if tries == 1 else None, report)
            answer = await self._ask(claim, work)
            spent = replace(answer.usage, cpu_seconds=answer.usage.cpu_seconds + meter.cpu_seconds)
            change = self._change(claim, work, replace(answer, usage=spent))
            try:
                await self._persist(lambda change=change: self.store.append(change, claim=claim))  # type: ignore[misc]
            except VersionConflict:
                if tries == CONFLICT_RETRIES_MAX:
                    raise
            else:
                self.spend(claim.event.tenant, claim.stage, cost_of(answer))
                return outcome(work, answer)
        raise AssertionError("unreachable")  # pragma: no cover

    async def _ask(self, claim: Claim, work: Work) -> Answer:
        starts_from = _starts_from(claim, work.run.state)
        if work.document.erased_at is not None or starts_from not in (None, work.run.state):
            # Delivered again after it was answered: there is nothing left but to close the claim.
            return Answer()
        try:
            return await self.handlers[claim.stage](work)
        except Rejected as rejection:
            if starts_from is None:
                raise
            return Answer(
                state=RunState.REJECTED,
                code=rejection.code,
                detail=rejection.detail,
                action="" if rejection.action == rejection.info.action else rejection.action,
                events=(NewEvent(EventType.DOCUMENT_REJECTED, {"code": rejection.code.value}),),
            )

    async def _work(
        self, claim: Claim, held: Document | None = None, report: Callable[[int], None] = unheard
    ) -> Work:
        event = claim.event
        document = held or await self.store.load(event.tenant, event.document)
        run = document.run if document.run.id == event.run else await self._older(event)
        return Work(event, document, run, report, claim.edition)

    async def _older(self, event: Event) -> Run:
        for run in await self.store.runs(event.tenant, event.document):
            if run.id == event.run:
                return run
        raise NotFound(f"run {event.run}")

    def _change(self, claim: Claim, work: Work, answer: Answer) -> Change:
        return Change(
            tenant=work.document.tenant,
            document=work.document.id,
            run=work.run.id,
            expected_version=work.run.version,
            state=answer.state,
            code=answer.code,
            detail=answer.detail,
            action=answer.action,
            media_type=answer.media_type,
            type_name=answer.type_name,
            type_version=answer.type_version,
            pages=answer.pages,
            reading=answer.reading,
            result=answer.result,
            facts=answer.facts,
            usage=answer.usage,
            children=answer.children,
            review=answer.review,
            events=tuple(self._event(claim, new, ordinal) for ordinal, new in enumerate(answer.events)),
        )

    def _event(self, claim: Claim, new: NewEvent, ordinal: int) -> Event:
        cause = claim.event
        if new.type is EventType.DOCUMENT_FAILED:
            # A message fails once, and once more after each replay: those are facts of their own.
            ordinal += claim.replays
        return Event(
            id=event_id(claim.stage, cause.id, new.type, ordinal),
            type=new.type,
            tenant=cause.tenant,
            document=cause.document,
            run=cause.run,
            time=self.clock(),
            cause=cause.id,
            trace=trace_from(claim),
            data=new.data,
        )

    async def _failed(self, claim: Claim, error: Exception) -> None:
        (code, reason), lines = _told(error), telling_lines(error)
        outage = code in _OUTAGES
        final = not outage and (claim.attempt >= ATTEMPTS_MAX or not _may_pass(error))
        self.telemetry.failed(claim, code=code, final=final, error=error)
        try:
            if final:
                await self._persist(lambda: self._give_up(claim, code, reason, lines))
            else:
                delay_s = OUTAGE_RETRY_S if outage else backoff_s(claim.attempt)
                await self._persist(
                    lambda: self.claims.retry(
                        claim, delay_s=delay_s, code=code, reason=reason, counted=not outage, lines=lines
                    )
                )
        except StaleClaim:
            self.telemetry.lost(claim)
        except Exception as trouble:
            # The lease ends by itself and another worker meets the message: nothing is lost by leaving it.
            self.telemetry.failed(claim, code=_told(trouble)[0], final=False, error=trouble)

    async def _give_up(self, claim: Claim, code: ErrorCode, reason: str, lines: Sequence[str]) -> None:
        work = await self._work(claim)
        answer = Answer()
        # A side fact that fails leaves the run alone.
        if _starts_from(claim, work.run.state) == work.run.state:
            failed = NewEvent(EventType.DOCUMENT_FAILED, {"code": code.value, "stage": claim.stage})
            answer = Answer(state=RunState.FAILED, code=code, events=(failed,))
        change = self._change(claim, work, answer)
        await self.claims.give_up(claim, change, code=code, reason=reason, lines=lines)

    async def _persist(self, save: Callable[[], Awaitable[T]]) -> T:
        """Keep at it while the database is away: an answer that cost seconds of OCR is not thrown away.

        A try whose outcome is unknown is safe to repeat: had it been saved, the claim is closed and
        the repetition raises StaleClaim.
        """
        deadline, delay_s = monotonic() + self.save_wall_s, 0.1
        while True:
            try:
                return await save()
            except Unavailable as error:
                if monotonic() + delay_s > deadline:
                    raise
                self.telemetry.outage("store", error)
            await asyncio.sleep(delay_s)
            delay_s = min(2 * delay_s, 2.0)


class _Deadly(Exception):
    """Every worker that took the message died of it."""


def backoff_s(attempt: int) -> float:
    """Seconds to wait after the ``attempt``-th try, counted from 1."""
    return min(BACKOFF_FIRST_S * 2.0 ** (attempt - 1), BACKOFF_MAX_S)


def _starts_from(claim: Claim, state: RunState) -> RunState | None:
    # A correction is checked where it was made, or where a replay has sent its run back to.
    if claim.event.type is EventType.DOCUMENT_CORRECTED and state is not RunState.ANALYZED:
        return RunState.IN_REVIEW
    return stage(claim.stage).starts_from


def _may_pass(error: Exception) -> bool:
    if isinstance(error, _Deadly):
        return False
    return error.retry if isinstance(error, DocmillError) else True


def _told(error: Exception) -> tuple[ErrorCode, str]:
    """Code and reason without document content: the text of an unexpected error may quote the document."""
    if isinstance(error, DocmillError):
        return error.code, error.detail or error.info.sentence
    if isinstance(error, _Deadly):
        return ErrorCode.INTERNAL_ERROR, "every worker that took the message died of it"
    return ErrorCode.INTERNAL_ERROR, f"unexpected {type(error).__name__}"
