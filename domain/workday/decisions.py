"""Plan, adjust, close, reflect, be off, inspect: one function per command."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import TypeAlias, assert_never
from uuid import UUID

from domain.decider import Decider, Past, Stream
from domain.reception import BackdateLimit, DateInPast, FieldFault, Forbidden, Malformed, ReasonRequired, SelfApproval
from domain.refusal import Conflict, Invalid
from domain.workday.events import (
    Block,
    BlockKind,
    Commitment,
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
)
from domain.workday.state import DayPlan, Inspection, TimeOff, Workday, workday_of

MINUTES_A_DAY = 1_440
_TEXT = 4_000


@dataclass(eq=False)
class BlockOverlap(Invalid):
    """Two blocks of a day plan cover the same minutes."""

    first_from: str
    second_from: str


@dataclass(eq=False)
class DayPlanned(Conflict):
    """There is a plan for this day already: it is adjusted, with a reason, and not made anew."""

    rep_id: str
    day: date


@dataclass(eq=False)
class DayNotPlanned(Conflict):
    """There is no plan for this day that could be adjusted."""

    rep_id: str
    day: date


@dataclass(eq=False)
class DayClosed(Conflict):
    """The day was closed: what it was planned for can no longer be said otherwise."""

    rep_id: str
    day: date


@dataclass(eq=False)
class DayAhead(Invalid):
    """A day that has not begun can be neither closed nor looked at."""

    day: date
    today: date


@dataclass(eq=False)
class DayStillOpen(Conflict):
    """The day is not over and has not been closed by the rep: there is nothing to judge yet."""

    rep_id: str
    day: date


@dataclass(frozen=True, slots=True)
class CommitDayPlan:
    """A rep says what the day is for. `own`: whether the asker is that rep; `late`: whether it is past noon there."""

    rep_id: str
    team_id: str
    day: date
    today: date
    blocks: tuple[Block, ...]
    commitments: tuple[Commitment, ...]
    own: bool
    role: str
    late: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class AdjustDayPlan:
    """A rep says what the day is for now, and why not what was planned."""

    rep_id: str
    team_id: str
    day: date
    blocks: tuple[Block, ...]
    commitments: tuple[Commitment, ...]
    reason: str
    own: bool
    role: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CloseWorkday:
    """A rep says what came of the day.

    `earliest`: the first day that may still be closed for the first time (D13); `inspect_by`: the end of the next
    workday of the rep's team (D29).
    """

    rep_id: str
    team_id: str
    day: date
    today: date
    earliest: date
    result: str
    lesson: str | None
    tags: tuple[str, ...]
    inspect_by: datetime
    own: bool
    role: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Reflect:
    """A rep looks at their own work."""

    rep_id: str
    team_id: str
    day: date
    text: str
    tags: tuple[ReflectionTag, ...]
    own: bool
    role: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ApproveTimeOff:
    """A rep is not expected on these days. `in_line`: whether the approver stands above the rep, or keeps house."""

    rep_id: str
    team_id: str
    days: tuple[date, ...]
    kind: TimeOffKind
    minutes: int | None
    reason: str | None
    approver: str
    role: str
    in_line: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class InspectDay:
    """A manager looks at a day. `in_line`: whether they stood above the rep on that day, or stand in for who did."""

    rep_id: str
    day: date
    today: date
    inspector: str
    role: str
    in_line: bool
    verdict: InspectionVerdict
    items: tuple[str, ...]
    comment: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class InspectRecord:
    """A manager looks at one record of a day; the other fields are those of `InspectDay`."""

    rep_id: str
    day: date
    event_id: UUID
    inspector: str
    role: str
    in_line: bool
    verdict: InspectionVerdict
    comment: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class ChargeMissedInspection:
    """The hour has passed until which a closed day was to be looked at (PM7).

    `line`: the managers above the rep on that day, nearest first; `before`: the rep's closed day before it, None where
    there is none.
    """

    rep_id: str
    day: date
    line: tuple[str, ...]
    before: date | None
    at: datetime


WorkdayCommand: TypeAlias = (
    CommitDayPlan
    | AdjustDayPlan
    | CloseWorkday
    | Reflect
    | ApproveTimeOff
    | InspectDay
    | InspectRecord
    | ChargeMissedInspection
)


def stands_on(command: WorkdayCommand) -> Sequence[Stream[Workday]]:
    """The days that are spoken of; for a missed inspection also the day before it, which may have been missed too."""
    match command:
        case ApproveTimeOff():
            return [workday_of(command.rep_id, day) for day in command.days]
        case ChargeMissedInspection():
            days = (command.day, *((command.before,) if command.before else ()))
            return [workday_of(command.rep_id, day) for day in days]
        case _:
            return [workday_of(command.rep_id, command.day)]


def decide(command: WorkdayCommand, past: Past) -> Sequence[object]:
    """What happens when this is asked, or a refusal."""
    match command:
        case CommitDayPlan():
            return commit_day_plan(command, _day(command.rep_id, command.day, past))
        case AdjustDayPlan():
            return adjust_day_plan(command, _day(command.rep_id, command.day, past))
        case CloseWorkday():
            return close_workday(command, _day(command.rep_id, command.day, past))
        case Reflect():
            return reflect(command)
        case ApproveTimeOff():
            return approve_time_off(command, past)
        case InspectDay():
            return inspect_day(command, _day(command.rep_id, command.day, past))
        case InspectRecord():
            return inspect_record(command, _day(command.rep_id, command.day, past))
        case ChargeMissedInspection():
            return charge_missed_inspection(command, past)
        case _:
            assert_never(command)


def commit_day_plan(command: CommitDayPlan, workday: Workday) -> Sequence[object]:
    """A plan for today or a day ahead, once; after noon of the day it is flagged PLAN_LATE and taken all the same."""
    _own("workday.plan", command.own, command.role)
    if command.day < command.today:
        raise DateInPast("day", command.day, command.today)
    blocks = _in_order(command.blocks)
    _each_once(command.commitments)
    if workday.plan == DayPlan(blocks, command.commitments):
        return []
    if workday.closing is not None:
        raise DayClosed(command.rep_id, command.day)
    if workday.plan is not None:
        raise DayPlanned(command.rep_id, command.day)
    return [
        DayPlanCommitted(
            rep_id=command.rep_id,
            team_id=command.team_id,
            day=command.day,
            blocks=blocks,
            commitments=command.commitments,
            committed_at=command.at,
            flags=(*(("PLAN_LATE",) if command.late else ()), *_blind(blocks)),
        )
    ]


def adjust_day_plan(command: AdjustDayPlan, workday: Workday) -> Sequence[object]:
    """Another plan for a day that is not closed, with a reason."""
    _own("workday.adjust_plan", command.own, command.role)
    blocks = _in_order(command.blocks)
    _each_once(command.commitments)
    if workday.plan is None:
        raise DayNotPlanned(command.rep_id, command.day)
    if workday.plan == DayPlan(blocks, command.commitments):
        return []
    if workday.closing is not None:
        raise DayClosed(command.rep_id, command.day)
    if not command.reason.strip():
        raise ReasonRequired("workday.adjust_plan")
    return [
        DayPlanAdjusted(
            rep_id=command.rep_id,
            team_id=command.team_id,
            day=command.day,
            blocks=blocks,
            commitments=command.commitments,
            reason=command.reason,
            adjusted_at=command.at,
        )
    ]


def close_workday(command: CloseWorkday, workday: Workday) -> Sequence[object]:
    """One close per day; a later telling is an amendment, and both stay readable."""
    _own("workday.close", command.own, command.role)
    if command.day > command.today:
        raise DayAhead(command.day, command.today)
    before = workday.closing
    if before is None and command.day < command.earliest:
        raise BackdateLimit(command.day, command.earliest)
    _said("result", command.result)
    if before and (before.result, before.lesson, before.tags) == (command.result, command.lesson, command.tags):
        return []
    return [
        WorkDayClosed(
            rep_id=command.rep_id,
            team_id=command.team_id,
            day=command.day,
            result=command.result,
            lesson=command.lesson,
            tags=command.tags,
            amendment=before.amendment + 1 if before else 0,
            inspect_by=None if before else command.inspect_by,
            closed_at=command.at,
        )
    ]


def reflect(command: Reflect) -> Sequence[object]:
    """What a rep sees in their own work; taken as told."""
    _own("workday.reflect", command.own, command.role)
    _said("text", command.text)
    return [
        SelfReflectionRecorded(
            rep_id=command.rep_id,
            team_id=command.team_id,
            day=command.day,
            text=command.text,
            tags=tuple(dict.fromkeys(command.tags)),
            recorded_at=command.at,
        )
    ]


def approve_time_off(command: ApproveTimeOff, past: Past) -> Sequence[object]:
    """Somebody above says that a rep is off; nobody says so to themselves."""
    if command.approver == command.rep_id:
        raise SelfApproval(command.approver)
    if not command.in_line:
        raise Forbidden("workday.approve_time_off", command.role)
    if command.minutes is not None and not 0 < command.minutes <= MINUTES_A_DAY:
        raise Malformed((FieldFault("/data/minutes", "1 to 1,440, or left out for the whole day."),))
    if command.kind is TimeOffKind.OTHER and not (command.reason or "").strip():
        raise ReasonRequired("workday.approve_time_off")
    off = TimeOff(command.kind, command.minutes)
    return [
        TimeOffApproved(
            rep_id=command.rep_id,
            team_id=command.team_id,
            day=day,
            kind=command.kind,
            minutes=command.minutes,
            reason=command.reason,
            approver=command.approver,
            approved_at=command.at,
        )
        for day in command.days
        if past.of(workday_of(command.rep_id, day)).off != off
    ]


def inspect_day(command: InspectDay, workday: Workday) -> Sequence[object]:
    """A verdict on a day that is closed or over; anything but OK says why. Looked at again, the last one holds."""
    _may_inspect("workday.inspect", command.in_line, command.role)
    if command.day > command.today:
        raise DayAhead(command.day, command.today)
    if workday.closing is None and command.day == command.today:
        raise DayStillOpen(command.rep_id, command.day)
    if command.verdict is not InspectionVerdict.OK and not command.items and not (command.comment or "").strip():
        raise ReasonRequired("workday.inspect")
    if workday.inspection == Inspection(command.inspector, command.verdict, command.items, command.comment):
        return []
    by = workday.closing.inspect_by if workday.closing else None
    return [
        DayInspected(
            rep_id=command.rep_id,
            day=command.day,
            inspector=command.inspector,
            verdict=command.verdict,
            items=command.items,
            comment=command.comment,
            in_time=by is None or command.at < by,
            inspected_at=command.at,
        )
    ]


def inspect_record(command: InspectRecord, workday: Workday) -> Sequence[object]:
    """A verdict on one record of the day; the same one again changes nothing."""
    _may_inspect("workday.inspect_record", command.in_line, command.role)
    if command.verdict is not InspectionVerdict.OK and not (command.comment or "").strip():
        raise ReasonRequired("workday.inspect_record")
    if (command.event_id, command.inspector, command.verdict, command.comment) in workday.records:
        return []
    return [
        RecordInspected(
            rep_id=command.rep_id,
            day=command.day,
            event_id=command.event_id,
            inspector=command.inspector,
            verdict=command.verdict,
            comment=command.comment,
            inspected_at=command.at,
        )
    ]


def charge_missed_inspection(command: ChargeMissedInspection, past: Past) -> Sequence[object]:
    """Nobody looked in time: the nearest manager is charged, with the second day in a row the next one above too.

    Where nobody stands above the rep it is written all the same, and charged to nobody: a deadline that has come is
    written once, and not looked for again.
    """
    workday = _day(command.rep_id, command.day, past)
    if not workday.awaits_inspection:
        return []
    before = _day(command.rep_id, command.before, past).in_a_row if command.before else 0
    return [
        InspectionMissed(
            rep_id=command.rep_id,
            day=command.day,
            managers=command.line[: 2 if before else 1],
            in_a_row=before + 1,
            missed_at=command.at,
        )
    ]


def _day(rep_id: str, day: date, past: Past) -> Workday:
    return past.of(workday_of(rep_id, day))


def _own(asked: str, own: bool, role: str) -> None:
    """A day is planned, closed and reflected on by whose day it is."""
    if not own:
        raise Forbidden(asked, role)


def _may_inspect(asked: str, in_line: bool, role: str) -> None:
    if not in_line:
        raise Forbidden(asked, role)


def _said(field: str, text: str) -> None:
    if not text.strip() or len(text) > _TEXT:
        raise Malformed((FieldFault(f"/data/{field}", f"1 to {_TEXT} characters."),))


def _in_order(blocks: Sequence[Block]) -> tuple[Block, ...]:
    ordered = tuple(sorted(blocks, key=lambda block: (block.from_minute, block.to_minute)))
    for block in ordered:
        if not 0 <= block.from_minute < block.to_minute <= MINUTES_A_DAY:
            raise Malformed((FieldFault("/data/blocks", "A block ends after it begins, within its day."),))
    for first, second in pairwise(ordered):
        if second.from_minute < first.to_minute:
            raise BlockOverlap(_clock(first.from_minute), _clock(second.from_minute))
    return ordered


def _each_once(commitments: Sequence[Commitment]) -> None:
    metrics = [commitment.metric for commitment in commitments]
    if len(set(metrics)) < len(metrics) or any(commitment.qty < 0 for commitment in commitments):
        detail = "Each metric once, and no quantity below 0."
        raise Malformed((FieldFault("/data/commitments", detail),))


def _blind(blocks: Sequence[Block]) -> tuple[str, ...]:
    """A visit that is planned without an objective is a blind start (S35)."""
    visits = [block for block in blocks if block.kind is BlockKind.VISIT]
    return ("BLIND_VISIT",) if any(not (block.objective or "").strip() for block in visits) else ()


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


working = Decider[WorkdayCommand](stands_on, decide)
