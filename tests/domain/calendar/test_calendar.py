"""Workdays are what notices say."""

import json
from datetime import date, timedelta
from pathlib import Path

from domain.calendar.decisions import ChangeCalendarDay, PublishCalendar, publishing_calendars
from domain.calendar.events import CalendarDayChanged, CalendarPublished
from domain.calendar.state import calendar_of
from domain.days import Calendar, DayType
from domain.reception import Malformed
from tests.given import given

NOTICE = "关于2026年部分节假日安排的通知"
SATURDAY, SUNDAY, HOLIDAY = date(2026, 2, 14), date(2026, 2, 15), date(2026, 2, 16)
SPRING = CalendarPublished(
    "default", {SATURDAY: DayType.MAKE_UP_WORKDAY, SUNDAY: DayType.HOLIDAY, HOLIDAY: DayType.HOLIDAY}, NOTICE
)
CHINA_2026 = Path(__file__).parents[3] / "api" / "demo" / "calendar-cn-2026.json"


def calendar(*events: CalendarPublished | CalendarDayChanged) -> Calendar:
    stream = calendar_of("default")
    state = stream.empty
    for event in events:
        state = stream.evolve(state, event)
    return state


def china() -> Calendar:
    body = json.loads(CHINA_2026.read_text(encoding="utf-8"))
    days = {date.fromisoformat(one["day"]): DayType(one["type"]) for one in body["days"]}
    return calendar(CalendarPublished(body["calendar_id"], days, body["notice"]))


def test_a_calendar_is_published_from_a_notice() -> None:
    publish = PublishCalendar("default", SPRING.days, NOTICE)
    given().when(publish, publishing_calendars).then(SPRING)
    given(SPRING).when(publish, publishing_calendars).then_nothing()
    given().when(PublishCalendar("default", SPRING.days, " "), publishing_calendars).then_refused(Malformed)


def test_the_first_publication_may_say_that_every_week_is_ordinary() -> None:
    empty = PublishCalendar("default", {}, "Monday to Friday")
    given().when(empty, publishing_calendars).then(CalendarPublished("default", {}, "Monday to Friday"))
    given(SPRING).when(empty, publishing_calendars).then_nothing()


def test_a_day_is_changed_once_and_its_former_kind_is_told() -> None:
    change = ChangeCalendarDay("default", HOLIDAY, DayType.WORKDAY, "the plant opens")
    changed = CalendarDayChanged("default", HOLIDAY, DayType.HOLIDAY, DayType.WORKDAY, "the plant opens")
    given(SPRING).when(change, publishing_calendars).then(changed)
    given(SPRING, changed).when(change, publishing_calendars).then_nothing()
    given(SPRING).when(ChangeCalendarDay("default", HOLIDAY, DayType.REST, ""), publishing_calendars).then_refused(
        Malformed
    )


def test_each_publication_and_change_makes_a_version_and_later_ones_win() -> None:
    changed = CalendarDayChanged("default", HOLIDAY, DayType.HOLIDAY, DayType.WORKDAY, "x")
    assert calendar().version == 0
    assert calendar(SPRING).version == 1
    assert calendar(SPRING, changed).version == 2
    assert not calendar(SPRING).is_workday(HOLIDAY)
    assert calendar(SPRING, changed).is_workday(HOLIDAY)
    assert calendar(SPRING).is_workday(SATURDAY)


def test_three_workdays_over_spring_festival_end_on_the_twenty_fifth() -> None:
    """Story A27: claimed on Friday 13 February, the first visit is due by the end of the 25th."""
    assert china().workdays_after(date(2026, 2, 13), 3) == date(2026, 2, 25)


def test_the_published_arrangement_of_china_for_2026_has_its_holidays_and_make_up_days() -> None:
    year = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    published = china()
    off = [day for day in year if published.days.get(day) == DayType.HOLIDAY]
    made_up = [day for day in year if published.days.get(day) == DayType.MAKE_UP_WORKDAY]
    assert len(off) == 33
    assert [f"{day:%m-%d}" for day in made_up] == ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"]
    assert all(day.weekday() >= 5 for day in made_up)
    assert [f"{day:%m-%d}" for day in off if day.month == 2] == [f"02-{n}" for n in range(15, 24)]
    assert not published.is_workday(date(2026, 9, 25))
    assert sum(published.is_workday(day) for day in year) == 248
