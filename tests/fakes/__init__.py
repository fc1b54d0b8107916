"""The ports in memory. They keep the guarantees of the ports' docstrings and nothing else."""

from tests.fakes.flow import MemoryClaims, MemoryDatabase, MemoryJournal, MemoryStore
from tests.fakes.parts import (
    FakeEmbedder,
    FakeReader,
    MemoryArchive,
    MemoryBlobs,
    MemoryBookmark,
    MemoryCatalog,
    MemorySearchIndex,
    QuietTelemetry,
)

__all__ = [
    "FakeEmbedder",
    "FakeReader",
    "MemoryArchive",
    "MemoryBlobs",
    "MemoryBookmark",
    "MemoryCatalog",
    "MemoryClaims",
    "MemoryDatabase",
    "MemoryJournal",
    "MemorySearchIndex",
    "MemoryStore",
    "QuietTelemetry",
]
