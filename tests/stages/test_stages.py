"""Each stage on the fakes, and all of them one after the other."""

from dataclasses import replace

from tests.fakes.parts import text_reading
from tests.stages.conftest import ACME, MemoryPlatform

from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.events import EventType
from docmill.domain.limits.documents import UNPACK_DEPTH_MAX
from docmill.domain.pages import Member, Reading
from docmill.domain.reading_limits import DEFAULT
from docmill.domain.states import RunState

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def test_an_upload_ends_archived_and_indexed(platform: MemoryPlatform) -> None:
    accepted = await platform.upload("number 7")
    await platform.settle()
    document = await platform.document(accepted)
    assert document.run.state is RunState.ARCHIVED
    assert document.run.indexed_at is not None
    assert document.run.result is not None
    assert document.run.result["status"] == "succeeded"
    assert document.run.result["value"] == {"number": "7"}
    assert document.run.result["pins"] == {"reader": "fake-1", "model": "test", "schema": 0, "rules": 0}
    types = {event.type for event in platform.db.events}
    assert types == {
        EventType.DOCUMENT_UPLOADED,
        EventType.DOCUMENT_READ,
        EventType.DOCUMENT_ANALYZED,
        EventType.DOCUMENT_VALIDATED,
        EventType.DOCUMENT_ARCHIVED,
        EventType.DOCUMENT_INDEXED,
    }


async def test_every_event_names_its_cause_and_carries_the_trace_of_the_upload(
    platform: MemoryPlatform,
) -> None:
    await platform.upload("number 7")
    first = platform.db.events[0]
    row = platform.db.rows["read", first.id]
    row.event = platform.db.events[0] = replace(first, trace=TRACE)
    await platform.settle()
    known = {event.id for event in platform.db.events}
    for event in platform.db.events[1:]:
        assert event.cause in known
        assert event.trace.startswith(TRACE[:36])
        assert event.trace != TRACE  # it is the stage's span that wrote it


async def test_what_blocks_sends_a_document_to_a_person_and_still_makes_it_searchable(
    platform: MemoryPlatform,
) -> None:
    accepted = await platform.upload("nothing here")
    await platform.settle()
    document = await platform.document(accepted)
    assert document.run.state is RunState.IN_REVIEW
    assert document.run.result is not None
    assert document.run.result["status"] == "needs_review"
    assert document.run.result["blockers"] == [
        {"path": "number", "rule": "required", "message": "there is no number"}
    ]
    assert document.run.indexed_at is not None
    assert not platform.archive.records


async def test_the_second_document_of_an_identity_is_told_of_the_first(platform: MemoryPlatform) -> None:
    first = await platform.upload("number 7")
    await platform.settle()
    second = await platform.upload("number 7 again")
    await platform.settle()
    result = (await platform.document(second)).run.result
    assert result is not None
    assert result["blockers"][0]["message"] == f"as in {first.document}"


async def test_a_rejected_file_ends_with_its_code(platform: MemoryPlatform) -> None:
    platform.reader.fault = lambda _name: Rejected(ErrorCode.PASSWORD_REQUIRED, "the PDF is encrypted")
    accepted = await platform.upload("x")
    await platform.settle()
    document = await platform.document(accepted)
    assert (document.run.state, document.run.code) == (RunState.REJECTED, ErrorCode.PASSWORD_REQUIRED)
    assert (document.run.detail, document.run.action) == ("the PDF is encrypted", "")
    assert platform.db.events[-1].data == {"code": "password_required"}
    assert not platform.db.letters


async def test_a_page_without_a_word_is_read_all_the_same(platform: MemoryPlatform) -> None:
    accepted = await platform.upload("")
    await platform.settle()
    assert (await platform.document(accepted)).run.pages == 1


async def test_a_file_without_a_page_is_rejected(platform: MemoryPlatform) -> None:
    platform.reader.readings["a.txt"] = Reading("text/plain", ())
    accepted = await platform.upload("")
    await platform.settle()
    assert (await platform.document(accepted)).run.code == ErrorCode.NOTHING_READABLE


async def test_a_page_that_failed_is_named_when_there_is_nothing_else(platform: MemoryPlatform) -> None:
    empty = text_reading("")
    failed = replace(empty, pages=(replace(empty.pages[0], error="page_failed"),))
    platform.reader.readings["a.txt"] = failed
    accepted = await platform.upload("")
    await platform.settle()
    assert (await platform.document(accepted)).run.code == ErrorCode.PAGE_FAILED


async def test_the_members_of_an_archive_become_documents_of_their_own(platform: MemoryPlatform) -> None:
    members = tuple(Member(at, f"{at}.txt", f"number {at}".encode()) for at in range(50))
    platform.reader.readings["a.zip"] = Reading("application/zip", (), members=members)
    accepted = await platform.upload("PK", "a.zip")
    await platform.settle()
    assert (await platform.document(accepted)).run.state is RunState.UNPACKED
    children = await platform.store.children(ACME, accepted.document)
    assert [child.ordinal for child in children] == list(range(50))
    assert {child.run.state for child in children} == {RunState.ARCHIVED}


async def test_an_archive_in_an_archive_too_deep_is_a_bomb(platform: MemoryPlatform) -> None:
    platform.reader.readings["again.zip"] = Reading(
        "application/zip", (), members=(Member(0, "again.zip", b"PK"),)
    )
    await platform.upload("PK", "again.zip")
    await platform.settle()
    states = [document.run.state for document in platform.db.documents.values()]
    assert states == [*[RunState.UNPACKED] * UNPACK_DEPTH_MAX, RunState.REJECTED]


async def test_a_mail_is_read_and_its_attachments_are_documents_of_their_own(
    platform: MemoryPlatform,
) -> None:
    body = text_reading("number 7")
    platform.reader.readings["a.eml"] = replace(body, members=(Member(0, "b.txt", b"number 8"),))
    accepted = await platform.upload("From: a", "a.eml")
    await platform.settle()
    mail = await platform.document(accepted)
    assert (mail.run.state, mail.run.pages) == (RunState.ARCHIVED, 1)
    (child,) = await platform.store.children(ACME, accepted.document)
    assert (child.parent, child.name, child.run.state) == (accepted.document, "b.txt", RunState.ARCHIVED)


async def test_the_tenants_limits_reach_the_reader_and_its_archives(platform: MemoryPlatform) -> None:
    platform.allowed = DEFAULT.lowered({"unpack_depth_max": 1, "pages_max": 3})
    platform.reader.readings["again.zip"] = Reading(
        "application/zip", (), members=(Member(0, "again.zip", b"PK"),)
    )
    await platform.upload("PK", "again.zip")
    await platform.settle()
    states = [document.run.state for document in platform.db.documents.values()]
    assert states == [RunState.UNPACKED, RunState.REJECTED]
    assert platform.reader.allowed == [platform.allowed, platform.allowed]


async def test_reading_the_same_bytes_again_gives_the_same_blob(platform: MemoryPlatform) -> None:
    """CPU seconds differ from run to run; the name of what was read must not."""
    names = []
    for cpu_seconds in (0.1, 0.2):
        platform.reader.readings["a.txt"] = replace(text_reading("number 7"), cpu_seconds=cpu_seconds)
        accepted = await platform.upload("x")
        await platform.settle()
        reading = (await platform.document(accepted)).run.reading
        assert reading is not None
        names.append(reading.sha256)
    assert names[0] == names[1]


async def test_an_archived_version_is_what_the_run_says(platform: MemoryPlatform) -> None:
    accepted = await platform.upload("number 7")
    await platform.settle()
    (record,) = await platform.archive.versions(ACME, accepted.document)
    assert record.version == 1
    assert record.result == (await platform.document(accepted)).run.result
