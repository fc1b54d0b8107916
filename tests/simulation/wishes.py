"""What clients want of a document once it was taken in. Each asks until he is answered, and then again like the first time."""

from typing import TYPE_CHECKING, Any
from uuid import uuid5

from tests.simulation.parts import wall

from docmill.domain.documents import Change, Pins
from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.events import NAMESPACE, DocumentId, Event, EventId, EventType
from docmill.domain.states import RunState
from docmill.ports.operations import Key

if TYPE_CHECKING:
    from tests.simulation.world import Asked, World

WISHES = ("", "", "", "erase", "erase", "cancel", "cancel", "again", "correct")


async def erase(world: "World", asked: "Asked") -> bool:
    assert asked.document is not None
    await world.remote(world.store).erase(asked.tenant, DocumentId(asked.document), time=wall(world.loop))
    return True


async def cancel(world: "World", asked: "Asked") -> bool:
    """False when it has ended before."""
    assert asked.document is not None
    try:
        await world.remote(world.operations).cancel(
            asked.tenant, DocumentId(asked.document), time=wall(world.loop)
        )
    except DocmillError as error:
        if error.code is not ErrorCode.STATE_FORBIDDEN:
            raise
        return False
    return True


async def again(world: "World", asked: "Asked") -> bool:
    """A further run, once the first has come to an end."""
    assert asked.document is not None
    key = Key(f"again-{asked.key}", "")
    document = DocumentId(asked.document)
    time = wall(world.loop)
    await world.remote(world.operations).reprocess(asked.tenant, document, Pins(), time=time, key=key)
    return True


async def correct(world: "World", asked: "Asked") -> bool:
    """What a reviewer does once he is asked: he gives the number. False when nobody is asked."""
    assert asked.document is not None
    store: Any = world.remote(world.store)
    document = await store.load(asked.tenant, DocumentId(asked.document))
    event = EventId(uuid5(NAMESPACE, f"corrected:{asked.key}"))
    if document.run.state in (RunState.ARCHIVED, RunState.FAILED) or any(
        known.id == event for known in await store.journal(asked.tenant, document.id)
    ):
        return document.run.state is not RunState.FAILED and asked.data.startswith(b"letter")
    if document.run.state is not RunState.IN_REVIEW:
        raise DocmillError(ErrorCode.NOT_READY)
    run = document.run
    told = Event(event, EventType.DOCUMENT_CORRECTED, asked.tenant, document.id, run.id, wall(world.loop))
    result = {**run.result, "value": {"number": f"by hand {asked.key}"}}
    result |= {"review": {"by": ["ann"], "overrides": []}, "blockers": []}
    change = Change(
        asked.tenant,
        document.id,
        run.id,
        run.version,
        state=RunState.IN_REVIEW,
        result=result,
        events=(told,),
    )
    await world.save_correction(store, change)
    return True
