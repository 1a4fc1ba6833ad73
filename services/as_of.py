"""As of when: what a reader means by `at`, and what an answer says it stands on."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from services.lookups import Abreast
from services.ports import EventLog
from services.tiles import Tiles

PATIENCE = 2.0
"""Seconds for which a reader waits for its own write."""


class TooFarBehind(Exception):
    """The read models have not come to the position that the reader asked for; come again."""


@dataclass(frozen=True, slots=True)
class Basis:
    """The exact state of the log behind an answer: its last event, when that was recorded, the root over all."""

    position: int
    recorded_at: datetime | None
    root: bytes


class AsOf:
    """Resolves moments to positions, and waits until the read models have come there."""

    def __init__(
        self, log: EventLog, projector: Abreast, tiles: Tiles, come: Callable[[], Awaitable[int]] | None = None
    ) -> None:
        """`come`: where other processes fill the read models, the position to which they have come: nobody who asks for
        now waits for them, whoever wants to see an own write says so by its position."""
        self._log = log
        self._projector = projector
        self._tiles = tiles
        self._come = come

    async def basis(self, at: int | datetime | None = None, *, min_position: int | None = None) -> Basis:
        """The position that a question is asked as of.

        `at`: a position, or an instant (the last event recorded at or before it), or None for now. `min_position`: an
        event whose effect the reader wants to see. Raises `TooFarBehind`.
        """
        head = await self._log.head()
        wanted = head.position
        match at:
            case int():
                wanted = min(at, head.position)
            case datetime():
                wanted = await self._log.position_at(at)
            case None:
                if self._come is not None:
                    wanted = min(wanted, max(await self._come(), min_position or 0))
        if not await self._projector.reached(max(wanted, min_position or 0), seconds=PATIENCE):
            msg = f"the read models have not come to {max(wanted, min_position or 0)}"
            raise TooFarBehind(msg)
        if wanted == head.position:
            return Basis(wanted, head.recorded_at, head.root)
        page = await self._log.page(wanted - 1, 1) if wanted else ()
        return Basis(wanted, page[0].recorded_at if page else None, await self._tiles.root(wanted))
