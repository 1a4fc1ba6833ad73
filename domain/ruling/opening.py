"""Open a case: the file, its deadlines, and the customer held until it is ruled."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.claiming.hold import PauseProtection, pause_protection
from domain.conflict.events import CaseKind, ConflictCaseOpened
from domain.conflict.state import NoCase, case_of
from domain.days import Calendar, day_of, start_of_day
from domain.deal.decisions import ChallengeClosed
from domain.decider import Past
from domain.reception import FieldFault, Malformed, ReasonRequired
from domain.rulesets import ProtectionRules, RulingRules
from domain.ruling.refusals import CaseExists, NotParty


@dataclass(frozen=True, slots=True)
class Holding:
    """A customer in a line as the service saw it: whose slots its claim takes, and the rules of that protection."""

    customer_id: UUID
    line: str
    holders: tuple[str, ...]
    rules: ProtectionRules


@dataclass(frozen=True, slots=True)
class OpenCase:
    """Parties are at odds. `asked_by_rep`: the rep who asks, None where the platform or a manager does; `exists`: an
    open case about the same customer in which the same parties stand; `challenge_until`: of a deal's credit (D22); the
    other fields are those of the event."""

    case_id: UUID
    customer_id: UUID
    other_customer_id: UUID | None
    line: str
    kind: CaseKind
    parties: tuple[str, ...]
    trigger_event: UUID | None
    deal_id: UUID | None
    opened_by: str
    asked_by_rep: str | None
    by_hand: bool
    reason: str | None
    arbiter_id: str | None
    exists: UUID | None
    challenge_until: datetime | None
    holdings: tuple[Holding, ...]
    rules: RulingRules
    calendar: Calendar
    zone: str
    at: datetime


def workdays_end(at: datetime, workdays: int, calendar: Calendar, zone: str) -> datetime:
    """`workdays` workdays from the day of an hour end at the start of the local day after the last of them."""
    return start_of_day(calendar.workdays_after(day_of(at, zone), workdays) + timedelta(days=1), zone)


def open_case(command: OpenCase, past: Past) -> Sequence[object]:
    """One file for one quarrel; the customer's clocks stop in the same append."""
    parties = tuple(dict.fromkeys(command.parties))
    if len(parties) < 2:
        raise Malformed((FieldFault("/data/parties", "two reps or more"),))
    if command.asked_by_rep is not None and command.asked_by_rep not in parties:
        raise NotParty(command.case_id)
    if command.by_hand and not (command.reason or "").strip():
        raise ReasonRequired("conflict.open")
    if command.challenge_until is not None and command.deal_id is not None and command.at >= command.challenge_until:
        raise ChallengeClosed(command.deal_id, command.challenge_until)
    if command.exists is not None:
        raise CaseExists(command.exists)
    if not isinstance(past.of(case_of(command.case_id)), NoCase):
        raise CaseExists(command.case_id)
    opened = ConflictCaseOpened(
        case_id=command.case_id,
        customer_id=command.customer_id,
        other_customer_id=command.other_customer_id,
        line=command.line,
        kind=command.kind,
        parties=parties,
        trigger_event=command.trigger_event,
        deal_id=command.deal_id,
        opened_by=command.opened_by,
        reason=command.reason,
        arbiter_id=command.arbiter_id,
        statements_due=workdays_end(command.at, command.rules.statement_workdays, command.calendar, command.zone),
        ruling_due=workdays_end(command.at, command.rules.ruling_workdays, command.calendar, command.zone),
        zone=command.zone,
        rules_version=command.rules.version,
        calendar_version=command.calendar.version,
        opened_at=command.at,
    )
    return [opened, *held(command.case_id, command.holdings, past, command.at)]


def held(case_id: UUID, holdings: Sequence[Holding], past: Past, at: datetime) -> Sequence[object]:
    """Every clock of the customer stopped, whatever had come due before written with its stored hour."""
    pauses = [PauseProtection(one.customer_id, one.line, case_id, one.holders, one.rules, at) for one in holdings]
    return [event for pause in pauses for event in pause_protection(pause, past)]
