"""What can have happened to the periods of one subject, metric and kind of period; written with the target's event,
so that two targets never claim the same day."""

from dataclasses import dataclass
from datetime import date
from typing import TypeAlias
from uuid import UUID


@dataclass(frozen=True, slots=True)
class TargetPeriodReserved:
    """These days belong to a target now; `period` is the kind: YEAR, MONTH, WEEK or DAY."""

    target_id: UUID
    subject: str
    metric: str
    period: str
    from_day: date
    to_day: date


@dataclass(frozen=True, slots=True)
class TargetPeriodReleased:
    """These days are free for another target: theirs was closed before they were over."""

    target_id: UUID
    subject: str
    metric: str
    period: str


TargetPlanEvent: TypeAlias = TargetPeriodReserved | TargetPeriodReleased
