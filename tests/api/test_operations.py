"""Cancel, reprocess, wait and batches as clients see them."""

import asyncio

import httpx
import pytest
from tests.api.memory_platform import Platform, upload
from tests.api.test_on_postgres import (  # noqa: F401 - fixtures
    Real,
    claims,
    database,
    neighbour,
    postgres,
    real,
    short_home,
    store,
    tenancy,
    tenant,
    tier,
)

from docmill.domain.limits.api import WAITS_PER_TENANT_MAX
from docmill.domain.states import RunState
from docmill.domain.tenants import Tier
from docmill.entrypoints.api import bodies
from docmill.entrypoints.api.conditional import matches

POOL = pytest.mark.parametrize("tier", [Tier.POOL], indirect=True)


@pytest.fixture
async def here(real: Real):  # noqa: F811
    async with real.client() as client:
        yield client


@POOL
async def test_a_cancelled_document_says_so_and_can_be_processed_again(
    real: Real,  # noqa: F811
    here: httpx.AsyncClient,
) -> None:
    document = await upload(here)
    for _ in range(2):
        answer = await here.post(f"/v1/operations/{document}/cancel")
        assert (answer.status_code, answer.json()["status"], answer.json()["run"]) == (200, "cancelled", 1)
    assert (await here.get(f"/v1/documents/{document}/result")).json()["status"] == "cancelled"
    begun = await here.post(
        f"/v1/documents/{document}/reprocess", json={"type": "invoice", "reason": "by mistake"}
    )
    assert begun.status_code == 202
    assert begun.headers["location"] == f"/v1/documents/{document}/runs/2"
    assert begun.headers["operation-location"] == f"/v1/operations/{document}"
    assert begun.json()["pins"] == {"type": "invoice", "reason": "by mistake"}
    shown = (await here.get(begun.headers["location"])).json()
    assert (shown["number"], shown["status"]) == (2, "running")
    busy = await here.post(f"/v1/documents/{document}/reprocess")
    assert (busy.status_code, busy.json()["code"]) == (409, "state_forbidden")
    assert (await here.get(f"/v1/documents/{document}/runs/2/result")).json()["code"] == "not_ready"


@POOL
async def test_a_finished_document_is_not_cancelled_and_keeps_its_old_run(
    real: Real,  # noqa: F811
    here: httpx.AsyncClient,
) -> None:
    document = await upload(here)
    await real.finish(document)
    refused = await here.post(f"/v1/operations/{document}/cancel")
    assert (refused.status_code, refused.json()["code"]) == (409, "state_forbidden")
    assert (await here.post(f"/v1/documents/{document}/reprocess")).status_code == 202
    assert (await here.get(f"/v1/operations/{document}")).json()["status"] == "running"
    assert (await here.get(f"/v1/documents/{document}")).json()["status"] == "succeeded"
    assert (await here.get(f"/v1/documents/{document}/result")).json()["run"] == 1
    assert (await here.post(f"/v1/operations/{document}/cancel")).status_code == 200
    assert (await here.get(f"/v1/documents/{document}/runs/1/result")).status_code == 200
    assert (await here.get(f"/v1/documents/{document}/result")).json()["run"] == 1


@POOL
@pytest.mark.parametrize(
    "body",
    [
        {"type": "nope"},
        {"type": "invoice\0"},
        {"type_version": 1},
        {"type": "invoice", "type_version": 77},
        {"type": "invoice", "rules_version": 9},
        {"rules_version": 1},
        {"type": 7},
        {"type": "invoice", "type_version": "1"},
        {"type": "invoice", "type_version": True},
        {"reason": "x" * 501},
        {"pins": {}},
        [],
    ],
)
async def test_pins_that_cannot_be_followed_are_refused(here: httpx.AsyncClient, body: object) -> None:
    document = await upload(here)
    await here.post(f"/v1/operations/{document}/cancel")
    answer = await here.post(f"/v1/documents/{document}/reprocess", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")
    assert len((await here.get(f"/v1/documents/{document}/runs")).json()["items"]) == 1


@POOL
async def test_a_key_that_comes_back_gets_what_it_got(here: httpx.AsyncClient) -> None:
    document = await upload(here)
    await here.post(f"/v1/operations/{document}/cancel")

    async def again(path: str, key: str, **body: object) -> httpx.Response:
        return await here.post(path, headers={"Idempotency-Key": key}, **body)

    path = f"/v1/documents/{document}/reprocess"
    first, second = [await again(path, "k", json={"reason": "a"}) for _ in range(2)]
    assert (first.status_code, first.headers["location"]) == (second.status_code, second.headers["location"])
    assert first.json()["id"] == second.json()["id"]
    for other in (
        await again(path, "k", json={"reason": "b"}),
        await again(f"/v1/operations/{document}/cancel", "k"),
        await again("/v1/batches", "k", json={}),
        await again("/v1/documents?name=x.pdf", "k", content=b"x"),
    ):
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")
    made = [await again("/v1/batches", "b", json={"label": "x"}) for _ in range(2)]
    assert [one.status_code for one in made] == [201, 201]
    assert made[0].headers["location"] == made[1].headers["location"]
    assert (await again("/v1/batches", "b", json={"label": "y"})).status_code == 422


@POOL
async def test_every_file_that_was_meant_for_a_batch_is_in_it(
    real: Real,  # noqa: F811
    here: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = await upload(here, b"known")
    await real.finish(known)
    made = await here.post(
        "/v1/batches", json={"label": "January", "items": [{"name": "new.pdf"}, {"name": "never.pdf"}]}
    )
    assert made.status_code == 201
    batch = made.json()["id"]
    files = [("f", ("new.pdf", b"new")), ("f", ("empty.pdf", b"")), ("f", ("known.pdf", b"known"))]
    answer = await here.post("/v1/documents", params={"batch": batch}, files=files)
    assert answer.status_code == 202
    monkeypatch.setattr(bodies, "FILE_SIZE_BYTES_MAX", 10)
    large = await here.post("/v1/documents", params={"batch": batch, "name": "large.pdf"}, content=b"x" * 99)
    assert large.status_code == 413
    items = (await here.get(f"/v1/batches/{batch}/items")).json()["items"]
    assert {(item["name"], item["outcome"], item["status"], item["code"]) for item in items} == {
        ("new.pdf", "accepted", "running", None),
        ("empty.pdf", "refused", "refused", "file_empty"),
        ("large.pdf", "refused", "refused", "file_too_large"),
        ("known.pdf", "duplicate", "succeeded", None),
        ("never.pdf", "expected", "expected", None),
    }
    (duplicate,) = [item for item in items if item["outcome"] == "duplicate"]
    assert duplicate["duplicate_of"] == known
    counted = (await here.get(f"/v1/batches/{batch}")).json()
    assert (counted["total"], counted["ended"], counted["completed"]) == (5, False, False)
    cancelled = (await here.post(f"/v1/batches/{batch}/cancel")).json()
    assert (cancelled["completed"], cancelled["counts"]["cancelled"], cancelled["counts"]["refused"]) == (
        True,
        1,
        3,
    )
    late = await here.post("/v1/documents", params={"batch": batch}, content=b"late")
    assert (late.status_code, late.json()["code"]) == (409, "state_forbidden")
    assert batch in {one["id"] for one in (await here.get("/v1/batches")).json()["items"]}


async def test_a_thing_that_has_not_changed_is_not_sent_again(
    client: httpx.AsyncClient, platform: Platform
) -> None:
    document = await upload(client)
    await platform.finish(document)
    for path in ("", "/result", "/runs", "/runs/1", "/events", "/file", "/versions/1"):
        first = await client.get(f"/v1/documents/{document}{path}")
        etag = first.headers["etag"]
        for known in (etag, f'"other", W/{etag}', "*"):
            again = await client.get(f"/v1/documents/{document}{path}", headers={"If-None-Match": known})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag), path
        other = await client.get(f"/v1/documents/{document}{path}", headers={"If-None-Match": '"other"'})
        assert other.content == first.content


def test_etags_are_compared_weakly_and_not_by_parts() -> None:
    assert matches(['W/"a", "b"'], '"b"')
    assert not matches(['"ab"'], '"a"')
    assert not matches([], '"a"')


async def test_if_match_of_anything_never_makes_what_is_not_there(client: httpx.AsyncClient) -> None:
    source = {"name": "fresh", "title": "Fresh", "schema": {"type": "object", "properties": {}}}
    anything = {"If-Match": "*"}
    absent = await client.put("/v1/types/fresh", json=source, headers=anything)
    assert (absent.status_code, absent.json()["code"]) == (412, "version_conflict")
    assert (await client.get("/v1/types/fresh")).status_code == 404
    assert (await client.put("/v1/types/fresh", json=source)).status_code == 200
    assert (await client.put("/v1/types/fresh", json=source, headers=anything)).status_code == 200
    several = {"If-Match": '"7", "2"'}
    assert (await client.put("/v1/types/fresh", json=source, headers=several)).status_code == 200
    assert (await client.put("/v1/types/fresh", json=source, headers=several)).status_code == 412


async def test_many_who_wait_ask_one_question_together(platform: Platform) -> None:
    asked = 0
    ended = platform.services.operations.ended

    async def counted(waiting):
        nonlocal asked
        asked += 1
        return await ended(waiting)

    platform.services.operations.ended = counted  # type: ignore[method-assign]
    async with platform.client() as client:
        document = await upload(client)
        wait = {"Prefer": "wait=20"}
        asking = [
            asyncio.create_task(client.get(f"/v1/operations/{document}", headers=wait))
            for _ in range(WAITS_PER_TENANT_MAX)
        ]
        await asyncio.sleep(0.35)
        platform.move(document, RunState.ARCHIVED)
        answers = await asyncio.gather(*asking)
    assert {answer.json()["status"] for answer in answers} == {"succeeded"}
    assert {answer.headers["preference-applied"] for answer in answers} == {"wait"}
    assert asked <= 8


async def test_who_waits_in_vain_is_told_how_far_it_is(client: httpx.AsyncClient) -> None:
    document = await upload(client)
    answer = await client.get(f"/v1/operations/{document}", headers={"Prefer": "wait=1"})
    assert (answer.status_code, answer.json()["status"]) == (200, "running")
    assert answer.headers["retry-after"]
