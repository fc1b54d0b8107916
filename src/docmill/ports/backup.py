"""Everything that the database holds, as of one moment, and back again."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

from docmill.domain.tenants import TenantId, Tier


@dataclass(frozen=True, slots=True)
class Table:
    """``columns`` are those that hold data of their own, in the order in which rows have them."""

    schema: str
    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """What has to be there before rows can come back. ``migrations``: checksums by schema kind and number.

    ``tables`` are in an order in which no row comes before one that it refers to.
    """

    migrations: Mapping[str, Mapping[str, str]]
    tables: Sequence[Table]
    sequences: Mapping[str, int]
    partitions: Mapping[str, str]
    tenants: Sequence[tuple[TenantId, Tier]]


@dataclass(frozen=True, slots=True)
class Packed:
    """A file of the backup: ``rows`` are its lines, ``size_bytes`` and ``sha256`` those of the file
    itself."""

    file: str
    rows: int
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """``missing`` are files that the database named and the blob store did not have, ``tenant/sha256``."""

    release: str
    made_at: str
    facts: Facts
    tables: Mapping[str, Packed]
    blobs: Packed
    blob_bytes: int
    missing: tuple[str, ...] = field(default=())

    @property
    def rows(self) -> int:
        return sum(packed.rows for packed in self.tables.values())


class Snapshot(Protocol):
    """One moment: what is written afterwards is not seen, and nobody is held up."""

    async def facts(self) -> Facts: ...

    def rows(self, table: Table) -> AsyncIterator[bytes]:
        """Stream a table, a piece may have any number of rows. One row a line, as PostgreSQL's COPY writes
        it."""

    def blobs(self) -> AsyncIterator[tuple[TenantId, str]]:
        """Stream the SHA-256 of all files that some document needs."""


class Dump(Protocol):
    """Raises Unavailable, and DocmillError(setting_invalid) without a role that may see all rows."""

    def snapshot(self) -> AbstractAsyncContextManager[Snapshot]:
        """While it is open, no file is deleted."""

    async def is_empty(self) -> bool:
        """Tell whether there is neither a tenant nor an event."""

    async def current(self) -> Mapping[str, Mapping[str, str]]:
        """Return the migrations of this release, as `Facts.migrations` has them."""

    async def refill(self, facts: Facts, rows: "Rows") -> None:
        """Make the tenants and write all rows, in an empty database of this release."""


class Rows(Protocol):
    """Where the rows of a table come from, in pieces; None for one that had none."""

    def __call__(self, table: Table) -> AsyncIterator[bytes] | None: ...


class BackupFiles(Protocol):
    """Where a backup lies. What is read is checked: DocmillError(backup_invalid) names the file that was
    changed."""

    def begin(self) -> None:
        """Make the place; a backup that was there stops being one until this one is whole."""

    async def pack(self, file: str, pieces: AsyncIterator[bytes]) -> Packed:
        """Write pieces as one file."""

    def unpack(self, packed: Packed) -> Iterator[bytes]:
        """Stream what was packed; a change may only be noticed at the end."""

    def has_blob(self, tenant: TenantId, sha256: str) -> bool: ...

    def keep_blob(self, tenant: TenantId, sha256: str, data: bytes) -> None: ...

    def read_blob(self, tenant: TenantId, sha256: str) -> bytes: ...

    def blobs(self, manifest: Manifest) -> Iterator[tuple[TenantId, str]]:
        """Stream the files that the manifest means."""

    def finish(self, manifest: Manifest) -> None:
        """From now on it is a backup."""

    def manifest(self) -> Manifest: ...
