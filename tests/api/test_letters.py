"""Dead letters over HTTP."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import httpx
import pytest
from tests.api.memory_platform import Platform, upload

from docmill.domain.documents import DeadLetter
from docmill.domain.events import DocumentId, first_run_id, uploaded_event_id
from docmill.domain.states import RunState
from docmill.domain.tenants import TenantId

ACME = TenantId("acme")


async def fail(platform: Platform, client: httpx.AsyncClient, *, batch: str = "b") -> tuple[str, str]:
    """Upload a document and give up on reading it; return its id and the letter's."""
    document = await upload(client, str(uuid4()).encode(), batch=batch)
    event = uploaded_event_id(first_run_id(DocumentId(UUID(document))))
    letter = DeadLetter(
        "read", event, ACME, DocumentId(UUID(document)), "internal_error", "unexpected ValueError", 5,
        datetime.now(UTC),
    )  # fmt: skip
    platform.db.letters.append(letter)
    platform.db.rows["read", event].dead = True
    platform.move(document, RunState.FAILED, code="internal_error")
    return document, f"read.{event}"


async def test_a_letter_is_listed_and_shown_with_its_tries(platform: Platform, client) -> None:
    document, letter = await fail(platform, client)
    (listed,) = (await client.get("/v1/letters")).json()["items"]
    assert (listed["id"], listed["document_id"], listed["stage"]) == (letter, document, "read")
    shown = (await client.get(f"/v1/letters/{letter}")).json()
    assert shown["tries"][0]["lines"] == ["read.py:1 in read"]
    assert "tries" not in listed


async def test_letters_are_found_by_what_they_have_in_common(platform: Platform, client) -> None:
    await fail(platform, client, batch="one")
    await fail(platform, client, batch="two")
    for query, count in (
        ("batch=one", 1),
        ("stage=read", 2),
        ("code=unavailable", 0),
        ("since=2100-01-01", 0),
    ):
        found = (await client.get(f"/v1/letters?{query}")).json()["items"]
        assert len(found) == count, query
    first = (await client.get("/v1/letters?limit=1")).json()
    rest = (await client.get("/v1/letters", params={"limit": 1, "cursor": first["next"]})).json()
    assert rest["next"] is None
    assert first["items"] != rest["items"]


@pytest.mark.parametrize("query", ["bacth=one", "state=open", "since=yesterday", "limit=0"])
async def test_a_filter_that_is_not_understood_is_refused(client, query: str) -> None:
    assert (await client.get(f"/v1/letters?{query}")).status_code == 422


async def test_a_replay_sends_back_once(platform: Platform, client) -> None:
    document, letter = await fail(platform, client)
    for replayed in (True, False):
        answer = await client.post(f"/v1/letters/{letter}/replay")
        assert (answer.status_code, answer.json()["replayed"]) == (200, replayed)
    assert (await client.get(f"/v1/documents/{document}")).json()["state"] == "uploaded"


async def test_a_replay_of_many_can_be_tried_without_doing_it(platform: Platform, client) -> None:
    for batch in ("one", "one", "two"):
        await fail(platform, client, batch=batch)
    tried = await client.post("/v1/letters/replay", json={"batch": "one", "dry_run": True})
    assert tried.json() == {"matched": 2, "replayed": 0, "dry_run": True}
    done = await client.post("/v1/letters/replay", json={"batch": "one"})
    assert done.json() == {"matched": 2, "replayed": 2, "dry_run": False}
    again = await client.post("/v1/letters/replay", json={"batch": "one"})
    assert again.json() == {"matched": 0, "replayed": 0, "dry_run": False}
    assert len((await client.get("/v1/letters")).json()["items"]) == 1


@pytest.mark.parametrize("body", [{"stgae": "read"}, {"stage": 7}, {"dry_run": "yes"}, {"since": "soon"}])
async def test_a_replay_of_who_knows_what_is_refused(platform: Platform, client, body) -> None:
    await fail(platform, client)
    assert (await client.post("/v1/letters/replay", json=body)).status_code == 422
    assert len((await client.get("/v1/letters")).json()["items"]) == 1


async def test_what_was_given_up_stays_failed_and_says_who_and_why(platform: Platform, client) -> None:
    document, letter = await fail(platform, client)
    closed = await client.post(f"/v1/letters/{letter}/give-up", json={"reason": "withdrawn"})
    assert closed.json()["given_up"]["by"] == "key:dm_acme"
    assert closed.json()["given_up"]["reason"] == "withdrawn"
    assert (await client.get("/v1/letters")).json()["items"] == []
    (kept,) = (await client.get("/v1/letters?state=given_up")).json()["items"]
    assert kept["given_up"]["reason"] == "withdrawn"
    assert (await client.post(f"/v1/letters/{letter}/replay")).status_code == 409
    assert (await client.get(f"/v1/documents/{document}")).json()["state"] == "failed"


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": 7}, {"reason": "x", "by": "me"}])
async def test_giving_up_takes_a_reason(platform: Platform, client, body) -> None:
    _, letter = await fail(platform, client)
    assert (await client.post(f"/v1/letters/{letter}/give-up", json=body)).status_code == 422


async def test_a_letter_of_an_erased_document_is_not_replayed(platform: Platform, client) -> None:
    document, letter = await fail(platform, client)
    await client.delete(f"/v1/documents/{document}")
    assert (await client.post(f"/v1/letters/{letter}/replay")).status_code == 410


@pytest.mark.parametrize("id_", ["1", "read.1", "read", f"read.{uuid4()}", "%00.", "READ.%00"])
async def test_what_is_no_letter_is_not_found(client, id_: str) -> None:
    assert (await client.get(f"/v1/letters/{id_}")).status_code == 404


async def test_another_tenants_letter_answers_like_an_absent_one(platform, client, stranger) -> None:
    _, letter = await fail(platform, client)
    for method, path in (("GET", ""), ("POST", "/replay"), ("POST", "/give-up")):
        options = {"json": {"reason": "x"}} if path == "/give-up" else {}
        foreign = await stranger.request(method, f"/v1/letters/{letter}{path}", **options)
        absent = await stranger.request(method, f"/v1/letters/read.{uuid4()}{path}", **options)
        assert foreign.status_code == absent.status_code == 404
        assert foreign.json() | {"request_id": ""} == absent.json() | {"request_id": ""}
    assert (await stranger.get("/v1/letters")).json()["items"] == []
    assert (await stranger.post("/v1/letters/replay", json={})).json()["matched"] == 0
