"""Say and show what is known of a purchase; count whoever is effective and new; take back what fell (domain §3.3)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias, assert_never
from uuid import UUID

from domain.days import Calendar, day_of, start_of_day
from domain.decider import Decider, Past, Stream
from domain.ownership.state import Claimed, ownership_of
from domain.qualification.events import (
    BudgetConfirmed,
    BuyerIdentified,
    BuyerMet,
    BuyerNotLocated,
    BuyerSought,
    Criterion,
    DiscoveryAnswered,
    EffectiveNewCustomerConfirmed,
    EffectiveNewCustomerReversed,
    Evidence,
    Fallen,
    NeedConfirmed,
    QualificationRevoked,
    Question,
)
from domain.qualification.state import Held, Qualification, qualification_of
from domain.reception import FieldFault, Malformed
from domain.refusal import Conflict
from domain.rulesets import FocusRules
from domain.values import InterestOrigin, Money
from domain.visit.decisions import NotRecorded, known
from domain.visit.report import TEXT, ContactUnknown
from domain.visit.state import Visit, visit_of


@dataclass(eq=False)
class EvidenceUnfit(Conflict):
    """The visit that is to show it was struck out, or was paid to another customer."""

    visit_id: UUID


@dataclass(eq=False)
class BuyerNotPresent(Conflict):
    """Nobody is met in a visit at which they were not; name the visit in which that person took part."""

    visit_id: UUID | None
    contact_id: UUID


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom something is said of, and by whom. `family`: the records that stand for the same customer."""

    customer_id: UUID
    line: str
    rep_id: str
    family: frozenset[UUID]
    contacts: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class AnswerQuestion:
    """The customer answered a question of the script."""

    subject: Subject
    question: Question
    answer: str
    evidence: Evidence
    at: datetime


@dataclass(frozen=True, slots=True)
class ConfirmNeed:
    """The customer needs it."""

    subject: Subject
    need: str
    evidence: Evidence
    at: datetime


@dataclass(frozen=True, slots=True)
class ConfirmBudget:
    """There is money for it."""

    subject: Subject
    at_least: Money | None
    at_most: Money | None
    evidence: Evidence
    at: datetime


@dataclass(frozen=True, slots=True)
class IdentifyBuyer:
    """This person can release the money."""

    subject: Subject
    contact_id: UUID
    evidence: Evidence
    at: datetime


@dataclass(frozen=True, slots=True)
class MeetBuyer:
    """This person, who can release the money, was met."""

    subject: Subject
    contact_id: UUID
    interest_origin: InterestOrigin | None
    evidence: Evidence
    at: datetime


@dataclass(frozen=True, slots=True)
class TakeUpVisit:
    """Take up what a visit told: answers to the script, and the buyers who were there. `position`: where it stands."""

    subject: Subject
    visit_id: UUID
    position: int
    at: datetime


@dataclass(frozen=True, slots=True)
class CountEffectiveNew:
    """See whether the customer is effective and new, and count it for its owner.

    `since`: when its owner began to hold it, earlier claims of the same rep included (M6); `won_at`: the last deal that
    was won, in whatever line; `zone`: where the owner works.
    """

    customer_id: UUID
    line: str
    since: datetime | None
    won_at: datetime | None
    zone: str
    rules: FocusRules
    at: datetime


@dataclass(frozen=True, slots=True)
class RecheckEvidence:
    """Visits that show something were struck out or put right: see what they still show. `visits`: all that are cited.

    `zone`: where the rep works who has the count.
    """

    customer_id: UUID
    family: frozenset[UUID]
    visits: tuple[UUID, ...]
    zone: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SeekBuyer:
    """A visit was effective: from now on it is to be found out who pays (PM17)."""

    customer_id: UUID
    line: str
    rep_id: str
    visit_id: UUID
    visited_at: datetime
    zone: str
    rules: FocusRules
    calendar: Calendar


@dataclass(frozen=True, slots=True)
class NoteBuyerNotLocated:
    """The hour by which the buyer was to be known has come."""

    customer_id: UUID
    line: str
    due_at: datetime


Saying: TypeAlias = AnswerQuestion | ConfirmNeed | ConfirmBudget | IdentifyBuyer | MeetBuyer
QualifyingCommand: TypeAlias = (
    Saying | TakeUpVisit | CountEffectiveNew | RecheckEvidence | SeekBuyer | NoteBuyerNotLocated
)


def stands_on(command: QualifyingCommand) -> Sequence[Stream[Any]]:
    """The qualification, the visits that show something, and the ownership where somebody has the count."""
    match command:
        case AnswerQuestion() | ConfirmNeed() | ConfirmBudget() | IdentifyBuyer() | MeetBuyer():
            shown_by = command.evidence.visit_id
            own = qualification_of(command.subject.customer_id)
            return [own] if shown_by is None else [own, visit_of(shown_by)]
        case TakeUpVisit():
            return [qualification_of(command.subject.customer_id), visit_of(command.visit_id)]
        case CountEffectiveNew():
            return [qualification_of(command.customer_id), ownership_of(command.customer_id, command.line)]
        case RecheckEvidence():
            return [qualification_of(command.customer_id), *(visit_of(one) for one in command.visits)]
        case SeekBuyer() | NoteBuyerNotLocated():
            return [qualification_of(command.customer_id)]
        case _:
            assert_never(command)


def decide(command: QualifyingCommand, past: Past) -> Sequence[object]:
    """What happens when this is asked, or a refusal."""
    match command:
        case AnswerQuestion() | ConfirmNeed() | ConfirmBudget() | IdentifyBuyer() | MeetBuyer():
            return say(command, past)
        case TakeUpVisit():
            return take_up_visit(command, past)
        case CountEffectiveNew():
            return count_effective_new(command, past)
        case RecheckEvidence():
            return recheck_evidence(command, past)
        case SeekBuyer():
            return seek_buyer(command, past.of(qualification_of(command.customer_id)))
        case NoteBuyerNotLocated():
            return note_buyer_not_located(command, past.of(qualification_of(command.customer_id)))
        case _:
            assert_never(command)


def say(command: Saying, past: Past) -> Sequence[object]:
    """Keep a statement with what shows it; without that it stands as UNVERIFIED and counts for nothing (S69)."""
    subject, shown_by = command.subject, command.evidence.visit_id
    visit = None if shown_by is None else _fit(past, shown_by, subject.family)
    qualification = past.of(qualification_of(subject.customer_id))
    criteria = qualification.of(subject.line)
    whose = (subject.customer_id, subject.line, subject.rep_id)
    shown = (command.evidence, command.evidence.confidence, command.at)
    match command:
        case AnswerQuestion():
            answer = _worded(command.answer, "answer")
            if criteria.answers.get(command.question) == (answer, command.evidence):
                return []
            return [DiscoveryAnswered(*whose, command.question, answer, *shown)]
        case ConfirmNeed():
            need = _worded(command.need, "need")
            if Held(Criterion.NEED, command.evidence, need) in criteria.held:
                return []
            return [NeedConfirmed(*whose, need, *shown)]
        case ConfirmBudget():
            _range(command.at_least, command.at_most)
            if Held(Criterion.BUDGET, command.evidence, (command.at_least, command.at_most)) in criteria.held:
                return []
            return [BudgetConfirmed(*whose, command.at_least, command.at_most, *shown)]
        case IdentifyBuyer():
            _contact(command.contact_id, subject)
            if Held(Criterion.BUYER_IDENTIFIED, command.evidence, None, command.contact_id) in criteria.held:
                return []
            return [BuyerIdentified(*whose, command.contact_id, *shown)]
        case MeetBuyer():
            _contact(command.contact_id, subject)
            if visit is None or command.contact_id not in _present(visit):
                raise BuyerNotPresent(shown_by, command.contact_id)
            origin = command.interest_origin
            if Held(Criterion.BUYER_MET, command.evidence, origin, command.contact_id) in criteria.held:
                return []
            missing = ("ORIGIN_MISSING",) if origin is None and not criteria.origin_known else ()
            return [BuyerMet(*whose, command.contact_id, origin, *shown, missing)]
        case _:
            assert_never(command)


def take_up_visit(command: TakeUpVisit, past: Past) -> Sequence[object]:
    """What the rep told of a visit need not be told twice: its answers, and that the buyer was there."""
    visit = past.of(visit_of(command.visit_id))
    if visit.telling is None or visit.voided or visit.telling.customer_id not in command.subject.family:
        return []
    report, subject = visit.telling.report, command.subject
    evidence = Evidence(command.visit_id, command.position)
    said = report.discovery
    answers = {question: getattr(said, question.lower()) if said else None for question in Question}
    asked: list[Saying] = [
        AnswerQuestion(subject, question, answer, evidence, command.at)
        for question, answer in answers.items()
        if answer is not None and answer.strip()
    ]
    asked += [
        MeetBuyer(subject, met.contact_id, report.interest_origin, evidence, command.at)
        for met in report.participants.customer
        if met.role == "BUYER" and met.contact_id in subject.contacts
    ]
    events: list[object] = []
    for one in asked:
        events += say(one, past)
    return events


def count_effective_new(command: CountEffectiveNew, past: Past) -> Sequence[object]:
    """Count it once in 180 days, across reps; an incomplete, old or free customer counts for nobody (M4).

    New: no deal won within a year, and not longer with its owner than D17 (§2).
    """
    qualification = past.of(qualification_of(command.customer_id))
    owned = past.of(ownership_of(command.customer_id, command.line))
    criteria = qualification.of(command.line)
    today = day_of(command.at, command.zone)
    if not isinstance(owned, Claimed) or owned.in_custody or not criteria.complete:
        return []
    if command.since is None or not _new(command, today) or _counted(qualification, today, command.rules):
        return []
    shown = [criteria.shown(one) for one in (Criterion.NEED, Criterion.BUDGET, Criterion.BUYER_MET)]
    need, budget, met = (one.evidence for one in shown if one is not None)
    return [
        EffectiveNewCustomerConfirmed(
            customer_id=command.customer_id,
            line=command.line,
            rep_id=owned.rep_id,
            team_id=owned.team_id,
            biz_date=today,
            need=need,
            budget=budget,
            buyer_met=met,
            rules_version=command.rules.version,
            confirmed_at=command.at,
        )
    ]


def _new(command: CountEffectiveNew, today: date) -> bool:
    since = command.since
    if since is None or (today - day_of(since, command.zone)).days > command.rules.new_days:
        return False
    return command.won_at is None or (today - day_of(command.won_at, command.zone)).days > command.rules.old_days


def _counted(qualification: Qualification, today: date, rules: FocusRules) -> bool:
    counting = qualification.counting
    return counting is not None and (today - counting.biz_date).days < rules.counted_once_days


def recheck_evidence(command: RecheckEvidence, past: Past) -> Sequence[object]:
    """Revoke what no visit shows any more; a count that stood on it is taken back, dated today."""
    qualification = past.of(qualification_of(command.customer_id))
    events: list[object] = []
    fallen: dict[str, QualificationRevoked] = {}
    for line, criteria in qualification.lines.items():
        for held, visit_id, why in _fallen(command, past, criteria.held):
            rep_id = known(past.of(visit_of(visit_id)), visit_id)[0]
            revoked = QualificationRevoked(
                command.customer_id, line, rep_id, held.criterion, held.contact_id, visit_id, why, command.at
            )
            events.append(revoked)
            fallen.setdefault(line, revoked)
    stream, after = qualification_of(command.customer_id), qualification
    for event in events:
        after = stream.evolve(after, event)
    counting = qualification.counting
    if counting is None or counting.line not in fallen or after.of(counting.line).complete:
        return events
    first = fallen[counting.line]
    reversed_on = day_of(command.at, command.zone)
    return [
        *events,
        EffectiveNewCustomerReversed(
            customer_id=command.customer_id,
            line=counting.line,
            rep_id=counting.rep_id,
            team_id=counting.team_id,
            biz_date=reversed_on,
            confirmed_on=counting.biz_date,
            criterion=first.criterion,
            visit_id=first.visit_id,
            reversed_at=command.at,
        ),
    ]


def _fallen(command: RecheckEvidence, past: Past, held: Iterable[Held]) -> Iterable[tuple[Held, UUID, Fallen]]:
    for one in held:
        visit_id = one.evidence.visit_id
        if visit_id is None or visit_id not in command.visits:
            continue
        visit = past.of(visit_of(visit_id))
        if visit.voided:
            yield one, visit_id, Fallen.VOIDED
        elif visit.telling is not None and visit.telling.customer_id not in command.family:
            yield one, visit_id, Fallen.MOVED
        elif one.criterion is Criterion.BUYER_MET and one.contact_id not in _present(visit):
            yield one, visit_id, Fallen.NOT_PRESENT


def seek_buyer(command: SeekBuyer, qualification: Qualification) -> Sequence[object]:
    """Once per rep and line, unless it is known who pays."""
    criteria = qualification.of(command.line)
    if criteria.buyer_known or (criteria.sought is not None and criteria.sought.rep_id == command.rep_id):
        return []
    first = day_of(command.visited_at, command.zone)
    last = command.calendar.workdays_after(first, command.rules.buyer_workdays)
    due_at = start_of_day(last + timedelta(days=1), command.zone)
    return [
        BuyerSought(command.customer_id, command.line, command.rep_id, command.visit_id, command.rules.version, due_at)
    ]


def note_buyer_not_located(command: NoteBuyerNotLocated, qualification: Qualification) -> Sequence[object]:
    """Write down that nobody knows who pays, where that is so and was not written."""
    criteria = qualification.of(command.line)
    sought = criteria.sought
    if sought is None or sought.written or sought.due_at != command.due_at or criteria.buyer_known:
        return []
    return [BuyerNotLocated(command.customer_id, command.line, sought.rep_id, sought.visit_id, sought.due_at)]


def _fit(past: Past, visit_id: UUID, family: frozenset[UUID]) -> Visit:
    """The visit that shows something: told, standing, and paid to this customer."""
    visit = past.of(visit_of(visit_id))
    known(visit, visit_id)
    if visit.telling is None:
        raise NotRecorded(visit_id)
    if visit.voided or visit.telling.customer_id not in family:
        raise EvidenceUnfit(visit_id)
    return visit


def _present(visit: Visit) -> frozenset[UUID]:
    people = visit.telling.report.participants.customer if visit.telling else ()
    return frozenset(met.contact_id for met in people)


def _contact(contact_id: UUID, subject: Subject) -> None:
    if contact_id not in subject.contacts:
        raise ContactUnknown(contact_id)


def _worded(text: str, field: str) -> str:
    words = " ".join(text.split())
    if not 0 < len(words) <= TEXT:
        raise Malformed((FieldFault(f"/data/{field}", f"From 1 to {TEXT} characters."),))
    return words


def _range(at_least: Money | None, at_most: Money | None) -> None:
    known_ends = [one for one in (at_least, at_most) if one is not None]
    faults: list[FieldFault] = []
    if not known_ends:
        faults.append(FieldFault("/data/at_least", "At least one end of the budget is said."))
    if any(one.minor < 0 for one in known_ends):
        faults.append(FieldFault("/data/at_least", "Not less than 0."))
    if at_least is not None and at_most is not None:
        if at_least.currency != at_most.currency:
            faults.append(FieldFault("/data/at_most/currency", "Both ends are in one currency."))
        elif at_least.minor > at_most.minor:
            faults.append(FieldFault("/data/at_most", "Not below at_least."))
    if faults:
        raise Malformed(tuple(faults))


def located(evidence: Evidence, position: int | None) -> Evidence:
    """The evidence with the place in the log of the visit that it names."""
    return replace(evidence, position=position if evidence.visit_id is not None else None)


qualifying = Decider[QualifyingCommand](stands_on, decide)
