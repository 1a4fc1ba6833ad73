"""Whom the minutes went to, what share that is, and when it is too much; each flag once."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given as any_
from hypothesis import strategies as st

from domain.focus.decisions import HeldLong, NoteRepWeek, NoteWeek, drag_limit, noticing, won_cycle
from domain.focus.events import FocusFlag, FocusFlagged, FocusWeekNoted, LongDragFlagged
from domain.focus.time import Bucket, Spent, Standing, bucket, spent, stale, together
from domain.rulesets import FocusRules
from tests.given import given
from tests.people import ACME, LINE, an_id, at

RULES = FocusRules()
DAY = date(2026, 3, 2)
NOON = at("03-10 00:00")


def ago(days: int) -> date:
    return DAY - timedelta(days=days)


@pytest.mark.parametrize(
    ("standing", "found"),
    [
        (Standing(), Bucket.NEW_CANDIDATE),
        (Standing(held_since=ago(30)), Bucket.NEW_CANDIDATE),
        (Standing(held_since=ago(30), counted=True), Bucket.NEW_EFFECTIVE),
        (Standing(held_since=ago(31), counted=True), Bucket.OLD),
        (Standing(won_on=ago(365)), Bucket.OLD),
        (Standing(won_on=ago(366)), Bucket.NEW_CANDIDATE),
        (Standing(held_since=ago(31), won_on=DAY), Bucket.OLD),
        (Standing(unfit=True, won_on=DAY), Bucket.UNFIT),
    ],
)
def test_a_customer_is_new_for_thirty_days_and_old_for_a_year_after_it_bought(
    standing: Standing, found: Bucket
) -> None:
    assert bucket(standing, DAY, RULES) is found


def test_stale_is_who_is_held_too_long_and_never_bought() -> None:
    assert stale(Standing(held_since=ago(31)), DAY, RULES)
    assert not stale(Standing(held_since=ago(30)), DAY, RULES)
    assert not stale(Standing(held_since=ago(200), won_on=ago(10)), DAY, RULES), "service of who bought"
    assert not stale(Standing(), DAY, RULES)


def test_the_way_there_counts_with_the_visit() -> None:
    one = spent(Standing(held_since=ago(1)), DAY, 40, 20, RULES)
    assert (one.minutes, one.new_candidate, one.travel, one.travel_share_bp) == (60, 60, 20, 3_333)
    assert spent(Standing(), DAY, 40, None, RULES).travels_told == 0


def test_without_any_time_there_is_no_share() -> None:
    nothing = Spent()
    assert (nothing.new_share_bp, nothing.stale_share_bp, nothing.travel_share_bp) == (None, None, None)


MINUTES = st.integers(0, 600)
STANDINGS = st.builds(
    Standing,
    held_since=st.none() | st.integers(0, 400).map(ago),
    won_on=st.none() | st.integers(0, 800).map(ago),
    counted=st.booleans(),
    unfit=st.booleans(),
)


@any_(visits=st.lists(st.tuples(STANDINGS, MINUTES, st.none() | MINUTES), max_size=12))
def test_the_sum_is_that_of_a_plain_computation(visits: list[tuple[Standing, int, int | None]]) -> None:
    total = together(spent(*one[:1], DAY, *one[1:], RULES) for one in visits)
    by_bucket = dict.fromkeys(Bucket, 0)
    for standing, minutes, travel in visits:
        by_bucket[bucket(standing, DAY, RULES)] += minutes + (travel or 0)
    assert total.minutes == sum(by_bucket.values())
    assert total.new == by_bucket[Bucket.NEW_EFFECTIVE] + by_bucket[Bucket.NEW_CANDIDATE]
    assert total.travel == sum(travel or 0 for _, _, travel in visits)
    assert total.stale <= total.old
    if total.minutes:
        assert total.new_share_bp == (20_000 * total.new + total.minutes) // (2 * total.minutes)


# ------------------------------------------------------------------------------------------------------- the flags


def week(**more: int) -> NoteRepWeek:
    held = (HeldLong(an_id(1), ACME, LINE, 91),)
    time = Spent(**{"new_candidate": 800, "old": 200, **more})
    return NoteRepWeek("anna", "east", DAY, date(2026, 3, 8), time, held, (), RULES, NOON)


def flagged(flag: FocusFlag, minutes: int, of_minutes: int, share: int, limit: int) -> FocusFlagged:
    return FocusFlagged(
        "anna", "east", DAY, date(2026, 3, 8), flag, minutes, of_minutes, share, limit, RULES.version, NOON
    )


DRAG = LongDragFlagged(an_id(1), ACME, LINE, "anna", 91, 90, None, 1, NOON)


def test_a_week_at_its_limits_is_not_flagged_and_one_beyond_them_is() -> None:
    calm = replace(week(stale=200, travel=400), held=())
    given().when(calm, noticing).then_nothing()
    given().when(replace(calm, spent=Spent(new_candidate=799, old=201, stale=201, travel=401)), noticing).then(
        flagged(FocusFlag.STALE_FOCUS, 201, 1000, 2_010, 2_000),
        flagged(FocusFlag.NEW_SHARE_LOW, 799, 1000, 7_990, 8_000),
        flagged(FocusFlag.TRAVEL_HIGH, 401, 1000, 4_010, 4_000),
    )


def test_a_customer_held_too_long_is_flagged_once() -> None:
    given().when(week(), noticing).then(DRAG)
    given(DRAG).when(week(), noticing).then_nothing()


def test_a_week_is_flagged_once() -> None:
    late = replace(week(stale=201), held=())
    (first,) = given().when(late, noticing).happens()
    given(first).when(late, noticing).then_nothing()


def test_a_limit_that_is_off_flags_nothing() -> None:
    off = replace(RULES, new_share_bp=None, stale_share_bp=None, travel_share_bp=None, drag_days=None)
    given().when(replace(week(old=9_000, stale=9_000, travel=9_000), rules=off), noticing).then_nothing()


def test_a_war_is_long_beyond_ninety_days_or_twice_what_won_deals_took() -> None:
    assert won_cycle([10, 20, 30, 40]) is None, "four deals say nothing"
    assert won_cycle([50, 10, 20, 40, 30]) == 30
    assert won_cycle([10, 20, 30, 40, 50, 60]) == 30, "the nearest rank"
    assert drag_limit(30, RULES) == 60
    assert drag_limit(60, RULES) == 90
    assert drag_limit(None, RULES) == 90
    assert drag_limit(None, replace(RULES, drag_days=None)) is None
    by_cycle = replace(week(), cycles=(30,) * 5)
    given().when(by_cycle, noticing).then(replace(DRAG, limit_days=60, cycle_days=30))


def test_a_week_of_a_zone_is_noted_once() -> None:
    note = NoteWeek("Asia/Shanghai", DAY, date(2026, 3, 8), 2, NOON)
    noted = FocusWeekNoted("Asia/Shanghai", DAY, date(2026, 3, 8), 2, NOON)
    given().when(note, noticing).then(noted)
    given(noted).when(note, noticing).then_nothing()
