"""`docmill webhooks`: what it asks of the API, prints, and answers with."""

from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest
from tests.api.memory_platform import Platform
from tests.unit.cli.conftest import Run, Worker

from docmill.domain.webhooks import Attempt, DeliveryStatus, SendCode

URL = "https://hooks.example.com/"


@pytest.fixture
def endpoint(run: Run, network: Worker) -> str:
    made = run("webhooks", "add", URL, "--type", "document.failed")
    assert made.exit_code == 0, made.err
    return str(made.lines[0]["id"])


def answered(platform: Platform, network: Worker, code: SendCode | None) -> None:
    """Have a receiver answer every delivery that somebody looks at."""
    status = DeliveryStatus.DELIVERED if code is None else DeliveryStatus.PENDING
    attempt = Attempt(1, datetime.now(UTC), 12, 200 if code is None else None, code)

    async def before(request: httpx.Request) -> None:
        if "/deliveries/" in request.url.path:
            for log in platform.webhooks.log.values():
                log[:] = [replace(one, status=status, attempts=(attempt,)) for one in log]

    network.before = before


def test_an_endpoint_is_added_with_its_secret_and_listed_without(run: Run, endpoint: str) -> None:
    (listed,) = run("webhooks", "list").lines
    assert (listed["id"], listed["url"], listed["types"]) == (endpoint, URL, ["document.failed"])
    assert "secret" not in listed
    assert run("webhooks", "rotate", endpoint).lines[0]["secret"].startswith("whsec_")


def test_an_address_that_is_refused_is_one_sentence(run: Run, network: Worker) -> None:
    refused = run("webhooks", "add", "http://169.254.169.254/")
    assert refused.exit_code == 1
    assert "address_refused" in refused.err


@pytest.mark.parametrize(("code", "exit_code"), [(None, 0), (SendCode.CONNECT_FAILED, 3)])
def test_a_test_ends_with_how_it_went(
    run: Run, endpoint: str, platform: Platform, network: Worker, code: SendCode | None, exit_code: int
) -> None:
    answered(platform, network, code)
    tried = run("webhooks", "test", endpoint)
    assert tried.exit_code == exit_code, tried.err
    assert tried.lines[0]["attempts"][0]["code"] == code
    assert run("webhooks", "log", endpoint, "--status", tried.lines[0]["status"]).lines == tried.lines


def test_replay_names_one_or_a_time(run: Run, endpoint: str) -> None:
    assert run("webhooks", "replay", endpoint).exit_code == 1
    assert "0 deliveries" in run("webhooks", "replay", endpoint, "--since", "2026-01-05").err


def test_an_endpoint_is_paused_and_removed(run: Run, endpoint: str) -> None:
    run("webhooks", "disable", endpoint)
    assert run("webhooks", "list").lines[0]["enabled"] is False
    run("webhooks", "enable", endpoint)
    assert run("webhooks", "list").lines[0]["enabled"] is True
    assert run("webhooks", "remove", endpoint).exit_code == 0
    assert run("webhooks", "list").lines == []
