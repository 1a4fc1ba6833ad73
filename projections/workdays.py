"""Every rep's days: planned, closed, looked at; what is still to be looked at, and until when (V4, PM7)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import get_args
from uuid import UUID

from domain.envelope import Recorded
from domain.workday.events import (
    Block,
    BlockKind,
    DayInspected,
    DayPlanAdjusted,
    DayPlanCommitted,
    InspectionMissed,
    InspectionVerdict,
    RecordInspected,
    ReflectionTag,
    SelfReflectionRecorded,
    TimeOffApproved,
    TimeOffKind,
    WorkDayClosed,
    WorkdayEvent,
)
from projections.projection import Key, Spans


@dataclass(frozen=True, slots=True)
class WorkdayRow:
    """A rep's day.

    `block_…`: the plan's blocks, one in each place, minutes from local midnight, customer and objective empty where
    none is named; `committed_…`: what the rep means to reach; `amendments`: how often the telling of the day was
    amended; `inspect_by`: until when somebody is to look at it, None where nobody need; `missed_managers`: who was
    charged because nobody had; `team_id` None until the rep has said something of the day.
    """

    rep_id: str
    day: date
    team_id: str | None = None
    planned_at: datetime | None = None
    plan_late: bool = False
    plan_flags: tuple[str, ...] = ()
    adjustments: int = 0
    adjusted_because: str | None = None
    block_kinds: tuple[BlockKind, ...] = ()
    block_from: tuple[int, ...] = ()
    block_to: tuple[int, ...] = ()
    block_customers: tuple[str, ...] = ()
    block_objectives: tuple[str, ...] = ()
    committed_metrics: tuple[str, ...] = ()
    committed_qtys: tuple[int, ...] = ()
    closed_at: datetime | None = None
    result: str | None = None
    lesson: str | None = None
    tags: tuple[str, ...] = ()
    amendments: int = 0
    reflections: tuple[str, ...] = ()
    reflection_tags: tuple[ReflectionTag, ...] = ()
    off_kind: TimeOffKind | None = None
    off_minutes: int | None = None
    inspect_by: datetime | None = None
    inspected_at: datetime | None = None
    inspector: str | None = None
    inspection: InspectionVerdict | None = None
    inspection_items: tuple[str, ...] = ()
    inspection_comment: str | None = None
    inspected_in_time: bool | None = None
    inspected_records: tuple[UUID, ...] = ()
    missed_at: datetime | None = None
    missed_managers: tuple[str, ...] = ()
    version: int = 0


def _touches(recorded: Recorded) -> Key | None:
    event = recorded.event
    return (event.rep_id, event.day) if isinstance(event, WorkdayEvent) else None


def _fold(rows: Sequence[WorkdayRow], recorded: Recorded) -> Sequence[WorkdayRow]:
    event = recorded.event
    if not isinstance(event, WorkdayEvent):
        return rows
    before = rows[0] if rows else WorkdayRow(event.rep_id, event.day)
    return [replace(_after(before, event), version=recorded.envelope.stream_version)]


def _after(row: WorkdayRow, event: WorkdayEvent) -> WorkdayRow:
    match event:
        case DayPlanCommitted():
            row = replace(
                row,
                team_id=event.team_id,
                planned_at=event.committed_at,
                plan_late="PLAN_LATE" in event.flags,
                plan_flags=event.flags,
            )
            return _planned(row, event)
        case DayPlanAdjusted():
            row = replace(row, adjustments=row.adjustments + 1, adjusted_because=event.reason)
            return _planned(row, event)
        case WorkDayClosed():
            first = event.inspect_by is not None
            return replace(
                row,
                team_id=event.team_id,
                closed_at=event.closed_at if first else row.closed_at,
                result=event.result,
                lesson=event.lesson,
                tags=event.tags,
                amendments=event.amendment,
                inspect_by=event.inspect_by if first and row.inspected_at is None else row.inspect_by,
            )
        case SelfReflectionRecorded():
            return replace(
                row,
                team_id=event.team_id,
                reflections=(*row.reflections, event.text),
                reflection_tags=tuple(dict.fromkeys((*row.reflection_tags, *event.tags))),
            )
        case TimeOffApproved():
            return replace(row, team_id=event.team_id, off_kind=event.kind, off_minutes=event.minutes)
        case DayInspected():
            return replace(
                row,
                inspect_by=None,
                inspected_at=event.inspected_at,
                inspector=event.inspector,
                inspection=event.verdict,
                inspection_items=event.items,
                inspection_comment=event.comment,
                inspected_in_time=event.in_time,
            )
        case RecordInspected():
            return replace(row, inspected_records=tuple(dict.fromkeys((*row.inspected_records, event.event_id))))
        case InspectionMissed():
            return replace(row, inspect_by=None, missed_at=event.missed_at, missed_managers=event.managers)


def _planned(row: WorkdayRow, event: DayPlanCommitted | DayPlanAdjusted) -> WorkdayRow:
    blocks: Sequence[Block] = event.blocks
    return replace(
        row,
        block_kinds=tuple(block.kind for block in blocks),
        block_from=tuple(block.from_minute for block in blocks),
        block_to=tuple(block.to_minute for block in blocks),
        block_customers=tuple(str(block.customer_id or "") for block in blocks),
        block_objectives=tuple(block.objective or "" for block in blocks),
        committed_metrics=tuple(commitment.metric for commitment in event.commitments),
        committed_qtys=tuple(commitment.qty for commitment in event.commitments),
    )


workdays = Spans(
    name="workdays",
    version=1,
    row=WorkdayRow,
    key=("rep_id", "day"),
    indexes=(("rep_id", "day"), ("day", "team_id"), ("known_to", "inspect_by")),
    handles=frozenset(get_args(WorkdayEvent)),
    touches=_touches,
    fold=_fold,
)
