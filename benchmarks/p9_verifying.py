"""P9: check a whole log against itself, on one thread beside the one that reads."""

import time
from datetime import UTC, datetime

from benchmarks.filling import filled
from benchmarks.measuring import Figure, Table, a_database
from services.platform import on_postgres
from services.settings import Settings

EVENTS = 40_000
HOUR = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


async def measure() -> Table:
    """Positions, hours, leaves, places, chains, tree, head and requests."""
    table = Table("P9 verification", "events a second")
    with a_database() as (data, _):
        platform = await on_postgres(Settings(data=data), now=lambda: HOUR)
        try:
            events = await filled(platform, EVENTS)
            took: list[float] = []
            for _ in range(3):
                began = time.perf_counter()
                verification = await platform.log.verify()
                took.append(time.perf_counter() - began)
                if verification.finding is not None:
                    msg = f"a log that nobody touched: {verification.finding}"
                    raise RuntimeError(msg)
            table.add(Figure("whole log, in order", events / min(took), took))
        finally:
            await platform.close()
    return table
