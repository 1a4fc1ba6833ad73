"""Years, months, weeks and days, as a target can be for (S25)."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import assert_never


class PeriodKind(StrEnum):
    """How long a period is; weeks are those of ISO 8601, Monday to Sunday."""

    YEAR = "YEAR"
    MONTH = "MONTH"
    WEEK = "WEEK"
    DAY = "DAY"


@dataclass(frozen=True, slots=True)
class Period:
    """A calendar period by its first and its last day, both within it."""

    kind: PeriodKind
    from_day: date
    to_day: date

    def overlaps(self, other: "Period") -> bool:
        """Whether they share a day."""
        return self.from_day <= other.to_day and other.from_day <= self.to_day

    def holds(self, other: "Period") -> bool:
        """Whether the other one lies within this one."""
        return self.from_day <= other.from_day and other.to_day <= self.to_day


def period_around(kind: PeriodKind, day: date) -> Period:
    """The period of a kind in which a day lies."""
    match kind:
        case PeriodKind.YEAR:
            return Period(kind, day.replace(month=1, day=1), day.replace(month=12, day=31))
        case PeriodKind.MONTH:
            return Period(kind, day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]))
        case PeriodKind.WEEK:
            monday = day - timedelta(days=day.weekday())
            return Period(kind, monday, monday + timedelta(days=6))
        case PeriodKind.DAY:
            return Period(kind, day, day)
        case _:
            assert_never(kind)
