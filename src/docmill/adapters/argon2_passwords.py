"""Passwords at rest: argon2id."""

import asyncio
from functools import cached_property
from typing import TYPE_CHECKING

from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.limits.identity import (
    PASSWORD_CHARS_MAX,
    PASSWORD_CHARS_MIN,
    PASSWORD_HASH_KIB,
    PASSWORD_HASH_ROUNDS,
    PASSWORD_HASHES_AT_ONCE,
    PASSWORD_HASHES_WAITING_MAX,
)

if TYPE_CHECKING:
    from argon2 import PasswordHasher


class Argon2Passwords:
    """A hash takes memory and tens of milliseconds of CPU, on purpose: few are made at once, in threads."""

    def __init__(self, *, rounds: int = PASSWORD_HASH_ROUNDS, memory_kib: int = PASSWORD_HASH_KIB) -> None:
        self._rounds = rounds
        self._memory_kib = memory_kib
        self._turn = asyncio.Semaphore(PASSWORD_HASHES_AT_ONCE)
        self._waiting = 0
        self._nobodys: str | None = None

    async def hashed(self, password: str) -> str:
        """Raises DocmillError(request_invalid) for one that is too short or too long."""
        if not PASSWORD_CHARS_MIN <= len(password) <= PASSWORD_CHARS_MAX:
            want = f"A password has {PASSWORD_CHARS_MIN} to {PASSWORD_CHARS_MAX} characters."
            raise DocmillError(ErrorCode.REQUEST_INVALID, want)
        async with self._turn:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def fits(self, password: str, held: str | None) -> bool:
        """``held`` None: nobody, or somebody without a password; it takes the same time and is never right.

        Raises DocmillError(busy) when too many wait for the same.
        """
        if self._waiting >= PASSWORD_HASHES_WAITING_MAX:
            raise DocmillError(ErrorCode.BUSY, "Too many sign in at this moment.")
        self._waiting += 1
        try:
            async with self._turn:
                if self._nobodys is None:
                    self._nobodys = await asyncio.to_thread(self._hasher.hash, "nobody's")
                fits = await asyncio.to_thread(self._verify, password, held or self._nobodys)
        finally:
            self._waiting -= 1
        return fits and held is not None

    def is_old(self, held: str | None) -> bool:
        """It was made with other parameters than today's."""
        return held is not None and self._hasher.check_needs_rehash(held)

    def _verify(self, password: str, held: str) -> bool:
        from argon2.exceptions import InvalidHashError, VerificationError

        try:
            return self._hasher.verify(held, password[: PASSWORD_CHARS_MAX + 1])
        except (VerificationError, InvalidHashError):
            return False

    @cached_property
    def _hasher(self) -> "PasswordHasher":
        from argon2 import PasswordHasher

        return PasswordHasher(time_cost=self._rounds, memory_cost=self._memory_kib, parallelism=1)
