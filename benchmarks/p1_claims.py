"""P1: claims by 64 callers at once, through our services and with the library as it comes, on one PostgreSQL.

Both do the same work: a rep claims a customer nobody holds; the customer's and the rep's history are read, the rep's
limit is checked, and both are written together under version checks. Ours also dates the request, looks up rules and
calendar, keeps the request for ever, and proves the events in the tree.
"""

import asyncio
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import UUID, uuid5

from eventsourcing.application import AggregateNotFoundError, Application
from eventsourcing.domain import Aggregate, event
from psycopg.conninfo import conninfo_to_dict

from benchmarks.filling import Carry
from benchmarks.measuring import Figure, Table, a_database, timed
from domain.customer.events import CustomerKind, Source, SourceMethod
from domain.envelope import Actor
from services.customers import Registration
from services.organisation import NewRep, NewTeam
from services.platform import Platform, on_postgres
from services.ports import Context, Receipt
from services.reception import Asking
from services.settings import Settings

CALLERS = 64
REPS = 200
CLAIMS = 4_000
HOUR = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
_IDS = UUID("01950000-0000-7000-8000-00000000be9c")


async def measure() -> Table:
    """The library first, then ours."""
    table = Table("P1 claims", f"claims a second, {CALLERS} callers")
    with a_database() as (data, url):
        table.add(await asyncio.to_thread(_the_library, url))
        platform = await on_postgres(Settings(data=data), now=lambda: HOUR)
        try:
            await platform.prepare()
            table.add(await _ours(platform))
        finally:
            await platform.close()
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
            if customer.owner is not None or len(book.held) >= CLAIMS:
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


def _the_library(url: str) -> Figure:
    parts = conninfo_to_dict(url)
    app = _Claims(
        env={
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": str(parts.get("dbname", "postgres")),
            "POSTGRES_HOST": str(parts["host"]),
            "POSTGRES_PORT": "5432",
            "POSTGRES_USER": str(parts["user"]),
            "POSTGRES_PASSWORD": str(parts.get("password") or "none"),
            "POSTGRES_POOL_SIZE": str(CALLERS),
            "POSTGRES_MAX_OVERFLOW": "8",
        }
    )
    claims = CLAIMS // 4
    with ThreadPoolExecutor(CALLERS) as threads:
        customers = list(threads.map(app.register, (f"customer {n}" for n in range(claims))))
        took: list[float] = []

        def one(n: int) -> None:
            with timed(took):
                app.claim(customers[n], f"r{n % REPS:03d}")

        began = time.perf_counter()
        list(threads.map(one, range(claims)))
        seconds = time.perf_counter() - began
    app.close()
    return Figure("the library as it comes, 64 threads", claims / seconds, took)


async def _ours(platform: Platform) -> Figure:
    asked = count()

    async def submit(what: str, actor: Actor, carry: Carry, foreseen: Sequence[Any] = ()) -> Receipt:
        number = str(next(asked))
        asking = Asking(what, actor, "/bench", number, number.encode(), number, foreseen=foreseen)
        return await platform.reception.submit(asking, carry)

    ops = Actor("ops", "ops")
    await submit("org.add_team", ops, lambda context: platform.organisation.add_team(_team(), context))

    async def add_rep(n: int) -> None:
        rep = NewRep(f"r{n:03d}", "bench")
        await submit("org.add_rep", ops, lambda context: platform.organisation.add_rep(rep, context))

    for n in range(REPS):
        await add_rep(n)
    customers = [uuid5(_IDS, f"customer {n}") for n in range(CLAIMS)]

    async def register(n: int) -> None:
        said = Registration(CustomerKind.COMPANY, f"公司{n}", "CN", Source(SourceMethod.DIRECTORY), customers[n])
        await submit("customer.register", ops, lambda context: platform.customers.register(said, context))

    await _side_by_side(register)
    took: list[float] = []

    async def claim(n: int) -> None:
        rep = Actor(f"r{n % REPS:03d}", "rep")
        foreseen = platform.ownership.foreseen(customers[n], "default", rep.id)

        async def carry(context: Context) -> Receipt:
            return await platform.ownership.claim(customers[n], "default", context)

        with timed(took):
            await submit("ownership.claim", rep, carry, foreseen)

    began = time.perf_counter()
    await _side_by_side(claim)
    return Figure("ours, through the services, 64 callers", CLAIMS / (time.perf_counter() - began), took)


def _team() -> NewTeam:
    return NewTeam("bench", "Bench", "Asia/Shanghai")


async def _side_by_side(one: Any) -> None:  # noqa: ANN401 - any numbered piece of work
    numbers = iter(range(CLAIMS))

    async def caller() -> None:
        for n in numbers:
            await one(n)

    await asyncio.gather(*(caller() for _ in range(CALLERS)))
