"""`GET /v1/export`: extracted values as a table."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Literal

from fastapi import APIRouter, Request
from starlette.responses import Response, StreamingResponse

from docmill.domain.documents import Document
from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.limits.api import EXPORT_ROWS_MAX
from docmill.domain.states import RunState
from docmill.entrypoints.api import schemas
from docmill.entrypoints.api.exporting import csv_text, json_lines, workbook
from docmill.entrypoints.api.exporting.columns import Columns, columns_of
from docmill.entrypoints.api.filters import PARAMETERS, tenant_filter
from docmill.entrypoints.api.identity import MayRead, ServicesOf

router = APIRouter(prefix="/v1", tags=["export"])

_MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "jsonl": "application/x-ndjson",
}
_ACCEPTED = (RunState.VALIDATED, RunState.ARCHIVED)


@router.get(
    "/export",
    summary="Export values",
    response_class=Response,
    responses=schemas.answers(200, None, 401, 422, 503) | schemas.media(*_MEDIA_TYPES.values()),
    openapi_extra={"parameters": PARAMETERS},
)
async def export(
    request: Request,
    services: ServicesOf,
    tenant: MayRead,
    *,
    format: Literal["csv", "xlsx", "jsonl"] = "csv",  # noqa: A002
    rows: str | None = None,
) -> Response:
    """One row per document, or with `rows=line_items` one per row of that list.

    Only accepted documents, unless `state` or `status` asks for others. Nulls are empty. An export that
    cannot be finished is cut off, never ended quietly.
    """
    where = await tenant_filter(request.query_params, services.catalog, tenant, besides=("format", "rows"))
    if not where.states:
        where = replace(where, states=_ACCEPTED)
    types = await services.catalog.types(tenant)
    if where.type_name is not None:
        types = [document_type for document_type in types if document_type.name == where.type_name]
    columns = columns_of(types, rows=rows)
    documents = await _begun(_counted(services.store.export(tenant, where)))
    return StreamingResponse(
        _body(format, documents, columns),
        media_type=_MEDIA_TYPES[format],
        headers={"Content-Disposition": f'attachment; filename="docmill.{format}"'},
    )


def _body(kind: str, documents: AsyncIterator[Document], columns: Columns) -> AsyncIterator[bytes]:
    if kind == "jsonl":
        return json_lines.lines(documents)
    if kind == "csv":
        return csv_text.lines(documents, columns)
    return workbook.chunks(documents, columns)


async def _counted(documents: AsyncIterator[Document]) -> AsyncIterator[Document]:
    count = 0
    async for document in documents:
        count += 1
        if count > EXPORT_ROWS_MAX:
            raise DocmillError(ErrorCode.REQUEST_INVALID, f"An export may have {EXPORT_ROWS_MAX} documents.")
        yield document


async def _begun(documents: AsyncIterator[Document]) -> AsyncIterator[Document]:
    """Fetch the first one while an error can still be answered with its own status."""
    first = await anext(documents, None)

    async def rest() -> AsyncIterator[Document]:
        if first is not None:
            yield first
            async for document in documents:
                yield document

    return rest()
