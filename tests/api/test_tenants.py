"""A foreign id answers exactly like an absent one, on every route that there is."""

import re
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.api.matrix import OPEN, SECRET_BATCH, SECRET_TYPE, Matrix, routes, undeclared
from tests.api.memory_platform import Platform, upload

from docmill.domain.events import DocumentId
from docmill.entrypoints.api import create_app
from docmill.entrypoints.api.identity import ServicesOf
from docmill.entrypoints.api.views import document_view


@pytest.fixture
async def matrix(platform: Platform) -> Matrix:
    async with platform.client() as own:
        document = await upload(own, batch=SECRET_BATCH)
        await platform.finish(document)
        await own.put("/v1/types/secret_type", json=SECRET_TYPE)
    return Matrix(platform.app, document, stranger="dm_globex")


def test_every_route_says_who_may_come(platform: Platform) -> None:
    assert undeclared(platform.app) == set()


def test_a_route_that_forgets_to_say_it_is_caught(platform: Platform) -> None:
    app = create_app(platform.services)

    @app.get("/v1/planted")
    async def planted() -> dict[str, str]:
        return {}

    assert undeclared(app) == {"/v1/planted"}


async def test_no_route_but_the_open_ones_answers_without_a_key(platform: Platform) -> None:
    async with platform.client(None) as nobody, platform.client("dm_wrong") as liar:
        for method, route in routes(platform.app):
            for client in (nobody, liar):
                answer = await client.request(
                    method, re.sub(r"{\w+}", "1", route.path), follow_redirects=True
                )
                expected = 200 if route.path in OPEN else 401
                assert answer.status_code == expected, (method, route.path)
                if expected == 401:
                    assert answer.json()["code"] == "unauthenticated"
                    assert answer.headers["www-authenticate"] == "Bearer"


async def test_the_other_header_for_a_key_works_too(platform: Platform) -> None:
    async with platform.client(None) as client:
        assert (await client.get("/v1/documents", headers={"X-Api-Key": "dm_acme"})).status_code == 200
        by_name = await client.get("/v1/documents", headers={"X-Tenant": "acme", "X-Api-Key": "dm_no"})
        assert by_name.status_code == 401


async def test_a_foreign_id_answers_exactly_like_an_absent_one_on_every_route(matrix: Matrix) -> None:
    assert await matrix.differences() == set()


async def test_a_route_without_the_check_is_caught(platform: Platform, matrix: Matrix) -> None:
    app = create_app(platform.services)

    @app.get("/v1/planted/{document_id}")
    async def planted(document_id: str, services: ServicesOf) -> dict[str, Any]:
        found = {str(one.id): one for one in platform.db.documents.values()}.get(document_id)
        return document_view(found) if found else {}

    matrix.app = app
    assert await matrix.differences() == {"GET /v1/planted/{document_id}"}


async def test_the_owner_gets_what_the_others_do_not(matrix: Matrix, client: httpx.AsyncClient) -> None:
    for method, route in routes(matrix.app):
        if "{" in route.path and method == "GET" and ".png" not in route.path:
            answer = await matrix.ask(client, method, route.path, there=True)
            assert answer.status_code == 200, route.path


@pytest.mark.parametrize(
    "path", ["/v1/documents", "/v1/search?q=Total", "/v1/types", "/v1/export?format=jsonl"]
)
async def test_lists_tell_nothing_of_others(matrix: Matrix, stranger: httpx.AsyncClient, path: str) -> None:
    answer = await stranger.get(path)
    assert answer.status_code == 200
    assert matrix.document not in answer.text
    assert "secret_type" not in answer.text


async def test_the_same_bytes_of_another_tenant_are_not_a_duplicate(
    platform: Platform, client: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    own = await upload(client)
    other = await upload(stranger)
    assert own != other


@pytest.mark.parametrize("id_", ["1", "not-an-id", "%00", str(uuid4()).upper()])
async def test_a_text_that_is_no_id_answers_like_an_absent_id(client: httpx.AsyncClient, id_: str) -> None:
    absent = await client.get(f"/v1/documents/{DocumentId(uuid4())}")
    answer = await client.get(f"/v1/documents/{id_}")
    assert answer.status_code == absent.status_code == 404
    assert answer.json() | {"request_id": "", "detail": ""} == absent.json() | {
        "request_id": "",
        "detail": "",
    }
