"""Taking a backup while the platform works, checking one, and putting one back."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from docmill.domain.errors import DocmillError, ErrorCode, NotFound
from docmill.ports.backup import BackupFiles, Dump, Manifest, Packed, Snapshot, Table
from docmill.ports.blob_store import BlobStore

Told = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is (0: not known)."""

_BLOBS = "blobs.txt.gz"
_TELL_EVERY = 100


def untold(_what: str, _done: int, _of: int) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True)
class BackupCheck:
    """Whether a backup is whole, without a platform."""

    files: BackupFiles

    async def check(self, *, told: Told = untold) -> Manifest:
        """Read all of a backup. Raises DocmillError(backup_invalid), naming the first file that was
        changed."""
        manifest = self.files.manifest()
        for done, packed in enumerate(manifest.tables.values()):
            rows = await asyncio.to_thread(_count, self.files.unpack(packed))
            if rows != packed.rows:
                raise DocmillError(
                    ErrorCode.BACKUP_INVALID, f"{packed.file} has {rows} rows, not {packed.rows}"
                )
            if done % _TELL_EVERY == 0:
                told("tables", done, len(manifest.tables))
        told("tables", len(manifest.tables), len(manifest.tables))
        for done, (tenant, sha256) in enumerate(self.files.blobs(manifest)):
            if f"{tenant}/{sha256}" not in manifest.missing:
                await asyncio.to_thread(self.files.read_blob, tenant, sha256)
            if done % _TELL_EVERY == 0:
                told("files", done, manifest.blobs.rows)
        told("files", manifest.blobs.rows, manifest.blobs.rows)
        return manifest


@dataclass(frozen=True, slots=True)
class Backup:
    """Rows of one moment and the files that they name. Files that are in the place already are not copied
    again."""

    dump: Dump
    files: BackupFiles
    blobs: BlobStore
    release: str

    async def take(self, *, time: datetime, told: Told = untold) -> Manifest:
        """Write a backup; the manifest comes last, so that one that was cut off is none.

        ``missing`` of the manifest names files that the blob store did not have.
        """
        self.files.begin()
        async with self.dump.snapshot() as snapshot:
            facts = await snapshot.facts()
            tables: dict[str, Packed] = {}
            for done, table in enumerate(facts.tables):
                packed = await self.files.pack(_file(table), snapshot.rows(table))
                if packed.rows:
                    tables[f"{table.schema}.{table.name}"] = packed
                if done % _TELL_EVERY == 0:
                    told("tables", done, len(facts.tables))
            told("tables", len(facts.tables), len(facts.tables))
            listed = await self.files.pack(_BLOBS, _lines(snapshot))
            draft = Manifest(self.release, time.isoformat(), facts, tables, listed, 0)
            size, missing = await self._copy_blobs(draft, told)
        manifest = Manifest(self.release, time.isoformat(), facts, tables, listed, size, tuple(missing))
        self.files.finish(manifest)
        return manifest

    async def restore(self, *, told: Told = untold) -> Manifest:
        """Put a whole backup into an empty platform of the same release.

        The files come first: one that was cut off is run again, and copies only those that are missing.
        Raises DocmillError(backup_invalid) before anything is written for a damaged or foreign backup,
        and setting_invalid for a platform that is not empty.
        """
        manifest = await BackupCheck(self.files).check(told=told)
        await self._require_same_release(manifest)
        if not await self.dump.is_empty():
            raise DocmillError(
                ErrorCode.SETTING_INVALID,
                "there are tenants or events in the platform to restore into",
                action="Name an empty folder with --home, or an empty database.",
            )
        for done, (tenant, sha256) in enumerate(self.files.blobs(manifest)):
            if f"{tenant}/{sha256}" not in manifest.missing and not await self.blobs.has(tenant, sha256):
                await self.blobs.put(tenant, self.files.read_blob(tenant, sha256))
            if done % _TELL_EVERY == 0:
                told("files restored", done, manifest.blobs.rows)
        told("rows restored", 0, manifest.rows)
        await self.dump.refill(manifest.facts, _Pieces(self.files, manifest))
        told("rows restored", manifest.rows, manifest.rows)
        return manifest

    async def _require_same_release(self, manifest: Manifest) -> None:
        ours = await self.dump.current()
        theirs = manifest.facts.migrations
        if theirs == ours:
            return
        newer = any(number not in ours.get(scope, {}) for scope in theirs for number in theirs[scope])
        known = "newer" if newer else "older"
        raise DocmillError(
            ErrorCode.BACKUP_INVALID,
            f"the backup is of the {known} release {manifest.release}, this is {self.release}",
            action="Restore it with the release that made it, then upgrade that platform.",
        )

    async def _copy_blobs(self, manifest: Manifest, told: Told) -> tuple[int, list[str]]:
        """Copy the files that are not there yet; return the bytes copied, and what the blob store does not
        have."""
        size, missing = 0, []
        for done, (tenant, sha256) in enumerate(self.files.blobs(manifest)):
            if not self.files.has_blob(tenant, sha256):
                try:
                    data = await self.blobs.get(tenant, sha256)
                except NotFound:
                    missing.append(f"{tenant}/{sha256}")
                    continue
                if hashlib.sha256(data).hexdigest() != sha256:
                    missing.append(f"{tenant}/{sha256}")
                    continue
                await asyncio.to_thread(self.files.keep_blob, tenant, sha256, data)
                size += len(data)
            if done % _TELL_EVERY == 0:
                told("files", done, manifest.blobs.rows)
        told("files", manifest.blobs.rows, manifest.blobs.rows)
        return size, missing


@dataclass(frozen=True, slots=True)
class _Pieces:
    """Where the rows of a table come from."""

    files: BackupFiles
    manifest: Manifest

    def __call__(self, table: Table) -> AsyncIterator[bytes] | None:
        packed = self.manifest.tables.get(f"{table.schema}.{table.name}")
        return None if packed is None else _flowing(self.files.unpack(packed))


async def _flowing(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def _lines(snapshot: Snapshot) -> AsyncIterator[bytes]:
    async for tenant, sha256 in snapshot.blobs():
        yield f"{tenant}\t{sha256}\n".encode()


def _count(pieces: Iterator[bytes]) -> int:
    return sum(piece.count(b"\n") for piece in pieces)


def _file(table: Table) -> str:
    return f"database/{table.schema}/{table.name}.copy.gz"
