"""Every route of an application, asked by a stranger for things that are another's and for things that are not there."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from tests.api.memory_platform import INVOICE

from docmill.entrypoints.api.identity import authenticated, public

OPEN = {"/", "/health", "/health/ready", "/metrics", "/docs", "/docs/errors", "/openapi.json"}
# What a route needs besides its address to be followed as far as the thing that it names.
REQUESTS: dict[tuple[str, str], dict[str, Any]] = {
    ("PUT", "/v1/types/{name}/rules"): {"json": []},
    ("PUT", "/v1/types/{name}"): {"json": INVOICE | {"name": "secret_type"}, "headers": {"If-Match": '"1"'}},
    ("POST", "/v1/search"): {"json": {"query": "Total"}},
    ("GET", "/v1/search"): {"params": {"q": "Total"}},
    ("POST", "/v1/documents"): {"content": b"Invoice", "params": {"name": "invoice.pdf"}},
}


def routes(app: FastAPI) -> Iterator[tuple[str, APIRoute]]:
    for route in app.routes:
        assert isinstance(route, APIRoute), f"{route} is not checked by this test"
        for method in sorted(route.methods or ()):
            yield method, route


def declared(dependant: Dependant) -> set[object]:
    calls: set[object] = {dependant.call}
    for inner in dependant.dependencies:
        calls |= declared(inner)
    return calls


def undeclared(app: FastAPI) -> set[str]:
    """Routes that name neither `authenticated` nor `public`, or are public without being in the list."""
    found = set()
    for _, route in routes(app):
        calls = declared(route.dependant)
        if authenticated not in calls and not (public in calls and route.path in OPEN):
            found.add(route.path)
    return found


SECRET_TYPE = INVOICE | {"name": "secret_type"}
SECRET_BATCH = "secret-batch"


@dataclass
class Matrix:
    """``document`` is of the batch SECRET_BATCH, and its owner has saved SECRET_TYPE. ``stranger`` is another's key."""

    app: FastAPI
    document: str
    stranger: str
    absent: str = field(default_factory=lambda: str(uuid4()))

    def address(self, path: str, *, there: bool) -> str:
        values = {
            "document_id": self.document if there else self.absent,
            "batch": SECRET_BATCH if there else "absent-batch",
            "name": "secret_type" if there else "absent_type",
            "number": "1",
        }
        return path.format(**values)

    async def ask(self, client: httpx.AsyncClient, method: str, path: str, *, there: bool) -> httpx.Response:
        request = dict(REQUESTS.get((method, path), {}))
        if (
            "json" in request
            and isinstance(request["json"], dict)
            and "name" in request["json"]
            and not there
        ):
            request["json"] = request["json"] | {"name": "absent_type"}
        return await client.request(method, self.address(path, there=there), **request)

    def masked(self, answer: httpx.Response) -> tuple[object, ...]:
        """Everything that the other side sees, without the ids that it sent itself."""
        text = answer.text
        for own, absent in (
            (self.document, self.absent),
            (SECRET_BATCH, "absent-batch"),
            ("secret_type", "absent_type"),
        ):
            text = text.replace(own, "ID").replace(absent, "ID")
        text = re.sub(r'"request_id":"[^"]*"', "", text)
        headers = {k: v for k, v in answer.headers.items() if k not in ("x-request-id", "content-length")}
        return answer.status_code, text, headers

    async def differences(self) -> set[str]:
        """Routes with an id in them that tell a foreign thing from an absent one."""
        found = set()
        transport = httpx.ASGITransport(self.app)
        headers = {"Authorization": f"Bearer {self.stranger}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://api", headers=headers) as other:
            for method, route in routes(self.app):
                if "{" not in route.path:
                    continue
                foreign = await self.ask(other, method, route.path, there=True)
                absent = await self.ask(other, method, route.path, there=False)
                if self.masked(foreign) != self.masked(absent) or foreign.status_code not in (404, 412):
                    found.add(f"{method} {route.path}")
        return found
