"""Two tenants who have one of everything: what the matrix asks for."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
from tests.api.matrix import SECRET_TYPE
from tests.api.memory_platform import Platform

from docmill.domain.documents import DeadLetter
from docmill.domain.events import DocumentId
from docmill.domain.review import ReviewEntry, ReviewKind
from docmill.domain.states import RunState
from docmill.domain.tenants import TenantId

AUDIT = ReviewEntry(ReviewKind.AUDIT, loss=1.0, rank=1.0, rules=("sums",))


@dataclass(frozen=True)
class Hands:
    """What the stages do to the documents of one tenant: ``finish`` one, hand it to the reviewers, give it up and
    return the id of the dead letter."""

    tenant: str
    client: Callable[[str], httpx.AsyncClient]
    finish: Callable[[str], Awaitable[None]]
    ask_a_person: Callable[[str], Awaitable[None]]
    give_up: Callable[[], Awaitable[str]]


async def owned(hands: Hands, admin: httpx.AsyncClient) -> dict[str, str]:
    """Make the owner's one of everything; return the names."""
    things = await _documents(hands, admin, word="secret")
    key = await _made(admin, "/v1/keys", {"label": "secret", "scopes": ["admin"]})
    async with hands.client(key["key"]) as holder:
        things |= await _lease(holder, things["review"])
    assert (await admin.put("/v1/types/secret_type", json=SECRET_TYPE)).status_code == 200
    person = "ada@secret.example"
    assert (await admin.put(f"/v1/people/{person}", json={"role": "viewer"})).status_code == 200
    known = await admin.get("/v1/types/secret_type")
    named = {
        "type": "secret_type",
        "field": "secret_field",
        "person": person,
        "key": key["prefix"],
        "subject": f"key:{key['prefix']}",
    }
    cursors = await _cursors(admin, things)
    more = {"letter": await hands.give_up(), "tenant": hands.tenant, "etag": known.headers["etag"]}
    return things | await _webhook(admin) | cursors | named | more


async def own(hands: Hands, admin: httpx.AsyncClient) -> dict[str, str]:
    """What the stranger has himself."""
    things = await _documents(hands, admin, word="mine")
    things |= await _lease(admin, things["review"]) | await _webhook(admin)
    seen = (await admin.get(f"/v1/reviews/{things['review']}")).headers["etag"]
    return {f"my.{name}": text for name, text in (things | {"etag": seen}).items()}


async def _documents(hands: Hands, admin: httpx.AsyncClient, *, word: str) -> dict[str, str]:
    made = []
    for number in range(3):
        answer = await admin.post(
            "/v1/documents",
            content=f"{word} {number}".encode(),
            params={"name": f"{word}.pdf", "batch": f"{word}-batch"},
            headers={"Idempotency-Key": f"{word}-request-{number}"},
        )
        assert answer.status_code == 202, answer.text
        made.append(answer.json()["document_id"])
    await hands.finish(made[0])
    await hands.finish(made[1])
    await hands.ask_a_person(made[1])
    return {"document": made[0], "review": made[1], "batch": f"{word}-batch", "request": f"{word}-request-0"}


async def _lease(client: httpx.AsyncClient, review: str) -> dict[str, str]:
    answer = await client.post(f"/v1/reviews/{review}/lease")
    assert answer.status_code == 200, answer.text
    return {"lease": answer.json()["lease"]["id"]}


async def _webhook(admin: httpx.AsyncClient) -> dict[str, str]:
    webhook = (await _made(admin, "/v1/webhooks", {"url": "https://secret.example.com/hook"}))["id"]
    for _ in range(2):
        delivery = (await admin.post(f"/v1/webhooks/{webhook}/test")).json()["id"]
    return {"webhook": webhook, "delivery": delivery}


async def _made(admin: httpx.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await admin.post(path, json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def _cursors(admin: httpx.AsyncClient, things: dict[str, str]) -> dict[str, str]:
    """Of every list that goes on; those in memory have none that tell anything."""
    lists = {"documents": "/v1/documents", "items": f"/v1/batches/{things['batch']}/items"}
    found = {}
    for name, path in lists.items():
        cursor = (await admin.get(path, params={"limit": 1})).json()["next"]
        if cursor is not None and len(cursor) > 8:
            found[f"cursor_{name}"] = cursor
    return found


def hands_in_memory(platform: Platform, tenant: str) -> Hands:
    owner = TenantId(tenant)

    async def finish(document: str) -> None:
        await platform.finish(document, tenant=tenant)

    async def ask_a_person(document: str) -> None:
        platform.move(document, RunState.ARCHIVED, tenant=tenant, type_version=1)
        platform.reviews.enter(owner, DocumentId(UUID(document)), AUDIT)

    async def give_up() -> str:
        event = next(one for one in platform.db.events if one.tenant == owner)
        platform.db.letters.append(
            DeadLetter("read", event.id, owner, event.document, "internal_error", "", 5, platform.now())
        )
        return f"read.{event.id}"

    return Hands(tenant, platform.client, finish, ask_a_person, give_up)
