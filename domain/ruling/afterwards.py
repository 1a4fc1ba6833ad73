"""After a ruling: appeal, changes of what it stands on, another hearing, the end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.claiming.overdue import standing
from domain.conflict.events import (
    AppealFiled,
    CaseClosed,
    CaseOutcome,
    CaseReopened,
    RulingBasisChanged,
)
from domain.conflict.state import Appealed, Closed, NoCase, Open, Ruled, case_of
from domain.days import Calendar
from domain.decider import Past
from domain.ownership.protection import Terms, resumed
from domain.ownership.state import ownership_of
from domain.reception import ReasonRequired, RefNotFound
from domain.rulesets import RulingRules
from domain.ruling.hearing import file_of
from domain.ruling.opening import Holding, held, workdays_end
from domain.ruling.refusals import AppealClosed, CaseFinal, NotParty


@dataclass(frozen=True, slots=True)
class FileAppeal:
    """A party does not accept the ruling. `to_arbiter`: the next level above who ruled."""

    case_id: UUID
    rep_id: str
    reason: str
    to_arbiter: str | None
    rules: RulingRules
    calendar: Calendar
    at: datetime


@dataclass(frozen=True, slots=True)
class ReopenCase:
    """An auditor has a case heard again."""

    case_id: UUID
    reopened_by: str
    reason: str
    arbiter_id: str | None
    holdings: tuple[Holding, ...]
    rules: RulingRules
    calendar: Calendar
    at: datetime


@dataclass(frozen=True, slots=True)
class NoteBasisChanged:
    """`fact_events`: events of the file that were put right or struck out by `changed_by`."""

    case_id: UUID
    fact_events: tuple[UUID, ...]
    changed_by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class CloseCase:
    """The time for an appeal is over, or the two records turned out to be two customers."""

    case_id: UUID
    different: bool
    reason: str | None
    holdings: tuple[Holding, ...]
    calendar: Calendar
    at: datetime


def file_appeal(command: FileAppeal, past: Past) -> Sequence[object]:
    """Once, in time, by a party; what a next level decided is final."""
    case = past.of(case_of(command.case_id))
    file = file_of(case, command.case_id)
    if command.rep_id not in file.parties:
        raise NotParty(command.case_id)
    if not isinstance(case, Ruled):
        raise AppealClosed(
            command.case_id, case.ruling.appeal_due if isinstance(case, Closed) and case.ruling else None
        )
    due = case.ruling.appeal_due
    if due is None or command.at >= due:
        raise AppealClosed(command.case_id, due)
    if not command.reason.strip():
        raise ReasonRequired("conflict.appeal")
    return [
        AppealFiled(
            case_id=command.case_id,
            customer_id=file.customer_id,
            parties=file.parties,
            ruling_id=case.ruling.ruling_id,
            rep_id=command.rep_id,
            reason=command.reason,
            to_arbiter=command.to_arbiter,
            decision_due=workdays_end(command.at, command.rules.ruling_workdays, command.calendar, file.opened.zone),
            filed_at=command.at,
        )
    ]


def reopen_case(command: ReopenCase, past: Past) -> Sequence[object]:
    """Within the days that the rules give after its end, or whenever what it stands on has changed."""
    case = past.of(case_of(command.case_id))
    file = file_of(case, command.case_id)
    if not command.reason.strip():
        raise ReasonRequired("conflict.reopen")
    match case:
        case Open() | Appealed() | NoCase():
            raise CaseFinal(command.case_id)
        case Ruled():
            pass
        case Closed():
            in_time = command.at < case.closed_at + timedelta(days=command.rules.reopening_days)
            if not in_time and not case.basis_changed:
                raise CaseFinal(command.case_id)
    zone = file.opened.zone
    reopened = CaseReopened(
        case_id=command.case_id,
        customer_id=file.customer_id,
        parties=file.parties,
        reopened_by=command.reopened_by,
        reason=command.reason,
        arbiter_id=command.arbiter_id,
        statements_due=workdays_end(command.at, command.rules.statement_workdays, command.calendar, zone),
        ruling_due=workdays_end(command.at, command.rules.ruling_workdays, command.calendar, zone),
        reopened_at=command.at,
    )
    holdings = command.holdings if file.holds_the_customer else ()
    return [reopened, *held(command.case_id, holdings, past, command.at)]


def note_basis_changed(command: NoteBasisChanged, past: Past) -> Sequence[object]:
    """Told to every party; the ruling stands until somebody has the case heard again."""
    case = past.of(case_of(command.case_id))
    if isinstance(case, NoCase | Open) or case.ruling is None:
        return []
    return [
        RulingBasisChanged(
            case_id=command.case_id,
            customer_id=case.file.customer_id,
            parties=case.file.parties,
            ruling_id=case.ruling.ruling_id,
            fact_event=fact,
            changed_by=command.changed_by,
            changed_at=command.at,
        )
        for fact in command.fact_events
        if fact in case.ruling.facts or any(one.event_id == fact for one in case.file.evidence)
    ]


def close_case(command: CloseCase, past: Past) -> Sequence[object]:
    """The end: by the clock when nobody appealed, or because nothing was at odds; what was held is set going again."""
    case = past.of(case_of(command.case_id))
    match case:
        case NoCase():
            raise RefNotFound("case", str(command.case_id))
        case Closed() | Appealed():
            return []
        case Ruled():
            due = case.ruling.appeal_due
            if due is None or command.at < due:
                return []
            outcome, ruling_id = CaseOutcome.RULED, case.ruling.ruling_id
        case Open():
            if not command.different:
                return []
            outcome, ruling_id = CaseOutcome.DIFFERENT, None
    file = case.file
    closed = CaseClosed(
        case_id=command.case_id,
        customer_id=file.customer_id,
        parties=file.parties,
        outcome=outcome,
        ruling_id=ruling_id,
        reason=command.reason,
        closed_at=command.at,
    )
    return [closed, *_set_going(command, past)]


def _set_going(command: CloseCase, past: Past) -> Sequence[object]:
    events: list[object] = []
    for one in command.holdings:
        ownership = past.of(ownership_of(one.customer_id, one.line))
        if command.case_id in ownership.cases:
            now = standing(one.customer_id, one.line, ownership, one.rules, command.at)
            terms = Terms(one.rules, command.calendar, command.at)
            events.append(resumed(one.customer_id, one.line, now.ownership, command.case_id, terms))
    return events
