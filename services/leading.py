"""Work that one process does at a time, however many are started; another takes over when it is gone."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from typing import Protocol

from services.bus import Superseded
from services.ports import LogUnavailable, StoreUnavailable

LOOK = 1.0
"""Seconds between looks at whether one still leads, and between attempts to."""


class Lead(Protocol):
    """The lead, held."""

    async def held(self) -> bool:
        """Whether it is still held; asked of whoever gives it."""
        ...


class Leadership(Protocol):
    """Gives the lead in something to one process at a time."""

    def lead(self, what: str) -> AbstractAsyncContextManager[Lead | None]:
        """The lead for the length of the block, or None while another holds it. Raises `LogUnavailable`."""
        ...


async def one_at_a_time(leadership: Leadership, what: str, work: Callable[[], Awaitable[None]]) -> None:
    """Do the work while nobody else does it, until cancelled. Who loses the lead stops, and waits for it again; where a
    machine is away that the work needs, the lead is given back."""
    while True:
        with suppress(LogUnavailable, StoreUnavailable, Superseded):
            async with leadership.lead(what) as lead:
                if lead is not None:
                    await _while_leading(lead, work)
        await asyncio.sleep(LOOK)


async def _while_leading(lead: Lead, work: Callable[[], Awaitable[None]]) -> None:
    working = asyncio.ensure_future(work())
    try:
        while not working.done() and await lead.held():
            await asyncio.wait([working], timeout=LOOK)
        if working.done():
            await working
    finally:
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working
