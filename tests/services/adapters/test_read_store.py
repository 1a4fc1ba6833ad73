"""What a read store promises, shown on each of them."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from itertools import chain
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from domain.envelope import Recorded
from projections.projection import Facts, Key, Known, Spans, Valid
from services.adapters.memory_read_store import MemoryReadStore
from services.adapters.postgres_read_store import PostgresReadStore
from services.ports import (
    Between,
    Changes,
    Delivery,
    FedBy,
    Forgotten,
    Mark,
    MovedMeanwhile,
    OneOf,
    Parked,
    ReadStore,
    ShapeChanged,
    Standing,
    Unwritable,
)
from tests.people import MONDAY, an_id


class Colour(StrEnum):
    """A closed list."""

    RED = "RED"
    BLUE = "BLUE"


@dataclass(frozen=True, slots=True)
class Thing:
    """A row with a column of every kind."""

    position: int
    owner: str
    colour: Colour
    big: bool
    seen_at: datetime
    seen_on: date
    thing_id: UUID
    digest: bytes
    flags: tuple[str, ...]
    colours: tuple[Colour, ...]
    note: str | None
    wanted: Colour | None
    until: datetime | None
    tags: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Stay:
    """Where somebody stays, from when until when."""

    guest: str
    room: int
    valid_from: datetime
    note: str | None = None


def _nothing(_: Recorded) -> Iterable[Thing]:
    return []


def _nowhere(_: Recorded) -> Key | None:
    return None


def _same(rows: Sequence[Stay], _: Recorded) -> Sequence[Stay]:
    return rows


things = Facts("things", 1, Thing, ("position",), (("owner", "seen_at", "position"),), frozenset(), _nothing)
stays = Spans("stays", 1, Stay, ("guest",), (("known_to", "room"), ("room",)), frozenset(), _nowhere, _same)


def thing(position: int, owner: str = "anna", **fields: Any) -> Thing:  # noqa: ANN401 - any of its fields
    """A row, with whatever is to be different about it."""
    usual = Thing(
        position=position,
        owner=owner,
        colour=Colour.RED,
        big=True,
        seen_at=MONDAY + timedelta(hours=position),
        seen_on=date(2026, 3, 2),
        thing_id=an_id(position),
        digest=bytes([0, position % 256]),
        flags=("LATE", "行迹"),
        colours=(Colour.BLUE,),
        note=None,
        wanted=None,
        until=None,
        tags=None,
    )
    return replace(usual, **fields)


def stay(guest: str, room: int, known_from: int, known_to: int | None = None, ordinal: int = 0) -> Known[Stay]:
    """A span, as it is known from one position to another."""
    return Known(Stay(guest, room, MONDAY), known_from, known_to, ordinal)


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.postgres)])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[ReadStore]:
    """Each read store, empty."""
    if request.param == "memory":
        memory = MemoryReadStore(lambda: MONDAY)
        await memory.prepare([things, stays])
        yield memory
        return
    postgres = PostgresReadStore(
        request.getfixturevalue("postgres_url"), f"{request.getfixturevalue('a_schema')}_read", lambda: MONDAY
    )
    await postgres.open()
    try:
        await postgres.prepare([things, stays])
        yield postgres
    finally:
        await postgres.close()


async def test_every_kind_of_value_comes_back_as_it_went_in(store: ReadStore) -> None:
    full = thing(
        7, big=False, note='say "阿"\n\\N\t', wanted=Colour.BLUE, until=MONDAY, tags=("a", "b,{}"), flags=(), colours=()
    )
    precise = thing(8, seen_at=datetime(2026, 3, 2, 1, 2, 3, 456789, UTC), tags=())
    await store.write(things, Changes(added=[full, precise]), after=0, upto=9)
    assert await store.select(things, {}) == [full, precise]
    [again, _] = await store.select(things, {})
    assert (type(again.colour), type(again.flags)) == (Colour, tuple)
    assert again.seen_at.utcoffset() is not None


async def test_the_position_moves_with_the_rows_or_not_at_all(store: ReadStore) -> None:
    assert await store.standing(things) == Standing(0)
    await store.write(things, Changes(added=[thing(1)]), after=0, upto=5)
    assert await store.standing(things) == Standing(5)
    with pytest.raises(MovedMeanwhile):
        await store.write(things, Changes(added=[thing(2)]), after=0, upto=6)
    assert await store.standing(things) == Standing(5)
    assert await store.select(things, {}) == [thing(1)]


async def test_a_batch_that_is_delivered_twice_counts_once(store: ReadStore) -> None:
    batch = Changes(added=[thing(1), thing(2)])
    await store.write(things, batch, after=0, upto=2)
    with pytest.raises(MovedMeanwhile):
        await store.write(things, batch, after=0, upto=2)
    assert await store.count(things, {}) == {(): 2}


async def test_a_row_that_cannot_be_written_changes_nothing(store: ReadStore) -> None:
    await store.write(things, Changes(added=[thing(1)]), after=0, upto=1)
    with pytest.raises(Unwritable):
        await store.write(things, Changes(added=[thing(2), thing(1)]), after=1, upto=2)
    assert await store.standing(things) == Standing(1)
    assert await store.select(things, {}) == [thing(1)]


async def test_rows_are_found_by_equal_fields_ranges_and_several_values(store: ReadStore) -> None:
    rows = [
        thing(1, "anna"),
        thing(2, "bruno", colour=Colour.BLUE, note="x"),
        thing(3, "carl", until=MONDAY),
        thing(4, "anna", thing_id=an_id(99)),
    ]
    await store.write(things, Changes(added=rows), after=0, upto=4)

    async def found(**where: Any) -> list[int]:  # noqa: ANN401 - any condition
        return [row.position for row in await store.select(things, where)]

    assert await found(owner="anna") == [1, 4]
    assert await found(owner="anna", thing_id=an_id(99)) == [4]
    assert await found(colour=Colour.BLUE) == [2]
    assert await found(note=None) == [1, 3, 4]
    assert await found(position=Between(2, 4)) == [2, 3]
    assert await found(position=Between(None, 2)) == [1]
    assert await found(seen_at=Between(MONDAY + timedelta(hours=3), None)) == [3, 4]
    assert await found(until=Between(None, MONDAY + timedelta(1))) == [3]
    assert await found(owner=OneOf(["bruno", "carl"])) == [2, 3]
    assert await found(colour=OneOf([Colour.BLUE])) == [2]
    assert await found(thing_id=OneOf([an_id(1), an_id(99)])) == [1, 4]
    assert await found(owner=OneOf([])) == []
    assert await found(owner="'; DROP TABLE things") == []


async def test_pages_follow_each_other_without_gap_or_repetition(store: ReadStore) -> None:
    same_hour = [thing(n, seen_at=MONDAY + timedelta(hours=n // 3)) for n in range(1, 12)]
    await store.write(things, Changes(added=same_hour), after=0, upto=11)
    for descending in (False, True):
        pages: list[list[int]] = []
        after: tuple[Any, ...] = ()
        while page := await store.select(
            things,
            {"owner": "anna"},
            order=("seen_at", "position"),
            descending=descending,
            after=after,
            limit=4,
        ):
            pages.append([row.position for row in page])
            after = (page[-1].seen_at, page[-1].position)
        assert [len(page) for page in pages] == [4, 4, 3]
        assert list(chain.from_iterable(pages)) == sorted(range(1, 12), reverse=descending)


async def test_a_crowd_that_asks_at_once_is_told_what_each_asked_for(store: ReadStore) -> None:
    many = [thing(n, f"rep {n % 7}", seen_at=MONDAY + timedelta(hours=n // 3)) for n in range(1, 61)]
    await store.write(things, Changes(added=many), after=0, upto=60)
    rooms = [stay(f"rep {n % 7}", n, 1 + n // 2, None if n % 3 else 50, ordinal=n) for n in range(1, 31)]
    await store.write(stays, Changes(opened=rooms), after=0, upto=60)

    def asked(n: int) -> list[Any]:
        owner, hour = f"rep {n % 9}", MONDAY + timedelta(hours=n % 11)
        return [
            store.select(things, {"owner": owner}),
            store.select(things, {"owner": owner, "seen_at": Between(hour, None)}, order=("seen_at",), limit=n % 4),
            store.select(
                things, {"colour": Colour.RED}, order=("seen_at", "position"), descending=True, after=(hour, n), limit=5
            ),
            store.select(things, {"big": True, "thing_id": an_id(n), "seen_on": date(2026, 3, 2), "note": None}),
            store.select(things, {"owner": OneOf([owner, "rep 1"])}, at=n),
            store.select(things, {"flags": ("LATE", "行迹")}, limit=n),
            store.select(stays, {"guest": owner}),
            store.select(stays, {"guest": owner}, at=n, order=("room",), descending=True),
            store.select(stays, {"room": n}, ever=True),
        ]

    each = [[await one for one in asked(n)] for n in range(1, 41)]
    at_once = await asyncio.gather(*(asyncio.gather(*asked(n)) for n in range(1, 41)))
    assert at_once == each
    assert any(rows for one in each for rows in one)


async def test_words_are_ordered_by_their_signs_whatever_the_machine_speaks(store: ReadStore) -> None:
    owners = ["Ärmel", "a", "B", "阿", "_", "b"]
    rows = [thing(n, owner) for n, owner in enumerate(owners, 1)]
    await store.write(things, Changes(added=rows), after=0, upto=6)
    assert [row.owner for row in await store.select(things, {}, order=("owner",))] == sorted(owners)


async def test_facts_as_of_a_position_are_those_recorded_until_then(store: ReadStore) -> None:
    await store.write(things, Changes(added=[thing(n) for n in (1, 2, 5)]), after=0, upto=5)
    assert [row.position for row in await store.select(things, {}, at=2)] == [1, 2]
    assert await store.count(things, {}, at=4) == {(): 2}


async def test_spans_are_closed_and_never_overwritten(store: ReadStore) -> None:
    await store.write(stays, Changes(opened=[stay("anna", 1, 3), stay("anna", 2, 3, ordinal=1)]), after=0, upto=3)
    moved = Changes(closed=[stay("anna", 1, 3, 8)], opened=[stay("anna", 4, 8)])
    await store.write(stays, moved, after=3, upto=9)

    async def rooms(at: int | None = None, *, ever: bool = False) -> list[int]:
        return [known.row.room for known in await store.select(stays, {"guest": "anna"}, at=at, ever=ever)]

    assert await rooms() == [2, 4]
    assert await rooms(2) == []
    assert await rooms(3) == await rooms(7) == [1, 2]
    assert await rooms(8) == [2, 4]
    assert await rooms(ever=True) == [1, 2, 4]
    assert await rooms(5, ever=True) == [1, 2]
    assert await store.select(stays, {"room": 1}, ever=True) == [stay("anna", 1, 3, 8)]
    for at in (3, 7):
        assert await store.select(stays, {"room": 1}, at=at) == [stay("anna", 1, 3)], "nothing tells of later ones"
        assert await store.select(stays, {"room": 1}, at=at, ever=True) == [stay("anna", 1, 3)]
    assert await store.select(stays, {"room": 1}, at=8, ever=True) == [stay("anna", 1, 3, 8)]


@dataclass(frozen=True, slots=True)
class Lease:
    """A row that holds in the world from one hour to another."""

    guest: str
    begins: datetime
    ends: datetime


async def test_it_knows_how_long_the_longest_row_ever_held_in_the_world(store: ReadStore) -> None:
    never = MONDAY + timedelta(days=9_999)
    valid = Valid("begins", "ends", never)
    leases: Spans[Any] = Spans("leases", 1, Lease, ("guest",), (), frozenset(), _nowhere, _same, valid)
    await store.prepare([leases])
    assert await store.longest(leases) == timedelta()
    week, month = (Lease("anna", MONDAY, MONDAY + timedelta(days=days, minutes=1)) for days in (7, 30))
    batch = Changes(opened=[Known(month, 1, 2), Known(week, 2, None), Known(Lease("bruno", MONDAY, never), 2, None, 1)])
    await store.write(leases, batch, after=0, upto=2)
    assert await store.longest(leases) == timedelta(days=30, minutes=1)
    await store.begin_rebuild(leases)
    await store.write(leases, Changes(opened=[Known(week, 2, None)]), after=0, upto=2, shadow=True)
    await store.swap(leases)
    assert await store.longest(leases) == timedelta(days=7, minutes=1)
    assert await store.longest(stays) == timedelta(), "nothing is said there of the world"


async def test_a_span_that_opens_and_closes_in_one_batch_is_kept(store: ReadStore) -> None:
    batch = Changes(opened=[stay("anna", 1, 3, 4), stay("anna", 2, 4)])
    await store.write(stays, batch, after=0, upto=4)
    assert [known.row.room for known in await store.select(stays, {}, at=3)] == [1]
    assert [known.row.room for known in await store.select(stays, {})] == [2]


async def test_what_is_true_now_of_several_keys_comes_in_one_answer(store: ReadStore) -> None:
    batch = Changes(opened=[stay("anna", 1, 1, 2), stay("anna", 2, 2), stay("bruno", 3, 3), stay("carl", 4, 4)])
    await store.write(stays, batch, after=0, upto=4)
    found = await store.current(stays, [("anna",), ("bruno",), ("nobody",)])
    assert sorted((known.row.guest, known.row.room) for known in found) == [("anna", 2), ("bruno", 3)]


async def test_spans_can_be_asked_for_in_the_order_in_which_they_became_known(store: ReadStore) -> None:
    batch = Changes(opened=[stay("anna", 9, 1), stay("bruno", 3, 2), stay("carl", 4, 3)])
    await store.write(stays, batch, after=0, upto=3)
    newest = await store.select(stays, {}, order=("known_from",), descending=True, limit=2)
    assert [known.row.guest for known in newest] == ["carl", "bruno"]
    older = await store.select(stays, {}, order=("known_from",), descending=True, after=(2,))
    assert [known.row.guest for known in older] == ["anna"]


async def test_rows_are_counted_by_group(store: ReadStore) -> None:
    rows = [thing(1, "anna"), thing(2, "bruno", colour=Colour.BLUE), thing(3, "anna")]
    await store.write(things, Changes(added=rows), after=0, upto=3)
    assert await store.count(things, {}, by=("owner", "colour")) == {
        ("anna", Colour.RED): 2,
        ("bruno", Colour.BLUE): 1,
    }
    assert await store.count(things, {"owner": "nobody"}, by=("owner",)) == {}
    batch = Changes(opened=[stay("anna", 1, 1, 2), stay("anna", 2, 2), stay("bruno", 2, 3)])
    await store.write(stays, batch, after=0, upto=3)
    assert await store.count(stays, {}, by=("room",)) == {(2,): 2}
    assert await store.count(stays, {}, by=("room",), at=1) == {(1,): 1}


async def test_the_fingerprint_is_that_of_the_rows_and_not_of_their_order(store: ReadStore) -> None:
    empty = await store.fingerprint(things)
    await store.write(things, Changes(added=[thing(1), thing(2)]), after=0, upto=2)
    live = await store.fingerprint(things)
    await store.begin_rebuild(things)
    await store.write(things, Changes(added=[thing(2)]), after=0, upto=2, shadow=True)
    assert await store.fingerprint(things, shadow=True) not in (live, empty)
    await store.write(things, Changes(added=[thing(1)]), after=2, upto=3, shadow=True)
    assert await store.fingerprint(things, shadow=True) == live
    await store.cancel_rebuild(things)
    await store.begin_rebuild(things)
    await store.write(things, Changes(added=[thing(1), thing(2, note="x")]), after=0, upto=2, shadow=True)
    assert await store.fingerprint(things, shadow=True) != live


async def test_a_fingerprint_as_of_a_position_does_not_see_what_came_later(store: ReadStore) -> None:
    await store.write(stays, Changes(opened=[stay("anna", 1, 3)]), after=0, upto=3)
    then = await store.fingerprint(stays)
    later = Changes(closed=[stay("anna", 1, 3, 8)], opened=[stay("anna", 4, 8)])
    await store.write(stays, later, after=3, upto=9)
    assert await store.fingerprint(stays, at=3) == await store.fingerprint(stays, at=7) == then
    assert await store.fingerprint(stays, at=8) == await store.fingerprint(stays) != then


async def test_the_shadow_is_filled_beside_the_live_table_and_takes_its_place(store: ReadStore) -> None:
    await store.write(stays, Changes(opened=[stay("anna", 1, 1)]), after=0, upto=2)
    await store.begin_rebuild(stays)
    assert await store.standing(stays, shadow=True) == Standing(0)
    await store.write(stays, Changes(opened=[stay("anna", 9, 1)]), after=0, upto=1, shadow=True)
    assert [known.row.room for known in await store.current(stays, [("anna",)])] == [1]
    assert [known.row.room for known in await store.current(stays, [("anna",)], shadow=True)] == [9]
    assert await store.swap(stays) is False, "the live table has come further"
    assert [known.row.room for known in await store.select(stays, {})] == [1]
    await store.write(stays, Changes(), after=1, upto=2, shadow=True)
    assert await store.swap(stays) is True
    assert [known.row.room for known in await store.select(stays, {})] == [9]
    assert await store.standing(stays) == Standing(2)
    assert await store.standing(stays, shadow=True) == Standing(None)
    await store.write(stays, Changes(closed=[stay("anna", 9, 1, 3)]), after=2, upto=3)
    assert await store.select(stays, {}) == []
    await store.begin_rebuild(stays)
    await store.write(stays, Changes(), after=0, upto=3, shadow=True)
    assert await store.swap(stays) is True, "a second time works like the first"
    assert await store.select(stays, {}, ever=True) == []


async def test_an_interrupted_rebuild_is_taken_up_and_a_cancelled_one_is_gone(store: ReadStore) -> None:
    await store.begin_rebuild(things)
    await store.write(things, Changes(added=[thing(1)]), after=0, upto=4, shadow=True)
    await store.begin_rebuild(things)
    assert await store.standing(things, shadow=True) == Standing(4)
    await store.cancel_rebuild(things)
    assert await store.standing(things, shadow=True) == Standing(None)
    with pytest.raises(MovedMeanwhile):
        await store.write(things, Changes(), after=4, upto=5, shadow=True)
    with pytest.raises(MovedMeanwhile):
        await store.swap(things)
    await store.cancel_rebuild(things)
    await store.begin_rebuild(things)
    assert await store.standing(things, shadow=True) == Standing(0)


async def test_parked_streams_are_kept_with_the_table_until_they_are_taken_in(store: ReadStore) -> None:
    parked = Parked("visit-1", 3, 2, "visit.visit_recorded", "ValueError: 阿")
    await store.write(things, Changes(parked=[parked, replace(parked, stream="visit-2")]), after=0, upto=4)
    assert (await store.standing(things)).parked == {"visit-1": parked, "visit-2": replace(parked, stream="visit-2")}
    await store.write(things, Changes(unparked=["visit-1"]), after=4, upto=4)
    assert list((await store.standing(things)).parked) == ["visit-2"]
    again = replace(parked, position=9)
    await store.write(things, Changes(unparked=["visit-2"], parked=[again]), after=4, upto=9)
    assert (await store.standing(things)).parked == {"visit-1": again}
    await store.begin_rebuild(things)
    assert (await store.standing(things, shadow=True)).parked == {}
    await store.write(things, Changes(), after=0, upto=9, shadow=True)
    assert await store.swap(things)
    assert (await store.standing(things)).parked == {}


async def test_progress_tells_how_far_each_has_come(store: ReadStore) -> None:
    await store.write(things, Changes(), after=0, upto=40)
    await store.note(stays, state="stopped", error="an unknown word")
    await store.begin_rebuild(things)
    await store.write(things, Changes(), after=0, upto=20, shadow=True)
    await store.note_rate(things, 5)
    of_things, of_stays = await store.progress([things, stays], head=50)
    assert (of_things.position, of_things.lag, of_things.state) == (40, 10, "rebuilding")
    assert (of_things.rebuilt, of_things.rate, of_things.seconds_left) == (20, 5, 6)
    assert of_things.heartbeat == MONDAY
    assert (of_stays.state, of_stays.error, of_stays.rebuilt) == ("stopped", "an unknown word", None)


async def test_another_shape_under_the_same_version_is_refused(store: ReadStore) -> None:
    wider = replace(things, row=Stay)
    with pytest.raises(ShapeChanged, match="things"):
        await store.prepare([wider])


async def test_a_new_version_is_filled_beside_the_old_one(store: ReadStore) -> None:
    await store.write(stays, Changes(opened=[stay("anna", 1, 1)]), after=0, upto=1)
    newer = replace(stays, version=2)
    await store.prepare([newer])
    assert await store.standing(newer) == Standing(0)
    assert await store.select(newer, {}) == []
    assert len(await store.select(stays, {})) == 1


async def test_a_new_version_takes_its_place_beside_the_old_one_which_goes_on_until_nobody_fills_it(
    store: ReadStore,
) -> None:
    await store.write(stays, Changes(opened=[stay("anna", 1, 1)]), after=0, upto=1)
    await store.note(stays, state="live")
    newer = replace(stays, version=2)
    await store.prepare([newer])
    await store.begin_rebuild(newer)
    await store.write(newer, Changes(opened=[stay("anna", 1, 1)]), after=0, upto=1, shadow=True)
    assert await store.swap(newer)
    await store.write(stays, Changes(opened=[stay("bruno", 2, 2)]), after=1, upto=2)
    assert len(await store.select(stays, {})) == 2, "who runs the release before goes on"
    assert len(await store.select(newer, {})) == 1
    wanted = (things, newer)
    assert await store.forget_others(wanted, idle=timedelta(minutes=1)) == Forgotten((), ("stays_v1",))
    assert len(await store.select(stays, {})) == 2
    assert await store.forget_others(wanted, idle=timedelta()) == Forgotten(("stays_v1",), ())
    assert await store.forget_others(wanted, idle=timedelta()) == Forgotten((), ())
    assert len(await store.select(newer, {})) == 1


# ------------------------------------------------------------------------------------------------- filled by a topic

BOTH = (things, stays)
FED = FedBy("a.topic", 2)


async def delivered(store: ReadStore, changes: Changes, part: int, before: Mark, after: Mark) -> None:
    """What came out of one partition for the things."""
    await store.deliver([Delivery(things, changes, {part: before}, {part: after})])


async def test_a_topic_fills_the_tables_from_where_they_stand(store: ReadStore) -> None:
    await store.write(things, Changes(added=[thing(1)]), after=0, upto=3)
    await store.feed_from(FED, BOTH)
    assert await store.feed() == FED
    assert (await store.standing(things)).marks == {0: Mark(0, 3), 1: Mark(0, 3)}
    assert (await store.standing(stays)).marks == {0: Mark(0, 0), 1: Mark(0, 0)}
    assert await store.come(BOTH) == 0
    with pytest.raises(MovedMeanwhile):
        await store.write(things, Changes(added=[thing(4)]), after=3, upto=4)


async def test_nothing_is_told_of_an_event_before_every_partition_has_come_to_it(store: ReadStore) -> None:
    await store.feed_from(FED, BOTH)
    await delivered(store, Changes(added=[thing(2), thing(5)]), 0, Mark(), Mark(2, 5))
    assert await store.select(things, {}) == []
    assert await store.count(things, {}) == {}
    await delivered(store, Changes(added=[thing(1)]), 1, Mark(), Mark(1, 4))
    assert await store.come([things]) == 4
    assert [row.position for row in await store.select(things, {}, order=("position",))] == [1, 2]
    assert await store.count(things, {}) == {(): 2}
    [progress] = await store.progress([things], head=9)
    assert (progress.position, progress.lag) == (4, 5)
    await delivered(store, Changes(), 1, Mark(1, 4), Mark(2, 6))
    assert [row.position for row in await store.select(things, {}, order=("position",))] == [1, 2, 5]


async def test_a_row_that_one_partition_closed_is_open_until_the_others_have_come_there(store: ReadStore) -> None:
    await store.feed_from(FED, BOTH)
    first = stay("anna", 1, 1)
    opened = Delivery(stays, Changes(opened=[first]), {0: Mark(), 1: Mark()}, {0: Mark(1, 2), 1: Mark(1, 2)})
    await store.deliver([opened])
    moved = Changes(closed=[replace(first, known_to=4)], opened=[stay("anna", 2, 4)])
    await store.deliver([Delivery(stays, moved, {0: Mark(1, 2)}, {0: Mark(2, 4)})])
    assert [known.row.room for known in await store.select(stays, {})] == [1]
    assert [known.known_to for known in await store.select(stays, {})] == [None]
    assert [known.row.room for known in await store.current(stays, [("anna",)])] == [2], "the worker sees its own"


async def test_who_was_taken_for_dead_writes_nothing(store: ReadStore) -> None:
    """A worker that stood still while another had its partition: its mark is no longer the one in the table."""
    await store.feed_from(FED, BOTH)
    await delivered(store, Changes(added=[thing(1)]), 0, Mark(), Mark(1, 1))
    with pytest.raises(MovedMeanwhile):
        await delivered(store, Changes(added=[thing(2)]), 0, Mark(), Mark(2, 2))
    with pytest.raises(MovedMeanwhile):
        await delivered(store, Changes(added=[thing(2)]), 0, Mark(1, 1, turn=1), Mark(2, 2, turn=1))
    assert await store.count(things, {}, at=9) == {(): 1}
    assert (await store.standing(things)).marks[0] == Mark(1, 1)


async def test_what_came_together_is_written_together_or_not_at_all(store: ReadStore) -> None:
    await store.feed_from(FED, BOTH)
    good = Delivery(stays, Changes(opened=[stay("anna", 1, 1)]), {0: Mark()}, {0: Mark(1, 1)})
    await delivered(store, Changes(added=[thing(1)]), 1, Mark(), Mark(1, 1))
    bad = Delivery(things, Changes(added=[thing(1)]), {0: Mark()}, {0: Mark(1, 1)})
    with pytest.raises(Unwritable):
        await store.deliver([good, bad])
    assert await store.select(stays, {}, at=9) == []
    assert (await store.standing(stays)).marks[0] == Mark()


async def test_streams_are_parked_out_of_a_topic_too(store: ReadStore) -> None:
    await store.feed_from(FED, BOTH)
    parked = Parked("visit-1", 1, 1, "visit.visit_recorded", "why")
    await delivered(store, Changes(parked=[parked]), 0, Mark(), Mark(1, 1))
    assert (await store.standing(things)).parked == {"visit-1": parked}
    await delivered(store, Changes(unparked=["visit-1"]), 0, Mark(1, 1), Mark(1, 1, turn=1))
    assert (await store.standing(things)).parked == {}


async def test_the_log_fills_the_tables_again_only_where_all_partitions_have_come_alike(store: ReadStore) -> None:
    await store.feed_from(FED, BOTH)
    await delivered(store, Changes(added=[thing(1)]), 0, Mark(), Mark(1, 1))
    with pytest.raises(MovedMeanwhile):
        await store.feed_from(None, BOTH)
    await delivered(store, Changes(), 1, Mark(), Mark(1, 1))
    await store.feed_from(None, BOTH)
    assert await store.feed() is None
    assert await store.standing(things) == Standing(1)
    await store.write(things, Changes(added=[thing(2)]), after=1, upto=2)


async def test_a_rebuilt_table_takes_the_place_where_a_topic_fills_it(store: ReadStore) -> None:
    await store.feed_from(FED, BOTH)
    await delivered(store, Changes(added=[thing(3)]), 0, Mark(), Mark(7, 3))
    await store.begin_rebuild(things)
    await store.write(things, Changes(added=[thing(1)]), after=0, upto=2, shadow=True)
    assert not await store.swap(things), "a partition has come further"
    await store.write(things, Changes(added=[thing(3)]), after=2, upto=5, shadow=True)
    assert await store.swap(things)
    assert (await store.standing(things)).marks == {0: Mark(7, 5, turn=1), 1: Mark(0, 5, turn=1)}
    assert [row.position for row in await store.select(things, {}, order=("position",))] == [1, 3]


async def test_tables_that_are_written_together_change_all_or_not_at_all(store: ReadStore) -> None:
    both = [(things, Changes(added=[thing(1)]), 0), (stays, Changes(opened=[stay("anna", 1, 1)]), 0)]
    await store.prepare([things, stays])
    await store.write_together(both, upto=2)
    assert [(await store.standing(one)).position for one in (things, stays)] == [2, 2]
    before = [await store.fingerprint(one) for one in (things, stays)]
    with pytest.raises(MovedMeanwhile):
        await store.write_together([(things, Changes(added=[thing(3)]), 2), (stays, Changes(), 1)], upto=4)
    again = Changes(opened=[stay("anna", 1, 1)])
    with pytest.raises(Unwritable):
        await store.write_together([(things, Changes(added=[thing(3)]), 2), (stays, again, 2)], upto=4)
    assert [await store.fingerprint(one) for one in (things, stays)] == before
    assert [(await store.standing(one)).position for one in (things, stays)] == [2, 2]
    await store.write_together([(things, Changes(added=[thing(3)]), 2), (stays, Changes(), 2)], upto=4)
    assert await store.count(things, {}) == {(): 2}


@pytest.mark.postgres
async def test_writers_of_the_same_tables_take_them_in_one_order_so_that_none_waits_for_one_that_waits_for_it(
    postgres_url: str, a_schema: str
) -> None:
    store = PostgresReadStore(postgres_url, a_schema, lambda: MONDAY)
    await store.open()
    try:
        await store.prepare([things, stays])
        line = SQL("SELECT name FROM {} WHERE name = %s FOR UPDATE NOWAIT").format(Identifier(a_schema, "read_models"))
        async with (
            await psycopg.AsyncConnection.connect(postgres_url) as first,
            await psycopg.AsyncConnection.connect(postgres_url) as second,
            asyncio.TaskGroup() as group,
        ):
            await first.execute(line, ("stays",))
            group.create_task(store.write_together([(things, Changes(), 0), (stays, Changes(), 0)], upto=2))
            await _until_somebody_waits_for(first.info.backend_pid, second)
            assert await (await second.execute(line, ("things",))).fetchone() == ("things",)
            await second.rollback()
            await first.rollback()
        assert (await store.standing(stays)).position == 2
    finally:
        await store.close()


async def _until_somebody_waits_for(process: int, looker: psycopg.AsyncConnection[Any]) -> None:
    async with asyncio.timeout(10):
        while True:
            found = await looker.execute(
                "SELECT FROM pg_stat_activity WHERE %s = ANY (pg_blocking_pids(pid))", (process,)
            )
            if await found.fetchone() is not None:
                break
            await asyncio.sleep(0.01)
    await looker.rollback()
