"""Everything that was asked of a target, one row each: who, why, from what to what, and whether it came to be."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from domain.envelope import Recorded
from domain.target.events import (
    AmendmentReason,
    TargetAccepted,
    TargetAmended,
    TargetAmendmentRefused,
    TargetClosed,
    TargetLocked,
    TargetProposed,
    TargetSet,
)
from projections.projection import Facts


class Change(StrEnum):
    """What kind of change a row tells of."""

    PROPOSED = "PROPOSED"
    SET = "SET"
    ACCEPTED = "ACCEPTED"
    LOCKED = "LOCKED"
    AMENDED = "AMENDED"
    AMENDMENT_REFUSED = "AMENDMENT_REFUSED"
    CLOSED = "CLOSED"


@dataclass(frozen=True, slots=True)
class TargetHistoryRow:
    """One change of a target, or one that a rule refused.

    `came_to_be`: False for a refused amendment, whose `code` says which rule said no; `effective_from`: the first day
    on which the new quantity counts; `by`: who asked; `at`: our clock.
    """

    target_id: UUID
    position: int
    event_id: UUID
    subject: str
    change: Change
    came_to_be: bool
    code: str | None
    old_qty: int | None
    new_qty: int | None
    effective_from: date | None
    reason: AmendmentReason | None
    calc: str | None
    approver: str | None
    approval_id: UUID | None
    by: str
    role: str
    at: datetime


def _project(recorded: Recorded) -> Iterable[TargetHistoryRow]:
    match recorded.event:
        case TargetProposed() as event:
            return [_row(recorded, event.target_id, event.subject, Change.PROPOSED, event.proposed_by, new=event.qty)]
        case TargetSet() as event:
            return [
                _row(
                    recorded,
                    event.target_id,
                    event.subject,
                    Change.SET,
                    event.set_by,
                    new=event.qty,
                    effective_from=event.from_day,
                )
            ]
        case TargetAccepted() as event:
            return [_row(recorded, event.target_id, event.subject, Change.ACCEPTED, event.accepted_by)]
        case TargetLocked() as event:
            return [_row(recorded, event.target_id, event.subject, Change.LOCKED, event.locked_by)]
        case TargetClosed() as event:
            return [_row(recorded, event.target_id, event.subject, Change.CLOSED, event.closed_by)]
        case TargetAmended() as event:
            return [
                _row(
                    recorded,
                    event.target_id,
                    event.subject,
                    Change.AMENDED,
                    event.amended_by,
                    old=event.old_qty,
                    new=event.new_qty,
                    effective_from=event.effective_from,
                    reason=event.reason,
                    calc=event.calc,
                    approver=event.approver,
                    approval_id=event.approval_id,
                )
            ]
        case TargetAmendmentRefused() as event:
            return [
                _row(
                    recorded,
                    event.target_id,
                    event.subject,
                    Change.AMENDMENT_REFUSED,
                    event.asked_by,
                    code=event.code,
                    old=event.old_qty,
                    new=event.new_qty,
                    effective_from=event.effective_from,
                    reason=event.reason,
                    calc=event.calc,
                    approver=event.approver,
                )
            ]
        case _:
            return []


def _row(
    recorded: Recorded,
    target_id: UUID,
    subject: str,
    change: Change,
    by: str,
    *,
    code: str | None = None,
    old: int | None = None,
    new: int | None = None,
    effective_from: date | None = None,
    reason: AmendmentReason | None = None,
    calc: str | None = None,
    approver: str | None = None,
    approval_id: UUID | None = None,
) -> TargetHistoryRow:
    return TargetHistoryRow(
        target_id=target_id,
        position=recorded.position,
        event_id=recorded.envelope.event_id,
        subject=subject,
        change=change,
        came_to_be=code is None,
        code=code,
        old_qty=old,
        new_qty=new,
        effective_from=effective_from,
        reason=reason,
        calc=calc,
        approver=approver,
        approval_id=approval_id,
        by=by,
        role=str(recorded.envelope.actor.role),
        at=recorded.envelope.decided_at,
    )


target_history = Facts(
    name="target_history",
    version=1,
    row=TargetHistoryRow,
    key=("target_id", "position"),
    indexes=(("target_id", "position"), ("subject", "position")),
    handles=frozenset(
        {
            TargetProposed,
            TargetSet,
            TargetAccepted,
            TargetLocked,
            TargetAmended,
            TargetAmendmentRefused,
            TargetClosed,
        }
    ),
    project=_project,
)
