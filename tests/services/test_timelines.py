"""What a rep did, by either clock, as of any position."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from projections.rep_timeline import TimelineRow, rep_timeline
from services.adapters.memory_read_store import MemoryReadStore
from services.ports import Changes
from services.timelines import Clock, Timelines
from tests.domain.claiming.claims import granted
from tests.happened import happened
from tests.people import ACME, GLOBEX, MONDAY, an_id, at

LATE = at("02-27 16:00")
"""Anna told on Monday what she had done on Friday, which was 08:00 UTC; on Sunday she worked in Auckland."""


def _row(position: int, occurred_at: datetime, *, day: date | None = None, name: str = "visit.told") -> TimelineRow:
    [row] = rep_timeline.project(
        happened(granted()[0], position, occurred_at=occurred_at, biz_date=day or occurred_at.date(), name=name)
    )
    return row


@pytest.fixture
async def timelines() -> Timelines:
    store = MemoryReadStore(lambda: MONDAY)
    rows = [
        _row(1, at("03-02 09:00")),
        _row(2, LATE, name="visit.late"),
        _row(3, at("03-02 11:00")),
        _row(4, at("03-01 21:30"), day=date(2026, 3, 2), name="visit.abroad"),
        replace(_row(5, at("03-03 09:00")), customer_id=GLOBEX),
        replace(_row(6, at("03-02 10:00")), rep_id="bruno"),
    ]
    await store.write(rep_timeline, Changes(added=rows), after=0, upto=6)
    return Timelines(store)


def _positions(rows: Sequence[TimelineRow]) -> list[int]:
    return [row.position for row in rows]


@pytest.mark.parametrize(("clock", "order"), [("occurred", [2, 4, 1, 3, 5]), ("recorded", [1, 2, 3, 4, 5])])
async def test_each_clock_tells_the_same_days_in_its_own_order(
    timelines: Timelines, clock: Clock, order: list[int]
) -> None:
    assert _positions(await timelines.of_rep("anna", at=6, clock=clock)) == order


async def test_as_of_an_earlier_position_what_came_later_is_not_told(timelines: Timelines) -> None:
    assert _positions(await timelines.of_rep("anna", at=3)) == [2, 1, 3]
    assert _positions(await timelines.of_rep("anna", at=0)) == []


async def test_days_are_those_on_which_the_rep_worked_wherever_that_was(timelines: Timelines) -> None:
    monday = date(2026, 3, 2)
    assert _positions(await timelines.of_rep("anna", at=6, first=monday, last=monday)) == [4, 1, 3]
    assert _positions(await timelines.of_rep("anna", at=6, first=monday)) == [4, 1, 3, 5]
    assert _positions(await timelines.of_rep("anna", at=6, last=date(2026, 2, 28))) == [2]
    recorded = await timelines.of_rep("anna", at=6, clock="recorded", first=monday, last=monday)
    assert _positions(recorded) == [1, 3, 4]


async def test_hours_are_those_of_the_clock_that_is_asked(timelines: Timelines) -> None:
    ten = at("03-02 10:00")
    assert _positions(await timelines.of_rep("anna", at=6, first=ten)) == [3, 5]
    assert _positions(await timelines.of_rep("anna", at=6, last=at("03-02 09:00"))) == [2, 4]
    third = MONDAY + timedelta(minutes=3)
    assert _positions(await timelines.of_rep("anna", at=6, clock="recorded", first=third)) == [3, 4, 5]
    assert _positions(await timelines.of_rep("anna", at=6, clock="recorded", last=third)) == [1, 2]


async def test_only_some_events_or_one_customer_can_be_asked_for(timelines: Timelines) -> None:
    assert _positions(await timelines.of_rep("anna", at=6, names=["visit.late", "visit.abroad"])) == [2, 4]
    assert _positions(await timelines.of_rep("anna", at=6, customer_id=GLOBEX)) == [5]
    assert _positions(await timelines.of_rep("anna", at=6, customer_id=an_id(404))) == []
    assert len(await timelines.of_rep("anna", at=6, customer_id=ACME)) == 4


@pytest.mark.parametrize("clock", ["occurred", "recorded"])
async def test_pages_tell_everything_once(timelines: Timelines, clock: Clock) -> None:
    seen: list[int] = []
    after: tuple[datetime, int] | None = None
    while page := await timelines.of_rep("anna", at=6, clock=clock, after=after, limit=2):
        seen += _positions(page)
        last = page[-1]
        after = (last.occurred_at if clock == "occurred" else last.recorded_at, last.position)
    assert seen == _positions(await timelines.of_rep("anna", at=6, clock=clock))


async def test_a_rep_of_whom_nothing_is_known_has_an_empty_timeline(timelines: Timelines) -> None:
    assert _positions(await timelines.of_rep("nobody", at=6)) == []
