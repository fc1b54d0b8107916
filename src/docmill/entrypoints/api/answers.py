"""JSON out: one way to write a body, and one way to write an error."""

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.responses import Response

from docmill.domain.errors import CODES, DocmillError, ErrorCode
from docmill.domain.limits.api import RETRY_AFTER_S

PROBLEM_MEDIA_TYPE = "application/problem+json"


def json_answer(body: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body), status, headers, "application/json")


def problem_body(
    error: DocmillError, *, request_id: str, status: int | None = None, stage: str | None = None
) -> dict[str, Any]:
    """RFC 9457, with the code, what to do, and whether the same request may work later."""
    info = CODES[error.code]
    return {
        "type": f"/docs/errors#{error.code}",
        "title": info.sentence,
        "status": status or info.status,
        "code": error.code,
        "detail": error.detail or info.sentence,
        "action": error.action,
        "stage": stage,
        "retryable": info.retry,
        "request_id": request_id,
    }


def problem_answer(
    error: DocmillError,
    *,
    request_id: str,
    status: int | None = None,
    stage: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The table of codes decides the status; ``status`` is for the framework's own and for ended runs."""
    body = problem_body(error, request_id=request_id, status=status, stage=stage)
    extra = dict(headers or {})
    if error.code is ErrorCode.UNAUTHENTICATED:
        extra["WWW-Authenticate"] = "Bearer"
    if body["status"] in (429, 503) or error.code is ErrorCode.NOT_READY:
        extra["Retry-After"] = str(getattr(error, "retry_after_s", 0) or RETRY_AFTER_S)
    return Response(orjson.dumps(body), body["status"], extra, PROBLEM_MEDIA_TYPE)


class RunFailed(DocmillError):
    """A run that ended without a result is asked for it: 409 with the run's own code and stage."""

    def __init__(self, code: ErrorCode, *, stage: str | None) -> None:
        super().__init__(code, "The run failed, so there is no result.")
        self.stage = stage
