"""What can have happened to a rep's day at work; kept for good.

`day` is the local day of the rep; minutes of a block count from its midnight by the clock on the wall.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID


class BlockKind(StrEnum):
    """What a part of a day is kept for (S64)."""

    VISIT = "VISIT"
    TRAVEL = "TRAVEL"
    PROSPECT = "PROSPECT"
    ADMIN = "ADMIN"
    COACHING = "COACHING"


class TimeOffKind(StrEnum):
    """Why somebody is not expected at work."""

    LEAVE = "LEAVE"
    SICK = "SICK"
    TRAINING = "TRAINING"
    OTHER = "OTHER"


class ReflectionTag(StrEnum):
    """Where somebody sees the cause in themselves (S58)."""

    COGNITION = "COGNITION"
    BELIEF = "BELIEF"
    BEHAVIOUR = "BEHAVIOUR"


class InspectionVerdict(StrEnum):
    """What a manager thinks of a day, or of a record in it (S18)."""

    OK = "OK"
    CONCERN = "CONCERN"
    BREACH = "BREACH"


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a day. `from_minute`, `to_minute`: half-open, 0 to 1,440; `customer_id`, `objective`: for a visit."""

    kind: BlockKind
    from_minute: int
    to_minute: int
    customer_id: UUID | None = None
    objective: str | None = None


@dataclass(frozen=True, slots=True)
class Commitment:
    """What a rep means to reach that day: so many of a metric, in its unit."""

    metric: str
    qty: int


@dataclass(frozen=True, slots=True)
class DayPlanCommitted:
    """A rep said in the morning what the day is for (早启动). Flag PLAN_LATE: after noon of that day."""

    rep_id: str
    team_id: str
    day: date
    blocks: tuple[Block, ...]
    commitments: tuple[Commitment, ...]
    committed_at: datetime
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DayPlanAdjusted:
    """The plan is another one from now on, for a reason (S53); the earlier one stays readable."""

    rep_id: str
    team_id: str
    day: date
    blocks: tuple[Block, ...]
    commitments: tuple[Commitment, ...]
    reason: str
    adjusted_at: datetime


@dataclass(frozen=True, slots=True)
class WorkDayClosed:
    """A rep told in the evening what came of the day (晚分享), or told it anew.

    `amendment`: 0 for the first telling; `inspect_by`: until when the manager is to look at it (D29), None in an
    amendment, which moves nothing.
    """

    rep_id: str
    team_id: str
    day: date
    result: str
    lesson: str | None
    tags: tuple[str, ...]
    amendment: int
    inspect_by: datetime | None
    closed_at: datetime


@dataclass(frozen=True, slots=True)
class TimeOffApproved:
    """A rep is not expected at work that day, or for some minutes of it. `minutes`: None for the whole day."""

    rep_id: str
    team_id: str
    day: date
    kind: TimeOffKind
    minutes: int | None
    reason: str | None
    approver: str
    approved_at: datetime


@dataclass(frozen=True, slots=True)
class SelfReflectionRecorded:
    """A rep looked at their own work, and says what they see (S53, S58)."""

    rep_id: str
    team_id: str
    day: date
    text: str
    tags: tuple[ReflectionTag, ...]
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class DayInspected:
    """Somebody in the rep's line of that day looked at it and says what they think (日检).

    `items`: what stood out, in words; `in_time`: whether until `inspect_by` of the closed day.
    """

    rep_id: str
    day: date
    inspector: str
    verdict: InspectionVerdict
    items: tuple[str, ...]
    comment: str | None
    in_time: bool
    inspected_at: datetime


@dataclass(frozen=True, slots=True)
class RecordInspected:
    """Somebody in the line looked at one record of the day. `event_id`: the event looked at."""

    rep_id: str
    day: date
    event_id: UUID
    inspector: str
    verdict: InspectionVerdict
    comment: str | None
    inspected_at: datetime


@dataclass(frozen=True, slots=True)
class InspectionMissed:
    """Nobody looked at a closed day in time; that is charged to the managers named (PM7).

    `managers`: the nearest one; with the second miss in a row of the same rep the next one above as well; empty where
    nobody stood above the rep that day.
    `in_a_row`: how many days running, this one counted.
    """

    rep_id: str
    day: date
    managers: tuple[str, ...]
    in_a_row: int
    missed_at: datetime


WorkdayEvent: TypeAlias = (
    DayPlanCommitted
    | DayPlanAdjusted
    | WorkDayClosed
    | TimeOffApproved
    | SelfReflectionRecorded
    | DayInspected
    | RecordInspected
    | InspectionMissed
)
