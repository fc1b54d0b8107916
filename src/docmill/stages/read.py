"""Bytes to words: the first stage."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from uuid import UUID

from docmill.domain.documents import Answer, Blob, Child
from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.events import DocumentId, EventType, NewEvent, child_id
from docmill.domain.limits.api import FILE_NAME_CHARS_MAX
from docmill.domain.limits.processes import BLOBS_AT_ONCE, READING_BYTES_PER_WORD
from docmill.domain.pages import Member, Reading
from docmill.domain.reading_limits import ReadingLimits
from docmill.domain.results import Usage
from docmill.domain.states import RunState
from docmill.domain.tenants import TenantId
from docmill.engines.reading.wire.codec import encode
from docmill.ports.blob_store import BlobStore
from docmill.ports.document_store import DocumentStore
from docmill.ports.reader import Reader
from docmill.stages.metering import computed
from docmill.stages.work import Work

LimitsOf = Callable[[TenantId], Awaitable[ReadingLimits]]


async def read(
    work: Work, *, reader: Reader, blobs: BlobStore, store: DocumentStore, limits_of: LimitsOf
) -> Answer:
    """Answer DocumentRead with the words as a blob, DocumentUnpacked with the members as children, or both.

    An archive has members only; a mail has pages and its attachments.

    Raises Rejected with the file's code. The blobs are written first and are named by content, so a
    second try writes the same ones.
    """
    tenant, document = work.document.tenant, work.document

    def progress(done: int, pages: int) -> None:
        work.report(100 * done // max(pages, 1))

    allowed = await limits_of(tenant)
    data = await blobs.get(tenant, document.blob.sha256)
    reading = await reader.read(data, document.name, allowed=allowed, progress=progress)
    children = await _children(work, reading, allowed, blobs=blobs, store=store)
    unpacked = NewEvent(EventType.DOCUMENT_UNPACKED, {"children": len(children)})
    if children and not reading.pages:
        return Answer(
            state=RunState.UNPACKED, media_type=reading.media_type, children=children, events=(unpacked,)
        )
    if not children:
        require_readable(reading)
    words = sum(len(page.words) for page in reading.pages)
    encoded = await computed(words * READING_BYTES_PER_WORD, encode, reproducible(reading))
    blob = await blobs.put(tenant, encoded)
    return Answer(
        state=RunState.READ,
        media_type=reading.media_type,
        pages=len(reading.pages),
        reading=blob,
        usage=Usage(pages=len(reading.pages)),
        children=children,
        events=(
            NewEvent(EventType.DOCUMENT_READ, {"pages": len(reading.pages), "reading": blob.sha256}),
            *((unpacked,) if children else ()),
        ),
    )


def require_readable(reading: Reading) -> None:
    """Raise Rejected when no page could be read and no attachment either.

    A page without words was read: it may be a photo, and a person says whether that is right.
    """
    if reading.attachments or any(page.words or page.error is None for page in reading.pages):
        return
    failed = [page for page in reading.pages if page.error is not None]
    if failed:
        raise Rejected(ErrorCode.PAGE_FAILED, f"page {failed[0].number}: {failed[0].error}")
    raise Rejected(ErrorCode.NOTHING_READABLE)


def reproducible(reading: Reading) -> Reading:
    """Leave out what differs between two readings of the same bytes, so that the blob's name does not."""
    return replace(reading, cpu_seconds=0.0)


async def _children(
    work: Work, reading: Reading, allowed: ReadingLimits, *, blobs: BlobStore, store: DocumentStore
) -> tuple[Child, ...]:
    document = work.document
    if not reading.members:
        return ()
    most = allowed.unpack_depth_max
    if await _depth(store, document.tenant, document.parent, most=most) >= most:
        raise Rejected(ErrorCode.UNPACK_BOMB, f"archives within archives, more than {most} deep")
    stored = await _put_all(blobs, document.tenant, [member.data for member in reading.members])
    return tuple(
        _child(document.id, member, blob) for member, blob in zip(reading.members, stored, strict=True)
    )


def _child(parent: UUID, member: Member, blob: Blob) -> Child:
    document = child_id(DocumentId(parent), member.ordinal, blob.sha256)
    return Child(document, member.ordinal, member.name[:FILE_NAME_CHARS_MAX], blob)


async def _depth(store: DocumentStore, tenant: TenantId, parent: DocumentId | None, *, most: int) -> int:
    depth = 0
    while parent is not None and depth < most:
        depth += 1
        parent = (await store.load(tenant, parent)).parent
    return depth


async def _put_all(blobs: BlobStore, tenant: TenantId, files: Sequence[bytes]) -> list[Blob]:
    stored: list[Blob] = []
    for first in range(0, len(files), BLOBS_AT_ONCE):
        some = files[first : first + BLOBS_AT_ONCE]
        stored += await asyncio.gather(*(blobs.put(tenant, data) for data in some))
    return stored
