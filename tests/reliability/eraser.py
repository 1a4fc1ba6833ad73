"""A process in which a second person agrees to an erasure, until it is killed.

    python -m tests.reliability.eraser DATA URL ORGANISATION ERASURE

Prints `agreed` as soon as that is acknowledged.
"""

import asyncio
import sys
from pathlib import Path
from uuid import UUID

from domain.envelope import Actor
from services.platform import on_postgres
from services.ports import Context, Receipt
from services.reception import Asking
from services.settings import Settings


async def main(data: Path, url: str, organisation: str, erasure_id: UUID) -> None:
    """Agree, with policies at work, and wait to be killed."""
    platform = await on_postgres(Settings(data=data, database_url=url, organisation=organisation))

    async def carry(context: Context) -> Receipt:
        return await platform.privacy.approve(erasure_id, context)

    async with platform.started(clock=False):
        print("ready", flush=True)  # noqa: T201 - what the parent waits for
        asking = Asking(
            "privacy.approve_erasure", Actor("paul", "privacy"), "/eraser", str(erasure_id), b"", str(erasure_id)
        )
        await platform.reception.submit(asking, carry)
        print("agreed", flush=True)  # noqa: T201 - as above
        await asyncio.sleep(60)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], UUID(sys.argv[4])))
