"""Propose, set, accept, lock, amend, close: one function per command (domain §3.4)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias, assert_never
from uuid import UUID

from domain.approval.events import ApprovalUsed, Purpose
from domain.approval.state import Granted, approval_of
from domain.decider import Decider, Past, Stream
from domain.plain import digest_of
from domain.reception import (
    ApprovalRequired,
    FieldFault,
    Forbidden,
    Malformed,
    ReasonRequired,
    RefNotFound,
    ResponsibleRequired,
    RetroactiveForbidden,
    SelfApproval,
)
from domain.refusal import Conflict, Invalid, Refusal
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
from domain.target.metrics import METRICS, MetricClass, Unit
from domain.target.period import Period, PeriodKind, period_around
from domain.target.state import Standing, Target, Terms, target_of
from domain.target_plan.events import TargetPeriodReleased, TargetPeriodReserved
from domain.target_plan.state import target_plan_of

_SUBJECT = re.compile(r"(rep|team):[A-Za-z0-9._-]{1,64}", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}")
_WHOLE_BP, _WIDEST = 10_000, 2**53 - 1


@dataclass(eq=False)
class QtyInvalid(Invalid):
    """The quantity is below zero, above the whole of a share, or money without (or things with) a currency."""

    metric: str
    qty: int


@dataclass(eq=False)
class PeriodInvalid(Invalid):
    """The days are no calendar year, calendar month, ISO week or single day; those around the first one are told."""

    period: str
    from_day: date
    to_day: date


@dataclass(eq=False)
class MetricUnknown(Invalid):
    """There is no metric of this name that a target can be about."""

    metric: str


@dataclass(eq=False)
class MetricLevel(Invalid):
    """Results are only observed; nobody can be held to one by the day, so such a target starts at a week."""

    metric: str
    period: str


@dataclass(eq=False)
class TargetOverlap(Conflict):
    """Another target of the same subject, metric and kind of period holds some of these days."""

    target_id: UUID
    other_target_id: UUID


@dataclass(eq=False)
class IronTarget(Conflict):
    """An iron target is not amended or taken back once its period has begun, nor after it was locked (S38)."""

    target_id: UUID


@dataclass(eq=False)
class TargetExists(Conflict):
    """The target is set already, in other words; what is set is amended."""

    target_id: UUID


@dataclass(eq=False)
class TargetNotSet(Conflict):
    """The target is proposed at most, or closed; only one that is set can be accepted, locked or amended."""

    target_id: UUID
    standing: str


@dataclass(eq=False)
class LockedInPeriod(Conflict):
    """A locked target is not taken back before its period is over."""

    target_id: UUID
    to_day: date


@dataclass(eq=False)
class ParentMismatch(Conflict):
    """The target above must be about the same metric, and its period must hold this one."""

    target_id: UUID
    parent_id: UUID


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, in what role. `is_subject`: it is the asker's own target, or the asker answers for it; `leads`: the
    asker stands above the subject, or keeps house."""

    id: str
    role: str
    is_subject: bool
    leads: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a target shall say; `responsible_id` None: nobody was named."""

    target_id: UUID
    subject: str
    metric: str
    period: PeriodKind
    from_day: date
    to_day: date
    qty: int
    currency: str | None
    iron: bool
    responsible_id: str | None
    parent_id: UUID | None


@dataclass(frozen=True, slots=True)
class ProposeTarget:
    """A target could be this. `today`: where the subject works."""

    wanted: Wanted
    asker: Asker
    today: date
    at: datetime
    as_history: bool = False


@dataclass(frozen=True, slots=True)
class SetTarget:
    """A target shall be this, proposed before or not."""

    wanted: Wanted
    asker: Asker
    today: date
    at: datetime
    as_history: bool = False


@dataclass(frozen=True, slots=True)
class AcceptTarget:
    """The one whose target it is says yes."""

    target_id: UUID
    asker: Asker
    at: datetime


@dataclass(frozen=True, slots=True)
class LockTarget:
    """From now on only an approval of its own shall move the target."""

    target_id: UUID
    asker: Asker
    at: datetime


@dataclass(frozen=True, slots=True)
class AmendTarget:
    """From a day on the quantity shall be another.

    `subject`: whose target it is, as looked up; `needs_the_yes`: for whom an approval must be given: the rep, or who
    answers for a team's target; `approver_leads`: whether the approver stands above that person; `reason` None: none
    was given.
    """

    target_id: UUID
    subject: str
    new_qty: int
    effective_from: date
    reason: AmendmentReason | None
    approver: str | None
    approver_leads: bool
    approval_id: UUID | None
    needs_the_yes: str
    calc: str
    asker: Asker
    today: date
    at: datetime


@dataclass(frozen=True, slots=True)
class CloseTarget:
    """The target is done with. `subject`, `metric`, `period`: as looked up."""

    target_id: UUID
    subject: str
    metric: str
    period: PeriodKind
    asker: Asker
    today: date
    at: datetime


TargetingCommand: TypeAlias = ProposeTarget | SetTarget | AcceptTarget | LockTarget | AmendTarget | CloseTarget


def stands_on(command: TargetingCommand) -> Sequence[Stream[Any]]:
    """The target; the periods taken, where days are taken or freed; the target above; the approval relied on."""
    match command:
        case ProposeTarget() | SetTarget():
            wanted = command.wanted
            above = [target_of(wanted.parent_id)] if wanted.parent_id not in (None, wanted.target_id) else []
            plan = target_plan_of(wanted.subject, wanted.metric, wanted.period)
            return [target_of(wanted.target_id), plan, *above]
        case AcceptTarget() | LockTarget():
            return [target_of(command.target_id)]
        case AmendTarget():
            approval = [approval_of(command.approval_id)] if command.approval_id else []
            return [target_of(command.target_id), *approval]
        case CloseTarget():
            plan = target_plan_of(command.subject, command.metric, command.period)
            return [target_of(command.target_id), plan]
        case _:
            assert_never(command)


def decide(command: TargetingCommand, past: Past) -> Sequence[object]:
    """What happens when this is asked, or a refusal."""
    match command:
        case ProposeTarget():
            return propose_target(command, past)
        case SetTarget():
            return set_target(command, past)
        case AcceptTarget():
            return accept_target(command, past)
        case LockTarget():
            return lock_target(command, past)
        case AmendTarget():
            return amend_target(command, past)
        case CloseTarget():
            return close_target(command, past)
        case _:
            assert_never(command)


def propose_target(command: ProposeTarget, past: Past) -> Sequence[object]:
    """By the one whose target it would be, or by whoever leads them; it takes no days yet."""
    wanted, asker = command.wanted, command.asker
    if not (asker.is_subject or asker.leads):
        raise Forbidden("target.propose", asker.role)
    terms = _terms(wanted, past, command.today, as_history=command.as_history)
    target = past.of(target_of(wanted.target_id))
    if target.terms == terms:
        return []
    if target.standing in (Standing.SET, Standing.CLOSED):
        raise TargetExists(wanted.target_id)
    return [
        TargetProposed(
            target_id=wanted.target_id,
            subject=terms.subject,
            metric=terms.metric,
            period=terms.period.kind,
            from_day=terms.period.from_day,
            to_day=terms.period.to_day,
            qty=terms.qty,
            currency=terms.currency,
            iron=terms.iron,
            responsible_id=terms.responsible_id,
            parent_id=terms.parent_id,
            proposed_by=asker.id,
            proposed_at=command.at,
        )
    ]


def set_target(command: SetTarget, past: Past) -> Sequence[object]:
    """By whoever leads the subject; its days are taken in the same append."""
    wanted, asker = command.wanted, command.asker
    if not asker.leads:
        raise Forbidden("target.set", asker.role)
    target = past.of(target_of(wanted.target_id))
    terms = _terms(wanted, past, command.today, as_history=command.as_history)
    if target.standing is Standing.SET and target.terms == terms:
        return []
    if target.standing in (Standing.SET, Standing.CLOSED):
        raise TargetExists(wanted.target_id)
    was_set = TargetSet(
        target_id=wanted.target_id,
        subject=terms.subject,
        metric=terms.metric,
        period=terms.period.kind,
        from_day=terms.period.from_day,
        to_day=terms.period.to_day,
        qty=terms.qty,
        currency=terms.currency,
        iron=terms.iron,
        responsible_id=terms.responsible_id,
        parent_id=terms.parent_id,
        set_by=asker.id,
        set_at=command.at,
    )
    reserved = TargetPeriodReserved(
        target_id=wanted.target_id,
        subject=terms.subject,
        metric=terms.metric,
        period=terms.period.kind,
        from_day=terms.period.from_day,
        to_day=terms.period.to_day,
    )
    return [was_set, reserved]


def accept_target(command: AcceptTarget, past: Past) -> Sequence[object]:
    """By the one whose target it is, once."""
    target, terms = _that_is_set(command.target_id, past)
    if not command.asker.is_subject:
        raise Forbidden("target.accept", command.asker.role)
    if target.accepted:
        return []
    return [TargetAccepted(command.target_id, terms.subject, command.asker.id, command.at)]


def lock_target(command: LockTarget, past: Past) -> Sequence[object]:
    """By whoever leads the subject, once."""
    target, terms = _that_is_set(command.target_id, past)
    if not command.asker.leads:
        raise Forbidden("target.lock", command.asker.role)
    if target.locked:
        return []
    return [TargetLocked(command.target_id, terms.subject, command.asker.id, command.at)]


def amend_target(command: AmendTarget, past: Past) -> Sequence[object]:
    """Ahead only, with a reason and somebody else's yes; a no of a rule stays in the target's history."""
    target = past.of(target_of(command.target_id))
    terms = target.terms
    if terms is None:
        raise RefNotFound("target", str(command.target_id))
    if not command.asker.leads:
        raise Forbidden("target.amend", command.asker.role)
    _quantity(terms.metric, command.new_qty, terms.currency)
    if command.reason is None or not command.calc.strip():
        raise ReasonRequired("target.amend")
    if command.effective_from > terms.period.to_day:
        raise Malformed(
            (FieldFault("/data/effective_from", f"not after {terms.period.to_day}, the period's last day"),)
        )
    refusal = _amendment_refused(command, target, terms, past)
    old_qty = target.qty_on(command.effective_from)
    if refusal is not None:
        refusal.leaving = [
            TargetAmendmentRefused(
                target_id=command.target_id,
                subject=terms.subject,
                old_qty=old_qty,
                new_qty=command.new_qty,
                effective_from=command.effective_from,
                reason=command.reason,
                approver=command.approver,
                calc=command.calc,
                code=refusal.code(),
                asked_by=command.asker.id,
                refused_at=command.at,
            )
        ]
        raise refusal
    if command.approver is None or not command.approver_leads:
        raise Forbidden("approval.grant", "approver")
    if old_qty == command.new_qty:
        return []
    amended = TargetAmended(
        target_id=command.target_id,
        subject=terms.subject,
        old_qty=old_qty,
        new_qty=command.new_qty,
        effective_from=command.effective_from,
        reason=command.reason,
        approver=command.approver,
        approval_id=command.approval_id,
        calc=command.calc,
        amended_by=command.asker.id,
        amended_at=command.at,
    )
    if command.approval_id is None:
        return [amended]
    ref = str(command.target_id)
    used = ApprovalUsed(command.approval_id, command.needs_the_yes, Purpose.AMENDMENT, ref, command.at)
    return [amended, used]


def close_target(command: CloseTarget, past: Past) -> Sequence[object]:
    """By whoever leads the subject: when the period is over, or earlier where the target binds nobody yet.

    Its days are free again only if none of them has passed: a target set anew would change what held on those.
    """
    target = past.of(target_of(command.target_id))
    terms = target.terms
    if terms is None:
        raise RefNotFound("target", str(command.target_id))
    if not command.asker.leads:
        raise Forbidden("target.close", command.asker.role)
    if target.standing is Standing.CLOSED:
        return []
    over = command.today > terms.period.to_day
    if not over and target.standing is Standing.SET:
        if _is_iron_now(target, terms, command.today):
            raise IronTarget(command.target_id)
        if target.locked:
            raise LockedInPeriod(command.target_id, terms.period.to_day)
    closed = TargetClosed(command.target_id, terms.subject, command.asker.id, command.at)
    if command.today > terms.period.from_day or target.standing is not Standing.SET:
        return [closed]
    return [closed, TargetPeriodReleased(command.target_id, terms.subject, terms.metric, terms.period.kind)]


def amendment_hash(target_id: UUID, new_qty: int, effective_from: date) -> str:
    """What an approval of an amendment may name as the content that was seen."""
    return digest_of({"target_id": target_id, "qty": new_qty, "effective_from": effective_from})


def _terms(wanted: Wanted, past: Past, today: date, *, as_history: bool) -> Terms:
    """What is wanted, if it is in order: its form first, then the rules in the order of §3.4."""
    metric = METRICS.get(wanted.metric)
    if metric is None:
        raise MetricUnknown(wanted.metric)
    if not _SUBJECT.fullmatch(wanted.subject):
        raise Malformed((FieldFault("/data/subject", "rep:<id> or team:<id>"),))
    _quantity(wanted.metric, wanted.qty, wanted.currency)
    right = period_around(wanted.period, wanted.from_day)
    if (wanted.from_day, wanted.to_day) != (right.from_day, right.to_day):
        raise PeriodInvalid(wanted.period, right.from_day, right.to_day)
    if metric.kind is MetricClass.RESULT and wanted.period is PeriodKind.DAY:
        raise MetricLevel(wanted.metric, wanted.period)
    if right.to_day < today and not as_history:
        raise RetroactiveForbidden(right.from_day, today)
    taken_by = past.of(target_plan_of(wanted.subject, wanted.metric, wanted.period)).taken_by(
        right.from_day, right.to_day
    )
    if taken_by not in (None, wanted.target_id):
        raise TargetOverlap(wanted.target_id, taken_by)
    _fits_under_parent(wanted, right, past)
    if wanted.responsible_id is None:
        raise ResponsibleRequired("responsible_id")
    return Terms(
        subject=wanted.subject,
        metric=wanted.metric,
        period=right,
        qty=wanted.qty,
        currency=wanted.currency,
        iron=wanted.iron,
        responsible_id=wanted.responsible_id,
        parent_id=wanted.parent_id,
    )


def _fits_under_parent(wanted: Wanted, period: Period, past: Past) -> None:
    """What the parts make of the whole is shown, not forced; but they must be parts of it."""
    if wanted.parent_id is None:
        return
    if wanted.parent_id == wanted.target_id:
        raise ParentMismatch(wanted.target_id, wanted.parent_id)
    above = past.of(target_of(wanted.parent_id)).terms
    if above is None:
        raise RefNotFound("target", str(wanted.parent_id))
    if above.metric != wanted.metric or not above.period.holds(period):
        raise ParentMismatch(wanted.target_id, wanted.parent_id)


def _quantity(metric: str, qty: int, currency: str | None) -> None:
    unit = METRICS[metric].unit
    too_much = qty > (_WHOLE_BP if unit is Unit.BP else _WIDEST)
    money = currency is not None and bool(_CURRENCY.fullmatch(currency))
    wrong_currency = not money if unit is Unit.MONEY else currency is not None
    if qty < 0 or too_much or wrong_currency:
        raise QtyInvalid(metric, qty)


def _amendment_refused(command: AmendTarget, target: Target, terms: Terms, past: Past) -> Refusal | None:
    """The first rule that says no to an amendment, in the order of §3.4."""
    if target.standing is not Standing.SET:
        return TargetNotSet(command.target_id, target.standing)
    if _is_iron_now(target, terms, command.today):
        return IronTarget(command.target_id)
    if command.effective_from < command.today:
        return RetroactiveForbidden(command.effective_from, command.today)
    if command.approver in (command.asker.id, command.needs_the_yes):
        return SelfApproval(command.approver or "")
    if _approval_is_missing(command, target, past):
        return ApprovalRequired(Purpose.AMENDMENT, str(command.target_id))
    return None


def _is_iron_now(target: Target, terms: Terms, today: date) -> bool:
    return terms.iron and (target.locked or today >= terms.period.from_day)


def _approval_is_missing(command: AmendTarget, target: Target, past: Past) -> bool:
    """Somebody must be named; a locked target, or whoever brings an approval, needs one that is for exactly this."""
    if command.approver is None:
        return True
    if command.approval_id is None:
        return target.locked
    approval = past.of(approval_of(command.approval_id))
    seen = frozenset({amendment_hash(command.target_id, command.new_qty, command.effective_from)})
    return (
        not isinstance(approval, Granted)
        or approval.approver != command.approver
        or not approval.covers(Purpose.AMENDMENT, str(command.target_id), command.needs_the_yes, seen)
    )


def _that_is_set(target_id: UUID, past: Past) -> tuple[Target, Terms]:
    target = past.of(target_of(target_id))
    if target.terms is None:
        raise RefNotFound("target", str(target_id))
    if target.standing is not Standing.SET:
        raise TargetNotSet(target_id, target.standing)
    return target, target.terms


targeting = Decider[TargetingCommand](stands_on, decide)
