"""Whenever something is told, seen or decided that a verdict stands on, the visit is judged anew (S13)."""

from collections.abc import Sequence
from uuid import UUID

from domain.approval.events import ApprovalGranted, Purpose
from domain.envelope import Recorded
from domain.policies.policy import Ask, EvaluateAsked, Policy
from domain.visit.events import (
    VisitCheckedIn,
    VisitCheckedOut,
    VisitCorrected,
    VisitRecorded,
    VisitReviewed,
    VisitVoided,
)


def _asks(recorded: Recorded) -> Sequence[Ask]:
    at = recorded.envelope.decided_at
    match recorded.event:
        case (
            VisitRecorded()
            | VisitCheckedIn()
            | VisitCheckedOut()
            | VisitCorrected()
            | VisitVoided()
            | VisitReviewed() as event
        ):
            return [EvaluateAsked(event.visit_id, at)]
        case ApprovalGranted(purpose=Purpose.PRESENCE_PHOTO) as event:
            visit_id = _visit(event.ref)
            return [] if visit_id is None else [EvaluateAsked(visit_id, at, event.approval_id)]
        case _:
            return []


def _visit(ref: str) -> UUID | None:
    """The visit that an approval names, if it names one."""
    try:
        return UUID(ref)
    except ValueError:
        return None


evaluate_visits_when_recorded_or_changed = Policy(
    name="evaluate visits when recorded or changed",
    handles=frozenset(
        {
            VisitRecorded,
            VisitCheckedIn,
            VisitCheckedOut,
            VisitCorrected,
            VisitVoided,
            VisitReviewed,
            ApprovalGranted,
        }
    ),
    asks=_asks,
)
