"""What a check of the whole log finds: nothing in an honest one, and every way of changing one."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from services.adapters.eventsourcing_log import EventsourcingLog
from services.adapters.memory_recorder import MemoryRecorder
from services.adapters.migrations import migrate_at
from services.adapters.postgres_recorder import PostgresRecorder
from services.adapters.recorder import KeptEvent
from services.tree import EMPTY_ROOT, grow, leaf_hash
from tests.services.adapters.stories import HOUR, appending, asking, reserved, tip_of, write

pytestmark = pytest.mark.postgres


@pytest.fixture
async def log(postgres_url: str, a_schema: str) -> AsyncIterator[EventsourcingLog]:
    """A log with a few streams, refused and repeated requests, and a clock that went back once."""
    migrate_at(postgres_url, a_schema)
    log = EventsourcingLog(PostgresRecorder(postgres_url, a_schema), "main")
    await a_past(log)
    yield log
    await log.close()


async def a_past(log: EventsourcingLog) -> None:
    for n in range(12):
        await write(log, reserved("anna"), reserved(f"rep{n % 3}"), at=HOUR + timedelta(minutes=n % 7))
    request = asking("nothing happens")
    await log.append(appending(request=request, tips={"portfolio-anna": await tip_of(log, "portfolio-anna")}))
    await log.append(appending(reserved("bruno"), reserved("bruno"), traceless=True))
    await log.append(appending(reserved("clara"), reserved("clara"), request=asking("the last")))


class Intruder:
    """Somebody with every right to the database: switches the triggers off and edits."""

    def __init__(self, url: str, schema: str) -> None:
        self._url = url
        self._schema = schema

    def does(self, *statements: str) -> None:
        with psycopg.connect(self._url) as connection:
            connection.execute("SET session_replication_role = replica")
            for statement in statements:
                query = SQL(cast("Any", statement)).format(schema=Identifier(self._schema))
                assert connection.execute(query).rowcount != 0, f"{statement} changed nothing"


@pytest.fixture
def intruder(postgres_url: str, a_schema: str) -> Intruder:
    return Intruder(postgres_url, a_schema)


async def finding_of(log: EventsourcingLog) -> tuple[int, str]:
    verification = await log.verify()
    assert verification.finding is not None, "nothing was found"
    return verification.finding.position, verification.finding.sentence


async def test_an_honest_log_is_in_order(log: EventsourcingLog) -> None:
    told: list[tuple[int, int]] = []
    verification = await log.verify(lambda done, of: told.append((done, of)))
    head = await log.head()
    assert verification.finding is None
    assert (verification.events, verification.root) == (head.position, head.root) == (28, head.root)
    assert verification.streams == 6
    assert told[-1] == (28, 28)


async def test_an_honest_log_in_memory_is_in_order() -> None:
    log = EventsourcingLog(MemoryRecorder(), "main")
    await a_past(log)
    verification = await log.verify()
    assert (verification.finding, verification.events) == (None, 28)
    await log.close()


async def test_an_empty_log_is_in_order() -> None:
    log = EventsourcingLog(MemoryRecorder(), "main")
    verification = await log.verify()
    assert (verification.events, verification.root, verification.finding) == (0, EMPTY_ROOT, None)
    await log.close()


async def test_a_log_that_grows_while_it_is_checked_is_in_order(log: EventsourcingLog) -> None:
    async def grow_it() -> None:
        for _ in range(100):
            await write(log, reserved("anna"))

    growing = asyncio.create_task(grow_it())
    while not growing.done():
        assert (await log.verify()).finding is None
    await growing
    assert (await log.verify()).events == 128


EDITS = {
    "an edited word": (
        5,
        "UPDATE {schema}.stored_events SET state = convert_to(replace(convert_from(state, 'utf8'), 'anna', 'dora'),"
        " 'utf8') WHERE notification_id = 5",
    ),
    "one bit of the last byte": (
        7,
        "UPDATE {schema}.stored_events SET state = set_byte(state, length(state) - 1, 124) WHERE notification_id = 7",
    ),
    "an hour set back": (
        9,
        "UPDATE {schema}.stored_events SET recorded_at = recorded_at - interval '1 second' WHERE notification_id = 9",
    ),
    "an hour set forward": (
        9,
        "UPDATE {schema}.stored_events SET recorded_at = recorded_at + interval '1 microsecond'"
        " WHERE notification_id = 9",
    ),
    "a leaf": (3, "UPDATE {schema}.stored_events SET leaf = sha256(leaf) WHERE notification_id = 3"),
    "a stream": (
        4,
        "UPDATE {schema}.stored_events SET originator_id = 'portfolio-zoe', originator_version = 1"
        " WHERE notification_id = 4",
    ),
    "a version": (5, "UPDATE {schema}.stored_events SET originator_version = 99 WHERE notification_id = 5"),
    "a name": (
        6,
        "UPDATE {schema}.stored_events SET topic = 'portfolio.slot_released' WHERE notification_id = 6",
    ),
    "an id": (8, "UPDATE {schema}.stored_events SET event_id = gen_random_uuid() WHERE notification_id = 8"),
    "a row in the middle removed": (11, "DELETE FROM {schema}.stored_events WHERE notification_id = 11"),
    "the first row removed": (1, "DELETE FROM {schema}.stored_events WHERE notification_id = 1"),
    "the last row removed": (28, "DELETE FROM {schema}.stored_events WHERE notification_id = 28"),
    "everything removed": (1, "DELETE FROM {schema}.stored_events"),
    "a row moved": (12, "UPDATE {schema}.stored_events SET notification_id = 99 WHERE notification_id = 12"),
    "another tree": (28, "UPDATE {schema}.head SET frontier[1] = sha256(frontier[1])"),
    "a tree cut short": (28, "UPDATE {schema}.head SET frontier = frontier[1:1]"),
    "another hour of the head": (28, "UPDATE {schema}.head SET recorded_us = recorded_us + 1"),
    "a head set back": (27, "UPDATE {schema}.head SET size = 27"),
    "a head set ahead": (29, "UPDATE {schema}.head SET size = 29"),
    "a request moved to another's events": (
        4,
        "UPDATE {schema}.requests SET first_position = 3, last_position = 4 WHERE id = 'the last'",
    ),
    "a request stretched": (28, "UPDATE {schema}.requests SET first_position = 26 WHERE id = 'the last'"),
    "a request renamed": (28, "UPDATE {schema}.requests SET id = 'another' WHERE id = 'the last'"),
    "a request past the end": (28, "UPDATE {schema}.requests SET last_position = 40 WHERE id = 'the last'"),
}


@pytest.mark.parametrize("edit", EDITS)
async def test_every_edit_is_found_where_it_was_made(log: EventsourcingLog, intruder: Intruder, edit: str) -> None:
    position, statement = EDITS[edit]
    intruder.does(statement)
    assert (await finding_of(log))[0] == position


async def test_two_events_that_changed_places_are_found(log: EventsourcingLog, intruder: Intruder) -> None:
    intruder.does(
        "UPDATE {schema}.stored_events SET notification_id = 99 WHERE notification_id = 6",
        "UPDATE {schema}.stored_events SET notification_id = 6 WHERE notification_id = 8",
        "UPDATE {schema}.stored_events SET notification_id = 8 WHERE notification_id = 99",
    )
    assert (await finding_of(log))[0] == 6


async def test_an_inserted_copy_is_found(log: EventsourcingLog, intruder: Intruder) -> None:
    intruder.does(
        "INSERT INTO {schema}.stored_events SELECT 29, originator_id, 99, topic, state, gen_random_uuid(), recorded_at,"
        " leaf FROM {schema}.stored_events WHERE notification_id = 28",
        "UPDATE {schema}.head SET size = 29",
    )
    assert (await finding_of(log))[0] == 29


async def test_the_end_cut_off_with_a_fitting_head_is_found_by_the_requests(
    log: EventsourcingLog, intruder: Intruder
) -> None:
    page = await log.page(0, 26)
    frontier: list[bytes] = []
    for size, one in enumerate(page):
        grow(frontier, size, one.leaf)
    hashes = ", ".join(f"'\\x{node.hex()}'::bytea" for node in frontier)
    intruder.does(
        "DELETE FROM {schema}.stored_events WHERE notification_id > 26",
        f"UPDATE {{schema}}.head SET size = 26, frontier = ARRAY[{hashes}]",  # noqa: S608 - hexadecimal digits
    )
    position, sentence = await finding_of(log)
    assert position == 26
    assert "the last" in sentence


async def test_bytes_and_leaf_edited_together_are_found_by_the_tree_or_the_chain(
    log: EventsourcingLog, intruder: Intruder
) -> None:
    body, recorded = await log.bytes_at(5), (await log.page(4, 1))[0]
    assert body is not None
    edited = body.replace(b'"biz_date":"2026-03-02"', b'"biz_date":"2026-03-01"', 1)
    assert edited != body
    leaf = leaf_hash(5, int(recorded.recorded_at.timestamp()) * 1_000_000, edited)
    intruder.does(
        f"UPDATE {{schema}}.stored_events SET state = '\\x{edited.hex()}', leaf = '\\x{leaf.hex()}'"  # noqa: S608 - hexadecimal digits
        " WHERE notification_id = 5"
    )
    position, sentence = await finding_of(log)
    assert position == 7
    assert "follows on other bytes" in sentence


async def test_in_memory_too_an_edit_is_found() -> None:
    recorder = MemoryRecorder()
    log = EventsourcingLog(recorder, "main")
    await a_past(log)
    events = cast("list[KeptEvent]", recorder._stored_events)  # pyright: ignore[reportPrivateUsage] - the intruder's way in
    events[9] = replace(events[9], state=events[9].state.replace(b"rep", b"pep"))
    assert (await finding_of(log))[0] == 10
    await log.close()


async def test_a_quick_look_stops_where_it_is_told_to(log: EventsourcingLog, intruder: Intruder) -> None:
    intruder.does("UPDATE {schema}.stored_events SET leaf = sha256(leaf) WHERE notification_id = 20")
    quick = await log.verify(upto=19)
    assert (quick.finding, quick.events) == (None, 19)
    further = (await log.verify(upto=20)).finding
    assert further is not None
    assert further.position == 20
