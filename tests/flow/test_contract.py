"""The OpenAPI file is the contract: whatever is asked, every answer is one that it declares, and none is a 5xx."""

from typing import Annotated

import pytest
from fastapi import APIRouter, FastAPI
from starlette.responses import Response
from tests.api.memory_platform import Platform
from tests.flow.fuzzing import Fuzzed, fuzz
from tests.flow.running import Client, Running, invoice_xml
from tests.flow.test_slow_clients import served

from docmill.entrypoints.api import schemas
from docmill.entrypoints.api.answers import json_answer
from docmill.entrypoints.api.identity import MayRead, Public
from docmill.entrypoints.guarded import Guarded


async def over_all_of_it(running: Running, *, examples: int, time_s: int) -> list[Fuzzed]:
    """Operation by operation; then along the links, which has a time of its own."""
    key = await running.key("acme")
    async with Client(running.url, key) as client:
        await client.submit(invoice_xml("A-1"), "a.xml", key="a")
    single = "examples,coverage,fuzzing"
    found = [
        await fuzz(running.url, key, examples=examples, phases=single, time_s=time_s),
        await fuzz(running.url, key, examples=examples, phases="stateful", time_s=time_s // 2),
    ]
    for one in found:
        print(one.said[-8000:])
    return found


async def test_every_answer_is_one_that_the_description_declares(running: Running) -> None:
    found = await over_all_of_it(running, examples=3, time_s=50)
    assert [finding for one in found for finding in one.findings] == []
    assert [one.exit_code for one in found] == [0, 0]


@pytest.mark.long
async def test_every_answer_is_one_that_the_description_declares_at_length(running: Running) -> None:
    found = await over_all_of_it(running, examples=200, time_s=1200)
    assert [finding for one in found for finding in one.findings] == []
    assert [one.exit_code for one in found] == [0, 0]


planted = APIRouter()


@planted.get("/v1/planted/mistake", responses=schemas.answers(200, None, 401))
async def mistake(tenant: MayRead, number: Annotated[int, "any"] = 0) -> Response:
    return json_answer({"share": 1 // 0})


@planted.get("/v1/planted/status", responses=schemas.answers(200, None, 401))
async def undeclared(tenant: MayRead) -> Response:
    return json_answer({}, status=418)


@planted.get("/v1/planted/key", responses=schemas.answers(200, None, 401), dependencies=[Public])
async def open_to_all() -> Response:
    return json_answer({})


@planted.get("/v1/planted/body", responses=schemas.answers(200, schemas.OperationBody, 401))
async def another_body(tenant: MayRead) -> Response:
    return json_answer({"id": 7})


@planted.get("/v1/planted/media", responses=schemas.answers(200, schemas.OperationBody, 401))
async def another_media(tenant: MayRead) -> Response:
    return Response("<p>", media_type="text/html")


FOUND = {
    "/v1/planted/mistake": "Server error",
    "/v1/planted/status": "Undocumented status code",
    "/v1/planted/key": "API accepts requests without authentication",
    "/v1/planted/body": "Response violates schema (2 violations)",
    "/v1/planted/media": "Undocumented Content-Type",
}


@pytest.mark.parametrize("path", FOUND)
async def test_what_is_planted_is_found(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    app: FastAPI = Platform().app
    app.router.routes[:] = [
        *(
            route
            for route in app.router.routes
            if getattr(route, "path", "") in ("/openapi.json", "/v1/limits")
        ),
        *(route for route in planted.routes if getattr(route, "path", "") == path),
    ]
    monkeypatch.setattr("docmill.entrypoints.api.openapi._say_what_follows", lambda _paths: None)
    if path.endswith("key"):  # it says that it takes a key, and does not look
        monkeypatch.setattr("docmill.entrypoints.api.openapi._say_who_may_come", _claims_a_key)
    async with served(app, Guarded, monkeypatch) as target:
        url = f"http://{target.host}:{target.port}"
        found = await fuzz(url, target.key, examples=5, phases="examples,coverage,fuzzing")
    print(found.said)
    assert FOUND[path] in found.findings


def _claims_a_key(operation: dict[str, object], _route: object) -> None:
    operation["security"] = [{"bearer": []}]
