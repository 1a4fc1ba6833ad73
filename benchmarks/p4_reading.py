"""P4: read the log from the beginning and decode every event, against a bare SELECT of the same rows."""

import time
from datetime import UTC, datetime

import psycopg
from psycopg.sql import SQL, Identifier

from benchmarks.filling import filled
from benchmarks.measuring import Table, a_database, over_rounds
from services.platform import Platform, on_postgres
from services.settings import Settings

EVENTS = 40_000
PAGE = 5_000
ROUNDS = 5
HOUR = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


async def measure() -> Table:
    """The bare rows first, then ours: stored bytes to typed events with hashes."""
    table = Table("P4 reading", "events a second, 5,000 a page")
    with a_database() as (data, url):
        platform = await on_postgres(Settings(data=data), now=lambda: HOUR)
        try:
            events = await filled(platform, EVENTS)
            bare, ours = list[float](), list[float]()
            for _ in range(ROUNDS):
                bare.append(_bare(url))
                ours.append(await _ours(platform))
            table.add(over_rounds("bare SELECT of the same columns", events, bare))
            table.add(over_rounds("ours: typed events, hashed", events, ours))
        finally:
            await platform.close()
    return table


async def _ours(platform: Platform) -> float:
    began, position = time.perf_counter(), 0
    while page := await platform.log.page(position, PAGE):
        position = page[-1].position
    return time.perf_counter() - began


def _bare(url: str) -> float:
    query = SQL("SELECT * FROM {}.stored_events WHERE notification_id > %s ORDER BY notification_id LIMIT %s").format(
        Identifier("fieldtrace_main")
    )
    began, position = time.perf_counter(), 0
    with psycopg.connect(url) as connection, connection.cursor(binary=True) as cursor:
        while rows := cursor.execute(query, (position, PAGE)).fetchall():
            position = rows[-1][0]
    return time.perf_counter() - began
