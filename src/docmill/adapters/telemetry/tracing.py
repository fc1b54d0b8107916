"""Which spans there are: a request, a stage's work and its parts, and the telling of an event."""

import time
from contextvars import ContextVar

from docmill.adapters.telemetry.spans import Span, SpanRecorder
from docmill.domain.documents import Claim
from docmill.domain.events import Event
from docmill.domain.tracing import parsed, span_id, stage_span
from docmill.ports.telemetry import Attributes, Exchange

_in_hand: ContextVar[Claim | None] = ContextVar("claim_in_hand", default=None)


class Tracing:
    """Makes spans of what telemetry is told, for who has a trace; without a recorder it costs nothing."""

    def __init__(self, recorder: SpanRecorder | None) -> None:
        self._recorder = recorder

    def close(self) -> None:
        if self._recorder is not None:
            self._recorder.close()

    def began(self, claim: Claim) -> None:
        if self._recorder is not None:
            _in_hand.set(claim)

    def stage(self, claim: Claim, *, wall_s: float, attributes: Attributes, code: str = "") -> None:
        event = claim.event
        context = parsed(event.trace)
        if self._recorder is None or context is None:
            return
        told = {
            **_about(event),
            "docmill.stage": claim.stage,
            "docmill.attempt": claim.attempt,
            "docmill.event": event.type.value,
            **attributes,
        }
        self._recorder.record(
            Span(
                context.trace,
                stage_span(claim),
                context.span,
                claim.stage,
                "consumer",
                time.time() - wall_s,
                wall_s,
                told,
                code,
            )
        )

    def part(self, name: str, *, wall_s: float, attributes: Attributes) -> None:
        claim = _in_hand.get()
        context = None if claim is None else parsed(claim.event.trace)
        if self._recorder is None or claim is None or context is None:
            return
        start_s = time.time() - wall_s
        mine, parent = span_id(stage_span(claim), name, start_s), stage_span(claim)
        self._recorder.record(
            Span(context.trace, mine, parent, name, "internal", start_s, wall_s, attributes)
        )

    def request(self, exchange: Exchange) -> None:
        context = parsed(exchange.trace)
        if self._recorder is None or context is None or not exchange.route:
            return
        told: dict[str, str | int] = {
            "http.request.method": exchange.method,
            "http.route": exchange.route,
            "http.response.status_code": exchange.status,
        }
        told |= {"docmill.tenant": exchange.tenant} if exchange.tenant else {}
        told |= {"docmill.document": exchange.document} if exchange.document else {}
        failed = exchange.code if exchange.status >= 500 else ""
        self._recorder.record(
            Span(
                context.trace,
                context.span,
                exchange.parent,
                f"{exchange.method} {exchange.route}",
                "server",
                time.time() - exchange.wall_s,
                exchange.wall_s,
                told,
                failed,
            )
        )

    def told(self, event: Event) -> None:
        context = parsed(event.trace)
        if self._recorder is None or context is None:
            return
        mine = span_id("notify", event.id)
        told = {**_about(event), "docmill.event": event.type.value}
        self._recorder.record(
            Span(context.trace, mine, context.span, "notify", "consumer", time.time(), 0.0, told)
        )


def _about(event: Event) -> dict[str, str | int | float | bool]:
    return {
        "docmill.tenant": event.tenant,
        "docmill.document": str(event.document),
        "docmill.run": str(event.run),
    }
