"""A company to look at: ten days of six people, told once a session in memory, and served to the browser."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import inf
from uuid import UUID

from api.demo.company import DIRECTOR, MANAGERS, ZONE, Company, start_of
from api.demo.telling import tell
from api.http.main import serve
from services.platform import Platform, in_memory, told_time
from services.told_time import ToldTime

LAST_DAY = date(2026, 3, 18)
DAYS, REPS = 10, 6
EVENING = datetime(2026, 3, 18, 22, 0, tzinfo=ZONE)
WHO: Mapping[str, tuple[str, str]] = {
    "rep": ("r01", "rep"),
    "manager": (MANAGERS["east"][0], "manager"),
    "director": (DIRECTOR[0], "manager"),
    "arbiter": (DIRECTOR[0], "arbiter"),
    "auditor": ("auditor", "auditor"),
    "ops": ("ops", "ops"),
}
"""As whom a test looks: actor and role."""


@dataclass
class Served:
    """The company, where it is served, and the cookie of each who looks."""

    url: str
    platform: Platform
    clock: ToldTime
    secrets: Mapping[str, str]

    async def a_customer(self) -> UUID:
        """A customer whom somebody held and visited: the one told of most in the history of `r01`."""
        rows = await self.platform.timelines.of_rep("r01", at=(await self.platform.log.head()).position, limit=500)
        of = [row.customer_id for row in rows if row.customer_id]
        return max(set(of), key=lambda one: (of.count(one), str(one)))


@asynccontextmanager
async def served() -> AsyncGenerator[Served]:
    """The company at work, until the block ends."""
    company = Company(7, LAST_DAY, days=DAYS, reps=REPS)
    clock = told_time(start_of(company.first_day - timedelta(days=2)))
    platform = in_memory(now=clock)
    try:
        async with platform.started(clock=False, gather=inf):
            days = [company.first_day + timedelta(days=n) for n in range(DAYS)]
            await tell(platform, clock, company, days, lambda _: None)
            await platform.settle()
        clock.hour = EVENING
        secrets = {who: (await platform.sessions.begin(who, actor, role)).secret for who, (actor, role) in WHO.items()}
        async with platform.started(clock=False), _serving(platform) as url:
            yield Served(url, platform, clock, secrets)
    finally:
        await platform.close()


@asynccontextmanager
async def _serving(platform: Platform) -> AsyncGenerator[str]:
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(serve(platform, port=0, when_ready=ready.set_result))
    try:
        yield await ready
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
