"""Around every request: ids, the access log, and the last resort for what nobody expected."""

from time import perf_counter
from traceback import extract_tb

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from docmill.domain.errors import DocmillError, ErrorCode, NotFound
from docmill.domain.tracing import trace_id
from docmill.entrypoints.api.answers import problem_answer
from docmill.entrypoints.api.services import Services
from docmill.entrypoints.api.tracing import Telling, begin
from docmill.ports.telemetry import Exchange


class AnswerCutOff(Exception):
    """What was to follow an answer's beginning cannot be had."""


class Access:
    """Plain ASGI: Starlette's BaseHTTPMiddleware costs a task and a queue per request."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        telling = begin(Headers(scope=scope))
        services: Services = scope["app"].state.services
        services.traffic.request_began()
        scope["docmill.telling"] = telling
        status = 0

        async def send_with_ids(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = telling.request_id
                headers["X-Api-Version"] = "1"
                headers["X-Content-Type-Options"] = "nosniff"
                # A cache between here and a browser sees no credential where that is a cookie.
                headers.setdefault("Cache-Control", "private, no-cache")
            await send(message)

        refusal = _unusable(scope)
        try:
            if refusal is not None:
                await problem_answer(refusal, request_id=telling.request_id)(scope, receive, send_with_ids)
                return
            await self.app(scope, receive, send_with_ids)
        except ClientDisconnect:
            status = 499  # nobody is left to be answered
        except Exception as error:
            _tell_mistake(error, telling)
            if status:
                status = 500
                # Only a cut connection can say that it is not whole. The server logs what is raised here with
                # all that led to it, so that must not be the mistake itself.
                raise AnswerCutOff("the answer had already started") from None
            mistake = problem_answer(DocmillError(ErrorCode.INTERNAL_ERROR), request_id=telling.request_id)
            await mistake(scope, receive, send_with_ids)
        finally:
            _tell_access(scope, telling, status)
            _tell_operator(services, scope, telling, status)


def _tell_operator(services: Services, scope: Scope, telling: Telling, status: int) -> None:
    services.traffic.request_ended(
        Exchange(
            method=scope["method"],
            route=getattr(scope.get("route"), "path", ""),
            status=status,
            wall_s=perf_counter() - telling.started,
            trace=telling.trace,
            parent=telling.parent,
            tenant=telling.tenant,
            document=telling.document,
            code=telling.code,
        )
    )
    if status == NotFound().status and telling.tenant and telling.document:
        services.missed(telling.tenant, telling.document)


def _unusable(scope: Scope) -> DocmillError | None:
    """No id, name or text has a zero byte: the database takes none."""
    if "\0" in scope["path"]:
        return NotFound("The address has a zero byte.")
    if b"%00" in scope["query_string"]:
        return DocmillError(ErrorCode.REQUEST_INVALID, "The query has a zero byte.")
    return None


def _tell_mistake(error: Exception, telling: Telling) -> None:
    """Where and what kind, not the message: it may quote a document."""
    places = [
        f"{frame.filename.rpartition('docmill/')[2]}:{frame.lineno}"
        for frame in extract_tb(error.__traceback__)
    ]
    structlog.get_logger().error(
        "unexpected",
        request_id=telling.request_id,
        trace=trace_id(telling.trace),
        error=type(error).__name__,
        at=places[-5:],
    )


def _tell_access(scope: Scope, telling: Telling, status: int) -> None:
    """The route's template instead of the path, and no query: searches and filters quote documents."""
    route = scope.get("route")
    log = structlog.get_logger()
    # Somebody asks these every second, and nobody wants to read that he does.
    tell = log.debug if status == 200 and scope["path"].startswith(("/health", "/metrics")) else log.info
    tell(
        "request",
        method=scope["method"],
        route=getattr(route, "path", "-"),
        status=status,
        tenant=telling.tenant,
        document=telling.document,
        request_id=telling.request_id,
        trace=trace_id(telling.trace),
        duration_s=round(perf_counter() - telling.started, 4),
    )
