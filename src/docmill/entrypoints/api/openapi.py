"""The OpenAPI description: FastAPI's, with the one error body that all routes share."""

from typing import Any

from fastapi import FastAPI

from docmill.entrypoints.api.schemas import Problem


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
        app.state.openapi = made
    return made


def _replace_validation(responses: dict[str, Any]) -> None:
    """FastAPI adds its own 422 wherever a route has a parameter; here every 422 is a problem."""
    content = responses.get("422", {}).get("content", {})
    if "application/json" in content:
        problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        responses["422"] = {"description": "Cannot be followed; `detail` says what.", "content": problem}
