"""Every refusal is problem+json with a code of the closed list, and tells nothing of a document."""

import json

import httpx
import pytest
from starlette.requests import ClientDisconnect
from structlog.testing import capture_logs
from tests.api.memory_platform import METRICS_TOKEN, Platform, upload

from docmill.domain.errors import CODES, ErrorCode, NotFound, Unavailable

MEMBERS = {
    "type", "title", "status", "code", "detail", "action", "stage", "retryable", "request_id",
}  # fmt: skip


def is_problem(answer: httpx.Response) -> bool:
    body = answer.json()
    return (
        answer.headers["content-type"] == "application/problem+json"
        and set(body) >= MEMBERS
        and body["status"] == answer.status_code
        and body["code"] in CODES
        and body["request_id"] == answer.headers["x-request-id"]
    )


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/v1/documents/1", 404, "not_found"),
        ("PATCH", "/v1/documents", 405, "request_invalid"),
        ("GET", "/v1/documents?limit=0", 422, "request_invalid"),
        ("GET", "/v1/documents?limit=201", 422, "request_invalid"),
        ("GET", "/v1/documents?limit=many", 422, "request_invalid"),
        ("GET", "/v1/documents?cursor=nonsense", 422, "request_invalid"),
        ("GET", "/v1/documents?colour=red", 422, "request_invalid"),
        ("GET", "/v1/documents?state=lost", 422, "request_invalid"),
        ("GET", "/v1/documents?status=lost", 422, "request_invalid"),
        ("GET", "/v1/documents?created_gte=yesterday", 422, "request_invalid"),
        ("GET", "/v1/documents?parent=1", 422, "request_invalid"),
        ("GET", "/v1/documents?value.=1", 422, "request_invalid"),
        ("GET", "/v1/documents?value.total_gte=", 422, "request_invalid"),
        ("GET", "/v1/documents?value.a;drop_gte=1", 422, "request_invalid"),
        ("GET", "/v1/export?format=pdf", 422, "request_invalid"),
        ("GET", "/v1/export?rows=nonesuch", 422, "request_invalid"),
        ("GET", "/v1/export?limit=3", 422, "request_invalid"),
        ("GET", "/v1/search", 422, "request_invalid"),
        ("GET", "/v1/search?q=%20", 422, "request_invalid"),
        ("GET", "/v1/search?q=a&limit=101", 422, "request_invalid"),
        ("GET", "/v1/types/nonesuch", 404, "not_found"),
        ("GET", "/v1/batches/nonesuch", 404, "not_found"),
    ],
)
async def test_a_refusal_has_its_status_and_its_code(
    client: httpx.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    answer = await client.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert is_problem(answer)


@pytest.mark.parametrize("code", ErrorCode)
async def test_every_code_comes_with_the_status_of_the_table(
    client: httpx.AsyncClient, platform: Platform, monkeypatch: pytest.MonkeyPatch, code: ErrorCode
) -> None:
    from docmill.domain.errors import DocmillError

    async def load(*_: object) -> None:
        raise DocmillError(code)

    document = await upload(client)
    monkeypatch.setattr(platform.store, "load", load)
    answer = await client.get(f"/v1/documents/{document}")
    assert is_problem(answer)
    assert answer.status_code == CODES[code].status
    assert answer.json()["action"] == CODES[code].action
    assert ("retry-after" in answer.headers) == (
        answer.status_code in (429, 503) or code is ErrorCode.NOT_READY
    )


async def test_a_mistake_answers_500_without_a_word_of_what_it_saw(
    platform: Platform, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def load(*_: object) -> None:
        raise ValueError("the secret of the document")

    document = await upload(client)
    monkeypatch.setattr(platform.store, "load", load)
    with capture_logs() as logs:
        answer = await client.get(f"/v1/documents/{document}")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert is_problem(answer)
    assert "secret" not in answer.text + json.dumps(logs, default=str)
    assert logs[0]["error"] == "ValueError"
    assert logs[0]["request_id"] == answer.headers["x-request-id"]


async def test_a_database_that_is_away_is_told_with_503_even_to_the_key(
    platform: Platform, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def authenticate(*_: object) -> None:
        raise Unavailable("database")

    monkeypatch.setattr(platform.services.identity.keys, "authenticate", authenticate)
    answer = await client.post("/v1/documents", content=b"x")
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert is_problem(answer)
    assert not platform.blobs.files


async def test_a_client_that_goes_away_leaves_nothing_behind(
    platform: Platform, client: httpx.AsyncClient
) -> None:
    async def cut():
        yield b"12345"
        raise ClientDisconnect

    with pytest.raises(Exception):  # noqa: B017 - whatever httpx makes of its own half being cut
        await client.post("/v1/documents", content=cut())
    assert not platform.db.documents


async def test_a_deleted_document_is_gone_and_says_so(client: httpx.AsyncClient, platform: Platform) -> None:
    document = await upload(client)
    await platform.finish(document)
    for _ in range(2):
        assert (await client.delete(f"/v1/documents/{document}")).status_code == 204
    for path in (
        "",
        "/result",
        "/runs",
        "/versions",
        "/versions/1",
        "/children",
        "/file",
        "/pages/1",
        "/pages/1.png",
    ):
        answer = await client.get(f"/v1/documents/{document}{path}")
        assert (answer.status_code, answer.json()["code"]) == (410, "erased"), path
    assert (await client.get(f"/v1/operations/{document}")).json()["status"] == "succeeded"
    assert (await client.get(f"/v1/documents/{document}/events")).status_code == 200


async def test_the_log_has_ids_and_no_content(client: httpx.AsyncClient) -> None:
    with capture_logs() as logs:
        document = await upload(client, name="secret-name.pdf")
        await client.get(f"/v1/documents/{document}/result")
        await client.get("/v1/search?q=secret-word")
    assert "secret" not in json.dumps(logs, default=str)
    assert [entry["route"] for entry in logs] == [
        "/v1/documents",
        "/v1/documents/{document_id}/result",
        "/v1/search",
    ]
    assert logs[1]["document"] == document
    assert {entry["tenant"] for entry in logs} == {"acme"}


@pytest.mark.parametrize(("given", "kept"), [("abc-1", True), ("a b", False), ("x" * 65, False)])
async def test_a_request_id_of_the_caller_is_kept_when_it_is_harmless(
    client: httpx.AsyncClient, given: str, *, kept: bool
) -> None:
    answer = await client.get("/health", headers={"X-Request-Id": given})
    assert (answer.headers["x-request-id"] == given) is kept


async def test_a_failed_run_tells_its_own_code_with_409(
    client: httpx.AsyncClient, platform: Platform
) -> None:
    from docmill.domain.states import RunState

    document = await upload(client)
    platform.move(document, RunState.FAILED, code="reader_crashed")
    answer = await client.get(f"/v1/documents/{document}/result")
    assert (answer.status_code, answer.json()["code"]) == (409, "reader_crashed")
    assert is_problem(answer)


async def test_health_asks_nobody_and_readiness_names_what_is_away(
    client: httpx.AsyncClient, platform: Platform
) -> None:
    assert (await client.get("/health/ready")).json()["status"] == "ready"
    platform.trouble["database"] = "does not answer"
    alive = await client.get("/health")
    assert (alive.status_code, alive.json()["locks"]) == (200, {"limits": True, "landlock": False})
    answer = await client.get("/health/ready")
    assert is_problem(answer)
    assert (answer.status_code, answer.json()["parts"]) == (503, {"database": "does not answer"})
    token = {"Authorization": f"Bearer {METRICS_TOKEN}"}
    assert "docmill_documents_total" in (await client.get("/metrics", headers=token)).text


async def test_a_route_that_is_not_there_says_where_the_routes_are(client: httpx.AsyncClient) -> None:
    answer = await client.get("/nowhere")
    assert is_problem(answer)
    assert answer.json()["action"] == "See /docs for the routes."


async def test_the_front_door_leads_to_the_documentation(client: httpx.AsyncClient) -> None:
    answer = await client.get("/")
    assert answer.headers["location"] == "/docs"


async def test_an_error_with_an_action_of_its_own_tells_that_one(
    client: httpx.AsyncClient, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def load(*_: object) -> None:
        raise Unavailable("database", action="Start it.")

    document = await upload(client)
    monkeypatch.setattr(platform.store, "load", load)
    assert (await client.get(f"/v1/documents/{document}")).json()["action"] == "Start it."


@pytest.mark.parametrize("place", ["/v1/documents", "/v1/export"])
@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("nope_gte", False),
        ("totl", False),
        ("line_items.amount", False),  # rows of lists cannot be asked for
        ("line_items", False),
        ("total_gte", True),
        ("total.currency", True),
        ("seller.name_contains", True),
        ("seller.total", False),
    ],
)
async def test_a_filter_by_a_field_that_no_type_has_is_refused_by_name(
    client: httpx.AsyncClient, place: str, path: str, *, known: bool
) -> None:
    answer = await client.get(place, params={f"value.{path}": "1"})
    assert answer.status_code == (200 if known else 422)
    if not known:
        assert answer.json()["code"] == "request_invalid"
        assert answer.json()["detail"].startswith(f"value.{path.removesuffix('_gte')}: ")


async def test_a_misspelt_field_gets_a_hint(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/documents?value.totl_gte=1")
    assert "value.total?" in answer.json()["detail"]


async def test_a_search_has_few_hits_of_one_document_unless_more_are_asked_for(
    client: httpx.AsyncClient, platform: Platform
) -> None:
    document = await upload(client)
    await platform.finish(document)
    ((key, (chunk,)),) = platform.index.chunks.items()
    platform.index.chunks[key] = (chunk,) * 5
    assert len((await client.get("/v1/search?q=total")).json()["items"]) == 3
    assert len((await client.get("/v1/search?q=total&per_document=4")).json()["items"]) == 4
    body = {"query": "total", "per_document": 5}
    assert len((await client.post("/v1/search", json=body)).json()["items"]) == 5
    assert (await client.get("/v1/search?q=total&per_document=0")).status_code == 422


async def test_search_by_words_goes_on_when_the_embedder_does_not(
    client: httpx.AsyncClient, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = await upload(client)
    await platform.finish(document)
    both = (await client.get("/v1/search?q=total")).json()
    assert both["by"] == ["text", "meaning"]
    assert (
        both["items"][0] | {"page": 1, "box": [10, 10, 120, 32], "document_id": document} == both["items"][0]
    )

    async def embed(_: object) -> None:
        raise Unavailable("embedder")

    monkeypatch.setattr(platform.embedder, "embed", embed)
    words = (await client.post("/v1/search", json={"query": "total"})).json()
    assert (words["by"], words["items"]) == (["text"], both["items"])


async def test_not_found_details_name_no_other_tenants_things(client: httpx.AsyncClient) -> None:
    assert NotFound("document").status == 404
    assert (await client.get("/v1/batches/x")).json()["detail"] == CODES[ErrorCode.NOT_FOUND].sentence
