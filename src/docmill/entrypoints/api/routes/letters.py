"""Dead letters: what a stage gave up on, looked at, sent back or closed."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from docmill.domain.errors import NotFound, invalid
from docmill.domain.events import EventId
from docmill.domain.limits.repair import REASON_CHARS_MAX
from docmill.entrypoints.api import schemas
from docmill.entrypoints.api.answers import json_answer
from docmill.entrypoints.api.bodies import json_object
from docmill.entrypoints.api.filters import PAGING, page_limit, parsed_time
from docmill.entrypoints.api.identity import Caller, MayManageLetters, ServicesOf
from docmill.entrypoints.api.schemas_repair import (
    LetterBody,
    LetterList,
    Replayed,
    ReplayedMany,
)
from docmill.ports.letters import Letter, LetterFilter, LetterId, LetterState

router = APIRouter(prefix="/v1", tags=["dead letters"])

_ID = re.compile(r"([a-z_]{1,40})\.([0-9a-fA-F-]{32,36})")
_FILTERS = {
    "stage": "The stage that gave up.",
    "code": "The error's code.",
    "type": "The document's type.",
    "batch": "The batch that the upload named.",
    "since": "Given up then or later: ISO 8601, UTC when it has no offset.",
}
_STATE = {
    "name": "state",
    "in": "query",
    "schema": {"type": "string", "enum": [state.value for state in LetterState]},
    "description": "`dead` (the default), or `given_up` for those that somebody has closed.",
}
_PARAMETERS = [
    *(
        {"name": name, "in": "query", "schema": {"type": "string"}, "description": says}
        for name, says in _FILTERS.items()
    ),
    _STATE,
    *PAGING,
]


@router.get(
    "/letters",
    summary="List dead letters",
    responses=schemas.answers(200, LetterList, 401, 403, 422, 503),
    openapi_extra={"parameters": _PARAMETERS},
)
async def list_letters(request: Request, services: ServicesOf, tenant: MayManageLetters) -> Response:
    """Newest first. A filter that is not understood is refused, not ignored."""
    query = request.query_params
    for name in query:
        if name not in (*_FILTERS, "state", "limit", "cursor"):
            raise invalid(f"{name[:60]}: there is no such filter; there are {', '.join(_FILTERS)}.")
    state = query.get("state", LetterState.DEAD.value)
    if state not in set(LetterState):
        raise invalid(f"state: want one of {', '.join(LetterState)}.")
    where = _filter(dict(query), LetterState(state))
    page = await services.letters.find(tenant, where, limit=page_limit(query), cursor=query.get("cursor"))
    return json_answer({"items": [_view(letter) for letter in page.letters], "next": page.next})


@router.get(
    "/letters/{letter_id}",
    summary="Show a dead letter",
    responses=schemas.answers(200, LetterBody, 401, 403, 404, 503),
)
async def show_letter(services: ServicesOf, tenant: MayManageLetters, letter_id: str) -> Response:
    """With its tries: when, by which worker, with which code, and where the error came from. Never
    content."""
    return json_answer(_view(await services.letters.load(tenant, _letter_id(letter_id)), whole=True))


@router.post(
    "/letters/replay",
    summary="Send dead letters back",
    responses=schemas.answers(200, ReplayedMany, 401, 403, 413, 422, 503),
    openapi_extra=schemas.json_body(
        f"Which: {', '.join(_FILTERS)}, all of them optional; and `dry_run`.",
        {"stage": "read", "code": "internal_error", "dry_run": True},
    ),
)
async def replay_letters(request: Request, services: ServicesOf, tenant: MayManageLetters) -> Response:
    """Oldest first. With `dry_run` nothing is sent and `matched` says how many would be. Mend the cause
    first."""
    body = dict(await json_object(request))
    dry_run = body.pop("dry_run", False)
    if not isinstance(dry_run, bool):
        raise invalid("dry_run: want true or false.")
    for name, value in body.items():
        if name not in _FILTERS or not isinstance(value, str):
            raise invalid(f"{name[:60]}: want text for any of {', '.join(_FILTERS)}.")
    letters = await services.letters.matching(tenant, _filter(body, LetterState.DEAD))
    replayed = 0 if dry_run else sum([await services.letters.replay(tenant, letter) for letter in letters])
    return json_answer({"matched": len(letters), "replayed": replayed, "dry_run": dry_run})


@router.post(
    "/letters/{letter_id}/replay",
    summary="Send a dead letter back",
    responses=schemas.answers(200, Replayed, 401, 403, 404, 409, 410, 503),
)
async def replay_letter(services: ServicesOf, tenant: MayManageLetters, letter_id: str) -> Response:
    """Its run goes back to the state that the stage starts from. Twice changes nothing: `replayed` is false.

    410 when the document was deleted, 409 when its run was cancelled or the letter was given up.
    """
    letter = _letter_id(letter_id)
    return json_answer({"id": str(letter), "replayed": await services.letters.replay(tenant, letter)})


@router.post(
    "/letters/{letter_id}/give-up",
    summary="Close a dead letter",
    responses=schemas.answers(200, LetterBody, 401, 403, 404, 409, 413, 422, 503),
    openapi_extra=schemas.json_body("Why.", {"reason": "The sender has withdrawn the file."}),
)
async def give_up_letter(
    request: Request, services: ServicesOf, tenant: MayManageLetters, caller: Caller, letter_id: str
) -> Response:
    """The run stays failed and the letter is not replayed any more. Who closed it, when and why is kept."""
    letter = _letter_id(letter_id)
    await services.letters.load(tenant, letter)
    reason = reason_of(await json_object(request))
    closed = await services.letters.close(tenant, letter, by=caller.subject, reason=reason)
    return json_answer(_view(closed, whole=True))


def reason_of(body: Mapping[str, Any]) -> str:
    """Raise DocmillError(request_invalid) unless the body is a reason and nothing else."""
    reason = body.get("reason")
    if set(body) != {"reason"} or not isinstance(reason, str) or not len(reason.strip()) > 0:
        raise invalid('want {"reason": "…"} and nothing else.')
    if len(reason) > REASON_CHARS_MAX:
        raise invalid(f"reason: want at most {REASON_CHARS_MAX} characters.")
    return reason.strip()


def _filter(given: Mapping[str, str], state: LetterState) -> LetterFilter:
    since: datetime | None = parsed_time("since", given["since"]) if "since" in given else None
    return LetterFilter(
        given.get("stage"), given.get("code"), given.get("type"), given.get("batch"), since, state
    )


def _letter_id(text: str) -> LetterId:
    """A text that is no id cannot be the id of anything: NotFound, as for an absent one."""
    match = _ID.fullmatch(text)
    try:
        if match is not None:
            return LetterId(match[1], EventId(UUID(match[2])))
    except ValueError:
        pass
    raise NotFound


def _view(letter: Letter, *, whole: bool = False) -> dict[str, Any]:
    view: dict[str, Any] = {
        "id": str(letter.id),
        "document_id": str(letter.document),
        "stage": letter.id.stage,
        "state": letter.state,
        "code": letter.code,
        "reason": letter.reason,
        "attempts": letter.attempts,
        "replays": letter.replays,
        "time": letter.time,
        "type": letter.type_name,
        "batch": letter.batch,
        "given_up": None,
    }
    if letter.closing is not None:
        closing = letter.closing
        view["given_up"] = {"by": closing.by, "reason": closing.reason, "time": closing.time}
    if whole:
        view["tries"] = [
            {
                "attempt": one.attempt,
                "time": one.time,
                "worker": one.worker,
                "code": one.code,
                "reason": one.reason,
                "lines": list(one.lines),
            }
            for one in letter.tries
        ]
    return view
