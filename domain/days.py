"""Days, as people who work in a zone count them; deadlines are stored as instants once they are made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo


def day_of(instant: datetime, zone: str) -> date:
    """The calendar day on which an instant falls in a zone."""
    return instant.astimezone(ZoneInfo(zone)).date()


@lru_cache(4_096)
def start_of_day(day: date, zone: str) -> datetime:
    """The first instant of a local day, in UTC; a midnight that the clocks skip is the first instant after it."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def end_of_days(day: date, days: int, zone: str) -> datetime:
    """`days` days from a day end at the start of the local day after them (domain §3.1)."""
    return start_of_day(day + timedelta(days=days + 1), zone)


class DayType(StrEnum):
    """What a day is to those who work by a calendar."""

    WORKDAY = "WORKDAY"
    REST = "REST"
    HOLIDAY = "HOLIDAY"
    MAKE_UP_WORKDAY = "MAKE_UP_WORKDAY"


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are workdays: the published exceptions, and Monday to Friday where nothing was published.

    `version`: number of publications and changes that it stands on; a decision names the version that it used.
    """

    calendar_id: str
    version: int = 0
    days: Mapping[date, DayType] = field(default_factory=dict[date, DayType])

    def is_workday(self, day: date) -> bool:
        """Whether people are expected at work."""
        published = self.days.get(day)
        if published is None:
            return day.weekday() < 5
        return published in (DayType.WORKDAY, DayType.MAKE_UP_WORKDAY)

    def workdays_after(self, day: date, workdays: int) -> date:
        """The `workdays`-th workday after a day, the day itself not counted; 0 is the day itself."""
        while workdays > 0:
            day += timedelta(days=1)
            if self.is_workday(day):
                workdays -= 1
        return day

    def next_workday(self, day: date) -> date:
        """The first workday after a day."""
        return self.workdays_after(day, 1)
