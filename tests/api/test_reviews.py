"""The routes of reviewers: who may come, what is checked, what is answered."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from tests.api.memory_platform import VALUE, Platform, upload
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

from docmill.adapters.postgres.document_store import PostgresDocumentStore
from docmill.domain.documents import Change
from docmill.domain.events import DocumentId, EventType
from docmill.domain.review import ReviewEntry, ReviewKind
from docmill.domain.states import RunState
from docmill.domain.tenants import TenantId

ACME = TenantId("acme")
SET = {"op": "set", "path": "total", "value": "120,00 €"}


async def waiting(platform: Platform, client: httpx.AsyncClient, *, loss: float = 5.0) -> str:
    """A document that is with the reviewers."""
    document = await upload(client, str(uuid4()).encode())
    await platform.finish(document)
    run = platform.db.document(ACME, DocumentId(UUID(document))).run
    platform.move(document, RunState.IN_REVIEW, result=dict(run.result or {}), type_version=1)
    entry = ReviewEntry(ReviewKind.REVIEW, loss=loss, rank=loss, rules=("sums",))
    platform.reviews.enter(ACME, DocumentId(UUID(document)), entry)
    return document


async def taken(client: httpx.AsyncClient, document: str) -> tuple[str, dict[str, str]]:
    answer = await client.post(f"/v1/reviews/{document}/lease")
    assert answer.status_code == 200, answer.text
    return answer.json()["lease"]["id"], {"If-Match": answer.headers["etag"]}


async def test_the_worst_is_given_out_first_and_then_nothing(
    platform: Platform, client: httpx.AsyncClient
) -> None:
    small, large = await waiting(platform, client, loss=1), await waiting(platform, client, loss=9)
    listed = (await client.get("/v1/reviews")).json()["items"]
    assert [one["document_id"] for one in listed] == [large, small]
    assert [(await client.post("/v1/reviews/next")).json()["document_id"] for _ in range(2)] == [large, small]
    assert (await client.post("/v1/reviews/next")).status_code == 204


async def test_a_lease_is_for_one_person_and_its_id_is_told_to_nobody_else(
    platform: Platform, client: httpx.AsyncClient
) -> None:
    document = await waiting(platform, client)
    lease, _ = await taken(client, document)
    async with platform.client("dm_acme_reviewer") as other:
        refused = await other.post(f"/v1/reviews/{document}/lease")
        assert (refused.status_code, refused.json()["code"]) == (409, "lease_held")
        listed = await other.get("/v1/reviews")
        assert lease not in listed.text
        assert (await other.delete(f"/v1/reviews/{document}/lease?lease={lease}")).status_code == 409
    assert (await client.put(f"/v1/reviews/{document}/lease?lease={lease}")).status_code == 200
    assert (await client.delete(f"/v1/reviews/{document}/lease?lease={lease}")).status_code == 204


async def test_what_is_said_is_saved_with_who_said_it(platform: Platform, client: httpx.AsyncClient) -> None:
    document = await waiting(platform, client)
    lease, headers = await taken(client, document)
    box = {"page": 1, "box": [0, 0, 595, 842]}
    said = {"lease": lease, "operations": [SET | box, {"op": "confirm", "path": "invoice_number"}]}
    answer = await client.post(f"/v1/reviews/{document}/corrections", json=said, headers=headers)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["outcome"], answer.json()["state"]) == ("changed", "checking")
    run = platform.db.document(ACME, DocumentId(UUID(document))).run
    assert run.result is not None
    assert run.result["value"]["total"] == {"amount": "120.00", "currency": "EUR"}
    assert run.result["metadata"]["total"]["reviewer"] == "key:dm_acme"
    assert platform.db.events[-1].type is EventType.DOCUMENT_CORRECTED
    listed = (await client.get(f"/v1/documents/{document}/corrections")).json()["items"]
    assert [one["by"] for one in listed] == ["key:dm_acme"] * 2
    assert listed[0]["before"] == VALUE["total"]
    shown = (await client.get(f"/v1/reviews/{document}")).json()
    assert shown["review"] is None
    assert shown["corrections"] == listed


async def test_the_same_request_with_its_key_is_answered_again_and_another_is_not(
    platform: Platform, client: httpx.AsyncClient
) -> None:
    document = await waiting(platform, client)
    lease, headers = await taken(client, document)
    headers["Idempotency-Key"] = "k"
    path, said = f"/v1/reviews/{document}/corrections", {"lease": lease, "operations": [SET]}
    answers = [await client.post(path, json=said, headers=headers) for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 200]
    assert len({one.text for one in answers}) == 1
    assert len(platform.reviews.saves) == 1
    other = await client.post(path, json=said | {"operations": [SET | {"value": "7"}]}, headers=headers)
    assert other.json()["code"] == "idempotency_mismatch"


async def test_a_run_that_has_changed_meanwhile_is_not_overwritten(
    platform: Platform, client: httpx.AsyncClient
) -> None:
    document = await waiting(platform, client)
    lease, _ = await taken(client, document)
    said = {"lease": lease, "operations": [SET]}
    for etag, status in (('"77"', 412), ("77", 422), ("*", 422), (None, 422)):
        headers = {} if etag is None else {"If-Match": etag}
        answer = await client.post(f"/v1/reviews/{document}/corrections", json=said, headers=headers)
        assert answer.status_code == status, answer.text
    assert platform.reviews.saves == []


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({"operations": [SET]}, "lease"),
        ({"lease": "x", "operations": [SET]}, "lease"),
        ({"operations": []}, "operations"),
        ({"operations": [SET | {"value": "ten or so"}]}, "total"),
        ({"operations": [SET | {"path": "nothing.such"}]}, "nothing.such"),
        ({"operations": [SET | {"page": 9, "box": [0, 0, 1, 1]}]}, "page"),
        ({"operations": [SET | {"page": 1, "box": [0, 0, 9999, 1]}]}, "box"),
        ({"operations": [{"op": "type", "type": "nothing"}]}, "type"),
        ({"operations": [{"op": "postpone", "until": "2020-01-01"}]}, "until"),
        ({"operations": [SET], "more": 1}, "more"),
    ],
)
async def test_what_cannot_be_followed_is_refused_with_the_place(
    platform: Platform, client: httpx.AsyncClient, body: dict[str, Any], names: str
) -> None:
    document = await waiting(platform, client)
    lease, headers = await taken(client, document)
    given = body if "lease" in body or names == "lease" else body | {"lease": lease}
    answer = await client.post(f"/v1/reviews/{document}/corrections", json=given, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid"), answer.text
    assert names in answer.json()["detail"]


async def test_rejecting_postponing_and_another_type_are_saves_too(
    platform: Platform, client: httpx.AsyncClient
) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    platform._now = datetime.now(UTC)
    asked = [
        ({"op": "reject", "reason": "not_ours", "note": "wrong address"}, "rejected", "done"),
        ({"op": "postpone", "until": tomorrow}, "postponed", "open"),
        ({"op": "type", "type": "invoice"}, "type_changed", "open"),
    ]
    for operation, outcome, state in asked:
        document = await waiting(platform, client)
        lease, headers = await taken(client, document)
        said = {"lease": lease, "operations": [operation]}
        answer = await client.post(f"/v1/reviews/{document}/corrections", json=said, headers=headers)
        assert (answer.json()["outcome"], answer.json()["state"]) == (outcome, state), answer.text


async def test_viewers_see_what_was_said_and_say_nothing(
    platform: Platform, client: httpx.AsyncClient
) -> None:
    document = await waiting(platform, client)
    async with platform.client("dm_acme_viewer") as viewer, platform.client("dm_acme_reviewer") as reviewer:
        assert (await viewer.get(f"/v1/documents/{document}/corrections")).status_code == 200
        for method, path in (
            ("GET", "/v1/reviews"),
            ("POST", "/v1/reviews/next"),
            ("GET", f"/v1/reviews/{document}"),
            ("POST", f"/v1/reviews/{document}/lease"),
            ("POST", f"/v1/reviews/{document}/corrections"),
            ("GET", "/v1/reviews/statistics"),
            ("GET", "/v1/review-settings"),
        ):
            assert (await viewer.request(method, path)).status_code == 403, path
        assert (await reviewer.get("/v1/review-settings")).status_code == 403
        assert "people" not in (await reviewer.get("/v1/reviews/statistics")).json()
    async with platform.client("dm_acme_admin") as admin:
        assert (await admin.get("/v1/reviews/statistics")).json()["people"] == []


async def test_settings_are_saved_under_their_etag(platform: Platform) -> None:
    async with platform.client("dm_acme_admin") as admin:
        wanted = {"types": {"invoice": {"four_eyes": True, "four_eyes_above": "1000.00", "audit_rate": 0.5}}}
        first = await admin.put("/v1/review-settings", json=wanted, headers={"If-None-Match": "*"})
        assert (first.status_code, first.headers["etag"]) == (200, '"1"')
        assert first.json()["types"] == wanted["types"]
        assert "secret" not in first.text
        stale = await admin.put("/v1/review-settings", json=wanted, headers={"If-Match": '"7"'})
        assert stale.status_code == 412
        assert (await admin.get("/v1/review-settings")).json() == first.json()
        for types in (
            [],
            {"invoice": {"audit_rate": 2}},
            {"invoice": {"audit_rate": "1"}},
            {"invoice": {"four_eyes": 1}},
            {"invoice": {"four_eyes_above": 7}},
            {"in voice": {}},
            {"invoice": {"colour": 1}},
        ):
            answer = await admin.put("/v1/review-settings", json={"types": types})
            assert answer.status_code == 422, types


@pytest.mark.parametrize(
    "query", ["colour=red", "kind=other", "limit=0", "limit=x", "cursor=!", "type=%00", "assigned=%00"]
)
async def test_a_filter_that_is_not_understood_is_refused(client: httpx.AsyncClient, query: str) -> None:
    answer = await client.get(f"/v1/reviews?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")


async def test_a_document_that_nobody_is_asked_about_says_so(
    platform: Platform, client: httpx.AsyncClient
) -> None:
    document = await upload(client)
    await platform.finish(document)
    assert (await client.get(f"/v1/reviews/{document}")).json()["review"] is None
    assert (await client.post(f"/v1/reviews/{document}/lease")).json()["code"] == "state_forbidden"
    said = {"lease": str(uuid4()), "operations": [SET]}
    answer = await client.post(
        f"/v1/reviews/{document}/corrections", json=said, headers={"If-Match": '"1"'}
    )  # fmt: skip
    assert answer.json()["code"] == "state_forbidden"


async def test_on_a_real_database_two_reviewers_and_their_statistics(
    real: Real,  # noqa: F811
    store: PostgresDocumentStore,  # noqa: F811
) -> None:
    """The whole of it over PostgreSQL: one takes, the other waits, what was said is counted."""
    keys = real.services.identity.keys
    anna, ben = [(await keys.create(real.own, label=n, scopes=["reviewer"])).secret for n in ("a", "b")]
    async with real.client() as admin:
        document = await upload(admin)
        await real.finish(document)
        found = await store.load(real.own, DocumentId(UUID(document)))
        audit = ReviewEntry(ReviewKind.AUDIT, loss=1.0, rank=1.0, rules=())
        change = Change(real.own, found.id, found.run.id, found.run.version, review=audit)
        await store.append(change, claim=None)
        transport = httpx.ASGITransport(real.app)
        async with (
            httpx.AsyncClient(transport=transport, base_url="http://api", headers={"X-Api-Key": anna}) as one,
            httpx.AsyncClient(
                transport=transport, base_url="http://api", headers={"X-Api-Key": ben}
            ) as other,
        ):
            lease, headers = await taken(one, document)
            assert (await other.post(f"/v1/reviews/{document}/lease")).json()["code"] == "lease_held"
            assert (await other.post("/v1/reviews/next")).status_code == 204
            said = {"lease": lease, "operations": [SET | {"page": 1, "box": [0, 0, 50, 50]}]}
            path = f"/v1/reviews/{document}/corrections"
            assert (await other.post(path, json=said, headers=headers)).json()["code"] == "lease_held"
            saved = await one.post(path, json=said, headers=headers)
            assert saved.json()["run"] == 2, saved.text
            assert "people" not in (await one.get("/v1/reviews/statistics")).json()
        (row,) = (await admin.get("/v1/reviews/statistics")).json()["types"]
        automatic = row["automatic"]
        assert (automatic["audited"], automatic["errors"], automatic["fields"]) == (1, 1, {"total": 1})
        assert automatic["low"] > 0.2
        people = (await admin.get("/v1/reviews/statistics")).json()["people"]
        assert [one["saves"] for one in people] == [1]
        wanted = {"types": {"*": {"audit_rate": 1}}}
        assert (
            await admin.put("/v1/review-settings", json=wanted, headers={"If-Match": '"0"'})
        ).status_code == 200
