"""The day of many side by side: what a day is to bring, and what is expected by an hour."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from domain.days import Calendar
from domain.target.metrics import MetricClass, Unit
from domain.target.period import PeriodKind
from domain.target.state import Standing
from services.day_board import expected_by, target_of
from services.target_questions import TargetRow
from tests.people import SHANGHAI, at

MARCH = TargetRow(
    target_id=UUID(int=1), standing=next(iter(Standing)), subject="rep:anna", metric="visits",
    metric_class=next(iter(MetricClass)), unit=next(iter(Unit)), period=PeriodKind.MONTH, from_day=date(2026, 3, 1),
    to_day=date(2026, 3, 31), first_qty=66, qty=66, step_days=(), step_qtys=(), currency=None, iron=False,
    responsible_id="anna", parent_id=None, proposed_by=None, proposed_at=None, set_by=None, set_at=None,
    accepted_at=None, locked_at=None, closed_at=None, version=1,
)  # fmt: skip
"""Sixty-six visits in a month of twenty-two workdays."""
TUESDAY = date(2026, 3, 17)


def test_a_day_brings_its_even_share_of_the_month_rounded_up() -> None:
    assert target_of([MARCH], TUESDAY, Calendar("default")) == 3
    assert target_of([replace(MARCH, first_qty=67)], TUESDAY, Calendar("default")) == 4


def test_a_target_for_the_day_itself_stands_before_a_share() -> None:
    day = replace(MARCH, period=PeriodKind.DAY, from_day=TUESDAY, to_day=TUESDAY, first_qty=9)
    assert target_of([MARCH, day], TUESDAY, Calendar("default")) == 9


def test_an_amended_target_counts_from_its_day_on() -> None:
    amended = replace(MARCH, step_days=(TUESDAY,), step_qtys=(88,))
    assert target_of([amended], date(2026, 3, 16), Calendar("default")) == 3
    assert target_of([amended], TUESDAY, Calendar("default")) == 4


def test_nothing_is_expected_on_a_day_off_or_where_nothing_was_set() -> None:
    assert target_of([MARCH], date(2026, 3, 15), Calendar("default")) is None
    assert target_of([], TUESDAY, Calendar("default")) is None


@pytest.mark.parametrize(
    ("hour", "visits"),
    [("03-17 08:00", 0), ("03-17 13:30", 4), ("03-17 18:00", 9), ("03-18 07:00", 9), ("03-16 23:00", 0)],
)
def test_by_an_hour_an_even_share_is_expected(hour: str, visits: int) -> None:
    assert expected_by(9, TUESDAY, at(hour), SHANGHAI) == visits


def test_the_hour_is_the_reps_own() -> None:
    assert expected_by(9, TUESDAY, at("03-17 23:00"), "Europe/Berlin") == 7
    assert expected_by(None, TUESDAY, at("03-17 23:00"), SHANGHAI) == 0
