"""Whose turn it is at histories that many want to write to at once: one after another, as they came."""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager


class Turns:
    """Queues at streams; a stream that nobody queues for has none.

    A turn covers several streams. They are always taken in the same order, and nobody who has a turn asks for another
    one here, so no two wait for each other.
    """

    def __init__(self) -> None:
        self._queues: dict[str, _Queue] = {}

    def crowded(self, streams: Iterable[str]) -> bool:
        """Whether somebody queues for one of the streams, or has the turn there."""
        return not self._queues.keys().isdisjoint(streams)

    @asynccontextmanager
    async def at(self, streams: Iterable[str]) -> AsyncGenerator[None]:
        """Wait for the turn at all of the streams, and have it until the block ends."""
        async with AsyncExitStack() as held:
            for stream in sorted(streams):
                await held.enter_async_context(self._queued(stream))
            yield

    @asynccontextmanager
    async def _queued(self, stream: str) -> AsyncGenerator[None]:
        queue = self._queues.setdefault(stream, _Queue())
        queue.length += 1
        try:
            async with queue.turn:
                yield
        finally:
            queue.length -= 1
            if not queue.length:
                del self._queues[stream]


class _Queue:
    """Those who wait at one stream; the lock lets them in as they came."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self.length = 0
