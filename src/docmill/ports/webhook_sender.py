"""Calling addresses that tenants have named."""

from collections.abc import Mapping
from typing import Protocol

from docmill.domain.webhooks import Sent


class WebhookSender(Protocol):
    """Nothing but what `domain/addresses.py` lets through is ever connected to."""

    async def check(self, url: str) -> None:
        """Raise DocmillError(address_refused) for a URL that would not be called now."""

    async def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> Sent:
        """POST once, to an address that is looked up and checked now. Redirects are not followed.

        Never raises for what a receiver does; takes WEBHOOK_WALL_S_MAX at the most.
        """
