"""Words to fields with evidence."""

from collections.abc import Sequence

from docmill.domain.documents import Answer
from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.events import EventType, NewEvent
from docmill.domain.pages import Reading
from docmill.domain.results import Extraction
from docmill.domain.states import RunState
from docmill.domain.types import DocumentType
from docmill.engines.reading.wire.codec import decode
from docmill.ports.blob_store import BlobStore
from docmill.ports.catalog import Catalog
from docmill.ports.reader import Reader
from docmill.stages.appearance import compared, to_compare, tricked
from docmill.stages.metering import computed
from docmill.stages.read import LimitsOf
from docmill.stages.results import Analyst, analyzed_result
from docmill.stages.work import Work


async def analyze(
    work: Work,
    *,
    blobs: BlobStore,
    catalog: Catalog,
    analyst: Analyst,
    reader: Reader,
    limits_of: LimitsOf,
) -> Answer:
    """Answer DocumentAnalyzed with the result as far as it can be known without rules."""
    if work.run.reading is None:
        raise DocmillError(ErrorCode.STATE_FORBIDDEN, "the run has no reading")
    tenant = work.document.tenant
    encoded = await blobs.get(tenant, work.run.reading.sha256)
    types = await _types(work, catalog)
    reading, found, used = await computed(len(encoded), _analyze, work, encoded, types, analyst)
    asked = to_compare(found, reading, used)
    if asked:
        file = await blobs.get(tenant, work.document.blob.sha256), work.document.name
        allowed = await limits_of(tenant)
        found = await compared(found, asked, file, reader=reader, allowed=allowed)
    result = analyzed_result(work.document.id, reading, found, used)
    return Answer(
        state=RunState.ANALYZED,
        type_name=found.type_name,
        type_version=None if used is None else used.version,
        result=result,
        events=(NewEvent(EventType.DOCUMENT_ANALYZED, {"type": found.type_name}),),
    )


async def _types(work: Work, catalog: Catalog) -> Sequence[DocumentType]:
    """The newest version of each type, but for the one that the run is pinned to."""
    types = await catalog.types(work.document.tenant, edition=work.edition)
    name, version = work.run.pins.type_name, work.run.pins.type_version
    if name is None or version is None:
        return types
    pinned = await catalog.document_type(work.document.tenant, name, version=version, edition=work.edition)
    return [pinned, *(one for one in types if one.name != name)]


def type_named(types: Sequence[DocumentType], name: str | None) -> DocumentType | None:
    """None for the types that no definition stands behind: other, and "don't know"."""
    return next((document_type for document_type in types if document_type.name == name), None)


def _analyze(
    work: Work, encoded: bytes, types: Sequence[DocumentType], analyst: Analyst
) -> tuple[Reading, Extraction, DocumentType | None]:
    reading = decode(encoded)
    found = analyst(reading, types, work.run.pins.type_name or work.document.requested_type)
    used = type_named(types, found.type_name)
    return reading, tricked(found, reading, used), used
