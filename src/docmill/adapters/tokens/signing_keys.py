"""What is kept of the keys that docmill signs with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class SigningKey:
    """``sealed`` is the private key, as the seal of that name closed it."""

    kid: str
    public_key: Mapping[str, Any]
    seal: str
    sealed: bytes = field(repr=False)
    signs_from: datetime
    signs_until: datetime
    verifies_until: datetime


class SigningKeys(Protocol):
    """Shared by all replicas. Raises Unavailable."""

    async def all(self) -> tuple[datetime, Sequence[SigningKey]]:
        """Return the database's time, and the keys that may still verify."""

    async def add(self, key: SigningKey) -> None: ...

    async def retire(self, kids: Sequence[str], *, signs_until: datetime, verifies_until: datetime) -> None:
        """End keys at these times, none later than before; forget those that have long ended."""
