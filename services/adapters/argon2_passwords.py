"""Passwords by Argon2id, off the loop, a few at a time: each hash takes 64 MiB."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

AT_A_TIME = 2
LEAST_KIB = 8 * 1024
"""Enough where nothing outlives the process."""


class Argon2Passwords:
    """Implements `Passwords` with the parameters of RFC 9106 for machines that are short of memory.

    `passing`: what is hashed is thrown away with the process, so that a fraction of the work is enough.
    """

    def __init__(self, *, passing: bool = False) -> None:
        self._hasher = PasswordHasher(time_cost=1, memory_cost=LEAST_KIB) if passing else PasswordHasher()
        self._turns = asyncio.Semaphore(AT_A_TIME)
        self._nobodys: str | None = None

    async def hashed(self, password: str) -> str:
        """See `Passwords`."""
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def fits(self, password: str, kept: str | None) -> bool:
        """See `Passwords`."""
        if self._nobodys is None:
            self._nobodys = await self.hashed("nobody has this password, and it opens nothing")
        async with self._turns:
            fits = await asyncio.to_thread(self._verified, kept or self._nobodys, password)
        return fits and kept is not None

    def _verified(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False
