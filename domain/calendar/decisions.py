"""Publish a calendar, change a day of it. Stored deadlines are instants, so neither moves one (domain §3.3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias, assert_never

from domain.calendar.events import CalendarDayChanged, CalendarPublished
from domain.calendar.state import calendar_of
from domain.days import Calendar, DayType
from domain.decider import Decider, Past, Stream
from domain.reception import FieldFault, Malformed


@dataclass(frozen=True, slots=True)
class PublishCalendar:
    """These days shall be what a notice says they are."""

    calendar_id: str
    days: Mapping[date, DayType]
    notice: str


@dataclass(frozen=True, slots=True)
class ChangeCalendarDay:
    """One day shall be something else."""

    calendar_id: str
    day: date
    to_type: DayType
    notice: str


CalendarCommand: TypeAlias = PublishCalendar | ChangeCalendarDay


def stands_on(command: CalendarCommand) -> Sequence[Stream[Calendar]]:
    """The calendar."""
    return [calendar_of(command.calendar_id)]


def decide(command: CalendarCommand, past: Past) -> Sequence[object]:
    """What happens when this is asked, or a refusal."""
    calendar = past.of(calendar_of(command.calendar_id))
    if not command.notice.strip():
        raise Malformed((FieldFault("/data/notice", "names the notice that the days come from"),))
    match command:
        case PublishCalendar():
            return publish_calendar(command, calendar)
        case ChangeCalendarDay():
            return change_calendar_day(command, calendar)
        case _:
            assert_never(command)


def publish_calendar(command: PublishCalendar, calendar: Calendar) -> Sequence[object]:
    """What is so already is not published again; the first publication may be empty."""
    known = all(calendar.days.get(day) == kind for day, kind in command.days.items())
    if known and calendar.version > 0:
        return []
    return [CalendarPublished(command.calendar_id, dict(sorted(command.days.items())), command.notice)]


def change_calendar_day(command: ChangeCalendarDay, calendar: Calendar) -> Sequence[object]:
    """A day that is so already is not changed."""
    before = calendar.days.get(command.day)
    if before == command.to_type:
        return []
    return [CalendarDayChanged(command.calendar_id, command.day, before, command.to_type, command.notice)]


publishing_calendars = Decider[CalendarCommand](stands_on, decide)
