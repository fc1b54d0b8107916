"""`/v1/webhooks` over HTTP."""

from uuid import uuid4

import httpx
import pytest
from tests.api.memory_platform import Platform

HOOK = {"url": "https://hooks.example.com/docmill", "types": ["document.succeeded"], "description": "ours"}


async def made(client: httpx.AsyncClient, **given: object) -> dict:
    answer = await client.post("/v1/webhooks", json=HOOK | given)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_an_endpoint_is_made_shown_changed_and_removed(client: httpx.AsyncClient) -> None:
    one = await made(client)
    assert one["secret"].startswith("whsec_")
    path = f"/v1/webhooks/{one['id']}"
    shown = await client.get(path)
    assert "secret" not in shown.json()
    assert shown.headers["etag"] == '"1"'
    assert (await client.get(path, headers={"If-None-Match": '"1"'})).status_code == 304
    changed = await client.patch(path, json={"enabled": False}, headers={"If-Match": '"1"'})
    assert (changed.json()["enabled"], changed.headers["etag"]) == (False, '"2"')
    assert changed.json()["types"] == HOOK["types"]
    late = await client.patch(path, json={"enabled": True}, headers={"If-Match": '"1"'})
    assert (late.status_code, late.json()["code"]) == (412, "version_conflict")
    assert (await client.delete(path, headers={"If-Match": '"1"'})).status_code == 412
    assert [hook["id"] for hook in (await client.get("/v1/webhooks")).json()["items"]] == [one["id"]]
    assert (await client.delete(path, headers={"If-Match": '"2"'})).status_code == 204
    assert (await client.get(path)).status_code == 404


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/",
        "https://intern.example.com/",
        "https://absent.example.com/",
        "https://169.254.169.254/latest/meta-data/",
        "https://user:password@hooks.example.com/",
        "https://hooks.example.com:22/",
        "https://0x7f000001/",
        "https://[::ffff:10.0.0.1]/",
        "file:///etc/passwd",
        "nonsense",
    ],
)
async def test_an_address_that_is_not_on_the_internet_is_refused_where_it_is_named(
    client: httpx.AsyncClient, url: str
) -> None:
    answer = await client.post("/v1/webhooks", json=HOOK | {"url": url})
    assert (answer.status_code, answer.json()["code"]) == (422, "address_refused")
    one = await made(client)
    answer = await client.patch(f"/v1/webhooks/{one['id']}", json={"url": url})
    assert (answer.status_code, answer.json()["code"]) == (422, "address_refused")


@pytest.mark.parametrize(
    "body",
    [{}, {"url": 7}, HOOK | {"types": ["document.read"]}, HOOK | {"enabled": "yes"}, HOOK | {"more": 1}, []],
)
async def test_a_body_that_is_not_of_the_form_is_refused(client: httpx.AsyncClient, body: object) -> None:
    answer = await client.post("/v1/webhooks", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")


async def test_a_test_a_rotation_and_a_replay_are_answered(client: httpx.AsyncClient) -> None:
    one = await made(client)
    path = f"/v1/webhooks/{one['id']}"
    sent = await client.post(f"{path}/test")
    assert sent.status_code == 202
    delivery = (await client.get(sent.headers["location"])).json()
    assert (delivery["type"], delivery["status"], delivery["attempts"]) == ("test", "pending", [])
    log = (await client.get(f"{path}/deliveries", params={"status": "pending"})).json()
    assert [entry["id"] for entry in log["items"]] == [delivery["id"]]
    assert (await client.get(f"{path}/deliveries", params={"status": "lost"})).status_code == 422
    rotated = (await client.post(f"{path}/rotate")).json()
    assert rotated["secret"] not in ("", one["secret"])
    assert (await client.post(f"{path}/replay", json={"since": "2026-01-01T00:00:00Z"})).status_code == 202
    assert (await client.post(f"{path}/replay", json={"since": "once"})).status_code == 422
    again = await client.post(f"{path}/deliveries/{delivery['id']}/replay")
    assert (again.status_code, again.json()) == (202, {"replayed": 0})
    assert (await client.post(f"{path}/deliveries/{uuid4()}/replay")).status_code == 404


async def test_who_may_not_manage_them_is_refused(platform: Platform) -> None:
    async with platform.client("dm_acme_reviewer") as reviewer:
        for answer in (await reviewer.get("/v1/webhooks"), await reviewer.post("/v1/webhooks", json=HOOK)):
            assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
