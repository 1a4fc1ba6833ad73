"""What only a real database can show: lost connections, other processes, rights, many who boot at once."""

import asyncio
import random
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from services.adapters.eventsourcing_log import EventsourcingLog
from services.adapters.migrations import PACKAGE, migrate_at
from services.adapters.postgres_recorder import PostgresRecorder
from services.ports import ChangedMeanwhile, LogUnavailable, Receipt
from tests.services.adapters.cutting import Cutting, Moment
from tests.services.adapters.stories import appending, asking, reserved, stream_of, tip_of, write

pytestmark = pytest.mark.postgres


@pytest.fixture
async def log(postgres_url: str, a_schema: str) -> AsyncIterator[EventsourcingLog]:
    migrate_at(postgres_url, a_schema)
    log = EventsourcingLog(PostgresRecorder(postgres_url, a_schema), "main")
    yield log
    await log.close()


@pytest.fixture
def cutting(postgres_url: str) -> Iterator[Cutting]:
    """A connection that can be lost. Its folder has a short name: the path of a socket may have 107 characters."""
    with TemporaryDirectory() as folder, Cutting(postgres_url, Path(folder)) as cutting:
        yield cutting


@pytest.fixture
async def fragile(cutting: Cutting, log: EventsourcingLog, a_schema: str) -> AsyncIterator[EventsourcingLog]:
    """The same log over a connection that can be lost."""
    fragile = EventsourcingLog(PostgresRecorder(cutting.url, a_schema), "main", patience=3.0)
    await fragile.append(appending(reserved("first")))
    assert (await log.head()).position == 1
    yield fragile
    await fragile.close()


# ------------------------------------------------------------------------------------------------- lost connections


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("traceless", [False, True], ids=["request", "traceless"])
async def test_a_connection_that_is_lost_at_a_commit_is_nobodys_trouble(
    log: EventsourcingLog, fragile: EventsourcingLog, cutting: Cutting, moment: Moment, traceless: bool
) -> None:
    cutting.at(moment)
    receipt = await fragile.append(appending(reserved("anna"), reserved("bruno"), traceless=traceless))
    assert cutting.cuts == 1
    assert [ref.position for ref in receipt.events] == [2, 3]
    assert (receipt.repeated, receipt.position) == (False, 3)
    assert (await log.head()).position == 3


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_whole_group_is_answered_as_the_first_time_after_a_lost_connection(
    log: EventsourcingLog, fragile: EventsourcingLog, cutting: Cutting, moment: Moment
) -> None:
    cutting.at(moment)
    looking = {stream_of("first"): await tip_of(fragile, stream_of("first"))}
    told = await asyncio.gather(
        *(fragile.append(appending(reserved(f"rep{n}"), tips=looking)) for n in range(20)),
        fragile.append(appending(reserved("first"))),
        fragile.append(appending(reserved("rep3"))),
        return_exceptions=True,
    )
    assert cutting.cuts == 1
    assert [type(one) for one in told] == [Receipt] * 20 + [ChangedMeanwhile] * 2
    assert [one.position for one in told if isinstance(one, Receipt)] == list(range(2, 22))
    assert not any(one.repeated for one in told if isinstance(one, Receipt))
    assert (await log.verify()).finding is None


async def test_a_request_that_was_answered_earlier_is_still_a_repetition_after_a_lost_connection(
    fragile: EventsourcingLog, cutting: Cutting
) -> None:
    request = asking("r1")
    first = await fragile.append(appending(reserved("anna"), request=request))
    cutting.at("after")
    again = await fragile.append(appending(reserved("bruno"), request=request))
    assert cutting.cuts == 1
    assert (again.repeated, again.events) == (True, first.events)


async def test_a_database_that_stays_away_is_told_and_the_request_may_come_again(
    log: EventsourcingLog, fragile: EventsourcingLog, cutting: Cutting
) -> None:
    cutting.at("after")
    cutting.go_away()
    append = appending(reserved("anna"))
    with pytest.raises(LogUnavailable):
        await fragile.append(append)
    with pytest.raises(LogUnavailable):
        await fragile.read({stream_of("anna"): 0})
    cutting.away = False
    receipt = await fragile.append(append)
    assert [ref.position for ref in receipt.events] == [2]
    assert (await log.head()).position == 2


@pytest.mark.slow
async def test_backends_that_are_ended_under_load_lose_and_double_nothing(
    log: EventsourcingLog, postgres_url: str
) -> None:
    done = asyncio.Event()

    async def end_backends() -> int:
        ended = 0
        async with await psycopg.AsyncConnection.connect(postgres_url, autocommit=True) as connection:
            while not done.is_set():
                await asyncio.sleep(random.random() / 5)
                rows = await connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%append_group%'"
                    " AND pid <> pg_backend_pid()"
                )
                ended += len(await rows.fetchall())
        return ended

    ending = asyncio.create_task(end_backends())
    receipts: list[Receipt] = []
    for _ in range(5):
        receipts += await asyncio.gather(*(write(log, reserved(f"rep{n}"), reserved("anna")) for n in range(8)))
    done.set()
    assert await ending > 0
    positions = [ref.position for receipt in receipts for ref in receipt.events]
    assert sorted(positions) == list(range(1, 81))
    assert (await log.verify()).finding is None


# --------------------------------------------------------------------------------------------------- other processes


@pytest.mark.slow
async def test_whoever_follows_six_processes_that_append_misses_nothing(
    log: EventsourcingLog, postgres_url: str, a_schema: str
) -> None:
    command = [sys.executable, "-m", "tests.services.adapters.a_writer", postgres_url, a_schema, "60"]
    writers = [subprocess.Popen(command) for _ in range(6)]
    followed: list[int] = []
    while True:
        over = all(writer.poll() is not None for writer in writers)
        page = await log.page(len(followed), 37)
        followed += [one.position for one in page]
        assert followed[-37:] == list(range(max(0, len(followed) - 37) + 1, len(followed) + 1))
        if not page:
            if over:
                break
            await log.beyond(len(followed), seconds=0.2)
    assert [writer.returncode for writer in writers] == [0] * 6
    verification = await log.verify()
    assert (verification.finding, verification.events) == (None, len(followed))
    assert len(followed) >= 360


async def test_what_another_process_appends_is_heard_at_once(
    log: EventsourcingLog, postgres_url: str, a_schema: str
) -> None:
    other = EventsourcingLog(PostgresRecorder(postgres_url, a_schema), "main")
    assert await log.beyond(0, seconds=0) == 0
    waiting = asyncio.create_task(log.beyond(0, seconds=30))
    await asyncio.sleep(0.05)
    await other.append(appending(reserved("anna")))
    async with asyncio.timeout(5):
        assert await waiting == 1
    await other.close()


async def test_who_is_cut_off_from_the_notifications_comes_back_to_them(
    log: EventsourcingLog, fragile: EventsourcingLog, cutting: Cutting
) -> None:
    assert await fragile.beyond(0, seconds=5) == 1
    cutting.go_away()
    await log.append(appending(reserved("anna")))
    cutting.away = False
    async with asyncio.timeout(10):
        assert await fragile.beyond(1, seconds=10) == 2


async def test_organisations_do_not_hear_each_other(log: EventsourcingLog, postgres_url: str, a_schema: str) -> None:
    migrate_at(postgres_url, f"{a_schema}_other")
    other = EventsourcingLog(PostgresRecorder(postgres_url, f"{a_schema}_other"), "other")
    await log.append(appending(reserved("anna")))
    assert await other.beyond(0, seconds=0.3) == 0
    assert await other.page(0, 10) == []
    await other.close()


# -------------------------------------------------------------------------------------------------------- immutability


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {schema}.stored_events SET topic = 'other' WHERE notification_id = 1",
        "DELETE FROM {schema}.stored_events WHERE notification_id = 1",
        "TRUNCATE {schema}.stored_events",
        "INSERT INTO {schema}.stored_events SELECT * FROM {schema}.stored_events"
        " ON CONFLICT (notification_id) DO UPDATE SET topic = 'other'",
        "UPDATE {schema}.requests SET told = '{{}}'",
        "DELETE FROM {schema}.requests",
        "TRUNCATE {schema}.requests",
        "DELETE FROM {schema}.head",
        "TRUNCATE {schema}.head",
    ],
)
async def test_what_was_recorded_is_not_changed(
    log: EventsourcingLog, postgres_url: str, a_schema: str, statement: str
) -> None:
    await log.append(appending(reserved("anna")))
    with psycopg.connect(postgres_url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(SQL(cast("Any", statement)).format(schema=Identifier(a_schema)))
    assert (await log.verify()).finding is None


async def test_sealed_values_and_keys_can_be_destroyed(log: EventsourcingLog, postgres_url: str, a_schema: str) -> None:
    assert (await log.head()).position == 0
    with psycopg.connect(postgres_url) as connection:
        for table in ("sealed", "subject_keys"):
            connection.execute(SQL("DELETE FROM {}.{}").format(Identifier(a_schema), Identifier(table)))


# ------------------------------------------------------------------------------------------------------------- booting


def test_many_who_boot_at_once_migrate_once(postgres_url: str, a_schema: str) -> None:
    with ThreadPoolExecutor(8) as boots:
        applied = list(boots.map(migrate_at, [postgres_url] * 8, [a_schema] * 8))
    wanted = sorted(file.name for file in files(PACKAGE).iterdir() if file.name.endswith(".sql"))
    assert sorted(name for names in applied for name in names) == wanted
    assert sum(bool(names) for names in applied) == 1


def test_a_schema_of_any_name_is_named_safely(postgres_url: str) -> None:
    schema = "test \"; DROP SCHEMA public; --'"
    assert migrate_at(postgres_url, schema)
    assert not migrate_at(postgres_url, schema)
