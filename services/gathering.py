"""How followers of the log go about their work in company: at once when it is quiet, by the handful when it is busy."""

import asyncio
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress

GATHER = 0.05
"""Seconds between two rounds of a follower for which nobody waits: a batch costs little more than an event."""


class Gathering:
    """Lets events gather between the rounds of one follower, for as long as nobody waits for what it does with them."""

    def __init__(self) -> None:
        self._waiting = 0
        self._wanted = asyncio.Event()
        self._began = float("-inf")

    @contextmanager
    def wanted(self) -> Generator[None]:
        """Within the block somebody waits: the follower goes on at once."""
        self._waiting += 1
        self._wanted.set()
        try:
            yield
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._wanted.clear()

    async def next_round(self, seconds: float) -> None:
        """Wait until so many seconds after the last round began, or until somebody waits."""
        left = self._began + seconds - time.monotonic()
        if left > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._wanted.wait()
        self._began = time.monotonic()
