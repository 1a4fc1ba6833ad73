"""A process that registers customers and says which were acknowledged, until it is killed.

    python -m tests.reliability.appender DATA FIRST

Prints `ack <number> <position>` for each answer, at once; the numbers go on from FIRST.
"""

import asyncio
import sys
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from uuid import UUID

from domain.customer.events import CustomerKind, Source, SourceMethod
from domain.envelope import Actor
from services.customers import Registration
from services.platform import Platform, on_postgres
from services.ports import Context, LogUnavailable, Receipt
from services.reception import Asking
from services.settings import Settings

SIDE_BY_SIDE = 64
SOURCE = "/reliability"
HOUR = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def customer(number: int) -> UUID:
    """The customer that the request with a number registers."""
    return UUID(int=(0x0195_0000_0000_7000_8000 << 48) + number)


async def register(platform: Platform, number: int) -> Receipt:
    """Register the customer with a number; asked again, the same answer again."""
    asking = Asking(
        "customer.register", Actor("ops", "ops"), SOURCE, str(number), str(number).encode(), str(number), HOUR
    )
    registration = Registration(
        CustomerKind.COMPANY, f"公司{number}", "CN", Source(SourceMethod.DIRECTORY), customer(number)
    )

    async def carry(context: Context) -> Receipt:
        return await platform.customers.register(registration, context)

    return await platform.reception.submit(asking, carry)


async def main(data: Path, first: int) -> None:
    """Register one after another, many at a time, for ever."""
    platform = await on_postgres(Settings(data=data), now=lambda: HOUR)
    await platform.prepare()
    numbers = count(first)

    async def one_after_another() -> None:
        for number in numbers:
            try:
                receipt = await register(platform, number)
            except LogUnavailable:
                continue
            sys.stdout.write(f"ack {number} {receipt.position}\n")
            sys.stdout.flush()

    await asyncio.gather(*(one_after_another() for _ in range(SIDE_BY_SIDE)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
