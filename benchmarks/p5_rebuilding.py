"""P5: rebuild every read model from the log, against a bare COPY of the rows that come out."""

import io
import time
from datetime import UTC, datetime

import psycopg
from psycopg.sql import SQL, Identifier

from benchmarks.filling import filled
from benchmarks.measuring import Figure, Table, a_database
from services.platform import Platform, on_postgres
from services.settings import Settings

EVENTS = 40_000
HOUR = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


async def measure() -> Table:
    """Both count the events of the log, so that the ratio is that of the times."""
    table = Table("P5 rebuilding", "events a second, all read models together")
    with a_database() as (data, url):
        platform = await on_postgres(Settings(data=data), now=lambda: HOUR)
        try:
            events = await filled(platform, EVENTS)
            await platform.projector.catch_up()
            names = platform.projector.names
            table.add(Figure("bare COPY of the same rows into the same tables", events / _bare(url)))
            table.add(Figure("ours: all together", events / await _rebuilt(platform, *names)))
            one_by_one = sum([await _rebuilt(platform, name) for name in names])
            table.add(Figure("ours: one after another", events / one_by_one))
            table.add(Figure("the log alone, read and decoded", events / await _read(platform)))
        finally:
            await platform.close()
    return table


async def _rebuilt(platform: Platform, *names: str) -> float:
    """Seconds for a rebuild, swap included."""
    began = time.perf_counter()
    async for _ in platform.projector.rebuild(*names):
        pass
    return time.perf_counter() - began


async def _read(platform: Platform) -> float:
    """Seconds to read the log to its end, as every rebuild has to."""
    began, position = time.perf_counter(), 0
    while page := await platform.log.page(position, 1_000):
        position = page[-1].position
    return time.perf_counter() - began


def _bare(url: str) -> float:
    """Copy each table's rows into an empty twin with the same indexes; seconds for all."""
    seconds = 0.0
    schema = "fieldtrace_main_read"
    with psycopg.connect(url) as connection:
        names = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = %s AND tablename <> 'read_models'", (schema,)
        ).fetchall()
        for (name,) in names:
            rows = io.BytesIO()
            out = SQL("COPY {} TO STDOUT (FORMAT BINARY)").format(Identifier(schema, name))
            with connection.cursor().copy(out) as reading:
                for block in reading:
                    rows.write(block)
            twin = Identifier(schema, f"{name}_twin")
            connection.execute(SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL)").format(twin, Identifier(schema, name)))
            connection.commit()
            began = time.perf_counter()
            with connection.cursor().copy(SQL("COPY {} FROM STDIN (FORMAT BINARY)").format(twin)) as writing:
                writing.write(rows.getvalue())
            connection.commit()
            seconds += time.perf_counter() - began
    return seconds
