"""What the past of a rep's day means now."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import assert_never
from uuid import UUID

from domain.decider import Stream
from domain.workday.events import (
    Block,
    Commitment,
    DayInspected,
    DayPlanAdjusted,
    DayPlanCommitted,
    InspectionMissed,
    InspectionVerdict,
    RecordInspected,
    SelfReflectionRecorded,
    TimeOffApproved,
    TimeOffKind,
    WorkDayClosed,
    WorkdayEvent,
)


@dataclass(frozen=True, slots=True)
class DayPlan:
    """What a day is for."""

    blocks: tuple[Block, ...]
    commitments: tuple[Commitment, ...]


@dataclass(frozen=True, slots=True)
class Closing:
    """What came of a day, as it was told last. `inspect_by`: as the first telling said."""

    result: str
    lesson: str | None
    tags: tuple[str, ...]
    amendment: int
    inspect_by: datetime


@dataclass(frozen=True, slots=True)
class TimeOff:
    """Time in which nobody is expected at work; `minutes` None is the whole day."""

    kind: TimeOffKind
    minutes: int | None


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a manager said of the day."""

    inspector: str
    verdict: InspectionVerdict
    items: tuple[str, ...]
    comment: str | None


@dataclass(frozen=True, slots=True)
class Workday:
    """One rep's day. `inspection`: the last of them; `in_a_row`: of missed inspections, 0 where none was missed."""

    plan: DayPlan | None = None
    closing: Closing | None = None
    off: TimeOff | None = None
    inspection: Inspection | None = None
    records: tuple[tuple[UUID, str, InspectionVerdict, str | None], ...] = ()
    reflections: tuple[str, ...] = ()
    in_a_row: int = 0

    @property
    def awaits_inspection(self) -> bool:
        """Whether it was closed, and nobody has looked at it or is charged for not looking."""
        return self.closing is not None and self.inspection is None and not self.in_a_row


def evolve(workday: Workday, event: WorkdayEvent) -> Workday:
    """The day after one more event."""
    match event:
        case DayPlanCommitted() | DayPlanAdjusted():
            return replace(workday, plan=DayPlan(event.blocks, event.commitments))
        case WorkDayClosed():
            by = event.inspect_by or (workday.closing.inspect_by if workday.closing else event.closed_at)
            return replace(workday, closing=Closing(event.result, event.lesson, event.tags, event.amendment, by))
        case TimeOffApproved():
            return replace(workday, off=TimeOff(event.kind, event.minutes))
        case SelfReflectionRecorded():
            return replace(workday, reflections=(*workday.reflections, event.text))
        case DayInspected():
            seen = Inspection(event.inspector, event.verdict, event.items, event.comment)
            return replace(workday, inspection=seen)
        case RecordInspected():
            record = (event.event_id, event.inspector, event.verdict, event.comment)
            return replace(workday, records=(*workday.records, record))
        case InspectionMissed():
            return replace(workday, in_a_row=event.in_a_row)
        case _:
            assert_never(event)


def workday_of(rep_id: str, day: date) -> Stream[Workday]:
    """The history of one rep's day."""
    stream: Stream[Workday] = Stream(f"workday-{day.isoformat()}-{rep_id}", Workday(), evolve)
    return stream
