"""What the publications of a calendar add up to."""

from functools import lru_cache
from typing import assert_never

from domain.calendar.events import CalendarDayChanged, CalendarEvent, CalendarPublished
from domain.days import Calendar
from domain.decider import Stream

DEFAULT_CALENDAR = "default"
"""The calendar by which an organisation works unless it says otherwise."""


def evolve(calendar: Calendar, event: CalendarEvent) -> Calendar:
    """The calendar after one more event; each makes a version."""
    match event:
        case CalendarPublished():
            return Calendar(calendar.calendar_id, calendar.version + 1, {**calendar.days, **event.days})
        case CalendarDayChanged():
            days = {**calendar.days, event.day: event.to_type}
            return Calendar(calendar.calendar_id, calendar.version + 1, days)
        case _:
            assert_never(event)


@lru_cache(64)
def calendar_of(calendar_id: str) -> Stream[Calendar]:
    """The history of one calendar."""
    return Stream(f"calendar-{calendar_id}", Calendar(calendar_id), evolve)
