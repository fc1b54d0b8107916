"""A version for good."""

from docmill.domain.documents import Answer, ArchiveRecord
from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.events import EventType, NewEvent
from docmill.domain.states import RunState
from docmill.ports.archive import Archive
from docmill.stages.results import result_sha256
from docmill.stages.work import Work


async def archive(work: Work, *, archive: Archive) -> Answer:
    """Keep the result under the run's number, then answer DocumentArchived.

    The record is made of nothing but what is saved already, so a second try puts the same one.
    """
    if work.run.result is None:
        raise DocmillError(ErrorCode.STATE_FORBIDDEN, "the run has no result")
    sha256 = result_sha256(work.run.result)
    record = ArchiveRecord(
        tenant=work.document.tenant,
        document=work.document.id,
        run=work.run.id,
        version=work.run.number,
        sha256=sha256,
        time=work.event.time,
        result=work.run.result,
    )
    await archive.put(record)
    return Answer(
        state=RunState.ARCHIVED,
        facts=("archived",),
        events=(NewEvent(EventType.DOCUMENT_ARCHIVED, {"version": record.version, "sha256": sha256}),),
    )
