"""Document types and their rules: versioned, changed under If-Match."""

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from starlette.responses import Response

from docmill.domain.errors import DocmillError, ErrorCode, NotFound, VersionConflict
from docmill.domain.types import DocumentType
from docmill.engines.rules import parse_uploaded_type
from docmill.entrypoints.api import schemas
from docmill.entrypoints.api.answers import json_answer
from docmill.entrypoints.api.bodies import json_list, json_object
from docmill.entrypoints.api.identity import MayRead, MayWriteTypes, ServicesOf
from docmill.entrypoints.api.views import type_view
from docmill.ports.catalog import Rules

router = APIRouter(prefix="/v1", tags=["types"])
IfMatch = Annotated[str | None, Header(description="The ETag of the version that you changed.")]
IfNoneMatch = Annotated[
    str | None, Header(description="`*` creates and never replaces; an ETag answers 304.")
]

_ETAG = re.compile(r'(?:W/)?"(\d{1,9})"')
_TYPE_EXAMPLE = {
    "name": "delivery_note",
    "title": "Delivery note",
    "date_order": "dmy",
    "schema": {
        "type": "object",
        "required": ["number"],
        "properties": {
            "number": {
                "type": ["string", "null"],
                "x-docmill": {
                    "kind": "identifier",
                    "labels": {"en": ["delivery note no"], "de": ["lieferschein nr"]},
                },
            }
        },
    },
}
_RULES_EXAMPLE = [
    {
        "name": "small_only",
        "kind": "expression",
        "expect": "gross_total <= 1000",
        "path": "gross_total",
        "message": "more than 1000 needs a person",
    }
]


@router.get("/types", summary="List document types", responses=schemas.answers(200, None, 401, 503))
async def list_types(services: ServicesOf, tenant: MayRead) -> Response:
    """The shipped ones and the tenant's own."""
    types = await services.catalog.types(tenant)
    return json_answer({"items": [type_view(document_type) for document_type in types], "next": None})


@router.get(
    "/types/{name}", summary="Show a document type", responses=schemas.answers(200, None, 304, 401, 404, 503)
)
async def show_type(
    services: ServicesOf, tenant: MayRead, name: str, if_none_match: IfNoneMatch = None
) -> Response:
    """Its definition as it was uploaded, with the version as ETag."""
    return _type_answer(await services.catalog.document_type(tenant, name), known=if_none_match)


@router.put(
    "/types/{name}",
    summary="Save a document type",
    responses=schemas.answers(200, None, 401, 412, 413, 422, 503),
    openapi_extra=schemas.json_body("The type's definition.", _TYPE_EXAMPLE),
)
async def put_type(
    request: Request,
    services: ServicesOf,
    tenant: MayWriteTypes,
    name: str,
    *,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Saves a new version; documents that are read from now on use it."""
    source = await json_object(request)
    document_type = parse_uploaded_type(source)
    if document_type.name != name:
        raise DocmillError(ErrorCode.TYPE_INVALID, "name: want the one of the address")
    _compile(document_type, document_type.rules)

    async def newest() -> int:
        return (await services.catalog.document_type(tenant, name)).version

    expected = await expected_version(if_match, if_none_match, newest=newest)
    return _type_answer(await services.catalog.put_type(tenant, source, expected=expected))


@router.get(
    "/types/{name}/rules",
    summary="Show a type's rules",
    responses=schemas.answers(200, None, 304, 401, 404, 503),
)
async def show_rules(
    services: ServicesOf, tenant: MayRead, name: str, if_none_match: IfNoneMatch = None
) -> Response:
    """Version 0 are the shipped defaults."""
    return _rules_answer(await services.catalog.rules(tenant, name), known=if_none_match)


@router.put(
    "/types/{name}/rules",
    summary="Save a type's rules",
    responses=schemas.answers(200, None, 401, 404, 412, 413, 422, 503),
    openapi_extra=schemas.json_body("All rules of the type.", _RULES_EXAMPLE),
)
async def put_rules(
    request: Request,
    services: ServicesOf,
    tenant: MayWriteTypes,
    name: str,
    *,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Compiled before they are saved: a rule that cannot be is refused with `rule_invalid`."""
    rules = await json_list(request)
    _compile(await services.catalog.document_type(tenant, name), rules)

    async def newest() -> int:
        return (await services.catalog.rules(tenant, name)).version

    expected = await expected_version(if_match, if_none_match, newest=newest)
    return _rules_answer(await services.catalog.put_rules(tenant, name, rules, expected=expected))


def _compile(document_type: DocumentType, rules: Sequence[Any]) -> None:
    """Raise DocmillError(rule_invalid) here, and not at the first document."""
    from docmill.engines.rules import compile_rules

    compile_rules(document_type, rules)


async def expected_version(
    if_match: str | None, if_none_match: str | None, *, newest: Callable[[], Awaitable[int]]
) -> int | None:
    """The version that is to be replaced; None when the caller does not say. Raises VersionConflict.

    `*` asks for anything that is there, so it never makes what is not.
    """
    if if_none_match == "*":
        return 0
    if if_match is None:
        return None
    named = [one.strip() for one in if_match.split(",")]
    versions = [_ETAG.fullmatch(one) for one in named if one != "*"]
    if not all(versions):
        raise DocmillError(ErrorCode.REQUEST_INVALID, "If-Match: want an ETag of this resource.")
    if len(named) == 1 and versions and versions[0]:
        return int(versions[0][1])
    try:
        version = await newest()
    except NotFound as absent:
        raise VersionConflict("there is none") from absent
    if "*" not in named and version not in {int(known[1]) for known in versions if known}:
        raise VersionConflict("the newest version is another one")
    return version


def _type_answer(document_type: DocumentType, *, known: str | None = None) -> Response:
    version = document_type.version
    return _versioned({"version": version, "definition": document_type.source}, version, known=known)


def _rules_answer(rules: Rules, *, known: str | None = None) -> Response:
    body = {"type": rules.type_name, "version": rules.version, "rules": list(rules.rules)}
    return _versioned(body, rules.version, known=known)


def _versioned(body: dict[str, Any], version: int, *, known: str | None) -> Response:
    """Answer with the version as ETag; 304 without the body to whoever knows that version."""
    headers = {"ETag": f'"{version}"'}
    if known == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return json_answer(body, headers=headers)
