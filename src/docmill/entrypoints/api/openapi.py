"""The OpenAPI description: FastAPI's, with the one error body that all routes share."""

from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from docmill.entrypoints.api.identity import taken
from docmill.entrypoints.api.schemas import Problem

_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


def description(app: FastAPI) -> dict[str, Any]:
    """Made once per application and kept in it."""
    made: dict[str, Any] | None = getattr(app.state, "openapi", None)
    if made is None:
        made = app.openapi()
        components = made.setdefault("components", {}).setdefault("schemas", {})
        components["Problem"] = Problem.model_json_schema()
        for unused in ("HTTPValidationError", "ValidationError"):
            components.pop(unused, None)
        for path in made["paths"].values():
            for operation in path.values():
                _replace_validation(operation["responses"])
        for route in app.routes:
            if isinstance(route, APIRoute) and route.include_in_schema:
                for method in route.methods or ():
                    _say_who_may_come(made["paths"][route.path_format][method.lower()], route)
        for methods in made["paths"].values():
            for method, operation in methods.items():
                _say_what_always_may_come(method, operation)
        _say_what_follows(made["paths"])
        app.state.openapi = made
    return made


def _say_who_may_come(operation: dict[str, Any], route: APIRoute) -> None:
    """`x-permission`: what the caller needs, `authenticated` for anybody who is known, or `public`."""
    operation["x-permission"] = " ".join(sorted(taken(route.dependant)))
    if operation["x-permission"] == "public":
        operation["security"] = []
        return
    responses = operation["responses"]
    responses.setdefault("401", {"description": "No valid credential.", "content": _PROBLEM})
    responses.setdefault("403", {"description": "It takes `x-permission`.", "content": _PROBLEM})


def _replace_validation(responses: dict[str, Any]) -> None:
    """FastAPI adds its own 422 wherever a route has a parameter; here every 422 is a problem."""
    content = responses.get("422", {}).get("content", {})
    if "application/json" in content:
        problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        responses["422"] = {"description": "Cannot be followed; `detail` says what.", "content": problem}


# What a request may be answered before its route has a say, or by the way in which every answer is sent.
_ALWAYS = {
    "400": "This is no HTTP.",
    "408": "The request did not come in time.",
    "422": "Cannot be followed; `detail` says what.",
    "429": "Too much at a time; Retry-After says when to come again.",
    "503": "A part does not answer; Retry-After says when to come again.",
}


def _say_what_always_may_come(method: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    for status, description in _ALWAYS.items():
        responses.setdefault(status, {"description": description, "content": _PROBLEM})
    if method == "get" and "200" in responses:
        responses.setdefault("304", {"description": "Nothing has changed since the ETag of If-None-Match."})


_OF_A_DOCUMENT = (
    ("get", "/v1/documents/{document_id}"),
    ("get", "/v1/documents/{document_id}/result"),
    ("get", "/v1/documents/{document_id}/runs"),
    ("get", "/v1/documents/{document_id}/events"),
    ("get", "/v1/operations/{document_id}"),
    ("post", "/v1/operations/{document_id}/cancel"),
    ("post", "/v1/documents/{document_id}/reprocess"),
    ("delete", "/v1/documents/{document_id}"),
)
_OF_A_BATCH = (
    ("get", "/v1/batches/{batch}"),
    ("get", "/v1/batches/{batch}/items"),
    ("post", "/v1/batches/{batch}/cancel"),
)
# What an answer names, and where it can be asked for: status, parameter, place in the body.
_FOLLOWS: dict[tuple[str, str], tuple[str, str, str, tuple[tuple[str, str], ...]]] = {
    ("post", "/v1/documents"): ("202", "document_id", "document_id", _OF_A_DOCUMENT),
    ("post", "/v1/batches"): ("201", "batch", "id", _OF_A_BATCH),
}


def _say_what_follows(paths: dict[str, Any]) -> None:
    """Links (OpenAPI 3): whoever generates clients or requests need not guess what an id is good for."""
    for (method, path), (status, parameter, place, targets) in _FOLLOWS.items():
        links = paths[path][method]["responses"][status].setdefault("links", {})
        for verb, target in targets:
            operation = paths[target][verb]
            links[operation["operationId"]] = {
                "operationId": operation["operationId"],
                "parameters": {parameter: f"$response.body#/{place}"},
            }
