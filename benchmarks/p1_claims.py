"""P1: claims by 64 callers at once, through our services and with the library as it comes, on one PostgreSQL.

Both do the same work: a rep claims a customer nobody holds; the customer's and the rep's history are read, the rep's
limit is checked, and both are written together under version checks. Ours also dates the request, looks up rules and
calendar, keeps the request for ever, and proves the events in the tree.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import count
from typing import Any, Self
from uuid import UUID, uuid5

from eventsourcing.application import AggregateNotFoundError, Application
from eventsourcing.domain import Aggregate, event
from psycopg.conninfo import conninfo_to_dict

from benchmarks.filling import Carry
from benchmarks.measuring import Table, a_database, over_rounds, timed
from domain.customer.events import CustomerKind, Source, SourceMethod
from domain.envelope import Actor
from services.customers import Registration
from services.organisation import NewRep, NewTeam
from services.platform import Platform, on_postgres
from services.ports import Context, Receipt
from services.reception import Asking
from services.settings import Settings

CALLERS = 64
REPS = 400
ROUNDS, CLAIMS, LIBRARY_CLAIMS = 5, 1_500, 400
HOUR = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
LIMIT = 1_000
"""Customers that a rep may hold, where the library asks; ours has its rules."""
_IDS = UUID("01950000-0000-7000-8000-00000000be9c")


async def measure() -> Table:
    """The library and ours, in turns."""
    table = Table("P1 claims", f"claims a second, {CALLERS} callers")
    with a_database() as (data, url), _TheLibrary(url) as library:
        platform = await on_postgres(Settings(data=data), now=lambda: HOUR)
        try:
            ours = _Ours(platform)
            await ours.prepare()
            by_library, by_us = list[float](), list[float]()
            for _ in range(ROUNDS):
                by_library.append(await asyncio.to_thread(library.round))
                by_us.append(await ours.round())
        finally:
            await platform.close()
    table.add(over_rounds(f"the library as it comes, {CALLERS} threads", LIBRARY_CLAIMS, by_library, library.took))
    table.add(over_rounds(f"ours, through the services, {CALLERS} callers", CLAIMS, by_us, ours.took))
    return table


class _Customer(Aggregate):
    @event("Registered")
    def __init__(self, name: str) -> None:
        self.name = name
        self.owner: str | None = None

    @event("Claimed")
    def claim(self, rep: str) -> None:
        """Somebody holds it."""
        self.owner = rep


class _RepBook(Aggregate):
    @event("Opened")
    def __init__(self, rep: str) -> None:
        self.rep = rep
        self.held: list[str] = []

    @staticmethod
    def create_id(rep: str) -> UUID:
        """A rep has one book."""
        return uuid5(_IDS, rep)

    @event("SlotTaken")
    def take(self, customer: str) -> None:
        """One slot less."""
        self.held.append(customer)


class _Claims(Application[UUID]):
    def register(self, name: str) -> UUID:
        """A customer that nobody holds."""
        customer = _Customer(name)
        self.save(customer)
        return customer.id

    def claim(self, customer_id: UUID, rep: str) -> None:
        """Read both, decide, write both together; look again when somebody was quicker."""
        while True:
            customer: Any = self.repository.get(customer_id)
            try:
                book: Any = self.repository.get(_RepBook.create_id(rep))
            except AggregateNotFoundError:
                book = _RepBook(rep)
            if customer.owner is not None or len(book.held) >= LIMIT:
                return
            customer.claim(rep)
            book.take(str(customer_id))
            try:
                self.save(customer, book)
            except Exception as error:
                if "IntegrityError" not in type(error).__name__:
                    raise
            else:
                return


class _TheLibrary:
    """The library's own way, on threads."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.took: list[float] = []
        self._numbers = count()

    def __enter__(self) -> Self:
        said = conninfo_to_dict(self._url)
        self._app = _Claims(
            env={
                "PERSISTENCE_MODULE": "eventsourcing.postgres",
                "POSTGRES_DBNAME": str(said.get("dbname", "postgres")),
                "POSTGRES_HOST": str(said["host"]),
                "POSTGRES_PORT": "5432",
                "POSTGRES_USER": str(said["user"]),
                "POSTGRES_PASSWORD": str(said.get("password") or "none"),
                "POSTGRES_POOL_SIZE": str(CALLERS),
                "POSTGRES_MAX_OVERFLOW": "8",
            }
        )
        self._threads = ThreadPoolExecutor(CALLERS)
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown()
        self._app.close()

    def round(self) -> float:
        """Claim some customers; the seconds that took, without registering them."""
        numbers = [next(self._numbers) for _ in range(LIBRARY_CLAIMS)]
        customers = dict(zip(numbers, self._threads.map(self._app.register, map(str, numbers)), strict=True))

        def claim(n: int) -> None:
            with timed(self.took):
                self._app.claim(customers[n], f"r{n % REPS:03d}")

        began = time.perf_counter()
        list(self._threads.map(claim, numbers))
        return time.perf_counter() - began


class _Ours:
    """Our way, through the services."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self.took: list[float] = []
        self._asked = count()
        self._numbers = count()

    async def prepare(self) -> None:
        """A team, and its reps."""
        await self._platform.prepare()
        desk, ops = self._platform.organisation, Actor("ops", "ops")
        team = NewTeam("bench", "Bench", "Asia/Shanghai")
        await self._submit("org.add_team", ops, lambda context: desk.add_team(team, context))
        for n in range(REPS):
            rep = NewRep(f"r{n:03d}", "bench")
            await self._submit("org.add_rep", ops, lambda context, rep=rep: desk.add_rep(rep, context))

    async def round(self) -> float:
        """Claim some customers; the seconds that took, without registering them."""
        numbers = [next(self._numbers) for _ in range(CLAIMS)]
        await _side_by_side(numbers, self._register)
        began = time.perf_counter()
        await _side_by_side(numbers, self._claim)
        return time.perf_counter() - began

    async def _register(self, n: int) -> None:
        source = Source(SourceMethod.DIRECTORY)
        said = Registration(CustomerKind.COMPANY, f"公司{n}", "CN", source, uuid5(_IDS, str(n)))
        desk = self._platform.customers
        await self._submit("customer.register", Actor("ops", "ops"), lambda context: desk.register(said, context))

    async def _claim(self, n: int) -> None:
        rep, customer, desk = Actor(f"r{n % REPS:03d}", "rep"), uuid5(_IDS, str(n)), self._platform.ownership
        foreseen = desk.foreseen(customer, "default", rep.id)

        async def carry(context: Context) -> Receipt:
            return await desk.claim(customer, "default", context)

        with timed(self.took):
            await self._submit("ownership.claim", rep, carry, foreseen)

    async def _submit(self, what: str, actor: Actor, carry: Carry, foreseen: Sequence[Any] = ()) -> None:
        number = str(next(self._asked))
        asking = Asking(what, actor, "/bench", number, number.encode(), number, foreseen=foreseen)
        await self._platform.reception.submit(asking, carry)


async def _side_by_side(numbers: Iterable[int], one: Callable[[int], Awaitable[None]]) -> None:
    left = iter(numbers)

    async def caller() -> None:
        for n in left:
            await one(n)

    await asyncio.gather(*(caller() for _ in range(CALLERS)))
