"""W3C trace context: which trace an event belongs to, and which piece of work it came of.

An event carries the ``traceparent`` of the span that wrote it: the request of the upload, then the stage.
The id of a stage's span follows from its claim, so nothing has to be remembered between processes.
"""

import re
from hashlib import blake2b
from secrets import token_hex
from typing import NamedTuple

from docmill.domain.documents import Claim

_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})")


class TraceContext(NamedTuple):
    """Ids in hex, 32 and 16 digits."""

    trace: str
    span: str

    def __str__(self) -> str:
        return f"00-{self.trace}-{self.span}-01"


def parsed(traceparent: str) -> TraceContext | None:
    """None for text that is no traceparent."""
    found = _TRACEPARENT.fullmatch(traceparent)
    return TraceContext(found[1], found[2]) if found else None


def trace_id(traceparent: str) -> str:
    """What the log names a trace by; text that is no traceparent stays as it is."""
    found = parsed(traceparent)
    return found.trace if found else traceparent


def begun(parent: TraceContext | None) -> TraceContext:
    """A new span in the caller's trace, or in one of its own."""
    return TraceContext(parent.trace if parent else token_hex(16), token_hex(8))


def span_id(*parts: object) -> str:
    """The same parts give the same id."""
    return blake2b(":".join(map(str, parts)).encode(), digest_size=8).hexdigest()


def within(traceparent: str, span: str) -> str:
    """The traceparent of another span of the same trace; text that is no traceparent stays as it is."""
    found = parsed(traceparent)
    return str(TraceContext(found.trace, span)) if found else traceparent


def stage_span(claim: Claim) -> str:
    """The id of the span of this try; every try has a fence of its own."""
    return span_id(claim.stage, claim.event.id, claim.fence)


def trace_from(claim: Claim) -> str:
    """The traceparent of whatever this try writes."""
    return within(claim.event.trace, stage_span(claim))
