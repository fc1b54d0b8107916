"""Blobs in an object store: a local folder, S3, Azure or Google, by URL."""

import asyncio
import errno
import fcntl
import hashlib
import os
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import unquote, urlsplit

from docmill.domain.documents import Blob
from docmill.domain.errors import DocmillError, ErrorCode, NotFound, Unavailable
from docmill.domain.limits.machine import BLOB_PIECE_BYTES, BLOB_PROBE_BYTES, BLOB_READ_AT_ONCE_BYTES_MAX
from docmill.domain.tenants import TenantId

if TYPE_CHECKING:
    from obstore.store import LocalStore, ObjectStore

T = TypeVar("T")
_PROBE = ".probe"
_FULL = frozenset((errno.ENOSPC, errno.EDQUOT))


class ObstoreBlobs:
    """``BlobStore`` on obstore. Key: tenant, the first two digits of the hash, the hash.

    obstore's local store writes to a temporary name and renames, but syncs neither: a file that was
    acknowledged could be empty after a power cut. So for ``file://`` the file and every folder that
    its name hangs on are synced after the rename, before ``put`` returns (20 µs to 5 ms, by disk).

    There, too, ``put`` and ``discard`` of one file exclude each other, over all processes, by a lock on
    the folder of its first two digits. Elsewhere ``discard`` asks for the time and then deletes: a put
    of the same bytes within that one round trip would be lost, since object stores cannot delete by time.
    """

    def __init__(self, url: str) -> None:
        """Make the folder of a ``file://`` URL; nothing is asked over the network yet."""
        from obstore.store import LocalStore, from_url

        parts = urlsplit(url)
        self._folder: Path | None = None
        self._synced: set[Path] = set()
        if parts.scheme == "file":
            self._folder = Path(unquote(parts.path))
            self._store: ObjectStore = _made(self._folder, LocalStore)
        else:
            self._store = from_url(url)

    async def put(self, tenant: TenantId, data: bytes) -> Blob:
        if self._folder is not None:
            return await asyncio.to_thread(self._put_local, tenant, data)
        blob = _blob(data)
        await self._call("put", self._store.put_async(_key(tenant, blob.sha256), data))
        return blob

    async def check(self) -> None:
        if self._folder is not None:
            await self._in_thread("put", partial(_probe, self._folder))
            return
        await self._call("put", self._store.put_async(_PROBE, b"docmill"))
        await self._call("delete", self._store.delete_async(_PROBE))

    async def get(self, tenant: TenantId, sha256: str) -> bytes:
        if self._folder is not None:
            small = _read_small(self._folder / _key(tenant, sha256))
            if small is not None:
                return small
        found = await self._call("get", self._store.get_async(_key(tenant, sha256)))
        return bytes(await self._call("get", found.bytes_async()))

    async def pieces(self, tenant: TenantId, sha256: str) -> AsyncGenerator[bytes, None]:
        found = await self._call("get", self._store.get_async(_key(tenant, sha256)))
        stream = aiter(found.stream(min_chunk_size=BLOB_PIECE_BYTES))
        while (piece := await self._call("get", anext(stream, None))) is not None:
            yield bytes(piece)

    async def has(self, tenant: TenantId, sha256: str) -> bool:
        try:
            await self._call("head", self._store.head_async(_key(tenant, sha256)))
        except NotFound:
            return False
        return True

    async def delete(self, tenant: TenantId, sha256: str) -> None:
        try:
            await self._call("delete", self._store.delete_async(_key(tenant, sha256)))
        except NotFound:
            return

    async def older_than(self, tenant: TenantId, time: datetime) -> AsyncIterator[str]:
        if self._folder is not None:
            below = self._folder / tenant
            for folder in await self._in_thread("list", partial(_folders, below)):
                for name in await self._in_thread("list", partial(_older, folder, time)):
                    yield name
            return
        try:
            async for found in self._store.list(f"{tenant}/"):
                for file in found:
                    if file["last_modified"] < time:
                        yield file["path"].rpartition("/")[2]
        except Exception as error:
            raise _translated("list", error) from error

    async def discard(self, tenant: TenantId, name: str, *, unless_since: datetime) -> bool:
        if self._folder is not None:
            path = self._folder / _key(tenant, name)
            return await self._in_thread("delete", partial(_discarded, path, unless_since))
        try:
            found = await self._call("head", self._store.head_async(_key(tenant, name)))
        except NotFound:
            return False
        if found["last_modified"] >= unless_since:
            return False
        await self.delete(tenant, name)
        return True

    def _put_local(self, tenant: TenantId, data: bytes) -> Blob:
        assert self._folder is not None
        blob = _blob(data)
        key = _key(tenant, blob.sha256)
        path = self._folder / key
        try:
            with _locked(path.parent, fcntl.LOCK_SH):
                if _holds(path, data):
                    os.utime(path)  # whoever collects old files leaves it alone from here on
                else:
                    self._store.put(key, data)
            _sync(path)
            self._sync_names(path)
        except Exception as error:
            raise _translated("put", error) from error
        return blob

    def _sync_names(self, path: Path) -> None:
        """Sync the folder that names the file, and once per process those above it, up to the store's own."""
        assert self._folder is not None
        folder = path.parent
        _sync(folder)
        while folder != self._folder:
            if folder not in self._synced:
                _sync(folder.parent)
                self._synced.add(folder)  # only now: another thread takes it for done
            folder = folder.parent

    async def _in_thread(self, what: str, work: Callable[[], T]) -> T:
        try:
            return await asyncio.to_thread(work)
        except Exception as error:
            raise _translated(what, error) from error

    async def _call(self, what: str, call: Awaitable[T]) -> T:
        try:
            return await call
        except Exception as error:
            raise _translated(what, error) from error


def _made(folder: Path, local_store: "type[LocalStore]") -> "ObjectStore":
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return local_store(folder)
    except Exception as error:
        raise DocmillError(
            ErrorCode.HOME_UNREACHABLE, f"blobs cannot be kept in {folder}: {type(error).__name__}"
        ) from error


def _probe(folder: Path) -> None:
    """Beside the tenants' folders, where nobody looks for blobs."""
    with NamedTemporaryFile(dir=folder, prefix=_PROBE) as file:
        file.write(bytes(BLOB_PROBE_BYTES))
        file.flush()


def _read_small(path: Path) -> bytes | None:
    """The file if it is here and small: reading it takes less than handing it to another thread."""
    try:
        with path.open("rb", buffering=0) as file:
            data = file.read(BLOB_READ_AT_ONCE_BYTES_MAX + 1)
    except OSError:
        return None  # obstore says what is wrong
    return data if len(data) <= BLOB_READ_AT_ONCE_BYTES_MAX else None


def _blob(data: bytes) -> Blob:
    return Blob(hashlib.sha256(data).hexdigest(), len(data))


def _key(tenant: TenantId, sha256: str) -> str:
    return f"{tenant}/{sha256[:2]}/{sha256}"


def _holds(path: Path, data: bytes) -> bool:
    """Whether the file is there with these bytes; one that a crash left short is written again."""
    try:
        return path.stat().st_size == len(data) and path.read_bytes() == data
    except FileNotFoundError:
        return False


@contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    """Hold the folder. It is made for putting and never taken away, since the lock hangs on it."""
    if how == fcntl.LOCK_SH:
        folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, how)
        yield
    finally:
        os.close(handle)


def _folders(below: Path) -> list[Path]:
    with suppress(FileNotFoundError), os.scandir(below) as entries:
        return [Path(entry.path) for entry in entries if entry.is_dir()]
    return []


def _older(folder: Path, time: datetime) -> list[str]:
    """Every old name, those that a crash left as well: obstore writes under another name and renames."""
    names: list[str] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            with suppress(FileNotFoundError):
                if entry.stat().st_mtime < time.timestamp():
                    names.append(entry.name)
    return names


def _discarded(path: Path, unless_since: datetime) -> bool:
    try:
        with _locked(path.parent, fcntl.LOCK_EX | fcntl.LOCK_NB):
            if path.stat().st_mtime >= unless_since.timestamp():
                return False
            path.unlink()
    except (BlockingIOError, FileNotFoundError):
        return False
    return True


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _translated(what: str, error: Exception) -> DocmillError:
    if isinstance(error, FileNotFoundError) and what != "put":
        return NotFound("file")
    number = error.errno if isinstance(error, OSError) else None
    # obstore hands the system's error on as text: "No space left on device (os error 28)".
    if number in _FULL or any(f"(os error {full})" in str(error) for full in _FULL):
        return DocmillError(ErrorCode.STORAGE_FULL, "the blob store is full")
    return Unavailable(f"blob store, {what}: {type(error).__name__}")
