"""Whether the log still says what was written: its bytes, their order, their chains and the tree over all of them."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from services.ports import EventLog


@dataclass(frozen=True, slots=True)
class Verified:
    """How far a verification has come, of how many events. `flaw`: what is wrong with the first event that is."""

    position: int
    size: int
    root: str
    flaw: str | None = None


async def verify(log: EventLog, *, upto: int | None = None) -> AsyncIterator[Verified]:
    """Read the log from its beginning and compare everything with everything; the last value says how it ended.

    `upto`: a position up to which is enough, for a quick look; the root is then not compared.
    """
    loop = asyncio.get_running_loop()
    told: asyncio.Queue[tuple[int, int] | None] = asyncio.Queue()

    def seen(done: int, of: int) -> None:
        loop.call_soon_threadsafe(told.put_nowait, (done, of))

    verifying = asyncio.create_task(log.verify(seen, upto=upto))
    verifying.add_done_callback(lambda _: told.put_nowait(None))
    size = 0
    while (progress := await told.get()) is not None:
        done, size = progress
        yield Verified(done, size, "")
    found = await verifying
    if found.finding is not None:
        yield Verified(found.finding.position, size, found.root.hex(), found.finding.sentence)
    else:
        yield Verified(found.events, found.events, found.root.hex())
