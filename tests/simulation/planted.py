"""Bugs, each of a kind that such systems have had. The simulation has to find every one of them."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from tests.simulation.world import Asked, World

from docmill.domain.documents import Accepted, Change, Claim, Upload
from docmill.domain.limits.processes import FOLLOW_BATCH_EVENTS
from docmill.stages.runner import Runner


class AcknowledgesFirst(Runner):
    async def _answer(self, claim: Claim, meter: Any, report: Any) -> None:
        """The claim is closed before the answer is saved: a crash between the two loses the message."""
        work = await self._work(claim)
        nothing = Change(work.document.tenant, work.document.id, work.run.id, work.run.version)
        await self.store.append(nothing, claim=claim)
        answer = await self._ask(claim, work)
        await self.store.append(self._change(claim, work, answer), claim=None)


def acknowledge_before_saving(world: World) -> None:
    world.runner_class = AcknowledgesFirst


def forget_idempotency_keys(world: World) -> None:
    accept = world.store.accept

    async def forgetful(upload: Upload) -> Accepted:
        return await accept(replace(upload, idempotency_key=None))

    world.store.accept = forgetful  # type: ignore[method-assign]


def let_late_writers_write(world: World) -> None:
    """Neither fence nor version nor chart is looked at."""
    held, save = world.db.held, world.db.save

    def any_row(claim: Claim) -> Any:
        row = world.db.rows[claim.stage, claim.event.id]
        row.done = False
        return row

    def saved(change: Change) -> None:
        document = world.db.document(change.tenant, change.document)
        version = document.run.version
        with patch("tests.fakes.flow.require_edge"):
            save(replace(change, expected_version=version))

    assert held is not None
    world.db.held = any_row  # type: ignore[method-assign]
    world.db.save = saved  # type: ignore[method-assign]


def accept_before_the_file_is_stored(world: World) -> None:
    async def hasty(blobs: Any, store: Any, asked: Asked) -> Accepted:
        import hashlib

        from docmill.domain.documents import Blob

        blob = Blob(hashlib.sha256(asked.data).hexdigest(), len(asked.data))
        accepted: Accepted = await store.accept(world.upload_of(asked, blob))
        await blobs.put(asked.tenant, asked.data)
        return accepted

    world.handle_upload = hasty


def move_the_bookmark_before_telling(world: World) -> None:
    async def follow(journal: Any, bookmark: Any, listener: Any) -> int:
        events = await journal.read(after=bookmark.load(), limit=FOLLOW_BATCH_EVENTS)
        if events:
            bookmark.save(events[-1].position)
        for event in events:
            await asyncio.sleep(0.001)
            listener.told(event)
        return len(events)

    world.follow = follow


def collect_without_grace(world: World) -> None:
    world.grace_s, world.recheck_s = 0.0, 0.0


def erase_without_taking_the_claims(world: World) -> None:
    erase = world.store.erase

    async def careless(tenant: Any, document: Any, *, time: Any) -> Any:
        open_rows = [r for r in world.db.rows.values() if r.event.document == document and not r.done]
        version = world.db.document(tenant, document).run.version
        blobs = await erase(tenant, document, time=time)
        for row in open_rows:
            row.done = False
        gone = world.db.document(tenant, document)
        world.db.documents[tenant, document] = replace(gone, run=replace(gone.run, version=version))
        return blobs

    world.store.erase = careless  # type: ignore[method-assign]


def keep_leases_for_ever(world: World) -> None:
    """What a dead worker held is handed out to nobody."""
    world.claims.free = lambda row, now: (  # type: ignore[method-assign]
        row.held is None and not row.done and not row.dead and row.due <= now
    )

    async def forsake(_worker: str, *, counted: bool = True) -> int:
        return 0

    world.claims.forsake = forsake  # type: ignore[method-assign]


def tell_every_state_twice(world: World) -> None:
    """Ids of events are made up anew at each try, and a reply that was lost is not asked for again."""
    import uuid

    class Forgetful(Runner):
        def _event(self, claim: Claim, new: Any, ordinal: int) -> Any:
            made = super()._event(claim, new, ordinal)
            return replace(made, id=uuid.UUID(int=world.chance.getrandbits(128), version=4))

        async def _answer(self, claim: Claim, meter: Any, report: Any) -> None:
            """Events first, in a transaction of their own, then the state."""
            work = await self._work(claim)
            answer = await self._ask(claim, work)
            change = self._change(claim, work, answer)
            told = Change(
                change.tenant, change.document, change.run, change.expected_version, events=change.events
            )
            await self.store.append(told, claim=None)
            await self.store.append(replace(change, events=()), claim=claim)

    world.runner_class = Forgetful


def hand_suspects_out_among_others(world: World) -> None:
    world.claims.alone = False


def believe_every_due_time(world: World) -> None:
    """What waits for a clock that was set back waits until it is there again."""

    async def unstick() -> int:
        return 0

    world.claims.unstick = unstick  # type: ignore[method-assign]


def cancel_without_taking_the_claims(world: World) -> None:
    """Whoever has the run in hand saves it over the cancellation."""
    cancel = world.operations.cancel

    async def careless(tenant: Any, document: Any, **how: Any) -> bool:
        open_rows = [r for r in world.db.rows.values() if r.event.document == document and not r.done]
        run = world.db.document(tenant, document).run
        fences = [(row, row.fence) for row in open_rows]
        cancelled = await cancel(tenant, document, **how)
        for row, fence in fences:
            row.done, row.fence = False, fence
        found = world.db.document(tenant, document)
        if cancelled:
            world.db.put_run(
                found, replace(found.run, version=run.version, state=run.state, reading=run.reading)
            )
        return cancelled

    world.operations.cancel = careless  # type: ignore[method-assign]


def index_what_was_cancelled(world: World) -> None:
    world.index.guarded = False


def forget_the_keys_of_further_runs(world: World) -> None:
    reprocess = world.operations.reprocess

    async def forgetful(*what: Any, **how: Any) -> Any:
        world.operations.begun.clear()
        return await reprocess(*what, **how)

    world.operations.reprocess = forgetful  # type: ignore[method-assign]


def save_a_correction_before_its_event(world: World) -> None:
    """In two transactions; whoever asks again finds it saved, and nobody has told the stage that checks it."""

    async def save(store: Any, change: Change) -> None:
        document = await store.load(change.tenant, change.document)
        if "review" not in document.run.result:
            await store.append(replace(change, events=()), claim=None)
            told = replace(change, state=None, result=None)
            await store.append(told, claim=None)

    world.save_correction = save


PLANTED: tuple[Callable[[World], None], ...] = (
    acknowledge_before_saving,
    forget_idempotency_keys,
    let_late_writers_write,
    accept_before_the_file_is_stored,
    move_the_bookmark_before_telling,
    collect_without_grace,
    erase_without_taking_the_claims,
    keep_leases_for_ever,
    tell_every_state_twice,
    hand_suspects_out_among_others,
    believe_every_due_time,
    cancel_without_taking_the_claims,
    index_what_was_cancelled,
    forget_the_keys_of_further_runs,
    save_a_correction_before_its_event,
)
