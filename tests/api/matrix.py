"""Every route that the OpenAPI file tells of, asked for what is somebody's own, for what is another's and for what is
not there. What is not there has names of the same length, so that nothing about two answers has to be overlooked.
"""

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter
from typing import Any
from uuid import uuid4

import httpx
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from tests.api.memory_platform import INVOICE

from docmill.entrypoints.api.identity import authenticated, taken
from docmill.entrypoints.api.openapi import description

# What everybody may ask, and how it answers when nothing is sent along.
OPEN: dict[tuple[str, str], int] = {
    ("GET", path): 200 for path in ("/", "/health", "/health/ready", "/docs", "/docs/errors", "/openapi.json")
} | {("GET", "/metrics"): 401, ("GET", "/.well-known/jwks.json"): 200, ("POST", "/v1/session"): 422}
SECRET_TYPE = INVOICE | {
    "name": "secret_type",
    "schema": {"type": "object", "properties": {"secret_field": {"x-docmill": {"kind": "text"}}}},
}
NAMED_TYPE = SECRET_TYPE | {
    "name": "{type}",
    "schema": {"type": "object", "properties": {"{field}": {"x-docmill": {"kind": "text"}}}},
}
# The thing that a parameter of a path names; `number` counts within a thing that is named beside it.
IN_PATHS = {
    "document_id": "{document}",
    "batch": "{batch}",
    "name": "{type}",
    "letter_id": "{letter}",
    "webhook_id": "{webhook}",
    "delivery_id": "{delivery}",
    "prefix": "{key}",
    "email": "{person}",
    "number": "1",
}
# Parameters beside the path that name nothing of a tenant's.
NEUTRAL = frozenset(
    [
        "limit",
        "state",
        "status",
        "created_gte",
        "created_lt",
        "allow_duplicate",
        "priority",
        "name",
        "prefer",
        "boxes",
        "dpi",
        "format",
        "rows",
        "q",
        "per_document",
        "since",
        "until",
        "blocker",
        "kind",
        "stage",
        "code",
        "from",
        "to",
        "by",
        "types",
        "if-match",
        "if-none-match",
    ]
)
_CORRECTION = {"lease": "{my.lease}", "operations": [{"op": "confirm", "path": "total"}]}
# What a route that takes a body is sent to be followed as far as the thing that its path names.
BODIES: dict[str, dict[str, Any]] = {
    "POST /v1/documents": {"content": "Invoice", "query": {"name": "invoice.pdf"}},
    "POST /v1/documents/{document_id}/reprocess": {"json": {}},
    "PUT /v1/documents/{document_id}/hold": {"json": {"reason": "Case 12/26"}},
    "POST /v1/batches": {"json": {"label": "mine"}},
    "POST /v1/search": {"json": {"query": "Total"}},
    "PUT /v1/types/{name}": {"json": NAMED_TYPE, "headers": {"If-Match": '"1"'}},
    "PUT /v1/types/{name}/rules": {"json": []},
    "PUT /v1/review-settings": {"json": {"types": {}}},
    "POST /v1/reviews/{document_id}/corrections": {"json": _CORRECTION, "headers": {"If-Match": '"1"'}},
    "POST /v1/letters/replay": {"json": {"dry_run": True}},
    "POST /v1/letters/{letter_id}/give-up": {"json": {"reason": "withdrawn"}},
    "PUT /v1/retention": {"json": {"default_days": 9}},
    "POST /v1/webhooks": {"json": {"url": "https://hooks.example.com/mine"}},
    "PATCH /v1/webhooks/{webhook_id}": {"json": {"description": "mine"}},
    "POST /v1/webhooks/{webhook_id}/replay": {"json": {"since": "2026-01-01T00:00:00Z"}},
    "POST /v1/keys": {"json": {"scopes": ["viewer"]}},
    "POST /v1/keys/{prefix}/rotate": {"json": {}},
    "POST /v1/tokens": {"json": {"scopes": ["documents:read"]}},
    "POST /v1/session": {"json": {"email": "nobody@secret.example", "password": "correct horse battery"}},
    "PUT /v1/session/tenant": {"json": {"tenant": "{tenant}"}},
    "PUT /v1/session/password": {"json": {"old": "correct horse battery", "new": "correct horse battery 2"}},
    "PUT /v1/people/{email}": {"json": {"role": "viewer"}},
    "PUT /v1/platform/tenants/{name}/quota": {"json": {"weight": 2}},
}
# A stream that is listened to does not end: it is asked for in a way that it refuses.
QUERIES: dict[str, dict[str, str]] = {"GET /v1/search": {"q": "Total"}, "GET /v1/events": {"types": "none"}}


@dataclass(frozen=True)
class Ask:
    """A request with names of things in braces; ``at`` stands in the place of what a path would name.

    ``makes``: the stranger makes something of his own, whatever another has of that name.
    """

    operation: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    content: str | None = None
    at: Mapping[str, str] = field(default_factory=dict)
    makes: bool = False

    @property
    def address(self) -> str:
        path = self.operation.partition(" ")[2]
        own = IN_PATHS | ({"name": "{tenant}"} if path.startswith("/v1/platform") else {})
        return re.sub(r"{(\w+)}", lambda found: self.at.get(found[1], own[found[1]]), path)

    @property
    def names(self) -> frozenset[str]:
        """The things that it names, but for the asker's own."""
        said = f"{self.address} {self.query} {self.headers} {self.json}"
        return frozenset(re.findall(r"{([a-z_]+)}", said))

    def request(self, things: Mapping[str, str]) -> dict[str, Any]:
        made: dict[str, Any] = {
            "method": self.operation.partition(" ")[0],
            "url": named(self.address, things),
            "params": named(dict(self.query), things),
            "headers": named(dict(self.headers), things),
        }
        if self.json is not None:
            made["json"] = named(self.json, things)
        if self.content is not None:
            made["content"] = self.content.encode()
        return made


def named(said: Any, things: Mapping[str, str]) -> Any:
    """``said`` with the names in the place of the braces."""
    if isinstance(said, str):
        return re.sub(r"{([a-z_.]+)}", lambda found: things.get(found[1], found[0]), said)
    if isinstance(said, dict):
        return {named(name, things): named(value, things) for name, value in said.items()}
    return [named(one, things) for one in said] if isinstance(said, list) else said


def _beside() -> Iterator[Ask]:
    """Things that are named in queries, bodies and headers."""
    for operation in ("GET /v1/documents", "GET /v1/export"):
        for name, thing in (("batch", "batch"), ("parent", "document"), ("type", "type")):
            yield Ask(operation, {name: f"{{{thing}}}"})
        yield Ask(operation, {"value.{field}": "1"})
    yield Ask("GET /v1/documents", {"cursor": "{cursor_documents}"})
    yield Ask("GET /v1/batches", {"cursor": "{cursor_batches}"})
    yield Ask("GET /v1/batches/{batch}/items", {"cursor": "{cursor_items}"}, at={"batch": "{my.batch}"})
    yield Ask("GET /v1/search", {"q": "Total", "type": "{type}"})
    yield Ask("POST /v1/search", json={"query": "Total", "type": "{type}"})
    for query in ({"batch": "{batch}"}, {"type": "{type}"}):
        yield Ask("GET /v1/letters", query)
        yield Ask("POST /v1/letters/replay", json=query)
        yield Ask("GET /v1/reviews", query)
        yield Ask("POST /v1/reviews/next", query)
    yield Ask("GET /v1/letters", {"cursor": "{cursor_letters}"})
    yield Ask("GET /v1/reviews", {"cursor": "{cursor_reviews}"})
    yield Ask("GET /v1/reviews", {"assigned": "{subject}"})
    period = {"since": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z"}
    yield Ask("GET /v1/reviews/statistics", period | {"type": "{type}"})
    mine = {"document_id": "{my.review}"}
    for method in ("PUT", "DELETE"):
        yield Ask(f"{method} /v1/reviews/{{document_id}}/lease", {"lease": "{lease}"}, at=mine)
    corrections = "POST /v1/reviews/{document_id}/corrections"
    seen = {"If-Match": "{my.etag}"}
    yield Ask(corrections, headers=seen, json=_CORRECTION | {"lease": "{lease}"}, at=mine)
    another = {"lease": "{my.lease}", "operations": [{"op": "type", "type": "{type}"}]}
    yield Ask(corrections, headers=seen, json=another, at=mine)
    known = {"Idempotency-Key": "{request}"}
    yield Ask(corrections, headers=seen | known, json=another, at=mine)
    yield Ask("POST /v1/documents", {"type": "{type}"}, content="Invoice")
    yield Ask("POST /v1/batches", json={"items": [{"name": "a.pdf", "type": "{type}"}]})
    yield Ask(
        "POST /v1/documents/{document_id}/reprocess",
        json={"type": "{type}"},
        at={"document_id": "{my.document}"},
    )
    hooks = "/v1/webhooks/{webhook_id}/deliveries"
    yield Ask(f"GET {hooks}", {"cursor": "{cursor_deliveries}"}, at={"webhook_id": "{my.webhook}"})
    yield Ask(f"GET {hooks}/{{delivery_id}}", at={"webhook_id": "{my.webhook}"})
    yield Ask(f"POST {hooks}/{{delivery_id}}/replay", at={"webhook_id": "{my.webhook}"})
    yield Ask(f"GET {hooks}/{{delivery_id}}", at={"delivery_id": "{my.delivery}"})
    yield Ask("GET /v1/types/{name}", headers={"If-None-Match": "{etag}"})


def _making() -> Iterator[Ask]:
    """What the stranger gets of his own by a name that another has used, or that nobody has."""
    known = {"Idempotency-Key": "{request}"}
    yield Ask("POST /v1/documents", {"name": "a.pdf"}, known, content="secret", makes=True)
    yield Ask("POST /v1/documents", {"batch": "{batch}"}, content="secret 2", makes=True)
    yield Ask("POST /v1/documents", {"allow_duplicate": "true"}, content="secret", makes=True)
    yield Ask("POST /v1/batches", headers=known, json={"label": "mine"}, makes=True)
    yield Ask(
        "POST /v1/operations/{document_id}/cancel", {}, known, at={"document_id": "{my.document}"}, makes=True
    )
    yield Ask(
        "POST /v1/documents/{document_id}/reprocess",
        {},
        known,
        {},
        at={"document_id": "{my.document}"},
        makes=True,
    )
    yield Ask("POST /v1/batches/{batch}/cancel", {}, known, at={"batch": "{my.batch}"}, makes=True)
    yield Ask("PUT /v1/retention", json={"types": {"{type}": 9}}, makes=True)
    yield Ask("PUT /v1/review-settings", json={"types": {"{type}": {"four_eyes": True}}}, makes=True)
    yield Ask("PUT /v1/people/{email}", json={"role": "viewer"}, makes=True)
    yield Ask("PUT /v1/types/{name}", json=NAMED_TYPE, makes=True)


# What only the streams of test_events.py can be asked about.
STREAMED = {("GET /v1/events", name) for name in ("document", "batch", "last-event-id")}
# A session is of a person: test_identity.py chooses tenants.
BY_SESSION = "PUT /v1/session/tenant"
BESIDE = (*_beside(), *_making())


def operations(app: FastAPI) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in description(app)["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def uncovered(app: FastAPI) -> set[str]:
    """What a route lets somebody name and nobody here asks for: a new route needs a line in one of the tables."""
    found = set()
    for name, operation in operations(app):
        asked = [one for one in BESIDE if one.operation == name]
        for parameter in operation.get("parameters", []):
            called, place = parameter["name"], parameter["in"]
            if place == "path":
                good = called in IN_PATHS
            else:
                said = {key.lower() for one in asked for key in (*one.query, *one.headers)}
                good = called.lower() in NEUTRAL | said or (name, called.lower()) in STREAMED
                good = good or (called.startswith("value.") and any(key.startswith("value.") for key in said))
            if not good:
                found.add(f"{name}: {place} {called}")
        if "requestBody" in operation and name not in BODIES:
            found.add(f"{name}: body")
    return found


def base(name: str) -> Ask:
    """The plain request of an operation, for the thing that its path names."""
    given = BODIES.get(name, {})
    query = QUERIES.get(name, {}) | given.get("query", {})
    return Ask(name, query, given.get("headers", {}), given.get("json"), given.get("content"))


_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def absent(things: Mapping[str, str]) -> dict[str, str]:
    """Names of the same make and length, of nothing."""
    made = {}
    for name, text in things.items():
        if name.startswith(("my.", "cursor_")):
            made[name] = text if name.startswith("my.") else "A" * len(text)
        elif name in ("tenant", "etag"):
            made[name] = re.sub(r"\w", "0" if name == "etag" else "x", text)
        else:
            other = _UUID.sub(lambda _: str(uuid4()), text.replace("secret", "absent"))
            made[name] = re.sub(r"\b[0-9a-f]{12}$", "0" * 12, other) if name in ("key", "subject") else other
        assert (made[name] == text) == name.startswith("my."), name
    return made


@dataclass
class Matrix:
    """``things`` are the owner's, by the names in braces, and the asker's own as ``my.<name>``. ``stranger`` is the
    key of an admin elsewhere, and ``twin`` that of another, who has the same in ``of_twin``: two answers about what
    they make are alike only if neither has made it before."""

    app: FastAPI
    things: dict[str, str]
    stranger: str
    twin: str
    of_twin: dict[str, str]

    def __post_init__(self) -> None:
        self.absent = absent(self.things)

    @asynccontextmanager
    async def asking(self, *, twin: bool = False) -> AsyncIterator[httpx.AsyncClient]:
        headers = {"Authorization": f"Bearer {self.twin if twin else self.stranger}"}
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://api", headers=headers) as client:
            yield client

    def asks(self) -> Iterator[Ask]:
        """All that name a thing; last those that make one."""
        for name, _ in operations(self.app):
            if base(name).names and name not in {
                one.operation for one in BESIDE if one.makes and "{" in name
            } | {BY_SESSION}:
                yield base(name)
        # `PUT /v1/types/{name}` is both: with an If-Match it is about one that is there.
        yield base("PUT /v1/types/{name}")
        for one in BESIDE:
            if one.names <= self.things.keys():
                yield one

    def masked(self, answer: httpx.Response, ask: Ask, things: Mapping[str, str]) -> tuple[int, str]:
        """Everything that the other side sees, without the names that it sent itself."""
        headers = {
            # What is left of a quota goes down and up with every request.
            name: re.sub(r"\d+", "N", value) if name.startswith("ratelimit") else value
            for name, value in answer.headers.items()
            if name != "x-request-id"
        }
        said = f"{sorted(headers.items())}\n{answer.text}"
        for name in sorted(ask.names, key=lambda name: -len(things[name])):
            said = said.replace(things[name], name.upper())
        return answer.status_code, re.sub(r'"request_id":"[^"]*"', "", said)

    async def differences(self) -> set[str]:
        """Requests whose answers tell a foreign thing from an absent one, or have something of the owner's in them."""
        found = set()
        async with self.asking() as client, self.asking(twin=True) as twin:
            for ask in self.asks():
                foreign = self.masked(await client.request(**ask.request(self.things)), ask, self.things)
                things = self.absent | (self.of_twin if ask.makes else {})
                answer = await (twin if ask.makes else client).request(**ask.request(things))
                absent = self.masked(answer, ask, things)
                if why := self._difference(ask, foreign, absent):
                    found.add(f"{ask.operation} {dict(ask.query) or ''}: {why}".replace(" :", ":"))
        return found

    def _difference(self, ask: Ask, foreign: tuple[int, str], absent: tuple[int, str]) -> str:
        unseen = ("my.", "tenant", "etag")
        hidden = [text for name, text in self.things.items() if not name.startswith(unseen)]
        if "secret" in foreign[1] or any(text in foreign[1] for text in hidden):
            return "something of the owner's"
        if foreign[0] >= 500 or foreign[0] == 401:
            return f"{foreign[0]}"
        if ask.makes:
            foreign, absent = _made(foreign), _made(absent)
        if foreign != absent:
            return "another answer than for what is not there"
        in_path = ask == base(ask.operation)
        # Who is of a tenant comes no further than the door of what looks after the platform.
        good = (403,) if "/platform/" in ask.operation else (404, 412)
        return f"{foreign[0]}" if in_path and foreign[0] not in good else ""

    async def slower(self, *, pairs: int, apart_s: float) -> dict[str, float]:
        """Requests whose answers about foreign things take longer or shorter, by the median of pairs, in seconds. One
        that seems to is looked at again five times as long: the machine does other things as well."""
        found = {}
        async with self.asking() as client:
            for ask in self.asks():
                if ask.makes:
                    continue
                apart = median(await self._pairs(client, ask, pairs))
                if abs(apart) >= apart_s:
                    apart = median(await self._pairs(client, ask, 5 * pairs))
                if abs(apart) >= apart_s:
                    found[f"{ask.operation} {dict(ask.query) or ''}".strip()] = apart
        return found

    async def apart_s(self, *, pairs: int) -> list[float]:
        """Foreign less absent, of ``pairs`` spread over all requests."""
        async with self.asking() as client:
            asks = [ask for ask in self.asks() if not ask.makes]
            return [(await self._pairs(client, asks[at % len(asks)], 1, turn=at))[0] for at in range(pairs)]

    async def _pairs(self, client: httpx.AsyncClient, ask: Ask, count: int, *, turn: int = 0) -> list[float]:
        """Which of the two comes first changes with each pair: the second is a little faster."""
        found = []
        for number in range(turn, turn + count):
            took: dict[bool, float] = {}
            for foreign in (True, False) if number % 2 else (False, True):
                request = ask.request(self.things if foreign else self.absent)
                started = perf_counter()
                await client.request(**request)
                took[foreign] = perf_counter() - started
            found.append(took[True] - took[False])
        return found


def _made(answer: tuple[int, str]) -> tuple[int, str]:
    """Two things that were made differ in their ids, their times and who has made them."""
    said = re.sub(r"\b[0-9a-f]{12,64}\b", "HEX", _UUID.sub("ID", answer[1]))
    said = re.sub(r"key:dm_\w+", "key:HEX", said)
    return answer[0], re.sub(r"\d{4}-\d\d-\d\dT[\d:.+]+", "TIME", said)


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
    """Routes that do not name exactly one of: a permission, `Somebody`, `Public`; also those that are public without
    being in the list, or that name something and do not ask who it is."""
    found = set()
    for method, route in routes(app):
        words = taken(route.dependant)
        if words == {"public"}:
            good = (method, route.path) in OPEN
        else:
            good = len(words) == 1 and authenticated in declared(route.dependant)
        if not good:
            found.add(route.path)
    return found
