"""Taking files in: blobs first, on disk; then one transaction per file, and only then the acknowledgement."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import uuid4, uuid5

from docmill.domain.documents import Accepted, Blob, Upload
from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.events import NAMESPACE, DocumentId
from docmill.domain.limits import (
    BATCH_ID_CHARS_MAX,
    FILE_NAME_CHARS_MAX,
    IDEMPOTENCY_KEY_CHARS_MAX,
)
from docmill.domain.tenants import TenantId
from docmill.entrypoints.api.services import Services

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


@dataclass(frozen=True, slots=True)
class Received:
    """A file whose bytes are in the blob store, or what is wrong with it."""

    name: str
    blob: Blob | None
    refusal: DocmillError | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What a received file came to."""

    name: str
    accepted: Accepted | None
    refusal: DocmillError | None = None


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
    services: Services, tenant: TenantId, name: str, data: bytes, *, too_large: bool = False
) -> Received:
    """Put the bytes on disk. Empty and oversized files are refused at the door: that needs no reader."""
    most = (await services.tenancy.reading_limits(tenant)).file_size_bytes_max
    if too_large or len(data) > most:
        detail = f"A file may have {most} bytes."
        return Received(name, None, DocmillError(ErrorCode.FILE_TOO_LARGE, detail))
    if not data:
        return Received(name, None, DocmillError(ErrorCode.FILE_EMPTY))
    return Received(name, await services.blobs.put(tenant, data))


async def checked(services: Services, wish: Wish) -> Wish:
    """Raise DocmillError(request_invalid) for a parameter that cannot be followed."""
    key, batch = wish.idempotency_key, wish.batch
    if key is not None and not 0 < len(key) <= IDEMPOTENCY_KEY_CHARS_MAX:
        raise _invalid(f"Idempotency-Key: want 1 to {IDEMPOTENCY_KEY_CHARS_MAX} characters.")
    if batch is not None and (len(batch) > BATCH_ID_CHARS_MAX or not _BATCH.fullmatch(batch)):
        raise _invalid(f"batch: want at most {BATCH_ID_CHARS_MAX} letters, digits and . _ : -")
    if wish.requested_type is not None:
        known = [known.name for known in await services.catalog.types(wish.tenant)]
        if wish.requested_type not in known:
            raise _invalid(f"type: there are {', '.join(known)}.")
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
        )
        taken.append(Taken(file.name, await services.store.accept(upload)))
        ordinal += 1
    return taken


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
        lines += [file.name, file.blob.sha256 if file.blob else str(file.refusal)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _invalid(detail: str) -> DocmillError:
    return DocmillError(ErrorCode.REQUEST_INVALID, detail)
