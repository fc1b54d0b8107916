"""Signatures that the reference implementation accepts, and the schedule of tries."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from docmill.domain.events import EventId
from docmill.domain.limits.webhooks import WEBHOOK_GIVE_UP_HOURS, WEBHOOK_SIGNATURES_MAX
from docmill.domain.webhooks import Schedule, new_secret, signed_headers


def now() -> datetime:
    return datetime.now(UTC)


@given(st.binary(max_size=2_000))
def test_the_reference_implementation_accepts_our_signature(body: bytes) -> None:
    secret, body = new_secret(), b'{"a": "' + body.hex().encode() + b'"}'
    headers = signed_headers(EventId(uuid4()), body, secrets=[secret], at=now())
    Webhook(secret).verify(body, headers)
    for changed in (body + b" ", body[:-1]):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(changed, headers)


def test_each_of_several_secrets_verifies_and_no_other() -> None:
    secrets = [new_secret() for _ in range(WEBHOOK_SIGNATURES_MAX + 1)]
    headers = signed_headers(EventId(uuid4()), b"{}", secrets=secrets, at=now())
    for secret in secrets[:-1]:
        Webhook(secret).verify(b"{}", headers)
    for other in (secrets[-1], new_secret()):
        with pytest.raises(WebhookVerificationError):
            Webhook(other).verify(b"{}", headers)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp"])
def test_a_changed_header_breaks_the_signature(name: str) -> None:
    secret = new_secret()
    headers = signed_headers(EventId(uuid4()), b"{}", secrets=[secret], at=now())
    changed = headers | {name: str(uuid4()) if name == "webhook-id" else str(int(headers[name]) + 1)}
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(b"{}", changed)


def test_an_old_request_is_not_accepted_again() -> None:
    secret = new_secret()
    headers = signed_headers(EventId(uuid4()), b"{}", secrets=[secret], at=now() - timedelta(minutes=10))
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(b"{}", headers)


@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
def test_a_receiver_that_is_away_for_a_day_is_still_tried(chance: float) -> None:
    """Whatever the dice say: the last try comes after more than 24 hours, and then it is over."""
    schedule, age_s, tries = Schedule(), 0.0, 0
    while True:
        tries += 1
        wait_s = schedule.wait_s(tries, age_s=age_s, chance=chance)
        if wait_s is None:
            break
        age_s += wait_s
    assert age_s >= WEBHOOK_GIVE_UP_HOURS * 3600
    assert age_s <= 31 * 3600
    assert tries == 12


def test_many_failures_in_a_short_time_do_not_end_it() -> None:
    schedule = Schedule()
    assert schedule.wait_s(500, age_s=3_600, chance=0.5) == schedule.waits_s[-1]
    assert replace(schedule, give_up_s=10).wait_s(1, age_s=10, chance=0.5) is None


def test_the_first_tries_come_soon() -> None:
    assert [Schedule().wait_s(tries, age_s=0, chance=0.5) for tries in (1, 2, 3)] == [5, 30, 120]
