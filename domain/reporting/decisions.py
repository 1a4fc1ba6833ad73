"""Record, correct, void, evaluate: choices that stand on a visit and on the approval it relies on (domain §3.4)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias, assert_never
from uuid import UUID

from domain.approval.events import ApprovalUsed, Purpose
from domain.approval.state import Granted, approval_of
from domain.conflict.refusals import EvidenceLocked
from domain.days import Calendar
from domain.decider import Decider, Past, Stream
from domain.facts import CustomerFacts
from domain.plain import digest_of
from domain.reception import ActorInactive, ApprovalRequired, FieldFault, Lateness, Malformed, ReasonRequired
from domain.refusal import Conflict, Invalid
from domain.rulesets import EffectiveVisitRules
from domain.values import Sealed
from domain.visit.decisions import AlreadyRecorded, NotAuthor, NotRecorded, by_the_author, known
from domain.visit.evaluation import evaluate
from domain.visit.events import (
    CorrectionReason,
    IntegrityCleared,
    IntegrityFlagged,
    VisitCorrected,
    VisitEvaluated,
    VisitRecorded,
    VisitVoided,
)
from domain.visit.integrity import MAY_PASS, Noticed
from domain.visit.report import (
    CORRECTABLE,
    NEEDS_APPROVAL,
    SENSOR_FACTS,
    ContactUnknown,
    Participants,
    Report,
    Value,
    checked,
)
from domain.visit.state import Judgement, Telling, Visit, corrected, visit_of

FREELY_CORRECTED = timedelta(hours=24)
"""How long the author may put right what needs no approval from the start."""
_MANDATORY = frozenset({"customer_id", "mode", "started_at", "ended_at"})
_LISTS = {"participants": Participants(), "practice_ids": ()}


@dataclass(eq=False)
class SensorFact(Conflict):
    """What a device saw is not corrected; it can be annotated, and a manager can confirm a photo (A33)."""

    visit_id: UUID
    field: str


@dataclass(eq=False)
class AlreadyVoid(Conflict):
    """The visit was struck out; nothing in it is put right any more."""

    visit_id: UUID


@dataclass(eq=False)
class FieldNotCorrectable(Invalid):
    """A visit has no field of this name that a correction may change."""

    field: str


@dataclass(frozen=True, slots=True)
class RecordVisit:
    """A rep tells of a visit.

    `customer`: as known when it was looked up; `active`: whether the rep worked here when the visit began; `zone`:
    where the rep worked then; `note_about`: the contact under whose key a personal note is sealed; `lateness`: of the
    visit's start against our clock; `lateness_shown`: against the hour at which the device was told, None where it
    cannot show that; `met_buyer_before`: whether the buyer was met at this customer earlier;
    `during_case`: a case held the customer then, and the rep is not its owner.
    """

    visit_id: UUID
    customer: CustomerFacts
    rep_id: str
    active: bool
    line: str
    report: Report
    note_about: UUID | None
    approval_id: UUID | None
    lateness: Lateness
    zone: str
    attested_at: datetime | None
    met_buyer_before: bool
    at: datetime
    lateness_shown: tuple[str, ...] | None = None
    during_case: bool = False


@dataclass(frozen=True, slots=True)
class CorrectVisit:
    """The author puts one field right.

    `corrects_event`: the event whose word is replaced; `customer`: the one told after the correction; `value`: the new
    value in the field of that name; `locked_by`: the open case in which the visit is evidence; `by_arbiter`: the
    arbiter of that case has it put right, in the author's place.
    """

    visit_id: UUID
    rep_id: str
    corrects_event: UUID
    field: str
    value: Value
    customer: CustomerFacts
    reason: CorrectionReason
    text: str | None
    approval_id: UUID | None
    at: datetime
    locked_by: UUID | None = None
    by_arbiter: bool = False


@dataclass(frozen=True, slots=True)
class VoidVisit:
    """The author, or an auditor who found a fraud, strikes a visit out.

    `locked_by`, `by_arbiter`: as in a correction.
    """

    visit_id: UUID
    asked_by: str
    auditor: bool
    reason: CorrectionReason
    text: str | None
    approval_id: UUID | None
    at: datetime
    locked_by: UUID | None = None
    by_arbiter: bool = False


@dataclass(frozen=True, slots=True)
class EvaluateVisit:
    """Judge a visit.

    `rules`: those in force on its day; `previous`: the report of the visit before it to the same customer;
    `approval_id`: a manager's confirmation of its photo that no judgement has relied on yet.
    """

    visit_id: UUID
    rules: EffectiveVisitRules
    calendar: Calendar
    previous: Report | None
    key_contacts: frozenset[UUID]
    approval_id: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Examined:
    """What was noticed about one visit by the FLAG rules of its day."""

    visit_id: UUID
    noticed: tuple[Noticed, ...]
    rules_version: int


@dataclass(frozen=True, slots=True)
class ExamineVisits:
    """Write down what does not fit together, and what fits again: of a visit, and of those it did not fit with."""

    examined: tuple[Examined, ...]
    at: datetime


ReportCommand: TypeAlias = RecordVisit | CorrectVisit | VoidVisit | EvaluateVisit


def stands_on(command: ReportCommand) -> Sequence[Stream[Any]]:
    """The visit, and the approval where one is relied on; so an approval is used once."""
    visit = visit_of(command.visit_id)
    return [visit] if command.approval_id is None else [visit, approval_of(command.approval_id)]


def decide(command: ReportCommand, past: Past) -> Sequence[object]:
    """What happens when this is asked, or a refusal."""
    match command:
        case RecordVisit():
            return record_visit(command, past)
        case CorrectVisit():
            return correct_visit(command, past)
        case VoidVisit():
            return void_visit(command, past)
        case EvaluateVisit():
            return evaluate_visit(command, past)
        case _:
            assert_never(command)


def record_visit(command: RecordVisit, past: Past) -> Sequence[object]:
    """Take it as told, once, and flag what is odd about it; only a late entry beyond D13 needs a yes."""
    visit = past.of(visit_of(command.visit_id))
    by_the_author(visit, command.visit_id, command.rep_id)
    if not command.active:
        raise ActorInactive(command.rep_id)
    report = checked(command.report, command.customer.contact_ids, command.zone)
    met = {met.contact_id for met in report.participants.customer}
    if command.note_about is not None and command.note_about not in met:
        raise ContactUnknown(command.note_about)
    if visit.tellings:
        if _the_same(visit.tellings[0], command.customer.customer_id, report):
            return []
        raise AlreadyRecorded(command.visit_id)
    used: Sequence[object] = ()
    if "LATE_APPROVED" in command.lateness.flags:
        used = _use(past, command, Purpose.BACKDATE, command.rep_id, frozenset({digest_of(report)}))
    return [
        VisitRecorded(
            visit_id=command.visit_id,
            customer_id=command.customer.customer_id,
            rep_id=command.rep_id,
            line=command.line,
            report=report,
            approval_id=command.approval_id if used else None,
            zone=command.zone,
            biz_date=command.lateness.biz_date,
            lateness=command.lateness.flags if command.lateness_shown is None else command.lateness_shown,
            attested_at=command.attested_at,
            told_at=command.at,
            flags=_flags(command, visit),
        ),
        *used,
    ]


def correct_visit(command: CorrectVisit, past: Past) -> Sequence[object]:
    """A new version in place of the old, which stays readable; time, customer, people and old news need a yes."""
    visit, telling = _told(past, command.visit_id, command.rep_id)
    value = _complete(command)
    sensor = command.field in SENSOR_FACTS
    if not sensor and _same_value(_value_of(telling, command.field), value, command.field):
        return []
    used: Sequence[object] = ()
    old_news = command.at - telling.told_at > FREELY_CORRECTED
    if (command.field in NEEDS_APPROVAL or old_news) and not command.by_arbiter:
        seen = frozenset[str]() if sensor else frozenset({digest_of(value.of(command.field))})
        used = _use(past, command, Purpose.CORRECTION, command.rep_id, seen)
    _unlocked(command)
    if sensor:
        raise SensorFact(command.visit_id, command.field)
    if visit.voided:
        raise AlreadyVoid(command.visit_id)
    _reasoned("visit.correct", command.reason, command.text)
    if command.reason is CorrectionReason.FRAUD:
        raise Malformed((FieldFault("/data/reason", "FRAUD is an auditor's reason to strike a visit out."),))
    contacts = command.customer.contact_ids if command.field == "participants" else None
    checked(corrected(telling.report, command.field, value), contacts, telling.zone)
    old = _value_of(telling, command.field)
    return [
        VisitCorrected(
            visit_id=command.visit_id,
            customer_id=value.customer_id or telling.customer_id,
            rep_id=command.rep_id,
            line=visit.line,
            corrects_event=command.corrects_event,
            field=command.field,
            old_hash=_hash_of(old, command.field),
            old_value=old,
            new_value=value,
            reason=command.reason,
            text=command.text,
            approval_id=command.approval_id if used else None,
            corrected_at=command.at,
        ),
        *used,
    ]


def void_visit(command: VoidVisit, past: Past) -> Sequence[object]:
    """Strike it out: the author within 24 hours, later with a yes; an auditor for fraud."""
    visit = past.of(visit_of(command.visit_id))
    rep_id, customer_id = known(visit, command.visit_id)
    if not command.auditor and not command.by_arbiter and command.asked_by != rep_id:
        raise NotAuthor(command.visit_id)
    if visit.telling is None:
        raise NotRecorded(command.visit_id)
    used: Sequence[object] = ()
    freely = command.auditor or command.by_arbiter or command.at - visit.telling.told_at <= FREELY_CORRECTED
    if not freely and not visit.voided:
        used = _use(past, command, Purpose.CORRECTION, rep_id, frozenset())
    if not command.auditor:
        _unlocked(command)
    if visit.voided:
        raise AlreadyVoid(command.visit_id)
    _reasoned("visit.void", command.reason, command.text)
    if (command.reason is CorrectionReason.FRAUD) != command.auditor:
        raise Malformed((FieldFault("/data/reason", "FRAUD is an auditor's reason, and an auditor's only one."),))
    return [
        VisitVoided(
            visit_id=command.visit_id,
            customer_id=customer_id,
            rep_id=rep_id,
            line=visit.line,
            reason=command.reason,
            text=command.text,
            voided_by=command.asked_by,
            approval_id=command.approval_id if used else None,
            voided_at=command.at,
        ),
        *used,
    ]


def evaluate_visit(command: EvaluateVisit, past: Past) -> Sequence[object]:
    """Write a verdict where it, its reasons or its rules differ from the last one; else nothing changes."""
    visit = past.of(visit_of(command.visit_id))
    rep_id, customer_id = known(visit, command.visit_id)
    telling = visit.telling
    if telling is None:
        return []
    used = _photo_confirmed(command, past, visit, rep_id)
    found = evaluate(
        visit,
        telling,
        command.rules,
        command.calendar,
        command.previous,
        command.key_contacts,
        command.at,
        photo_confirmed=bool(used) or visit.photo_approval_id is not None,
    )
    judgement = Judgement(found.verdict, found.failed, command.rules.version, found.settles_at)
    if visit.judgement == judgement and not used:
        return []
    return [
        VisitEvaluated(
            visit_id=command.visit_id,
            customer_id=customer_id,
            rep_id=rep_id,
            line=visit.line,
            verdict=found.verdict,
            failed=found.failed,
            previous_verdict=visit.judgement.verdict if visit.judgement else None,
            rules_version=command.rules.version,
            calendar_version=command.calendar.version,
            approval_id=command.approval_id if used else None,
            visited_at=telling.report.started_at,
            settles_at=found.settles_at,
            evaluated_at=command.at,
            shown_at=found.shown_at,
        ),
        *used,
    ]


def examine_visits(command: ExamineVisits, past: Past) -> Sequence[object]:
    """New flags are added, explained ones cleared; what a device or a file showed is never cleared."""
    events: list[object] = []
    for examined in command.examined:
        visit = past.of(visit_of(examined.visit_id))
        rep_id, customer_id = known(visit, examined.visit_id)
        whose = (examined.visit_id, customer_id, rep_id, visit.line)
        now = {one.mark for one in examined.noticed}
        events += [
            IntegrityFlagged(
                *whose,
                flag=one.flag,
                other_visit_id=one.other_visit_id,
                metres=one.metres,
                seconds=one.seconds,
                kmh=one.kmh,
                kmh_limit=one.kmh_limit,
                sha256=one.sha256,
                missing=one.missing,
                rules_version=examined.rules_version,
                flagged_at=command.at,
            )
            for one in examined.noticed
            if one.mark not in visit.noticed
        ]
        gone = [(flag, other) for flag, other in visit.noticed if flag in MAY_PASS and (flag, other) not in now]
        events += [IntegrityCleared(*whose, flag, other, command.at) for flag, other in sorted(gone, key=str)]
    return events


def _unlocked(command: CorrectVisit | VoidVisit) -> None:
    """What an open case stands on is put right by its arbiter only."""
    if command.locked_by is not None and not command.by_arbiter:
        raise EvidenceLocked(command.visit_id, command.locked_by)


def _use(
    past: Past, command: ReportCommand, purpose: Purpose, rep_id: str, seen: frozenset[str]
) -> Sequence[ApprovalUsed]:
    """The yes that covers exactly this, used up; anything else is no approval."""
    ref = str(command.visit_id)
    if command.approval_id is None:
        raise ApprovalRequired(purpose, ref)
    approval = past.of(approval_of(command.approval_id))
    if not isinstance(approval, Granted) or not approval.covers(purpose, ref, rep_id, seen):
        raise ApprovalRequired(purpose, ref)
    return [ApprovalUsed(command.approval_id, rep_id, purpose, ref, command.at)]


def _photo_confirmed(command: EvaluateVisit, past: Past, visit: Visit, rep_id: str) -> Sequence[ApprovalUsed]:
    """A yes about a photo that is attached to this visit; what does not cover it confirms nothing."""
    if command.approval_id is None:
        return []
    approval = past.of(approval_of(command.approval_id))
    ref = str(command.visit_id)
    if not isinstance(approval, Granted) or not approval.covers(Purpose.PRESENCE_PHOTO, ref, rep_id, visit.photos):
        return []
    return [ApprovalUsed(command.approval_id, rep_id, Purpose.PRESENCE_PHOTO, ref, command.at)]


def _told(past: Past, visit_id: UUID, rep_id: str) -> tuple[Visit, Telling]:
    visit = past.of(visit_of(visit_id))
    known(visit, visit_id)
    by_the_author(visit, visit_id, rep_id)
    if visit.telling is None:
        raise NotRecorded(visit_id)
    return visit, visit.telling


def _complete(command: CorrectVisit) -> Value:
    """The new value, if the field can have it: a list may be emptied, time, customer and mode may not."""
    if command.field in SENSOR_FACTS:
        return command.value
    if command.field not in CORRECTABLE:
        raise FieldNotCorrectable(command.field)
    if command.value.of(command.field) is None and command.field in _MANDATORY:
        raise Malformed((FieldFault("/data/new_value", f"A visit without {command.field} is none."),))
    if command.value.of(command.field) is None and command.field in _LISTS:
        return replace(command.value, **{command.field: _LISTS[command.field]})
    return command.value


def _value_of(telling: Telling, field: str) -> Value:
    if field == "customer_id":
        return Value(customer_id=telling.customer_id)
    report = telling.report
    if field == "note":
        return Value(note=report.note, personal_note=report.personal_note, note_characters=report.note_characters)
    return replace(Value(), **{field: getattr(report, field)})


def _same_value(old: Value, new: Value, field: str) -> bool:
    if field == "note" and old.personal_note is not None and new.personal_note is not None:
        return old.personal_note.mac == new.personal_note.mac
    return old == new


def _hash_of(value: Value, field: str) -> str:
    if field == "note" and value.personal_note is not None:
        return value.personal_note.mac
    return digest_of(value.of(field))


def _the_same(telling: Telling, customer_id: UUID, report: Report) -> bool:
    """Told before in the same words; a personal note is compared by what its key says of it."""
    return telling.customer_id == customer_id and _unsealed(telling.report) == _unsealed(report)


def _unsealed(report: Report) -> Report:
    note = report.personal_note
    return report if note is None else replace(report, personal_note=Sealed("", note.mac))


def _reasoned(asked: str, reason: CorrectionReason, text: str | None) -> None:
    if reason in (CorrectionReason.OTHER, CorrectionReason.FRAUD) and not (text or "").strip():
        raise ReasonRequired(asked)


def _flags(command: RecordVisit, visit: Visit) -> tuple[str, ...]:
    flags = list(command.lateness.flags)
    if visit.plan is None or visit.plan.objective is None:
        flags.append("BLIND_VISIT")
    if command.report.met_buyer and not command.met_buyer_before and command.report.interest_origin is None:
        flags.append("ORIGIN_MISSING")
    if visit.customer_id not in (None, command.customer.customer_id):
        flags.append("CUSTOMER_DIFFERS")
    if command.during_case:
        flags.append("VISIT_DURING_CASE")
    return tuple(flags)


reporting = Decider[ReportCommand](stands_on, decide)
examining = Decider[ExamineVisits](lambda command: [visit_of(one.visit_id) for one in command.examined], examine_visits)
