"""A backup as a folder: rows packed by table, files by hash, and a manifest that is written last.

::

    manifest.json                       what there is, with hashes; its own hash is in it
    database/<schema>/<table>.copy.gz   rows as PostgreSQL's COPY writes them
    blobs.txt.gz                        tenant and SHA-256 of every file
    blobs/<tenant>/<ab>/<sha256>        the files, which later backups into the same folder share
"""

import hashlib
import json
import os
import zlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.limits.repair import BACKUP_CHUNK_BYTES
from docmill.domain.tenants import TenantId, Tier, tenant_id
from docmill.ports.backup import Facts, Manifest, Packed, Table

_GZIP = 31  # zlib's number for its largest window in a gzip wrapper
_MANIFEST = "manifest.json"
_OWN = frozenset((_MANIFEST, f"{_MANIFEST}.draft", "database", "blobs", "blobs.txt.gz"))


class BackupFolder:
    """Everything in it is for its owner alone: there are keys' hashes, sealed secrets and whole documents
    in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def begin(self) -> None:
        """Make the folder; a backup that was there stops being one until this one is whole.

        Raises DocmillError(setting_invalid) for a folder with something else in it: from then on nobody but
        its owner would come into it.
        """
        if self.folder.is_dir() and (others := {path.name for path in self.folder.iterdir()} - _OWN):
            where = f"{self.folder} has something else in it: {', '.join(sorted(others)[:3])}"
            raise DocmillError(ErrorCode.SETTING_INVALID, where, action="Name a folder for backups alone.")
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        (self.folder / _MANIFEST).unlink(missing_ok=True)

    async def pack(self, file: str, pieces: AsyncIterator[bytes]) -> Packed:
        """Write pieces as one packed file. An empty one is written too, and says that there was nothing."""
        path = self.folder / file
        self._make(path.parent)
        digest, size, rows = hashlib.sha256(), 0, 0
        packer = zlib.compressobj(1, zlib.DEFLATED, _GZIP)
        with _private(path) as out:

            def write(data: bytes) -> int:
                digest.update(data)
                out.write(data)
                return len(data)

            async for piece in pieces:
                rows += piece.count(b"\n")
                size += write(packer.compress(piece))
            size += write(packer.flush())
            _synced(out)
        return Packed(file, rows, size, digest.hexdigest())

    def unpack(self, packed: Packed) -> Iterator[bytes]:
        """Raises DocmillError(backup_invalid) for a file that is not as it was written."""
        digest, unpacker = hashlib.sha256(), zlib.decompressobj(_GZIP)
        try:
            with (self.folder / packed.file).open("rb") as file:
                while data := file.read(BACKUP_CHUNK_BYTES):
                    digest.update(data)
                    if piece := unpacker.decompress(data):
                        yield piece
        except (OSError, zlib.error) as error:
            raise _damaged(packed.file) from error
        if digest.hexdigest() != packed.sha256 or not unpacker.eof:
            raise _damaged(packed.file)

    def has_blob(self, tenant: TenantId, sha256: str) -> bool:
        """By name alone: what is in it is compared when it is read."""
        return self._blob(tenant, sha256).is_file()

    def _make(self, folder: Path) -> None:
        """With those above it: `mkdir` gives its mode to the last one only."""
        if not folder.is_dir():
            self._make(folder.parent)
            folder.mkdir(mode=0o700, exist_ok=True)

    def _blob(self, tenant: TenantId, sha256: str) -> Path:
        return self.folder / "blobs" / tenant / sha256[:2] / sha256

    def keep_blob(self, tenant: TenantId, sha256: str, data: bytes) -> None:
        path = self._blob(tenant, sha256)
        self._make(path.parent)
        draft = path.with_suffix(".draft")
        with _private(draft) as out:
            out.write(data)
            _synced(out)
        draft.replace(path)

    def read_blob(self, tenant: TenantId, sha256: str) -> bytes:
        """Raises DocmillError(backup_invalid) for one that is missing or has other bytes."""
        path = self._blob(tenant, sha256)
        try:
            data = path.read_bytes()
        except OSError as error:
            raise _damaged(str(path.relative_to(self.folder))) from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise _damaged(str(path.relative_to(self.folder)))
        return data

    def blobs(self, manifest: Manifest) -> Iterator[tuple[TenantId, str]]:
        rest = b""
        for piece in self.unpack(manifest.blobs):
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                tenant, _, sha256 = line.decode().partition("\t")
                yield tenant_id(tenant), sha256

    def finish(self, manifest: Manifest) -> None:
        body = asdict(manifest)
        told = {"manifest": body, "sha256": _digest(body)}
        draft = self.folder / f"{_MANIFEST}.draft"
        with _private(draft) as out:
            out.write(json.dumps(told, indent=1).encode())
            _synced(out)
        draft.replace(self.folder / _MANIFEST)
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def manifest(self) -> Manifest:
        """Raises DocmillError(backup_invalid) for one that is missing or was changed."""
        try:
            told = json.loads((self.folder / _MANIFEST).read_bytes())
            body = told["manifest"]
            if told["sha256"] != _digest(body) or set(told) != {"manifest", "sha256"}:
                raise _damaged(_MANIFEST)
            return _manifest(body)
        except FileNotFoundError as error:
            where = f"{self.folder} has no {_MANIFEST}: it is no backup, or one that was cut off"
            raise DocmillError(ErrorCode.BACKUP_INVALID, where) from error
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise _damaged(_MANIFEST) from error


def _manifest(body: dict[str, Any]) -> Manifest:
    facts = body["facts"]
    return Manifest(
        release=body["release"],
        made_at=body["made_at"],
        facts=Facts(
            migrations=facts["migrations"],
            tables=[Table(one["schema"], one["name"], tuple(one["columns"])) for one in facts["tables"]],
            sequences=facts["sequences"],
            partitions=facts["partitions"],
            tenants=[(tenant_id(name), Tier(tier)) for name, tier in facts["tenants"]],
        ),
        tables={name: Packed(**packed) for name, packed in body["tables"].items()},
        blobs=Packed(**body["blobs"]),
        blob_bytes=body["blob_bytes"],
        missing=tuple(body["missing"]),
    )


def _digest(body: object) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _damaged(file: str) -> DocmillError:
    return DocmillError(ErrorCode.BACKUP_INVALID, f"{file} is missing or was changed")


def _private(path: Path) -> IO[bytes]:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.fchmod(handle, 0o600)
    return os.fdopen(handle, "wb")


def _synced(out: IO[bytes]) -> None:
    out.flush()
    os.fsync(out.fileno())
