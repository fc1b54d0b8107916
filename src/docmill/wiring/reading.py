"""Opening files: the reader, its locks, and the stages without a server."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from docmill.domain.types import DocumentType
from docmill.ports.reader import Reader
from docmill.ports.telemetry import SILENCE, Parts
from docmill.settings import Settings
from docmill.wiring.clock import now

if TYPE_CHECKING:
    from docmill.stages.inprocess import InProcess


def reader(*, warm: bool = False, strict: bool = False, parts: Parts = SILENCE) -> Reader:
    """The sandboxed reader; its processes start with the first file that needs them, or now when ``warm``."""
    from docmill.adapters.ocr import OcrProcess
    from docmill.adapters.sandbox import SandboxedReader
    from docmill.stages.metering import charge

    ocr = OcrProcess(charge=charge)
    sandboxed = SandboxedReader(ocr=ocr, strict=strict, charge=charge, parts=parts)
    if warm:
        sandboxed.warm()
    return sandboxed


def require_locks(settings: Settings) -> None:
    """Where all locks are required, raise DocmillError(part_missing) naming those that do not go on."""
    if settings.sandbox_required == "strict":
        from docmill.adapters.sandbox import require_all

        require_all()


@cache
def locks_on() -> Mapping[str, bool]:
    """Which locks go on here, tried once in this process's life."""
    from docmill.adapters.sandbox import locks

    return {lock.name: lock.on for lock in locks()}


def in_process(reader: Reader, types: Sequence[DocumentType], *, requested: str | None = None) -> "InProcess":
    """The same stages without server or database."""
    from docmill.engines.extraction.layered import classify_and_extract
    from docmill.engines.rules import judge
    from docmill.stages.inprocess import InProcess

    return InProcess(reader, types, classify_and_extract, judge, now(), requested)
