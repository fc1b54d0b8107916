"""The stage that reads the journal by position."""

from tests.fakes import MemoryBookmark
from tests.stages.conftest import MemoryPlatform

from docmill.domain.events import EventType
from docmill.stages.notify import follow


async def test_a_follower_is_told_ends_once_and_in_order(platform: MemoryPlatform) -> None:
    bookmark = MemoryBookmark()
    await platform.upload("number 7")
    await platform.upload("none")
    await platform.settle()
    assert await follow(platform.journal, bookmark, platform.telemetry) == 0
    await platform.journal.sequence()
    assert await follow(platform.journal, bookmark, platform.telemetry) == len(platform.db.events)
    assert await follow(platform.journal, bookmark, platform.telemetry) == 0
    told = [event.type for event in platform.telemetry.events]
    assert sorted(told) == [
        EventType.DOCUMENT_ARCHIVED,
        EventType.DOCUMENT_INDEXED,
        EventType.DOCUMENT_INDEXED,
        EventType.REVIEW_REQUESTED,
    ]
    positions = [event.position or 0 for event in platform.telemetry.events]
    assert positions == sorted(positions)


async def test_a_follower_that_dies_before_its_bookmark_is_told_again(platform: MemoryPlatform) -> None:
    await platform.upload("number 7")
    await platform.settle()
    await platform.journal.sequence()
    await follow(platform.journal, MemoryBookmark(), platform.telemetry)
    once = len(platform.telemetry.events)
    await follow(platform.journal, MemoryBookmark(), platform.telemetry)
    assert len(platform.telemetry.events) == 2 * once
