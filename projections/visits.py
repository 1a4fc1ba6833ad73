"""Visits, each as it stands now: one row for every visit, by customer and by rep (V3)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, assert_never
from uuid import UUID

from domain.days import day_of
from domain.envelope import Recorded
from domain.visit.events import (
    ContactAttempted,
    Disposition,
    IntegrityCleared,
    IntegrityFlagged,
    Objective,
    Plan,
    Presence,
    Verdict,
    VisitAnnotated,
    VisitCancelled,
    VisitCheckedIn,
    VisitCheckedOut,
    VisitCorrected,
    VisitEvaluated,
    VisitEvent,
    VisitPlanChanged,
    VisitPlanned,
    VisitRecorded,
    VisitReviewed,
    VisitVoided,
)
from domain.visit.report import Mode, Report, Travel, Value
from projections.projection import Key, Spans
from projections.visit_history import EVENTS


class Stage(StrEnum):
    """How far a visit has come."""

    PLANNED = "PLANNED"
    CANCELLED = "CANCELLED"
    UNDER_WAY = "UNDER_WAY"
    ATTEMPTED = "ATTEMPTED"
    RECORDED = "RECORDED"


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A visit as it is told now.

    `versions`: events that it has so far; `stage`: how far it has come; `voided`: struck out, and counted no more;
    `started_at`…`note_characters`: as told after all corrections, None before it was told; `minutes`: whole ones;
    `presence`, `distance_m` (metres): what the device saw at the customer told now; `verdict`, `failed`: of the latest
    judgement, `settles_at`: when an undetermined one becomes NOT; `shown_at`: when the device was last seen, by a clock
    that counts; `flags`: everything noticed about it and not explained since, `noticed`: what does not fit with which
    other visit, as `FLAG:visit`.
    """

    visit_id: UUID
    customer_id: UUID
    rep_id: str
    line: str
    stage: Stage
    versions: int
    voided: bool = False
    planned_start: datetime | None = None
    planned_minutes: int | None = None
    objective: Objective | None = None
    mode: Mode | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    minutes: int | None = None
    zone: str | None = None
    biz_date: date | None = None
    told_at: datetime | None = None
    met_buyer: bool = False
    objective_met: bool | None = None
    outcome: str | None = None
    note_characters: int | None = None
    next_step_due: date | None = None
    responsible_id: str | None = None
    travel_minutes: int | None = None
    travel_metres: int | None = None
    checked_in_at: datetime | None = None
    checked_out_at: datetime | None = None
    presence: Presence | None = None
    distance_m: int | None = None
    seen_at_customer: UUID | None = None
    seen_presence: Presence | None = None
    seen_distance_m: int | None = None
    verdict: Verdict | None = None
    failed: tuple[str, ...] = ()
    rules_version: int | None = None
    settles_at: datetime | None = None
    evaluated_at: datetime | None = None
    disposition: Disposition | None = None
    reviewed_at: datetime | None = None
    flags: tuple[str, ...] = ()
    shown_at: datetime | None = None
    noticed: tuple[str, ...] = ()
    travel_cost_minor: int | None = None
    travel_cost_currency: str | None = None


def _touches(recorded: Recorded) -> Key | None:
    return (recorded.event.visit_id,) if type(recorded.event) in EVENTS else None  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType] - each of them names its visit


def _fold(rows: Sequence[VisitRow], recorded: Recorded) -> Sequence[VisitRow]:
    event: VisitEvent = recorded.event  # pyright: ignore[reportAssignmentType] - only what it handles comes here
    first = VisitRow(event.visit_id, event.customer_id, event.rep_id, event.line, Stage.UNDER_WAY, 0)
    row = _after(rows[0] if rows else first, event)
    flags = tuple(dict.fromkeys((*row.flags, *recorded.envelope.flags)))
    if isinstance(event, IntegrityCleared) and not any(one.startswith(f"{event.flag}:") for one in row.noticed):
        flags = tuple(flag for flag in flags if flag != event.flag)
    return [_as_seen(replace(row, versions=recorded.envelope.stream_version, flags=flags))]


def _after(row: VisitRow, event: VisitEvent) -> VisitRow:
    match event:
        case VisitPlanned():
            return _planned(row, event.plan)
        case VisitPlanChanged():
            return _planned(row, event.new)
        case VisitCancelled():
            return replace(row, stage=Stage.CANCELLED)
        case VisitCheckedIn() | VisitCheckedOut():
            return _seen(row, event)
        case VisitRecorded():
            told = _told(replace(row, customer_id=event.customer_id, zone=event.zone), event.report)
            return replace(told, stage=Stage.RECORDED, line=event.line, told_at=event.told_at)
        case ContactAttempted():
            return replace(row, customer_id=event.customer_id, stage=Stage.ATTEMPTED, mode=event.mode)
        case VisitCorrected():
            return _corrected(replace(row, customer_id=event.customer_id), event.field, event.new_value)
        case VisitVoided():
            return replace(row, voided=True)
        case VisitAnnotated():
            return row
        case VisitEvaluated():
            return replace(
                row,
                verdict=event.verdict,
                failed=event.failed,
                rules_version=event.rules_version,
                settles_at=event.settles_at,
                evaluated_at=event.evaluated_at,
            )
        case VisitReviewed():
            return replace(row, disposition=event.disposition, reviewed_at=event.reviewed_at)
        case IntegrityFlagged():
            return replace(row, noticed=tuple(dict.fromkeys((*row.noticed, _mark(event)))))
        case IntegrityCleared():
            return replace(row, noticed=tuple(one for one in row.noticed if one != _mark(event)))
        case _:
            assert_never(event)


def _mark(event: IntegrityFlagged | IntegrityCleared) -> str:
    return f"{event.flag}:{event.other_visit_id or ''}"


def _planned(row: VisitRow, plan: Plan) -> VisitRow:
    stage = Stage.PLANNED if row.stage is Stage.UNDER_WAY and row.checked_in_at is None else row.stage
    return replace(
        row,
        stage=stage,
        planned_start=plan.planned_start,
        planned_minutes=plan.planned_minutes,
        objective=plan.objective,
    )


def _seen(row: VisitRow, event: VisitCheckedIn | VisitCheckedOut) -> VisitRow:
    """A check-in counts before a check-out; before it is told, the visit is at the customer where it was seen."""
    if row.stage is not Stage.RECORDED:
        stage = row.stage if row.stage is Stage.ATTEMPTED else Stage.UNDER_WAY
        row = replace(row, stage=stage, customer_id=event.customer_id)
    row = replace(row, shown_at=event.shown_at)
    if isinstance(event, VisitCheckedIn):
        row = replace(row, checked_in_at=event.checked_in_at)
    else:
        seen_before = row.checked_in_at is not None
        row = replace(row, checked_out_at=event.checked_out_at)
        if seen_before:
            return row
    return replace(
        row,
        seen_at_customer=event.customer_id,
        seen_presence=event.presence,
        seen_distance_m=event.distance_m,
    )


def _as_seen(row: VisitRow) -> VisitRow:
    there = row.seen_at_customer == row.customer_id
    return replace(
        row,
        presence=row.seen_presence if there else None,
        distance_m=row.seen_distance_m if there else None,
    )


def _told(row: VisitRow, report: Report) -> VisitRow:
    return replace(
        _times(row, report.started_at, report.ended_at),
        mode=report.mode,
        met_buyer=report.met_buyer,
        objective_met=report.objective_met,
        outcome=report.outcome,
        note_characters=report.note_characters,
        next_step_due=report.next_step.due if report.next_step else None,
        responsible_id=report.next_step.responsible_id if report.next_step else None,
        **_way(report.travel),
    )


def _times(row: VisitRow, started_at: datetime | None, ended_at: datetime | None) -> VisitRow:
    if started_at is None or ended_at is None:
        return row
    minutes = int((ended_at - started_at).total_seconds() // 60)
    biz_date = day_of(started_at, row.zone) if row.zone else row.biz_date
    return replace(row, started_at=started_at, ended_at=ended_at, minutes=minutes, biz_date=biz_date)


def _way(travel: Travel | None) -> dict[str, Any]:
    cost = travel.cost if travel else None
    return {
        "travel_cost_minor": cost.minor if cost else None,
        "travel_cost_currency": cost.currency if cost else None,
        "travel_minutes": travel.minutes if travel else None,
        "travel_metres": travel.metres if travel else None,
    }


def _corrected(row: VisitRow, field: str, value: Value) -> VisitRow:
    match field:
        case "started_at":
            return _times(row, value.started_at, row.ended_at)
        case "ended_at":
            return _times(row, row.started_at, value.ended_at)
        case "participants":
            met = value.participants.customer if value.participants else ()
            return replace(row, met_buyer=any(one.role == "BUYER" for one in met))
        case "next_step":
            step = value.next_step
            return replace(
                row,
                next_step_due=step.due if step else None,
                responsible_id=step.responsible_id if step else None,
            )
        case "note":
            return replace(row, note_characters=value.note_characters or 0)
        case "travel":
            return replace(row, **_way(value.travel))
        case "mode" | "objective_met" | "outcome":
            return replace(row, **{field: value.of(field)})
        case _:
            return row


visits = Spans(
    name="visits",
    version=3,
    row=VisitRow,
    key=("visit_id",),
    indexes=(
        ("customer_id", "started_at"),
        ("rep_id", "started_at"),
        ("rep_id", "shown_at"),
        ("known_to", "settles_at"),
    ),
    handles=EVENTS,
    touches=_touches,
    fold=_fold,
)
