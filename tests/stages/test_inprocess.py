"""The same stages on one file, without server or database."""

from dataclasses import replace
from datetime import UTC, datetime

from tests.fakes import FakeReader
from tests.stages.conftest import NOTE, MemoryPlatform, find_number, number_wanted

from docmill.domain.errors import DocmillError, ErrorCode, Rejected
from docmill.domain.limits.documents import UNPACK_DEPTH_MAX
from docmill.domain.pages import Member, Reading
from docmill.domain.results import Status
from docmill.domain.types import parse_document_type
from docmill.stages.inprocess import InProcess


def pipeline(reader: FakeReader) -> InProcess:
    types = [parse_document_type(NOTE, version=0)]
    return InProcess(reader, types, find_number, number_wanted, datetime.now(UTC))


async def test_a_file_gives_the_result_that_the_platform_would_give(platform: MemoryPlatform) -> None:
    accepted = await platform.upload("number 7")
    await platform.settle()
    stored = (await platform.document(accepted)).run.result
    (line,) = await pipeline(FakeReader()).process(b"number 7", "a.txt")
    assert line.status is Status.SUCCEEDED
    assert line.result is not None
    assert stored is not None
    own = ("document_id", "usage")
    assert {k: v for k, v in line.result.items() if k not in own} == {
        k: v for k, v in stored.items() if k not in own
    }


async def test_a_line_says_file_status_and_code_first() -> None:
    (line,) = await pipeline(FakeReader()).process(b"nothing", "a.txt")
    assert list(line.to_json())[:3] == ["file", "status", "code"]
    assert line.to_json()["status"] == "needs_review"
    assert line.to_json()["usage"]["cpu_seconds"] > 0


async def test_rejected_and_failed_files_have_a_code_and_no_result() -> None:
    for error, status in (
        (Rejected(ErrorCode.FILE_TRUNCATED), Status.REJECTED),
        (DocmillError(ErrorCode.UNAVAILABLE), Status.FAILED),
    ):
        (line,) = await pipeline(FakeReader(fault=lambda _name, error=error: error)).process(b"x", "a")
        assert (line.status, line.code, line.result) == (status, error.code, None)


async def test_a_refused_file_says_what_exactly_and_what_to_do() -> None:
    refusal = Rejected(ErrorCode.TYPE_UNKNOWN, "HEIC", action="Save the photo as JPEG.")
    (line,) = await pipeline(FakeReader(fault=lambda _name: refusal)).process(b"x", "a")
    assert line.to_json() == {
        "file": "a",
        "status": "rejected",
        "code": "type_unknown",
        "detail": "HEIC",
        "action": "Save the photo as JPEG.",
    }


async def test_the_members_of_an_archive_are_further_lines() -> None:
    members = (Member(0, "0.txt", b"number 1"), Member(1, "1.txt", b""))
    empty = Reading("text/plain", ())
    reader = FakeReader({"a.zip": Reading("application/zip", (), members=members), "a.zip/1.txt": empty})
    lines = await pipeline(reader).process(b"PK", "a.zip")
    assert [(line.file, line.status) for line in lines] == [
        ("a.zip", Status.SUCCEEDED),
        ("a.zip/0.txt", Status.SUCCEEDED),
        ("a.zip/1.txt", Status.REJECTED),
    ]


class Matryoshka(FakeReader):
    async def read(
        self, data: bytes, name: str, *, allowed: object = None, progress: object = None
    ) -> Reading:
        return Reading("application/zip", (), members=(Member(0, "again.zip", b"PK"),))


async def test_archives_that_are_nested_too_deep_end() -> None:
    lines = await pipeline(Matryoshka()).process(b"PK", "a.zip")
    assert [line.code for line in lines] == [*[None] * UNPACK_DEPTH_MAX, ErrorCode.UNPACK_BOMB]


async def test_an_error_that_nobody_expected_is_a_line_too() -> None:
    told: list[str] = []
    work = replace(
        pipeline(FakeReader(fault=lambda _name: KeyError("secret"))),
        mishap=lambda name, error: told.append(f"{name} {type(error).__name__}"),
    )
    (line,) = await work.process(b"x", "a")
    assert (line.status, line.code, line.result) == (Status.FAILED, ErrorCode.INTERNAL_ERROR, None)
    assert told == ["a KeyError"]


async def test_a_name_that_is_no_text_to_the_file_system_is_one_for_the_result() -> None:
    (line,) = await pipeline(FakeReader()).process(b"number 7", "M\udcfcller.txt")
    assert line.status is Status.SUCCEEDED
