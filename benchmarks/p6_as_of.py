"""P6: who owned a customer, and the ownership table of a team and of a rep, as of any position, against the same now.

A sales force of two hundred reps claims, visits and loses customers at an even pace, so that a longer log is a longer
history. Only the read model stands in the database: no question of this kind reads the log.
"""

import os
import random
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import islice
from statistics import median
from uuid import UUID, uuid5

import psycopg

from benchmarks.measuring import Figure, Table, a_database, timed
from domain.days import end_of_days
from domain.envelope import Actor, Envelope, Recorded
from domain.ownership.events import (
    ClaimBasis,
    ClaimGranted,
    ClaimReleased,
    LapseReason,
    ProtectionLapsed,
    ProtectionRenewed,
    ReleaseReason,
)
from domain.vocabulary import VOCABULARY
from projections.customer_list import customer_list
from projections.ownership_table import ownership_table
from services.adapters.eventsourcing_log import EventsourcingLog
from services.adapters.memory_recorder import MemoryRecorder
from services.adapters.postgres_read_store import PostgresReadStore
from services.folding import spans_changed, touched
from services.ownership_questions import OwnershipQuestions

SIZES = [int(size) for size in os.environ.get("FIELDTRACE_P6", "10000,100000,1000000").split(",")]
AGES = {"now": 0.0, "a tenth ago": 0.1, "half ago": 0.5, "nearly all ago": 0.98}
BEGIN = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
ZONE = "Asia/Shanghai"
REPS, TEAMS, CUSTOMERS, CLAIMS_A_DAY, TIMES = 200, 10, 8_000, 120, 300
PAGE = 5_000
_IDS = UUID("01950000-0000-7000-8000-0000000000f6")


async def measure() -> Table:
    """At each size, each question for now, then as of older and older positions; the ratio is to the same for now."""
    table = Table("P6 as of", "answers a second, one asker, by the median")
    with a_database() as (_, url):
        store = PostgresReadStore(url, "bench_read", lambda: BEGIN)
        await store.open()
        await store.prepare([ownership_table, customer_list])
        questions = OwnershipQuestions(EventsourcingLog(MemoryRecorder(), "bench"), store, _Abreast())
        events = _history()
        hours: list[datetime] = [BEGIN]
        for size in SIZES:
            while page := list(islice(events, min(PAGE, size - len(hours) + 1))):
                await _take_in(store, page, len(hours) - 1)
                hours += [recorded.recorded_at for recorded in page]
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("ANALYZE")  # as autovacuum would, some minutes later
            await _ask(table, questions, hours)
        await store.close()
    return table


async def _ask(table: Table, questions: OwnershipQuestions, hours: Sequence[datetime]) -> None:
    drawn = random.Random(6)
    head = len(hours) - 1
    now: dict[str, Figure] = {}
    for age, share in AGES.items():
        known_at = max(1, round(head * (1 - share)))
        valid_at = hours[known_at]

        async def one_customer(known_at: int = known_at, valid_at: datetime = valid_at) -> object:
            customer = _customer(drawn.randrange(CUSTOMERS))
            return await questions.owned(customer, "default", valid_at=valid_at, known_at=known_at)

        async def a_team(known_at: int = known_at, valid_at: datetime = valid_at) -> object:
            team = f"team-{drawn.randrange(TEAMS)}"
            return await questions.table(valid_at=valid_at, known_at=known_at, team_id=team)

        async def a_rep(known_at: int = known_at, valid_at: datetime = valid_at) -> object:
            rep = f"rep-{drawn.randrange(REPS)}"
            return await questions.table(valid_at=valid_at, known_at=known_at, rep_id=rep)

        async def entitled(valid_at: datetime = valid_at) -> object:
            team = f"team-{drawn.randrange(TEAMS)}"
            return await questions.table(valid_at=valid_at, known_at=head, team_id=team)

        asked: list[tuple[str, Callable[[], Awaitable[object]]]] = [
            ("one customer", one_customer),
            ("a team's table", a_team),
            ("a rep's table", a_rep),
            ("a team's table, known now", entitled),
        ]
        for what, ask in asked:
            took: list[float] = []
            for _ in range(TIMES):
                with timed(took):
                    await ask()
            figure = Figure(f"{head:>9,} events, {what}, {age}", 1 / median(took), took, now.get(what))
            now.setdefault(what, figure)
            table.add(figure)


async def _take_in(store: PostgresReadStore, page: Sequence[Recorded], after: int) -> None:
    of_it = [recorded for recorded in page if type(recorded.event) in ownership_table.handles]
    held = await store.current(ownership_table, touched(ownership_table, of_it))
    changes = spans_changed(ownership_table, of_it, held)
    await store.write(ownership_table, changes, after=after, upto=page[-1].position)


class _Abreast:
    """The table is always as far as the history."""

    async def reached(self, position: int, *, seconds: float) -> bool:
        """Yes."""
        return position >= 0 and seconds >= 0


def _history() -> Iterator[Recorded]:
    """Claims and what becomes of them, in the order of their hours, for as long as anybody reads."""
    waiting: list[tuple[datetime, int, object]] = []
    number, position, drawn = 0, 0, random.Random(3)
    while True:
        begins = BEGIN + number * timedelta(days=1) / CLAIMS_A_DAY
        while waiting and waiting[0][0] <= begins:
            position += 1
            hour, _, event = heappop(waiting)
            yield _recorded(event, position, hour)
        for order, (hour, event) in enumerate(_claim(number, begins, drawn)):
            heappush(waiting, (hour, number * 10 + order, event))
        number += 1


def _claim(number: int, at: datetime, drawn: random.Random) -> Iterator[tuple[datetime, object]]:
    """One claim from its beginning to its end: never visited, or visited up to three times; then gone."""
    customer, rep = _customer(number % CUSTOMERS), f"rep-{number % REPS}"
    claim, team = uuid5(_IDS, f"claim {number}"), f"team-{number % REPS % TEAMS}"
    due, until, grace = at + timedelta(days=4), end_of_days(at.date(), 15, ZONE), timedelta(hours=24)
    yield (
        at,
        ClaimGranted(
            claim_id=claim,
            customer_id=customer,
            line="default",
            rep_id=rep,
            team_id=team,
            basis=ClaimBasis.ONLINE,
            rules_version=1,
            calendar_version=1,
            protection_tz=ZONE,
            first_visit_due=due,
            protected_until=until,
            hard_cap=end_of_days(at.date(), 90, ZONE),
            release_at=due + grace,
            priority_at=at,
            granted_at=at,
        ),
    )
    ends, visit_at = due, at + timedelta(days=1)
    visits = drawn.choice((0, 0, 1, 2, 3))
    for visit in range(visits):
        before, ends = (until if visit == 0 else ends), end_of_days(visit_at.date(), 15, ZONE)
        visited = uuid5(_IDS, f"visit {number} {visit}")
        yield (
            visit_at,
            ProtectionRenewed(claim, customer, "default", rep, visited, before, ends, ends + grace, 1, visit_at),
        )
        visit_at += timedelta(days=9)
    reason = LapseReason.EXPIRED if visits else LapseReason.FIRST_VISIT_MISSED
    yield ends, ProtectionLapsed(claim, customer, "default", rep, reason, ends, ends + grace)
    over = ends + grace
    cools = over + timedelta(days=7)
    yield over, ClaimReleased(claim, customer, "default", rep, ReleaseReason(reason.value), over, cools)


def _customer(number: int) -> UUID:
    return uuid5(_IDS, f"customer {number}")


def _recorded(event: object, position: int, at: datetime) -> Recorded:
    envelope = Envelope(
        event_id=uuid5(_IDS, f"event {position}"),
        log="bench",
        stream=VOCABULARY.stream_of(event) or "",
        stream_version=1,
        name=VOCABULARY.of(event).name,
        schema_version=1,
        source="/bench",
        request_id=str(position),
        subjects=(),
        occurred_at=at,
        occurred_tz=ZONE,
        decided_at=at,
        biz_date=at.date(),
        actor=Actor("bench", "rep"),
        correlation_id=str(position),
    )
    return Recorded(envelope, event, position, at, b"", b"")
