"""A process that appends: `python -m tests.services.adapters.a_writer <url> <schema> <requests>`.

Some of its requests contend with those of other writers, some are refused by the database and come again.
"""

import asyncio
import random
import sys

from services.adapters.eventsourcing_log import EventsourcingLog
from services.adapters.postgres_recorder import PostgresRecorder
from tests.services.adapters.stories import reserved, write


async def main(url: str, schema: str, requests: int) -> None:
    """Append so many requests, eight at a time."""
    log = EventsourcingLog(PostgresRecorder(url, schema), "main")
    gate = asyncio.Semaphore(8)

    async def one() -> None:
        async with gate:
            await write(log, *(reserved(f"rep{random.randrange(20)}") for _ in range(random.randrange(1, 4))))
            await asyncio.sleep(random.random() / 100)

    await asyncio.gather(*(one() for _ in range(requests)))
    await log.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
