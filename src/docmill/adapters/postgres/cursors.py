"""Where a page ended, as a text that only the list it came from takes back."""

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from docmill.domain.errors import DocmillError, ErrorCode

T = TypeVar("T")


def cursor_of(*place: str | float, of: str) -> str:
    """Point behind a row. ``of`` tells the list: its name, the tenant and the filter."""
    text = json.dumps([*place, _bound(of)])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def place_of(cursor: str, read: Callable[..., T], *, of: str) -> T:
    """Return what ``read`` makes of the place. Raises DocmillError(request_invalid) for a cursor of another
    list, and for a place that ``read`` raises ValueError, TypeError or AttributeError about.
    """
    try:
        *place, bound = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if bound != _bound(of):
            raise ValueError
        return read(*place)
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise DocmillError(ErrorCode.REQUEST_INVALID, "the cursor is not one of this list") from error


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _bound(of: str) -> str:
    return hashlib.sha256(of.encode()).hexdigest()[:16]
