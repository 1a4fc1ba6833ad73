"""Plan, check in, try, annotate, review: what can be asked of a visit by itself, one function per command.

What is told of it, and may need an approval for that, is decided in `domain.reporting`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, assert_never
from uuid import UUID

from domain.decider import Decider, Past, Stream
from domain.facts import CustomerFacts
from domain.reception import FieldFault, Forbidden, Malformed, RefNotFound
from domain.refusal import Conflict
from domain.rulesets import EffectiveVisitRules
from domain.values import Sealed
from domain.visit.events import (
    AttemptReason,
    ContactAttempted,
    Disposition,
    Objective,
    Plan,
    VisitAnnotated,
    VisitCancelled,
    VisitCheckedIn,
    VisitCheckedOut,
    VisitPlanChanged,
    VisitPlanned,
    VisitReviewed,
)
from domain.visit.presence import Geo, seen
from domain.visit.report import TEXT, Attachment, DurationInvalid, Mode, attachment_faults
from domain.visit.state import Visit, visit_of

MOST_PLANNED_MINUTES = 960


@dataclass(eq=False)
class NotAuthor(Conflict):
    """Only the rep whose visit it is may say something about it, or put it right."""

    visit_id: UUID


@dataclass(eq=False)
class AlreadyPlanned(Conflict):
    """This visit was planned, or told, already; its plan is changed, and another visit has another id."""

    visit_id: UUID


@dataclass(eq=False)
class NotPlanned(Conflict):
    """There is no plan left to change: the visit was never planned, was called off, or has taken place."""

    visit_id: UUID


@dataclass(eq=False)
class AlreadyRecorded(Conflict):
    """This visit was told already; what is wrong in it is corrected, and another visit has another id."""

    visit_id: UUID


@dataclass(eq=False)
class NotRecorded(Conflict):
    """This visit has not been told yet, so there is nothing in it to put right or to judge."""

    visit_id: UUID


@dataclass(frozen=True, slots=True)
class PlanVisit:
    """A rep means to visit a customer."""

    visit_id: UUID
    customer_id: UUID
    rep_id: str
    line: str
    plan: Plan
    at: datetime


@dataclass(frozen=True, slots=True)
class ChangePlan:
    """The rep means it otherwise."""

    visit_id: UUID
    rep_id: str
    plan: Plan
    at: datetime


@dataclass(frozen=True, slots=True)
class CancelVisit:
    """The rep calls the plan off."""

    visit_id: UUID
    rep_id: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CheckIn:
    """The device says where it is as the visit begins; `position` is the sealed form of `geo`.

    `at`: by the wall clock of the device; `shown_at`: the hour that counts.
    """

    visit_id: UUID
    customer: CustomerFacts
    rep_id: str
    line: str
    geo: Geo | None
    position: Sealed | None
    consent: bool
    rules: EffectiveVisitRules
    at: datetime
    shown_at: datetime


@dataclass(frozen=True, slots=True)
class CheckOut:
    """The device says where it is as the visit ends; the fields are those of a check-in."""

    visit_id: UUID
    customer: CustomerFacts
    rep_id: str
    line: str
    geo: Geo | None
    position: Sealed | None
    consent: bool
    rules: EffectiveVisitRules
    at: datetime
    shown_at: datetime


@dataclass(frozen=True, slots=True)
class AttemptContact:
    """The rep tried and reached nobody."""

    visit_id: UUID
    customer_id: UUID
    rep_id: str
    line: str
    mode: Mode
    reason: AttemptReason
    text: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class AnnotateVisit:
    """Somebody adds words or photos. `may_read`: whether the asker stands above the rep, or audits."""

    visit_id: UUID
    asked_by: str
    role: str
    may_read: bool
    text: str
    attachments: tuple[Attachment, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class ReviewVisit:
    """A manager read the visit. `in_line`: whether the reviewer stands above the rep at this hour."""

    visit_id: UUID
    reviewer: str
    role: str
    in_line: bool
    disposition: Disposition
    comment: str | None
    at: datetime


VisitCommand: TypeAlias = (
    PlanVisit | ChangePlan | CancelVisit | CheckIn | CheckOut | AttemptContact | AnnotateVisit | ReviewVisit
)


def stands_on(command: VisitCommand) -> Sequence[Stream[Visit]]:
    """The visit itself, which nobody else writes to while it is told."""
    return [visit_of(command.visit_id)]


def decide(command: VisitCommand, past: Past) -> Sequence[object]:
    """What happens when this is asked, or a refusal."""
    visit = past.of(visit_of(command.visit_id))
    match command:
        case PlanVisit():
            return plan_visit(command, visit)
        case ChangePlan():
            return change_plan(command, visit)
        case CancelVisit():
            return cancel_visit(command, visit)
        case CheckIn():
            return check_in(command, visit)
        case CheckOut():
            return check_out(command, visit)
        case AttemptContact():
            return attempt_contact(command, visit)
        case AnnotateVisit():
            return annotate_visit(command, visit)
        case ReviewVisit():
            return review_visit(command, visit)
        case _:
            assert_never(command)


def plan_visit(command: PlanVisit, visit: Visit) -> Sequence[object]:
    """Any plan is taken; one without an objective is flagged (S35)."""
    by_the_author(visit, command.visit_id, command.rep_id)
    plan = _checked(command.plan)
    if visit.plan == plan and visit.customer_id == command.customer_id and not visit.cancelled:
        return []
    if visit.plan is not None or visit.tellings:
        raise AlreadyPlanned(command.visit_id)
    return [
        VisitPlanned(
            visit_id=command.visit_id,
            customer_id=command.customer_id,
            rep_id=command.rep_id,
            line=command.line,
            plan=plan,
            planned_at=command.at,
            flags=_blind(plan),
        )
    ]


def change_plan(command: ChangePlan, visit: Visit) -> Sequence[object]:
    """Mean it otherwise, as long as it is still ahead."""
    customer_id = _planned(visit, command.visit_id, command.rep_id)
    plan = _checked(command.plan)
    if visit.plan is None or visit.cancelled or visit.tellings:
        raise NotPlanned(command.visit_id)
    if visit.plan == plan:
        return []
    return [
        VisitPlanChanged(
            visit_id=command.visit_id,
            customer_id=customer_id,
            rep_id=command.rep_id,
            line=visit.line,
            old=visit.plan,
            new=plan,
            changed_at=command.at,
            flags=_blind(plan),
        )
    ]


def cancel_visit(command: CancelVisit, visit: Visit) -> Sequence[object]:
    """Call it off, as long as it is still ahead; twice is once."""
    customer_id = _planned(visit, command.visit_id, command.rep_id)
    if visit.cancelled:
        return []
    if visit.plan is None or visit.tellings:
        raise NotPlanned(command.visit_id)
    return [
        VisitCancelled(
            visit_id=command.visit_id,
            customer_id=customer_id,
            rep_id=command.rep_id,
            line=visit.line,
            reason=command.reason,
            cancelled_at=command.at,
        )
    ]


def check_in(command: CheckIn, visit: Visit) -> Sequence[object]:
    """Take what the device says, measure it, keep the position sealed."""
    by_the_author(visit, command.visit_id, command.rep_id)
    found = seen(command.geo, command.customer, command.rules, consent=command.consent)
    return [
        VisitCheckedIn(
            visit_id=command.visit_id,
            customer_id=command.customer.customer_id,
            rep_id=command.rep_id,
            line=command.line,
            position=command.position if found.accuracy_m is not None else None,
            crs=found.crs,
            accuracy_m=found.accuracy_m,
            distance_m=found.distance_m,
            presence=found.presence,
            mock=found.mock,
            rules_version=command.rules.version,
            checked_in_at=command.at,
            shown_at=command.shown_at,
            flags=(*found.flags, "CHECKED_IN_AGAIN") if visit.check_in else found.flags,
        )
    ]


def check_out(command: CheckOut, visit: Visit) -> Sequence[object]:
    """The same as the visit ends; a check-out without a check-in is taken as it comes."""
    by_the_author(visit, command.visit_id, command.rep_id)
    found = seen(command.geo, command.customer, command.rules, consent=command.consent)
    return [
        VisitCheckedOut(
            visit_id=command.visit_id,
            customer_id=command.customer.customer_id,
            rep_id=command.rep_id,
            line=command.line,
            position=command.position if found.accuracy_m is not None else None,
            crs=found.crs,
            accuracy_m=found.accuracy_m,
            distance_m=found.distance_m,
            presence=found.presence,
            mock=found.mock,
            rules_version=command.rules.version,
            checked_out_at=command.at,
            shown_at=command.shown_at,
            flags=(*found.flags, "CHECKED_OUT_AGAIN") if visit.check_out else found.flags,
        )
    ]


def attempt_contact(command: AttemptContact, visit: Visit) -> Sequence[object]:
    """Nobody was reached: an attempt, as often as it is made."""
    by_the_author(visit, command.visit_id, command.rep_id)
    if visit.tellings:
        raise AlreadyRecorded(command.visit_id)
    return [
        ContactAttempted(
            visit_id=command.visit_id,
            customer_id=command.customer_id,
            rep_id=command.rep_id,
            line=command.line,
            mode=command.mode,
            reason=command.reason,
            text=command.text,
            attempted_at=command.at,
        )
    ]


def annotate_visit(command: AnnotateVisit, visit: Visit) -> Sequence[object]:
    """The rep, whoever stands above the rep, and auditors may add to a visit."""
    rep_id, customer_id = known(visit, command.visit_id)
    if command.asked_by != rep_id and not command.may_read:
        raise Forbidden("visit.annotate", command.role)
    faults = tuple(attachment_faults(command.attachments))
    if not 0 < len(command.text.strip()) <= TEXT:
        faults = (FieldFault("/data/text", f"From 1 to {TEXT} characters."), *faults)
    if faults:
        raise Malformed(faults)
    return [
        VisitAnnotated(
            visit_id=command.visit_id,
            customer_id=customer_id,
            rep_id=rep_id,
            line=visit.line,
            text=command.text,
            attachments=command.attachments,
            annotated_by=command.asked_by,
            annotated_at=command.at,
        )
    ]


def review_visit(command: ReviewVisit, visit: Visit) -> Sequence[object]:
    """Whoever stands above the rep may dispose of what was told, as often as they read it."""
    rep_id, customer_id = known(visit, command.visit_id)
    if not command.in_line:
        raise Forbidden("visit.review", command.role)
    if visit.telling is None:
        raise NotRecorded(command.visit_id)
    return [
        VisitReviewed(
            visit_id=command.visit_id,
            customer_id=customer_id,
            rep_id=rep_id,
            line=visit.line,
            reviewer=command.reviewer,
            disposition=command.disposition,
            comment=command.comment,
            reviewed_at=command.at,
        )
    ]


def known(visit: Visit, visit_id: UUID) -> tuple[str, UUID]:
    """Whose visit it is, and to whom; a visit of which nothing was heard is not known."""
    if visit.rep_id is None or visit.customer_id is None:
        raise RefNotFound("visit", str(visit_id))
    return visit.rep_id, visit.customer_id


def by_the_author(visit: Visit, visit_id: UUID, rep_id: str) -> None:
    """Nobody but its rep speaks for a visit."""
    if visit.rep_id not in (None, rep_id):
        raise NotAuthor(visit_id)


def _planned(visit: Visit, visit_id: UUID, rep_id: str) -> UUID:
    _, customer_id = known(visit, visit_id)
    by_the_author(visit, visit_id, rep_id)
    return customer_id


def _checked(plan: Plan) -> Plan:
    if not 0 < plan.planned_minutes <= MOST_PLANNED_MINUTES:
        raise DurationInvalid(plan.planned_minutes, MOST_PLANNED_MINUTES)
    if plan.objective is Objective.OTHER and not (plan.objective_text or "").strip():
        raise Malformed((FieldFault("/data/objective/text", "The objective OTHER is told in words."),))
    return plan


def _blind(plan: Plan) -> tuple[str, ...]:
    return () if plan.objective else ("BLIND_VISIT",)


visiting = Decider[VisitCommand](stands_on, decide)
