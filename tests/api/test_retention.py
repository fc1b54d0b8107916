"""Retention, legal hold and receipts over HTTP."""

import pytest
from tests.api.memory_platform import Platform, upload


@pytest.fixture
async def admin(platform: Platform):
    async with platform.client("dm_acme_admin") as client:
        yield client


async def test_nothing_is_deleted_by_itself_until_somebody_says_so(admin) -> None:
    answer = await admin.get("/v1/retention")
    assert answer.json() | {"version": 0} == answer.json()
    assert (answer.json()["default_days"], answer.json()["types"]) == (None, {})


async def test_the_retention_is_changed_under_its_version(admin) -> None:
    wanted = {"default_days": 365, "types": {"invoice": 3650}}
    put = await admin.put("/v1/retention", json=wanted, headers={"If-Match": '"0"'})
    assert put.status_code == 200, put.text
    assert put.headers["etag"] == '"1"'
    assert put.json()["changed_by"] == "key:dm_acme_admin"
    late = await admin.put("/v1/retention", json=wanted, headers={"If-Match": '"0"'})
    assert (late.status_code, late.json()["code"]) == (412, "version_conflict")
    assert (await admin.get("/v1/retention")).json()["types"] == {"invoice": 3650}


@pytest.mark.parametrize(
    "body",
    [{"default_days": 0}, {"default_days": True}, {"types": {"invoice": "x"}}, {"types": []}, {"days": 3}],
)
async def test_a_retention_that_cannot_be_is_refused(admin, body) -> None:
    assert (await admin.put("/v1/retention", json=body)).status_code == 422


async def test_who_does_not_manage_the_tenant_changes_neither(client) -> None:
    document = await upload(client)
    assert (await client.put("/v1/retention", json={})).status_code == 403
    assert (await client.put(f"/v1/documents/{document}/hold", json={"reason": "x"})).status_code == 403
    assert (await client.delete(f"/v1/documents/{document}/hold")).status_code == 403


async def test_a_hold_says_who_and_why_and_can_be_lifted(admin) -> None:
    document = await upload(admin)
    assert (await admin.get(f"/v1/documents/{document}/hold")).json()["held"] is False
    put = await admin.put(f"/v1/documents/{document}/hold", json={"reason": "Case 12/26"})
    assert (put.json()["reason"], put.json()["placed_by"]) == ("Case 12/26", "key:dm_acme_admin")
    assert (await admin.get(f"/v1/documents/{document}/hold")).json()["held"] is True
    for _ in range(2):
        assert (await admin.delete(f"/v1/documents/{document}/hold")).status_code == 204
    assert (await admin.get(f"/v1/documents/{document}/hold")).json()["held"] is False


async def test_there_is_a_receipt_for_what_was_deleted_and_for_nothing_else(platform, client) -> None:
    document = await upload(client)
    early = await client.get(f"/v1/documents/{document}/receipt")
    assert (early.status_code, early.json()["code"]) == (409, "not_ready")
    assert (await client.delete(f"/v1/documents/{document}")).status_code == 204
    receipt = (await client.get(f"/v1/documents/{document}/receipt")).json()
    assert receipt["left"] == {"results": 0, "chunks": 0}
    assert [blob["state"] for blob in receipt["blobs"]] == ["waiting"]
    assert receipt["complete"] is False
    platform.blobs.files.clear()
    assert (await client.get(f"/v1/documents/{document}/receipt")).json()["complete"] is True
