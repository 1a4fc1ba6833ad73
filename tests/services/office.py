"""A whole platform in memory with a small company in it: Mei leads Anna and Bruno in the east, Lin leads nobody."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from uuid import UUID

from domain.envelope import Actor
from services import platform as platforms
from services.customers import CustomerKind, Registration, Source, SourceMethod
from services.organisation import NewRep, NewTeam
from services.platform import Platform
from services.ports import Context, Receipt
from services.reception import Asking
from services.told_time import ToldTime
from tests.people import MONDAY, SHANGHAI, an_id

ROLES = {"ops": "ops", "policy": "system", "mei": "manager", "lin": "manager", "director": "manager"}
Carry = Callable[[Context], Awaitable[Receipt]]


@dataclass
class Office:
    """A platform, its clock, and whoever asks."""

    platform: Platform
    clock: ToldTime
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    async def ask(
        self,
        who: str,
        asked: str,
        carry: Carry,
        *,
        occurred_at: datetime | None = None,
        request_id: str | None = None,
        as_history: bool = False,
        approval_id: UUID | None = None,
    ) -> Receipt:
        """Somebody asks, through the same reception as every door; then everything that follows happens."""
        number = request_id or str(next(self.numbers))
        asking = Asking(
            asked=asked,
            actor=Actor(who, ROLES.get(who, "rep")),
            source="/office",
            id=number,
            content=number.encode(),
            correlation_id=number,
            occurred_at=occurred_at,
            approval_id=approval_id,
            as_history=as_history,
        )
        try:
            return await self.platform.reception.submit(asking, carry)
        finally:
            await self.platform.settle()

    async def names(self, after: int = 0) -> list[str]:
        """The names of what is recorded after a position."""
        return [one.envelope.name for one in await self.platform.log.page(after, 500)]

    async def position(self) -> int:
        """Where the log ends."""
        return (await self.platform.log.head()).position

    async def register(
        self, customer_id: UUID, name: str, *, by: str = "ops", channel: str | None = None, at: datetime | None = None
    ) -> Receipt:
        """A customer is registered; with `at`, as an import of the past."""
        source = Source(SourceMethod.EVENT, channel, None, MONDAY.date() if at is None else at.date())
        said = Registration(CustomerKind.COMPANY, name, "CN", source, customer_id)
        customers = self.platform.customers
        return await self.ask(
            by,
            "customer.register",
            lambda context: customers.register(said, context),
            occurred_at=at,
            as_history=bool(at),
        )


@asynccontextmanager
async def an_office(hour: datetime = MONDAY) -> AsyncGenerator[Office]:
    """Everybody has joined at that hour, and nothing else has happened."""
    clock = ToldTime(hour, lambda: hour)
    ids = count(1_000_000)
    platform = platforms.in_memory(now=clock, new_id=lambda: an_id(next(ids)))
    try:
        await platform.prepare()
        office = Office(platform, clock)
        desk = platform.organisation
        for team in (NewTeam("east", "华东", SHANGHAI), NewTeam("west", "华西", SHANGHAI)):
            await office.ask("ops", "org.add_team", lambda context, team=team: desk.add_team(team, context))
        for manager in ("director", "mei", "lin"):
            await office.ask(
                "ops", "org.grant_role", lambda context, who=manager: desk.grant_role(who, "manager", context)
            )
        for rep in (
            NewRep("mei", "east", manager_id="director"),
            NewRep("anna", "east", "安娜", manager_id="mei"),
            NewRep("bruno", "east", manager_id="mei"),
        ):
            await office.ask("ops", "org.add_rep", lambda context, rep=rep: desk.add_rep(rep, context))
        yield office
    finally:
        await platform.close()
