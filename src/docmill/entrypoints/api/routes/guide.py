"""`/docs`: the API and the error codes as plain pages, made from the routes; they load nothing else."""

import asyncio

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from docmill.entrypoints.api.answers import json_answer
from docmill.entrypoints.api.conditional import with_etag
from docmill.entrypoints.api.identity import Public
from docmill.entrypoints.api.openapi import description
from docmill.entrypoints.api.reference import api_page, errors_page

router = APIRouter(tags=["platform"], dependencies=[Public], include_in_schema=False)

_POLICY = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}


@router.get("/")
async def front_door() -> Response:
    """Whoever opens the address that `docmill up` prints gets to read something."""
    return RedirectResponse("/docs")


@router.get("/openapi.json")
async def openapi(request: Request) -> Response:
    """Made once, since it is large and the same for everybody, and beside the event loop: it takes 0.3 s."""
    state = request.app.state
    async with state.describing:
        if getattr(state, "openapi_answer", None) is None:
            described = await asyncio.to_thread(description, request.app)
            state.openapi_answer = with_etag(json_answer(described))
    made: Response = state.openapi_answer
    return made


@router.get("/docs")
async def docs(request: Request) -> Response:
    return HTMLResponse(api_page(description(request.app)), headers=_POLICY)


@router.get("/docs/errors")
async def errors() -> Response:
    return HTMLResponse(errors_page(), headers=_POLICY)
