"""What an append costs: one event a call, 64 callers with one event each, a thousand events a call.

The floor writes the same bytes into a table with the same columns and unique indexes, and does nothing else; the
library comes as it is. Ours checks ids and versions, chains, grows the tree and keeps the request, in the same call.
"""

import asyncio
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import count
from uuid import UUID

import psycopg
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict

from benchmarks.measuring import Figure, Table, a_database, timed
from domain.envelope import Actor, Envelope
from domain.portfolio.events import SlotReserved
from domain.portfolio.state import portfolio_of
from services.adapters.event_json import EventJson
from services.adapters.eventsourcing_log import EventsourcingLog
from services.adapters.migrations import migrate_at
from services.adapters.postgres_arrays import accept_packed, bigints, bytes_, texts, uuids
from services.adapters.postgres_recorder import PostgresRecorder
from services.adapters.recorder import Asked, NewEvent, Status, microseconds
from services.adapters.system import new_id
from services.ports import Append, Request, Tip, Unrecorded

CALLERS = 64
SINGLE, BULK, SIZE = 2_000, 40, 1_000
HOUR = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
_numbers = count()
_json = EventJson()

_COLUMNS = "originator_id, originator_version, topic, state, event_id, recorded_at, leaf"
_TABLE = """
CREATE TABLE floor (
    notification_id bigserial PRIMARY KEY, originator_id text COLLATE "C" NOT NULL, originator_version bigint NOT NULL,
    topic text NOT NULL, state bytea NOT NULL, event_id uuid NOT NULL UNIQUE, recorded_at timestamptz NOT NULL,
    leaf bytea NOT NULL, UNIQUE (originator_id, originator_version)
)
"""
_ONE = f"INSERT INTO floor ({_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING notification_id"  # noqa: S608 - names of our own
_MANY = (
    f"INSERT INTO floor ({_COLUMNS}) SELECT s, v, t, b, i, %s, l FROM"  # noqa: S608 - names of our own
    " unnest(%s::text[], %s::bigint[], %s::text[], %s::bytea[], %s::uuid[], %s::bytea[]) AS w (s, v, t, b, i, l)"
)
_LEAF = bytes(32)


async def one_by_one() -> Table:
    """One writer, one event a call."""
    table = Table("append-1 one writer", "events a second, one a call")
    with _machines() as (floor, library, recorder, log):
        table.add(_each("raw INSERT", SINGLE, lambda: _insert(floor, _an_append())))
        table.add(_each("the library's recorder", SINGLE, lambda: _insert_by(library, [_an_append()])))
        table.add(_each("ours, the recorder alone", SINGLE, lambda: _append_by(recorder, _an_append())))
        took: list[float] = []
        appends = [_an_append() for _ in range(SINGLE)]
        began = time.perf_counter()
        for append in appends:
            with timed(took):
                await log.append(append)
        table.add(Figure("ours, through the asynchronous log", SINGLE / (time.perf_counter() - began), took))
        await log.close()
    return table


async def by_64() -> Table:
    """64 callers, one event each, again and again."""
    table = Table("append-64 callers", "events a second, one a call, 64 callers")
    with _machines() as (floor, library, _, log):
        table.add(_each("raw INSERT, one writer", SINGLE, lambda: _insert(floor, _an_append())))
        with ThreadPoolExecutor(CALLERS) as threads:
            appends = [_an_append() for _ in range(SINGLE)]
            took: list[float] = []

            def by_library(append: Append) -> None:
                with timed(took):
                    _insert_by(library, [append])

            began = time.perf_counter()
            list(threads.map(by_library, appends))
            table.add(Figure("the library's recorder, 64 threads", SINGLE / (time.perf_counter() - began), took))
        ours: list[float] = []
        many = iter([_an_append() for _ in range(SINGLE * 10)])

        async def caller() -> None:
            for append in many:
                with timed(ours):
                    await log.append(append)

        began = time.perf_counter()
        await asyncio.gather(*(caller() for _ in range(CALLERS)))
        table.add(Figure("ours, 64 callers", SINGLE * 10 / (time.perf_counter() - began), ours))
        await log.close()
    return table


async def in_bulk() -> Table:
    """A thousand events a call."""
    table = Table("append-1000 in bulk", f"events a second, {SIZE} a call")
    with _machines() as (floor, library, _, log):
        accept_packed(floor)
        bulks = [_an_append(SIZE) for _ in range(BULK)]
        began = time.perf_counter()
        for bulk in bulks:
            _insert_many(floor, bulk)
        table.add(Figure("raw INSERT from unnest", BULK * SIZE / (time.perf_counter() - began)))
        began = time.perf_counter()
        for bulk in bulks:  # of a megabyte in one call it writes a part, and client and server wait for each other
            half = SIZE // 2
            _insert_by(library, [replace(bulk, events=bulk.events[:half])])
            _insert_by(library, [replace(bulk, events=bulk.events[half:])])
        table.add(Figure("the library's recorder, half as many a call", BULK * SIZE / (time.perf_counter() - began)))
        began = time.perf_counter()
        for bulk in bulks:
            await log.append(bulk)
        table.add(Figure("ours, one request of a thousand events", BULK * SIZE / (time.perf_counter() - began)))
        some = [_an_append(20) for _ in range(BULK * SIZE // 20)]
        began = time.perf_counter()
        await asyncio.gather(*(log.append(append) for append in some))
        table.add(Figure("ours, requests of twenty events at once", BULK * SIZE / (time.perf_counter() - began)))
        await log.close()
    return table


def _an_append(events: int = 1) -> Append:
    written: list[Unrecorded] = []
    request = Request("/bench", str(next(_numbers)), b"f" * 32)
    for _ in range(events):
        rep = f"rep-{next(_numbers)}"
        event = SlotReserved(rep, new_id(), new_id(), date(2026, 3, 2))
        envelope = Envelope(
            event_id=new_id(),
            log="main",
            stream=portfolio_of(rep).name,
            stream_version=1,
            name="portfolio.slot_reserved",
            schema_version=1,
            source=request.source,
            request_id=request.id,
            subjects=(f"rep:{rep}", f"customer:{event.customer_id}"),
            occurred_at=HOUR,
            occurred_tz="Asia/Shanghai",
            decided_at=HOUR,
            biz_date=date(2026, 3, 2),
            actor=Actor(rep, "rep"),
            correlation_id=str(event.claim_id),
        )
        written.append(Unrecorded(envelope, event))
    return Append(request, "accepted", HOUR, {one.envelope.stream: Tip() for one in written}, written)


def _stored(append: Append) -> Iterator[tuple[UUID, StoredEvent]]:
    for one in append.events:
        state = _json.encode(one.envelope, one.event, bytes(32))
        yield one.envelope.event_id, StoredEvent(one.envelope.stream, 1, one.envelope.name, state)


def _insert(floor: psycopg.Connection, append: Append) -> None:
    [(event_id, event)] = _stored(append)
    floor.execute(_ONE, (event.originator_id, 1, event.topic, event.state, event_id, HOUR, _LEAF), prepare=True)


def _insert_many(floor: psycopg.Connection, append: Append) -> None:
    pairs = list(_stored(append))
    floor.execute(
        _MANY,
        (
            HOUR,
            texts([str(event.originator_id) for _, event in pairs]),
            bigints([1] * len(pairs)),
            texts([event.topic for _, event in pairs]),
            bytes_([event.state for _, event in pairs]),
            uuids([event_id for event_id, _ in pairs]),
            bytes_([_LEAF] * len(pairs)),
        ),
        prepare=True,
    )


def _insert_by(library: PostgresApplicationRecorder, appends: Sequence[Append]) -> None:
    library.insert_events([event for append in appends for _, event in _stored(append)])


def _append_by(recorder: PostgresRecorder, append: Append) -> None:
    [(event_id, event)] = _stored(append)
    new = NewEvent(str(event.originator_id), 1, event.topic, event.state, event_id)
    asked = Asked(
        source="/bench",
        id=str(next(_numbers)),
        fingerprint=b"f" * 32,
        outcome="accepted",
        told="{}",
        decided_us=microseconds(HOUR),
        stands_on=[(str(new.originator_id), 0)],
        events=[new],
        sealed=(),
    )
    [verdict] = recorder.append_group([asked])
    if verdict.status is not Status.WRITTEN:
        msg = f"not written: {verdict}"
        raise RuntimeError(msg)


def _each(what: str, times: int, work: Callable[[], None]) -> Figure:
    took: list[float] = []
    began = time.perf_counter()
    for _ in range(times):
        with timed(took):
            work()
    return Figure(what, times / (time.perf_counter() - began), took)


@contextmanager
def _machines() -> Generator[
    tuple[psycopg.Connection, PostgresApplicationRecorder, PostgresRecorder, EventsourcingLog]
]:
    """The floor, the library and ours, on one PostgreSQL; each encodes the events in its own time."""
    with a_database() as (_, url):
        said = conninfo_to_dict(url)
        datastore = PostgresDatastore(
            dbname=str(said["dbname"]),
            host=str(said["host"]),
            port=5432,
            user=str(said["user"]),
            password="",
            pool_size=CALLERS,
            originator_id_type="text",
        )
        library = PostgresApplicationRecorder(datastore)
        library.create_table()
        migrate_at(url, "bench")
        with psycopg.connect(url, autocommit=True) as floor:
            floor.execute(_TABLE)
            recorder = PostgresRecorder(url, "bench")
            yield floor, library, recorder, EventsourcingLog(recorder, "main")
        datastore.close()
