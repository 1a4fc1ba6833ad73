"""What can have been noticed about the focus of a rep; kept for good."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID


class FocusFlag(StrEnum):
    """What was noticed about a week (PM5)."""

    STALE_FOCUS = "STALE_FOCUS"
    NEW_SHARE_LOW = "NEW_SHARE_LOW"
    TRAVEL_HIGH = "TRAVEL_HIGH"


@dataclass(frozen=True, slots=True)
class FocusFlagged:
    """A week's time went elsewhere than the rules say (S49, S59, S72).

    `first`, `last`: the days of the week; `minutes` of `of_minutes` are `share_bp`, and `limit_bp` is the limit.
    """

    rep_id: str
    team_id: str
    first: date
    last: date
    flag: FocusFlag
    minutes: int
    of_minutes: int
    share_bp: int
    limit_bp: int
    rules_version: int
    flagged_at: datetime

    @property
    def flags(self) -> tuple[str, ...]:
        """For the envelope, by which every list shows it."""
        return (self.flag,)


@dataclass(frozen=True, slots=True)
class LongDragFlagged:
    """A rep holds a customer for longer than a war of lightning lasts, and nothing was won (S70, PM11).

    `age_days`: since the rep began to hold it; `limit_days`: D19, or so many times the median of what won deals took,
    whichever is less; `cycle_days`: that median, None where too few were won. To park or to release it is proposed.
    """

    claim_id: UUID
    customer_id: UUID
    line: str
    rep_id: str
    age_days: int
    limit_days: int
    cycle_days: int | None
    rules_version: int
    flagged_at: datetime

    @property
    def flags(self) -> tuple[str, ...]:
        """For the envelope, by which every list shows it."""
        return ("LONG_DRAG",)


@dataclass(frozen=True, slots=True)
class FocusWeekNoted:
    """A week of all reps of a zone was looked at, at the end of the workday after it, so that late entries count."""

    zone: str
    first: date
    last: date
    reps: int
    noted_at: datetime


FocusEvent: TypeAlias = FocusFlagged | LongDragFlagged
