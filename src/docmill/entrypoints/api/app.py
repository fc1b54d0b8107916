"""The application: middleware, error handlers and the routes of every resource."""

import asyncio

from fastapi import FastAPI

import docmill
from docmill.entrypoints.api import problems
from docmill.entrypoints.api.conditional import Conditional
from docmill.entrypoints.api.costs import Costs
from docmill.entrypoints.api.crowd import Crowd
from docmill.entrypoints.api.middleware import Access
from docmill.entrypoints.api.routes import (
    batches,
    documents,
    events,
    exports,
    guide,
    keys,
    letters,
    limits,
    operations,
    pages,
    people,
    platform,
    quota,
    results,
    retention,
    review_settings,
    reviews,
    runs,
    search,
    session,
    tokens,
    types,
    uploads,
    usage,
    webhooks,
)
from docmill.entrypoints.api.services import Services
from docmill.entrypoints.api.waiting import Waiting

_ABOUT = """Files in, validated JSON with evidence out.

Upload a file, ask its operation until it has ended, load the result. Errors are
`application/problem+json` with a `code` of one closed list. The tenant comes from the key; another
tenant's id answers like an absent one."""


_ROOMS = (
    uploads,
    documents,
    results,
    runs,
    pages,
    operations,
    batches,
    exports,
    search,
    types,
    review_settings,  # before `reviews`, whose ids could be called `statistics`
    reviews,
    letters,
    retention,
    webhooks,
    events,
    keys,
    tokens,
    session,
    people,
    limits,
    quota,
    usage,
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
    app.state.describing = asyncio.Lock()
    app.state.waiting = Waiting(services)
    app.add_middleware(Conditional)
    app.add_middleware(Crowd)
    app.add_middleware(Access)
    app.add_middleware(Costs)
    problems.register(app)
    for room in _ROOMS:
        # Added as they are instead of by `include_router`: one flat list, which tests and the log can read.
        app.router.routes.extend(room.router.routes)
    return app
