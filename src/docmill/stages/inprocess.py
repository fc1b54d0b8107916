"""The same stages on one file, without server or database: what `docmill extract` runs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from docmill.domain.errors import DocmillError, ErrorCode, Rejected
from docmill.domain.events import NAMESPACE
from docmill.domain.pages import Reading
from docmill.domain.reading_limits import DEFAULT, ReadingLimits
from docmill.domain.results import Extraction, Status, Usage
from docmill.domain.types import DocumentType
from docmill.ports.catalog import Rules
from docmill.ports.reader import Reader
from docmill.stages.analyze import type_named
from docmill.stages.appearance import compared, to_compare, tricked
from docmill.stages.metering import CpuMeter, in_thread, metered
from docmill.stages.read import require_readable
from docmill.stages.results import Analyst, analyzed_result, validated_result
from docmill.stages.validate import Judge, judging_context


@dataclass(frozen=True, slots=True)
class ExtractLine:
    """What became of one file.

    Where ``status`` is rejected or failed, ``code`` is an error code, ``detail`` says what exactly and
    ``action`` what to do about it.
    """

    file: str
    status: Status
    code: str | None = None
    result: Mapping[str, Any] | None = None
    detail: str = ""
    action: str = ""

    @classmethod
    def refused(cls, file: str, error: DocmillError) -> "ExtractLine":
        """The line of a file that ended with an error."""
        status = Status.REJECTED if isinstance(error, Rejected) else Status.FAILED
        detail = error.detail or error.info.sentence
        return cls(file, status, error.code, detail=detail, action=error.action)

    def to_json(self) -> dict[str, Any]:
        told = {"detail": self.detail, "action": self.action} if self.code else {}
        head = {"file": self.file, "status": self.status.value, "code": self.code}
        return {**head, **told, **(self.result or {}), "status": self.status.value}


Mishap = Callable[[str, Exception], None]
"""Called with a file's name and the error that nobody expected; its line says ``internal_error``."""


def _untold(_name: str, _error: Exception) -> None:
    """Nobody wants to know more than the line says."""


@dataclass(frozen=True, slots=True)
class InProcess:
    """``time`` is what rules take for today. Nothing is kept: duplicates of other files are not seen.

    ``ignore_attachments`` keeps to the pages: what is in the XML of a hybrid invoice is not looked at. A
    file that is XML through and through has no pages; it is the document, and no attachment.
    """

    reader: Reader
    types: Sequence[DocumentType]
    analyst: Analyst
    judge: Judge
    time: datetime
    requested: str | None = None
    mishap: Mishap = _untold
    allowed: ReadingLimits = DEFAULT
    ignore_attachments: bool = False

    async def process(self, data: bytes, name: str, *, depth: int = 0) -> list[ExtractLine]:
        """Return one line for the file; for an archive or a mail, one for it and one for each member."""
        meter = CpuMeter()
        try:
            reading = await metered(self._read(data, name, depth), meter)
            if reading.members and not reading.pages:
                line = ExtractLine(name, Status.SUCCEEDED, result={"members": len(reading.members)})
            else:
                line = await self._result(reading, name, data, meter)
        except DocmillError as error:
            return [ExtractLine.refused(name, error)]
        except Exception as error:
            self.mishap(name, error)
            return [ExtractLine.refused(name, DocmillError(ErrorCode.INTERNAL_ERROR))]
        lines = [line]
        for member in reading.members:
            lines += await self.process(member.data, f"{name}/{member.name}", depth=depth + 1)
        return lines

    async def _read(self, data: bytes, name: str, depth: int) -> Reading:
        reading = await self.reader.read(data, name, allowed=self.allowed)
        if self.ignore_attachments and reading.pages:
            reading = replace(reading, attachments=())
        if not reading.members:
            require_readable(reading)
        elif depth >= self.allowed.unpack_depth_max:
            raise Rejected(ErrorCode.UNPACK_BOMB, "archives within archives")
        return reading

    async def _result(self, reading: Reading, name: str, data: bytes, meter: CpuMeter) -> ExtractLine:
        result = await metered(self._analyzed(reading, name, data), meter)
        result["usage"] = Usage(pages=len(reading.pages), cpu_seconds=meter.cpu_seconds).to_json()
        return ExtractLine(name, Status(result["status"]), result=result)

    async def _analyzed(self, reading: Reading, name: str, data: bytes) -> dict[str, Any]:
        found, used = await in_thread(self._found, reading)
        asked = to_compare(found, reading, used)
        found = await compared(found, asked, (data, name), reader=self.reader, allowed=self.allowed)
        return await in_thread(self._judged, reading, found, used, _file_id(name, data))

    def _found(self, reading: Reading) -> tuple[Extraction, DocumentType | None]:
        found = self.analyst(reading, self.types, self.requested)
        used = type_named(self.types, found.type_name)
        return tricked(found, reading, used), used

    def _judged(
        self, reading: Reading, found: Extraction, used: DocumentType | None, document: UUID
    ) -> dict[str, Any]:
        result = analyzed_result(document, reading, found, used)
        if used is None:
            return validated_result(result, (), rules_version=None, usage=Usage())
        rules = Rules(used.name, 0, tuple(used.rules))
        blockers = self.judge(used, rules, result, judging_context(self.time, None))
        return validated_result(result, blockers, rules_version=rules.version, usage=Usage())


def _file_id(name: str, data: bytes) -> UUID:
    """An id for a file that no store knows: the same file under the same name has the same."""
    import hashlib

    plain = name.encode("utf-8", "replace").decode()  # file systems take bytes that are no letters
    return uuid5(NAMESPACE, f"file:{plain}:{hashlib.sha256(data).hexdigest()}")
