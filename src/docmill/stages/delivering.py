"""Sending deliveries: fairly, in order per document, again and again, until they are taken or given up."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic

from docmill.domain.errors import DocmillError
from docmill.domain.limits.flow import FORGET_ROWS_MAX
from docmill.domain.limits.processes import IDLE_POLL_S
from docmill.domain.limits.webhooks import FORGET_DELIVERIES_INTERVAL_S, WEBHOOK_SENDS_AT_ONCE
from docmill.domain.webhooks import (
    Attempt,
    DeliveryStatus,
    Leased,
    Schedule,
    SendCode,
    Sent,
    WebhookId,
    signed_headers,
)
from docmill.ports.deliveries import Deliveries
from docmill.ports.telemetry import SILENCE, WebhookTelling
from docmill.ports.webhook_sender import WebhookSender
from docmill.stages.work import Clock

Outage = Callable[[str, BaseException], None]

_HEADERS = {"Content-Type": "application/json", "User-Agent": "docmill-webhooks"}
_NOTES = {
    SendCode.GONE: "The receiver answered 410: it wants no more.",
    SendCode.UNSIGNED: "The secret cannot be read any more: rotate it, and enable the endpoint.",
}


@dataclass
class Deliverer:
    """``worker`` is the same after a restart: what the process before it had in hand is sent at once."""

    deliveries: Deliveries
    sender: WebhookSender
    clock: Clock
    worker: str
    outage: Outage
    schedule: Schedule = field(default_factory=Schedule)
    chance: Callable[[], float] = random.random
    poll_s: float = IDLE_POLL_S
    told: WebhookTelling = SILENCE
    _busy: Counter[WebhookId] = field(default_factory=Counter)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _forget_due: float = 0.0

    def wake(self) -> None:
        """There may be something due."""
        self._news.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Send until told to `stop`, and let what is on its way then come to its end.

        Who cannot wait for that cancels: the next process sends it again, with the same id.
        """
        fresh = True
        async with asyncio.TaskGroup() as sends:
            while not stop.is_set():
                try:
                    if fresh:
                        await self.deliveries.forsake(self.worker)
                        fresh = False
                    taken = await self.once(sends)
                    await self._forget()
                except DocmillError as error:
                    self.outage("deliveries", error)
                    taken = 0
                if not taken:
                    # Not `wait_for`: Python 3.11's may swallow a cancellation that comes with the news.
                    with suppress(TimeoutError):
                        async with asyncio.timeout(self.poll_s):
                            await self._news.wait()
                self._news.clear()

    async def once(self, sends: asyncio.TaskGroup) -> int:
        """Begin to send what is due and has room; return how many."""
        room = WEBHOOK_SENDS_AT_ONCE - self._busy.total()
        if room <= 0:
            return 0
        leased = await self.deliveries.lease(self.worker, most=room, busy=+self._busy)
        for one in leased:
            self._busy[one.webhook] += 1
            sends.create_task(self._deliver(one))
        return len(leased)

    async def _deliver(self, leased: Leased) -> None:
        try:
            at, began = self.clock(), monotonic()
            sent = await self._send(leased)
            attempt = Attempt(0, at, round((monotonic() - began) * 1000), sent.http_status, sent.code)
            status, wait_s = self._next(leased, sent)
            note = _NOTES.get(sent.code, "") if sent.code else ""
            await self.deliveries.finish(leased, attempt, status=status, wait_s=wait_s, note=note)
            given_up = status is DeliveryStatus.GIVEN_UP
            outcome = status.value if given_up else sent.code.value if sent.code else "ok"
            self.told.delivered(leased.tenant, outcome=outcome, wall_s=monotonic() - began)
        except DocmillError as error:
            self.outage("deliveries", error)  # its lease ends, and it is sent again
        finally:
            self._busy[leased.webhook] -= 1
            self._news.set()

    async def _send(self, leased: Leased) -> Sent:
        if not leased.secrets:
            return Sent(None, SendCode.UNSIGNED)
        body = leased.body.encode()
        signed = signed_headers(leased.event, body, secrets=leased.secrets, at=self.clock())
        return await self.sender.send(leased.url, body, _HEADERS | signed)

    def _next(self, leased: Leased, sent: Sent) -> tuple[DeliveryStatus, float | None]:
        if sent.code is None:
            return DeliveryStatus.DELIVERED, None
        began = leased.first_tried_at or self.clock()
        age_s = (self.clock() - began).total_seconds()
        wait_s = self.schedule.wait_s(leased.tries + 1, age_s=age_s, chance=self.chance())
        # What disables the endpoint is not this delivery's end: it waits until the endpoint is enabled again.
        if wait_s is None and sent.code not in _NOTES:
            return DeliveryStatus.GIVEN_UP, None
        return DeliveryStatus.PENDING, wait_s or self.schedule.waits_s[0]

    async def _forget(self) -> None:
        if monotonic() >= self._forget_due:
            while await self.deliveries.forget(most=FORGET_ROWS_MAX) == FORGET_ROWS_MAX:
                pass
            self._forget_due = monotonic() + FORGET_DELIVERIES_INTERVAL_S
