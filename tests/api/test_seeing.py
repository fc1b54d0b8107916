"""Who may read the numbers, and what the routes tell about requests."""

from dataclasses import replace
from uuid import uuid4

import pytest
from tests.api.memory_platform import METRICS_TOKEN, Platform, upload

from docmill.domain.access import Refusal
from docmill.entrypoints.api import create_app
from docmill.ports.telemetry import Exchange, Silence


class Remembering(Silence):
    def __init__(self) -> None:
        self.began = 0
        self.exchanges: list[Exchange] = []
        self.refusals: list[Refusal] = []
        self.blobs: list[str] = []
        self.missed: list[tuple[str, str]] = []

    def request_began(self) -> None:
        self.began += 1

    def request_ended(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)

    def refused(self, reason: Refusal) -> None:
        self.refusals.append(reason)

    def blob_refused(self, code: str) -> None:
        self.blobs.append(str(code))


@pytest.fixture
def told(platform: Platform) -> Remembering:
    remembering = Remembering()
    seen = replace(
        platform.services,
        traffic=remembering,
        alarms=remembering,
        missed=lambda tenant, document: remembering.missed.append((tenant, document)),
    )
    platform.app = create_app(seen)
    return remembering


@pytest.mark.parametrize("token", ["", "wrong", "dm_acme"])
async def test_metrics_take_the_token_of_the_platform_and_no_other(platform: Platform, token: str) -> None:
    async with platform.client(token or None) as client:
        assert (await client.get("/metrics")).status_code == 401
    async with platform.client(METRICS_TOKEN) as client:
        assert (await client.get("/metrics")).status_code == 200
        assert (await client.get("/v1/documents")).status_code == 401  # it opens nothing else


async def test_a_platform_without_a_token_shows_no_metrics(platform: Platform) -> None:
    platform.app = create_app(replace(platform.services, metrics_token=""))
    async with platform.client("") as client:
        assert (await client.get("/metrics", headers={"Authorization": "Bearer "})).status_code == 401


async def test_a_request_is_told_by_its_template_and_with_its_code(
    platform: Platform, told: Remembering
) -> None:
    async with platform.client() as client:
        document = await upload(client)
        await client.get(f"/v1/documents/{document}", params={"secret": "word"})
        await client.get("/nowhere/secret")
        await client.post("/v1/documents", content=b"", params={"name": "x"})
    assert told.began == len(told.exchanges) == 4
    sent, read, lost, _ = told.exchanges
    assert (sent.method, sent.route, sent.status, sent.tenant) == ("POST", "/v1/documents", 202, "acme")
    assert read.route == "/v1/documents/{document_id}"
    assert (lost.route, lost.status, lost.code) == ("", 404, "not_found")
    assert told.blobs == ["file_empty"]
    assert "secret" not in str(told.exchanges)


async def test_a_foreign_id_and_an_absent_one_are_both_looked_up_later(
    platform: Platform, told: Remembering
) -> None:
    async with platform.client() as acme, platform.client("dm_globex") as globex:
        foreign, absent = await upload(acme), str(uuid4())
        for document in (foreign, absent):
            await globex.get(f"/v1/documents/{document}")
        await acme.get(f"/v1/documents/{foreign}")
    assert told.missed == [("globex", foreign), ("globex", absent)]


async def test_refused_credentials_are_told_by_reason(platform: Platform, told: Remembering) -> None:
    for key in (None, "dm_nobody"):
        async with platform.client(key) as client:
            assert (await client.get("/v1/documents")).status_code == 401
    assert told.refusals[0] is Refusal.MISSING
    assert len(told.refusals) == 2
