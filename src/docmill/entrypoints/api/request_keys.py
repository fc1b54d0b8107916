"""Idempotency keys of requests that are not uploads."""

import hashlib
from typing import Annotated

from fastapi import Header

from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.limits.flow import IDEMPOTENCY_KEY_CHARS_MAX
from docmill.ports.operations import Key

IdempotencyKey = Annotated[str | None, Header(description="One key, one effect, for 24 hours.")]


def required_length(text: str) -> None:
    """Raise DocmillError(request_invalid) for a key that cannot be kept."""
    if not 0 < len(text) <= IDEMPOTENCY_KEY_CHARS_MAX:
        raise DocmillError(
            ErrorCode.REQUEST_INVALID, f"Idempotency-Key: want 1 to {IDEMPOTENCY_KEY_CHARS_MAX} characters."
        )


def request_key(text: str | None, *parts: str) -> Key | None:
    """The key with a hash of what else makes the request: route, ids and body."""
    if text is None:
        return None
    required_length(text)
    return Key(text, hashlib.sha256("\n".join(parts).encode()).hexdigest())
