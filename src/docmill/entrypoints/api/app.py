"""The application: middleware, error handlers and the routes of every resource."""

from fastapi import FastAPI

import docmill
from docmill.entrypoints.api import problems
from docmill.entrypoints.api.middleware import Access
from docmill.entrypoints.api.routes import (
    batches,
    documents,
    exports,
    guide,
    limits,
    operations,
    pages,
    platform,
    results,
    search,
    types,
    uploads,
)
from docmill.entrypoints.api.services import Services

_ABOUT = """Files in, validated JSON with evidence out.

Upload a file, ask its operation until it has ended, load the result. Errors are
`application/problem+json` with a `code` of one closed list. The tenant comes from the key; another
tenant's id answers like an absent one."""


_ROOMS = (
    uploads,
    documents,
    results,
    pages,
    operations,
    batches,
    exports,
    search,
    types,
    limits,
    platform,
    guide,
)


def build_app(services: Services) -> FastAPI:
    app = FastAPI(
        title="docmill",
        version=docmill.__version__,
        description=_ABOUT,
        docs_url=None,  # FastAPI's page loads its scripts from a CDN; routes/guide.py has one that does not
        redoc_url=None,
        openapi_url=None,
    )
    app.state.services = services
    app.add_middleware(Access)
    problems.register(app)
    for room in _ROOMS:
        # Added as they are instead of by `include_router`: one flat list, which tests and the log can read.
        app.router.routes.extend(room.router.routes)
    return app
