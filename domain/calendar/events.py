"""What can have happened to a calendar of workdays."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from domain.days import DayType


@dataclass(frozen=True, slots=True)
class CalendarPublished:
    """The days that are not what their weekday says, as a notice announces them; days not named stay as they were.

    `notice`: the source, as one would cite it.
    """

    calendar_id: str
    days: Mapping[date, DayType]
    notice: str


@dataclass(frozen=True, slots=True)
class CalendarDayChanged:
    """One day is something else than was published; deadlines that are stored already do not move.

    `from_type`: None where the day was only what its weekday says.
    """

    calendar_id: str
    day: date
    from_type: DayType | None
    to_type: DayType
    notice: str


CalendarEvent: TypeAlias = CalendarPublished | CalendarDayChanged
