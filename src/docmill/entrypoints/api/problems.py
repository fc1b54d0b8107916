"""Every error that a route or the framework raises, as problem+json."""

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import Response

from docmill.domain.access import Refusal, Refused
from docmill.domain.errors import DocmillError, ErrorCode, NotFound
from docmill.entrypoints.api.answers import RunFailed, problem_answer
from docmill.entrypoints.api.services import Services
from docmill.entrypoints.api.tracing import telling


def register(app: FastAPI) -> None:
    app.add_exception_handler(DocmillError, _docmill)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _framework)


async def _docmill(request: Request, error: Exception) -> Response:
    assert isinstance(error, DocmillError)
    telling(request).code = error.code.value
    _tell_refusal(request, error)
    if isinstance(error, RunFailed):
        return problem_answer(error, request_id=telling(request).request_id, status=409, stage=error.stage)
    return problem_answer(error, request_id=telling(request).request_id)


async def _validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    telling(request).code = ErrorCode.REQUEST_INVALID.value
    invalid = DocmillError(ErrorCode.REQUEST_INVALID, _places(error.errors()))
    return problem_answer(invalid, request_id=telling(request).request_id)


def _tell_refusal(request: Request, error: DocmillError) -> None:
    services: Services = request.app.state.services
    if isinstance(error, Refused):
        services.alarms.refused(error.reason)
    elif error.code is ErrorCode.UNAUTHENTICATED:
        services.alarms.refused(Refusal.MISSING)
    elif error.code is ErrorCode.FORBIDDEN:
        services.alarms.refused(Refusal.FORBIDDEN)


def _places(errors: Sequence[Any]) -> str:
    """Name places and reasons, never the values: they may be somebody's data."""
    return "; ".join(f"{'.'.join(str(part) for part in e['loc'])}: {e['msg']}" for e in errors[:5])


async def _framework(request: Request, error: Exception) -> Response:
    """Starlette's own 404, 405 and the like."""
    assert isinstance(error, HTTPException)
    request_id = telling(request).request_id
    if error.status_code == 404:
        telling(request).code = ErrorCode.NOT_FOUND.value
        absent = NotFound("There is no such route.", action="See /docs for the routes.")
        return problem_answer(absent, request_id=request_id)
    code = ErrorCode.REQUEST_INVALID if error.status_code < 500 else ErrorCode.INTERNAL_ERROR
    telling(request).code = code.value
    detail, headers = "", error.headers
    if error.status_code == 405:
        detail, headers = f"The method {request.method} is not allowed here.", {"Allow": _allowed(request)}
    return problem_answer(
        DocmillError(code, detail), request_id=request_id, status=error.status_code, headers=headers
    )


def _allowed(request: Request) -> str:
    """Of all routes of the address: the framework knows of the first one only."""
    routes = [route for route in request.app.routes if isinstance(route, APIRoute)]
    here = [route.methods or set() for route in routes if route.path_regex.match(request.url.path)]
    return ", ".join(sorted({method for methods in here for method in methods}))
