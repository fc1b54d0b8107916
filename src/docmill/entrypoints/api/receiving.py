"""Taking files in: blobs first, on disk; then one transaction per file, and only then the acknowledgement."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import uuid4, uuid5

from docmill.domain.batches import Noted, Outcome
from docmill.domain.documents import Accepted, Blob, Upload
from docmill.domain.errors import DocmillError, ErrorCode, invalid
from docmill.domain.events import NAMESPACE, DocumentId
from docmill.domain.fairness import Priority
from docmill.domain.limits.api import BATCH_ID_CHARS_MAX, FILE_NAME_CHARS_MAX
from docmill.domain.quotas import TurnedAway
from docmill.domain.tenants import TenantId
from docmill.entrypoints.api.request_keys import required_length
from docmill.entrypoints.api.services import Services
from docmill.entrypoints.api.spooling import Spool
from docmill.stages import metering

_BATCH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]*")
# What a terminal obeys, and what turns the direction of writing so that `fdp.exe` reads as `exe.pdf`.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Wish:
    """What the caller asked for, besides the files."""

    tenant: TenantId
    requested_type: str | None = None
    batch: str | None = None
    allow_duplicate: bool = False
    idempotency_key: str | None = None
    trace: str = ""
    priority: Priority | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """A file whose bytes are in the blob store, or what is wrong with it.

    ``sha256`` is of one that is not taken now but may be later: it keeps its place in the request.
    """

    name: str
    blob: Blob | None
    refusal: DocmillError | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What a received file came to."""

    name: str
    accepted: Accepted | None
    refusal: DocmillError | None = None

    @property
    def costs_nothing(self) -> bool:
        """Whether no document was made of a file that was let in."""
        if self.accepted is None:
            return not isinstance(self.refusal, TurnedAway)
        return not self.accepted.created


def file_name(text: str | None) -> str:
    """The last part of a path, without control characters, not longer than the limit; its ending is kept."""
    name = _CONTROL.sub("", (text or "").replace("\\", "/").rpartition("/")[2]).strip() or "document"
    if len(name) <= FILE_NAME_CHARS_MAX:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > 10:
        return name[:FILE_NAME_CHARS_MAX]
    return f"{stem[: FILE_NAME_CHARS_MAX - len(ending) - 1]}.{ending}"


async def receive(
    services: Services, tenant: TenantId, name: str, spool: Spool, *, too_large: bool = False
) -> Received:
    """Put the bytes on disk, and close the spool. Empty and oversized files are refused at the door: that
    needs no reader."""
    with spool:
        most = (await services.tenancy.reading_limits(tenant)).file_size_bytes_max
        if too_large or spool.size_bytes > most:
            detail = f"A file may have {most} bytes."
            services.alarms.blob_refused(ErrorCode.FILE_TOO_LARGE)
            return Received(name, None, DocmillError(ErrorCode.FILE_TOO_LARGE, detail))
        if not spool.size_bytes:
            services.alarms.blob_refused(ErrorCode.FILE_EMPTY)
            return Received(name, None, DocmillError(ErrorCode.FILE_EMPTY))
        async with services.room.of(spool.size_bytes):
            return Received(name, await services.blobs.put(tenant, spool.whole()))


def turned_away(name: str, spool: Spool, refused: TurnedAway) -> Received:
    """A file that may be sent again later, with the same Idempotency-Key."""
    with spool:
        return Received(name, None, refused, hashlib.sha256(spool.whole()).hexdigest())


def priority_of(text: str | None) -> Priority | None:
    """Raise DocmillError(request_invalid) for what is none."""
    if not text:
        return None
    try:
        return Priority(text)
    except ValueError:
        raise invalid(f"priority: there are {', '.join(Priority)}.") from None


async def checked(services: Services, wish: Wish) -> Wish:
    """Raise DocmillError(request_invalid) for a parameter that cannot be followed."""
    key, batch = wish.idempotency_key, wish.batch
    if key is not None:
        required_length(key)
    if batch is not None and (len(batch) > BATCH_ID_CHARS_MAX or not _BATCH.fullmatch(batch)):
        raise invalid(f"batch: want at most {BATCH_ID_CHARS_MAX} letters, digits and . _ : -")
    if wish.requested_type is not None:
        known = [known.name for known in await services.catalog.types(wish.tenant)]
        if wish.requested_type not in known:
            raise invalid(f"type: there are {', '.join(known)}.")
    return wish


async def take_in(services: Services, wish: Wish, files: Sequence[Received]) -> list[Taken]:
    """Accept every file that was not refused, in order.

    The first file taken has the caller's Idempotency-Key and each further one a key derived from it;
    all of them carry the hash of the whole request, so that a key that comes back with other files is
    refused before anything is saved. A platform error ends it: the caller repeats the whole request.
    """
    request_hash = _request_hash(wish, files)
    if len(files) > 1 and wish.batch is None:
        wish = replace(wish, batch=_own_batch(wish))
    taken: list[Taken] = []
    ordinal = 0
    for file in files:
        if file.blob is None:
            taken.append(Taken(file.name, None, file.refusal))
            ordinal += file.sha256 is not None
            continue
        upload = Upload(
            tenant=wish.tenant,
            document=DocumentId(uuid4()),
            name=file.name,
            blob=file.blob,
            time=services.now(),
            requested_type=wish.requested_type,
            batch=wish.batch,
            idempotency_key=_key(wish, ordinal),
            request_hash=request_hash,
            trace=wish.trace,
            allow_duplicate=wish.allow_duplicate,
            priority=wish.priority,
            cpu_seconds=metering.so_far(),
        )
        taken.append(Taken(file.name, await services.store.accept(upload)))
        ordinal += 1
    await _note(services, wish, files, taken)
    return taken


async def _note(services: Services, wish: Wish, files: Sequence[Received], taken: Sequence[Taken]) -> None:
    """Tell the batch of what makes no document of it, but for what may be sent again."""
    noted = [_noted(file, one) for file, one in zip(files, taken, strict=True)]
    items = [item for item in noted if item is not None]
    if items and wish.batch is not None:
        await services.batches.note(wish.tenant, wish.batch, items, time=services.now())


def _noted(file: Received, taken: Taken) -> Noted | None:
    sha256 = file.blob.sha256 if file.blob else None
    if taken.accepted is None:
        if file.sha256 is not None:
            return None
        refusal = taken.refusal or DocmillError(ErrorCode.INTERNAL_ERROR)
        return Noted(
            file.name, Outcome.REFUSED, sha256, None, refusal.code, refusal.detail or refusal.info.sentence
        )
    if taken.accepted.duplicate_of is None:
        return None
    return Noted(file.name, Outcome.DUPLICATE, sha256, taken.accepted.duplicate_of)


def _key(wish: Wish, ordinal: int) -> str | None:
    """A line feed cannot stand in a header, so no caller's own key is ever equal to a derived one."""
    if wish.idempotency_key is None or ordinal == 0:
        return wish.idempotency_key
    return f"{wish.idempotency_key}\n{ordinal}"


def _own_batch(wish: Wish) -> str:
    """A request of many files is a batch; a repeated request is the same one."""
    if wish.idempotency_key is None:
        return str(uuid4())
    return str(uuid5(NAMESPACE, f"batch:{wish.tenant}:{wish.idempotency_key}"))


def _request_hash(wish: Wish, files: Sequence[Received]) -> str:
    lines = [wish.requested_type or "", wish.batch or "", str(wish.allow_duplicate)]
    for file in files:
        lines += [file.name, file.blob.sha256 if file.blob else file.sha256 or str(file.refusal)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
