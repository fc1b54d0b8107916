"""How long the tenant's documents are kept, which of them may not be deleted, and the receipts of
deleting."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from docmill.domain.errors import invalid
from docmill.domain.events import DocumentId
from docmill.domain.limits.repair import RETENTION_DAYS_MAX, RETENTION_TYPES_MAX
from docmill.entrypoints.api import schemas
from docmill.entrypoints.api.answers import json_answer
from docmill.entrypoints.api.bodies import json_object
from docmill.entrypoints.api.identity import Caller, MayManageTenant, MayRead, ServicesOf, TheDocument
from docmill.entrypoints.api.routes.letters import reason_of
from docmill.entrypoints.api.routes.types import IfMatch, IfNoneMatch, expected_version
from docmill.entrypoints.api.schemas_repair import HoldBody, ReceiptBody, RetentionBody
from docmill.entrypoints.receipts import receipt_view
from docmill.ports.retention import Hold, RetentionRules

router = APIRouter(prefix="/v1", tags=["retention"])


@router.get(
    "/retention",
    summary="Show how long documents are kept",
    responses=schemas.answers(200, RetentionBody, 401, 403, 503),
)
async def show_retention(services: ServicesOf, tenant: MayManageTenant) -> Response:
    return _rules_answer(await services.retention.rules(tenant))


@router.put(
    "/retention",
    summary="Say how long documents are kept",
    responses=schemas.answers(200, RetentionBody, 401, 403, 412, 413, 422, 503),
    openapi_extra=schemas.json_body(
        "Days after the upload; `default_days` null keeps what no type names for ever.",
        {"default_days": 365, "types": {"invoice": 3650}},
    ),
)
async def put_retention(
    request: Request,
    services: ServicesOf,
    tenant: MayManageTenant,
    caller: Caller,
    *,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """What is older is deleted by the housekeeping from then on, with a receipt; documents under hold are
    not."""
    rules = _rules(await json_object(request))

    async def newest() -> int:
        return (await services.retention.rules(tenant)).version

    expected = await expected_version(if_match, if_none_match, newest=newest)
    stored = await services.retention.put_rules(tenant, rules, expected=expected, by=caller.subject)
    return _rules_answer(stored)


@router.get(
    "/documents/{document_id}/hold",
    summary="Tell whether a document is under legal hold",
    responses=schemas.answers(200, HoldBody, 401, 403, 404, 410, 503),
)
async def show_hold(services: ServicesOf, tenant: MayRead, document_id: TheDocument) -> Response:
    return _hold_answer(document_id, await services.retention.hold(tenant, document_id))


@router.put(
    "/documents/{document_id}/hold",
    summary="Put a document under legal hold",
    responses=schemas.answers(200, HoldBody, 401, 403, 404, 410, 413, 422, 503),
    openapi_extra=schemas.json_body("Why.", {"reason": "Case 12/26"}),
)
async def place_hold(
    request: Request, services: ServicesOf, tenant: MayManageTenant, caller: Caller, document_id: TheDocument
) -> Response:
    """From then on deleting it answers 409 `legal_hold`, and the retention passes it by."""
    await services.retention.hold(tenant, document_id)
    reason = reason_of(await json_object(request))
    hold = await services.retention.place_hold(tenant, document_id, reason=reason, by=caller.subject)
    return _hold_answer(document_id, hold)


@router.delete(
    "/documents/{document_id}/hold",
    status_code=204,
    summary="Lift a legal hold",
    responses=schemas.answers(204, None, 401, 403, 404, 410, 503),
)
async def lift_hold(services: ServicesOf, tenant: MayManageTenant, document_id: TheDocument) -> Response:
    """Twice is fine."""
    await services.retention.lift_hold(tenant, document_id)
    return Response(status_code=204)


@router.get(
    "/documents/{document_id}/receipt",
    summary="Show what deleting a document came to",
    responses=schemas.answers(200, ReceiptBody, 401, 403, 404, 409, 503),
)
async def show_receipt(services: ServicesOf, tenant: MayRead, document_id: TheDocument) -> Response:
    """What was deleted where, when and by whom; and what is found when it is looked for again, now.

    409 `not_ready` for a document that was not deleted.
    """
    receipt = await services.retention.receipt(tenant, document_id)
    view = await receipt_view(receipt, services.blobs, tenant, now=services.now())
    return json_answer(view)


def _rules(body: Mapping[str, Any]) -> RetentionRules:
    """Raise DocmillError(request_invalid) for anything that is no retention."""
    if not set(body) <= {"default_days", "types"}:
        raise invalid("want default_days and types, and nothing else.")
    default, types = body.get("default_days"), body.get("types", {})
    if default is not None and not _is_days(default):
        raise invalid(f"default_days: want null, or 1 to {RETENTION_DAYS_MAX}.")
    if not isinstance(types, dict) or len(types) > RETENTION_TYPES_MAX:
        raise invalid(f"types: want an object of at most {RETENTION_TYPES_MAX} types.")
    for name, days in types.items():
        if not _is_days(days) or "\0" in name:
            raise invalid(f"types.{name[:60]}: want 1 to {RETENTION_DAYS_MAX} days.")
    return RetentionRules(default, types)


def _is_days(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= RETENTION_DAYS_MAX


def _rules_answer(rules: RetentionRules) -> Response:
    body = {
        "version": rules.version,
        "default_days": rules.default_days,
        "types": dict(rules.types),
        "changed_by": rules.changed_by,
        "changed_at": rules.changed_at,
    }
    return json_answer(body, headers={"ETag": f'"{rules.version}"'})


def _hold_answer(document: DocumentId, hold: Hold | None) -> Response:
    return json_answer(
        {
            "document_id": str(document),
            "held": hold is not None,
            "reason": hold and hold.reason,
            "placed_by": hold and hold.placed_by,
            "placed_at": hold and hold.placed_at,
        }
    )
