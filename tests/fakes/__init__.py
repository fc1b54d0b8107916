"""The ports in memory. They keep the guarantees of the ports' docstrings and nothing else."""

from tests.fakes.flow import MemoryClaims, MemoryDatabase, MemoryJournal, MemoryStore
from tests.fakes.operations import MemoryBatches, MemoryOperations
from tests.fakes.parts import (
    FakeEmbedder,
    FakeReader,
    MemoryArchive,
    MemoryBlobs,
    MemoryBookmark,
    MemoryCatalog,
    MemorySearchIndex,
    MemorySight,
    QuietTelemetry,
)
from tests.fakes.repair import MemoryLetters, MemoryRetention

__all__ = [
    "FakeEmbedder",
    "FakeReader",
    "MemoryArchive",
    "MemoryBatches",
    "MemoryBlobs",
    "MemoryBookmark",
    "MemoryCatalog",
    "MemoryClaims",
    "MemoryDatabase",
    "MemoryJournal",
    "MemoryLetters",
    "MemoryOperations",
    "MemoryRetention",
    "MemorySearchIndex",
    "MemorySight",
    "MemoryStore",
    "QuietTelemetry",
]
