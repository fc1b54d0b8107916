"""What a person looks at: the file, its pages' words, and pictures of pages with the evidence drawn in."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from starlette.responses import Response, StreamingResponse

from docmill.domain.documents import Document
from docmill.domain.errors import DocmillError, ErrorCode, NotFound
from docmill.domain.limits.api import PREVIEW_DPI_DEFAULT, PREVIEW_DPI_MAX
from docmill.domain.pages import Page
from docmill.domain.states import RunState
from docmill.entrypoints.api import schemas
from docmill.entrypoints.api.answers import json_answer
from docmill.entrypoints.api.conditional import is_known
from docmill.entrypoints.api.evidence import page_view, picture_with_boxes
from docmill.entrypoints.api.identity import MayRead, ServicesOf, TheDocument
from docmill.entrypoints.api.presence import present
from docmill.entrypoints.api.services import Services

router = APIRouter(prefix="/v1", tags=["pages"])

_DPI_MIN = 36
# A browser may show these itself; everything else is only to be saved.
_SHOWN = frozenset(("application/pdf", "image/jpeg", "image/png", "image/tiff"))


@router.get(
    "/documents/{document_id}/file",
    summary="Load the file as it was uploaded",
    response_class=Response,
    responses=schemas.answers(200, None, 401, 404, 410, 503)
    | schemas.media("application/octet-stream", *sorted(_SHOWN)),
)
async def show_file(
    request: Request, services: ServicesOf, tenant: MayRead, document_id: TheDocument
) -> Response:
    document = await present(services, tenant, document_id)
    media_type = document.media_type if document.media_type in _SHOWN else "application/octet-stream"
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(document.name, safe='')}",
        "Content-Security-Policy": "sandbox",  # whatever it is, it is a stranger's
        "ETag": f'"{document.blob.sha256}"',
    }
    if is_known(request.headers, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    headers["Content-Length"] = str(document.blob.size_bytes)
    # Piece by piece, as fast as they are taken: many slow receivers of large files fill no memory.
    pieces = await _begun(services.blobs.pieces(tenant, document.blob.sha256))
    return StreamingResponse(pieces, headers=headers, media_type=media_type)


async def _begun(pieces: AsyncGenerator[bytes, None]) -> AsyncIterator[bytes]:
    """The same pieces, of which the first is there: what goes wrong before it can still be answered."""
    first = await anext(pieces, b"")

    async def all_of_them() -> AsyncIterator[bytes]:
        async with aclosing(pieces):
            yield first
            async for piece in pieces:
                yield piece

    return all_of_them()


@router.get(
    "/documents/{document_id}/pages/{number}.png",
    summary="Draw a page",
    response_class=Response,
    responses=schemas.answers(200, None, 401, 404, 410, 422, 503) | schemas.media("image/png"),
)
async def draw_page(
    services: ServicesOf,
    tenant: MayRead,
    document_id: TheDocument,
    number: str,
    *,
    boxes: Annotated[
        bool, Query(description="Draw the words' boxes, and the fields' with their names.")
    ] = False,
    dpi: Annotated[int, Query(description=f"{_DPI_MIN} to {PREVIEW_DPI_MAX}.")] = PREVIEW_DPI_DEFAULT,
) -> Response:
    """Rendered in the sandbox. Pages count from 1."""
    document = await present(services, tenant, document_id)
    page_number = _page_number(number)
    if not _DPI_MIN <= dpi <= PREVIEW_DPI_MAX:
        raise DocmillError(ErrorCode.REQUEST_INVALID, f"dpi: want {_DPI_MIN} to {PREVIEW_DPI_MAX}.")
    allowed = await services.tenancy.reading_limits(tenant)
    data = await services.blobs.get(tenant, document.blob.sha256)
    page = await _page(services, document, page_number)
    turned = page.turned if page is not None else 0
    png = await services.reader.render(
        data, document.name, page_number, dpi=dpi, turned=turned, allowed=allowed
    )
    if boxes and page is not None:
        png = await asyncio.to_thread(picture_with_boxes, png, page, document.run.result)
    return Response(png, media_type="image/png")


@router.get(
    "/documents/{document_id}/pages/{number}",
    summary="Load a page's words",
    responses=schemas.answers(200, None, 401, 404, 409, 410, 503),
)
async def show_page(services: ServicesOf, tenant: MayRead, document_id: TheDocument, number: str) -> Response:
    """Words with boxes `[x0, y0, x1, y1]` from the top-left corner, in the page's unit."""
    document = await present(services, tenant, document_id)
    if document.run.reading is None:
        if document.run.state in (RunState.UNPACKED, RunState.REJECTED):  # there will never be one
            raise NotFound("The document has no pages.")
        raise DocmillError(ErrorCode.NOT_READY, "The document has not been read.")
    page = await _page(services, document, _page_number(number))
    if page is None:
        raise NotFound("There is no such page.")
    return json_answer(page_view(page))


def _page_number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 6 and int(text) > 0):
        raise NotFound("There is no such page.")
    return int(text)


async def _page(services: Services, document: Document, number: int) -> Page | None:
    """Return the page as it was read, or None where there is none."""
    from docmill.engines.reading.wire.codec import decode

    if document.run.reading is None:
        return None
    data = await services.blobs.get(document.tenant, document.run.reading.sha256)
    reading = await asyncio.to_thread(decode, data)
    return next((page for page in reading.pages if page.number == number), None)
