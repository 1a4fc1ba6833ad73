"""Waiting for what another process does: read models by their positions in the store, policies by their place kept."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from projections.projection import Projection
from services.ports import EventLog, ReadStore

LOOK = 0.02
"""Seconds between looks while somebody waits."""


class _Watched:
    """Something that comes along elsewhere; however many wait, one of them looks at a time."""

    def __init__(self, look: Callable[[], Awaitable[int]]) -> None:
        self._look = look
        self._known = 0
        self._looking = asyncio.Lock()

    async def reached(self, position: int, *, seconds: float) -> bool:
        """Wait until it has come to a position; False where that took too long."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while self._known < position:
            async with self._looking:
                if self._known < position:
                    self._known = max(self._known, await self._look())
            if self._known >= position:
                break
            if loop.time() >= until:
                return False
            await asyncio.sleep(LOOK)
        return True


class ByTheStore(_Watched):
    """The read models, whoever fills them."""

    def __init__(self, store: ReadStore, projections: Sequence[Projection]) -> None:
        async def come() -> int:
            return await store.come(projections)

        super().__init__(come)
        self.come = come


class ByTheLog(_Watched):
    """A follower of the log, by the place that it keeps there."""

    def __init__(self, log: EventLog, follower: str) -> None:
        async def come() -> int:
            return await log.bookmark(follower)

        super().__init__(come)
