"""Quotas, back-pressure and usage over HTTP."""

from uuid import uuid4

import httpx
import pytest
from tests.api.memory_platform import Platform, upload

from docmill.domain.limits.fairness import BUSY_RETRY_S_MAX
from docmill.domain.pressure import Waiting
from docmill.domain.quotas import Quota, Used
from docmill.domain.tenants import TenantId

ACME = TenantId("acme")
RATE = ("ratelimit-limit", "ratelimit-remaining", "ratelimit-reset")


async def never_read():
    raise AssertionError("the body was read")
    yield b""


async def post(client: httpx.AsyncClient, data: object = b"Invoice", **given: object) -> httpx.Response:
    return await client.post("/v1/documents", content=data, params={"name": "a.pdf"}, **given)


async def test_every_answer_to_an_upload_says_what_may_follow(
    platform: Platform, client: httpx.AsyncClient
) -> None:
    platform.quotas.quotas["acme"] = Quota(documents_per_minute=2)
    first, wrong = (
        await post(client, b"1"),
        await client.post("/v1/documents", content=b"2", params={"type": "no"}),
    )
    assert (first.status_code, wrong.status_code) == (202, 422)
    assert [first.headers[name] for name in RATE] == ["2", "1", "30"]
    assert wrong.headers["ratelimit-remaining"] == "0"
    assert first.headers["ratelimit-policy"] == '"documents";q=2;w=60'
    refused = await post(client, never_read())
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert refused.headers["retry-after"] == "7"
    assert refused.headers["ratelimit-remaining"] == "0"
    assert refused.json()["retryable"]


async def test_without_a_quota_no_answer_speaks_of_one(client: httpx.AsyncClient) -> None:
    assert "ratelimit-limit" not in (await post(client)).headers


async def test_processing_again_counts_like_an_upload_but_for_what_came_to_nothing(
    platform: Platform, client: httpx.AsyncClient
) -> None:
    document = await upload(client)
    platform.quotas.quotas["acme"] = Quota(documents_per_minute=2)
    absent = await client.post(f"/v1/documents/{uuid4()}/reprocess")
    assert absent.status_code == 404
    assert platform.quotas.taken["acme"] == 1  # the upload
    platform.quotas.quotas["acme"] = Quota(documents_per_minute=1)
    refused = await client.post(f"/v1/documents/{document}/reprocess")
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")


async def test_a_months_budget_answers_402_without_reading(
    platform: Platform, client: httpx.AsyncClient
) -> None:
    platform.quotas.quotas["acme"] = Quota(pages_per_month=10)
    platform.quotas.standing["acme"] = Used(pages=10)
    answer = await post(client, never_read())
    assert (answer.status_code, answer.json()["code"]) == (402, "budget_spent")
    assert "retry-after" not in answer.headers


async def test_a_tenant_with_too_much_waiting_is_told_to_come_back_and_others_are_not(
    platform: Platform, client: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    platform.quotas.queues = {ACME: Waiting(documents=4_000, oldest_s=20.0, read_per_s=10.0)}
    answer = await post(client, never_read())
    assert (answer.status_code, answer.json()["code"]) == (429, "busy")
    assert answer.headers["retry-after"] == "100"  # 400 s of work, of which 300 may wait
    assert (await post(stranger)).status_code == 202
    platform.quotas.queues = {ACME: Waiting(documents=90_000, oldest_s=20.0, read_per_s=10.0)}
    assert (await post(client)).headers["retry-after"] == str(BUSY_RETRY_S_MAX)
    platform.quotas.queues = {ACME: Waiting(documents=2_000, oldest_s=20.0, read_per_s=10.0)}
    assert (await post(client)).status_code == 202


async def test_files_of_a_form_are_let_in_one_by_one(platform: Platform, client: httpx.AsyncClient) -> None:
    platform.quotas.quotas["acme"] = Quota(documents_per_minute=2)
    files = [("file", (f"{n}.pdf", f"file {n}".encode())) for n in range(4)]
    answer = await client.post("/v1/documents", files=files)
    assert answer.status_code == 202
    assert [item["status"] for item in answer.json()["items"]] == ["accepted"] * 2 + ["refused"] * 2
    assert answer.json()["items"][3]["problem"]["code"] == "rate_limited"


async def test_a_form_that_was_cut_short_is_sent_again_with_its_key(
    platform: Platform, client: httpx.AsyncClient
) -> None:
    """What was refused for a while keeps its place: no file gets the answer of another."""
    platform.quotas.quotas["acme"] = Quota(documents_per_minute=2)
    files = [("file", (f"{n}.pdf", f"file {n}".encode())) for n in range(4)]
    first = await client.post("/v1/documents", files=files, headers={"Idempotency-Key": "k"})
    platform.quotas.quotas["acme"] = Quota()
    again = await client.post("/v1/documents", files=files, headers={"Idempotency-Key": "k"})
    assert again.status_code == 202
    ids = [item["document_id"] for item in again.json()["items"]]
    assert ids[:2] == [item["document_id"] for item in first.json()["items"][:2]]
    assert len(set(ids)) == 4


async def test_what_is_there_already_does_not_count(platform: Platform, client: httpx.AsyncClient) -> None:
    platform.quotas.quotas["acme"] = Quota(documents_per_minute=1)
    await upload(client)
    platform.quotas.quotas["acme"] = Quota(documents_per_minute=2)
    for _ in range(5):
        assert (await post(client)).json()["status"] == "duplicate"


async def test_a_priority_is_one_of_three(client: httpx.AsyncClient) -> None:
    params = {"name": "a.pdf", "priority": "urgent"}
    assert (await client.post("/v1/documents", content=b"1", params=params)).status_code == 422
    form = {"files": [("file", ("a.pdf", b"2"))], "data": {"priority": "urgent"}}
    assert (await client.post("/v1/documents", **form)).status_code == 422
    assert (
        await client.post("/v1/documents", content=b"3", params=params | {"priority": "high"})
    ).status_code == 202


async def test_a_tenant_sees_its_quota(platform: Platform, client: httpx.AsyncClient) -> None:
    platform.quotas.quotas["acme"] = Quota(documents_per_minute=5, pages_per_month=9)
    platform.quotas.queues = {ACME: Waiting(documents=30, oldest_s=2.0, read_per_s=10.0)}
    body = (await client.get("/v1/quota")).json()
    assert body["quota"]["documents_per_minute"] == 5
    assert (body["used"]["pages_this_month"], body["used"]["stored_bytes"]) == (0, None)
    assert body["queue"] == {"documents": 30, "oldest_s": 2.0, "wait_s": 3.0}


async def test_only_who_looks_after_the_platform_changes_quotas(
    platform: Platform, client: httpx.AsyncClient
) -> None:
    path = "/v1/platform/tenants/acme/quota"
    assert (await client.put(path, json={"weight": 100})).status_code == 403
    assert (await client.get(path)).status_code == 403
    async with platform.client("dm_platform") as admin:
        body = {"quota": {"documents_per_minute": 60}, "weight": 3, "stage_weights": {"read": 2}}
        changed = await admin.put(path, json=body)
        assert changed.status_code == 200
        assert (changed.json()["weight"], changed.json()["stage_weights"]) == (3.0, {"read": 2.0})
        assert (await admin.get(path)).json()["quota"]["documents_per_minute"] == 60
        assert (await admin.put(path, json={"quota": {"documents_per_minute": None}})).status_code == 200
        assert (await admin.get(path)).json()["quota"]["documents_per_minute"] is None
        assert (await admin.get("/v1/platform/tenants/nobody/quota")).status_code == 404
        assert (await admin.get("/v1/platform/tenants/Nobody!/quota")).status_code == 404
        assert (await admin.get("/v1/quota")).status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        {"weight": 0},
        {"weight": "3"},
        {"weight": 10**400},
        {"weight": None},
        {"stage_weights": {"reed": 1}},
        {"stage_weights": {"read": -1}},
        {"stage_weights": [1]},
        {"quota": {"documents": 1}},
        {"quota": {"stored_bytes": 1.5}},
        {"quota": [1]},
        {"quotas": {}},
        [],
    ],
)
async def test_what_is_no_quota_or_weight_is_refused(platform: Platform, body: object) -> None:
    import json

    async with platform.client("dm_platform") as admin:
        answer = await admin.put("/v1/platform/tenants/acme/quota", content=json.dumps(body))
    assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")


async def test_what_a_tenant_used_is_told_to_it_alone(
    platform: Platform, client: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    await post(client, b"12345")
    body = (await client.get("/v1/usage", params={"by": "stage"})).json()
    (row,) = body["rows"]
    assert (row["stage"], row["messages"], row["received_bytes"]) == ("api", 1, 5)
    assert row["cpu_seconds"] > 0
    assert body["total"]["received_bytes"] == 5
    assert (await stranger.get("/v1/usage", params={"by": "stage"})).json()["rows"] == []
    async with platform.client("dm_platform") as admin:
        rows = (await admin.get("/v1/platform/usage")).json()["rows"]
        assert {row["tenant"] for row in rows} == {"acme", "globex"}
        assert (await client.get("/v1/platform/usage")).status_code == 403


async def test_usage_comes_as_csv_too(client: httpx.AsyncClient) -> None:
    await post(client, b"12345")
    answer = await client.get("/v1/usage", params={"by": "stage", "format": "csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    head, row = answer.text.splitlines()
    assert head.split(",")[:2] == ["stage", "messages"]
    assert row.startswith("api,1,")


@pytest.mark.parametrize(
    "params",
    [
        {"from": "2026-02-30"},
        {"from": "2026-05-01", "to": "2026-04-01"},
        {"from": "2001-01-01"},
        {"by": "tenant"},
    ],
)
async def test_a_period_that_cannot_be_is_refused(client: httpx.AsyncClient, params: dict[str, str]) -> None:
    assert (await client.get("/v1/usage", params=params)).status_code == 422
