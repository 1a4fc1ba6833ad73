"""Fills a log with customers and claims through the services, many at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count
from uuid import UUID, uuid5

from domain.customer.events import CustomerKind, Source, SourceMethod
from domain.envelope import Actor
from services.customers import Registration
from services.organisation import NewRep, NewTeam
from services.platform import Platform
from services.ports import Context, Receipt
from services.reception import Asking

CALLERS = 256
REPS = 1_000
Carry = Callable[[Context], Awaitable[Receipt]]
"""From a conversation to a receipt: a use case, with what it is asked for."""
_IDS = UUID("01950000-0000-7000-8000-00000000f111")


async def filled(platform: Platform, events: int) -> int:
    """Register and claim until about so many events are recorded; the position then."""
    await platform.prepare()
    numbers = count()
    ops = Actor("ops", "ops")

    async def submit(what: str, actor: Actor, about: str, carry: Carry) -> None:
        asking = Asking(what, actor, "/filling", about, about.encode(), about)
        await platform.reception.submit(asking, carry)

    team = NewTeam("bench", "Bench", "Asia/Shanghai")
    await submit("org.add_team", ops, "team", lambda context: platform.organisation.add_team(team, context))

    async def add_rep(n: int) -> None:
        rep = NewRep(f"r{n:04d}", "bench")
        await submit("org.add_rep", ops, rep.rep_id, lambda context: platform.organisation.add_rep(rep, context))

    await asyncio.gather(*(add_rep(n) for n in range(REPS)))
    left = events - (await platform.log.head()).position

    async def caller() -> None:
        for n in numbers:
            if n * 3 >= left:
                return
            customer = uuid5(_IDS, str(n))
            said = Registration(CustomerKind.COMPANY, f"公司{n}", "CN", Source(SourceMethod.DIRECTORY), customer)

            async def register(context: Context, said: Registration = said) -> Receipt:
                return await platform.customers.register(said, context)

            async def claim(context: Context, customer: UUID = customer) -> Receipt:
                return await platform.ownership.claim(customer, "default", context)

            await submit("customer.register", ops, f"c{n}", register)
            await submit("ownership.claim", Actor(f"r{n % REPS:04d}", "rep"), f"o{n}", claim)

    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    return (await platform.log.head()).position
