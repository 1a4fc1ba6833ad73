"""What can be done about visits and asked about them, one method each."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from domain.days import day_of
from domain.envelope import Actor
from domain.facts import RepFacts
from domain.reception import Lateness, RefNotFound, lateness
from domain.reception import ResponsibleRequired as ResponsibleRequired
from domain.reporting.decisions import AlreadyVoid as AlreadyVoid
from domain.reporting.decisions import CorrectVisit, EvaluateVisit, RecordVisit, VoidVisit, reporting
from domain.reporting.decisions import FieldNotCorrectable as FieldNotCorrectable
from domain.reporting.decisions import SensorFact as SensorFact
from domain.rights import Role
from domain.values import Money as Money
from domain.visit.decisions import AlreadyPlanned as AlreadyPlanned
from domain.visit.decisions import AlreadyRecorded as AlreadyRecorded
from domain.visit.decisions import (
    AnnotateVisit,
    AttemptContact,
    CancelVisit,
    ChangePlan,
    CheckIn,
    CheckOut,
    PlanVisit,
    ReviewVisit,
    VisitCommand,
    known,
    visiting,
)
from domain.visit.decisions import NotAuthor as NotAuthor
from domain.visit.decisions import NotPlanned as NotPlanned
from domain.visit.decisions import NotRecorded as NotRecorded
from domain.visit.events import AttemptReason as AttemptReason
from domain.visit.events import CorrectionReason as CorrectionReason
from domain.visit.events import Disposition as Disposition
from domain.visit.events import Objective as Objective
from domain.visit.events import Plan as Plan
from domain.visit.events import Presence as Presence
from domain.visit.events import Verdict as Verdict
from domain.visit.events import (
    VisitCheckedIn,
    VisitCheckedOut,
    VisitEvaluated,
    VisitEvent,
    VisitRecorded,
)
from domain.visit.presence import Geo as Geo
from domain.visit.report import CORRECTABLE as CORRECTABLE
from domain.visit.report import Attachment as Attachment
from domain.visit.report import ContactRole as ContactRole
from domain.visit.report import ContactUnknown as ContactUnknown
from domain.visit.report import Discovery as Discovery
from domain.visit.report import DurationInvalid as DurationInvalid
from domain.visit.report import InterestOrigin as InterestOrigin
from domain.visit.report import IntervalInvalid as IntervalInvalid
from domain.visit.report import Met as Met
from domain.visit.report import Mode as Mode
from domain.visit.report import NextStep as NextStep
from domain.visit.report import Participants as Participants
from domain.visit.report import Report as Report
from domain.visit.report import Travel as Travel
from domain.visit.report import TravelMode as TravelMode
from domain.visit.report import Value as Value
from domain.visit.state import Telling, Visit, visit_of
from projections.projection import Known
from projections.visit_attachments import VisitAttachmentRow as VisitAttachmentRow
from projections.visit_attachments import visit_attachments
from projections.visit_history import VisitVersion as VisitVersion
from projections.visit_history import visit_history
from projections.visits import Stage as Stage
from projections.visits import VisitRow as VisitRow
from projections.visits import visits
from services.by_itself import CLOCK
from services.carry_out import CarryOut, told
from services.families import family_of
from services.in_utc import in_utc
from services.lookups import Cases, CustomerRegistry, Reps, RulesInForce
from services.pasts import Pasts
from services.ports import Between, Context, Disclosure, EventLog, Json, OneOf, ReadStore, Receipt, Request, Vault

AT_ONCE = 256
"""Visits that settle side by side; they share commits."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a device says as a visit begins or ends. `geo`: None where it has no fix; `consent`: to being located."""

    visit_id: UUID
    customer_id: UUID
    geo: Geo | None = None
    consent: bool = True
    line: str = "default"


@dataclass(frozen=True, slots=True)
class VisitTold:
    """A visit as its rep tells it; `report.note` in clear, `report.note_characters` is counted here.

    `note_is_personal`: the note goes sealed into the record, under the key of the contact `note_about`, or of the rep.
    """

    visit_id: UUID
    customer_id: UUID
    report: Report
    line: str = "default"
    note_is_personal: bool = False
    note_about: UUID | None = None


@dataclass(frozen=True, slots=True)
class Correction:
    """One field put right: `value` holds the new value in the field of that name; a note is given in clear.

    `corrects_event`: the event whose word is replaced, None for the latest; a personal note stays personal.
    """

    visit_id: UUID
    field: str
    value: Value
    reason: CorrectionReason
    text: str | None = None
    corrects_event: UUID | None = None
    approval_id: UUID | None = None
    note_is_personal: bool = False
    note_about: UUID | None = None


@dataclass(frozen=True, slots=True)
class _Note:
    """A note on its way into the record."""

    value: Value
    disclosures: Sequence[Disclosure] = ()


class VisitDesk:
    """The desk at which visits are planned, told, put right, read and judged."""

    def __init__(
        self,
        carry_out: CarryOut,
        pasts: Pasts,
        log: EventLog,
        store: ReadStore,
        vault: Vault,
        reps: Reps,
        customers: CustomerRegistry,
        rulebook: RulesInForce,
        cases: Cases,
    ) -> None:
        self._carry_out = carry_out
        self._pasts = pasts
        self._log = log
        self._store = store
        self._vault = vault
        self._reps = reps
        self._customers = customers
        self._rulebook = rulebook
        self._cases = cases

    async def plan(
        self, visit_id: UUID, customer_id: UUID, plan: Plan, context: Context, *, line: str = "default"
    ) -> Receipt:
        """Mean to visit a customer."""
        await self._customers.facts(customer_id)
        command = PlanVisit(visit_id, customer_id, context.actor.acting_for, line, in_utc(plan), context.decided_at)
        return await self._visiting(command, context)

    async def change_plan(self, visit_id: UUID, plan: Plan, context: Context) -> Receipt:
        """Mean it otherwise."""
        return await self._visiting(
            ChangePlan(visit_id, context.actor.acting_for, in_utc(plan), context.decided_at), context
        )

    async def cancel(self, visit_id: UUID, reason: str, context: Context) -> Receipt:
        """Call a plan off."""
        return await self._visiting(
            CancelVisit(visit_id, context.actor.acting_for, reason, context.decided_at), context
        )

    async def check_in(self, sighting: Sighting, context: Context) -> Receipt:
        """The device says where it is as the visit begins; the position itself is sealed under the rep's key."""
        return await self._seen(CheckIn, sighting, context)

    async def check_out(self, sighting: Sighting, context: Context) -> Receipt:
        """The device says where it is as the visit ends."""
        return await self._seen(CheckOut, sighting, context)

    async def record(self, visit: VisitTold, context: Context) -> Receipt:
        """Take a visit as it is told. Its own start says how late that is, whatever hour the request claims."""
        rep_id = context.actor.acting_for
        note = await self._note(visit.report.note, visit.note_about, rep_id, personal=visit.note_is_personal)
        report = replace(
            in_utc(visit.report),
            note=note.value.note,
            personal_note=note.value.personal_note,
            note_characters=note.value.note_characters or 0,
        )

        async def ask() -> RecordVisit:
            customer = await self._customers.facts(visit.customer_id)
            rep = await self._reps.rep(rep_id, report.started_at)
            return RecordVisit(
                visit_id=visit.visit_id,
                customer=customer,
                rep_id=rep_id,
                active=rep.active,
                line=visit.line,
                report=report,
                note_about=visit.note_about if visit.note_is_personal else None,
                approval_id=context.approval_id,
                lateness=await self._lateness(report.started_at, rep, context, context.decided_at),
                lateness_shown=await self._lateness_shown(report.started_at, rep, context),
                zone=rep.zone,
                attested_at=context.attested_at,
                met_buyer_before=await self._met_buyer_before(visit.visit_id, visit.customer_id, report),
                at=context.decided_at,
                during_case="IMPORTED" not in context.flags
                and await self._cases.during_case(visit.customer_id, visit.line, rep_id, report.started_at),
            )

        return await self._carry_out.afresh(ask, reporting, context, answer=_told, disclosures=note.disclosures)

    async def attempt(
        self,
        visit_id: UUID,
        customer_id: UUID,
        mode: Mode,
        reason: AttemptReason,
        context: Context,
        *,
        text: str | None = None,
        line: str = "default",
    ) -> Receipt:
        """Nobody was reached."""
        await self._customers.facts(customer_id)
        command = AttemptContact(
            visit_id, customer_id, context.actor.acting_for, line, mode, reason, text, in_utc(context.occurred_at)
        )
        return await self._visiting(command, context)

    async def correct(self, correction: Correction, context: Context) -> Receipt:
        """Put one field right; the old version stays readable."""
        note = await self._corrected_note(correction, context)
        value = note.value

        async def ask() -> CorrectVisit:
            visit = await self._visit(correction.visit_id)
            _, customer_id = known(visit, correction.visit_id)
            customer = await self._customers.facts(value.customer_id or customer_id)
            author, locked_by, by_arbiter = await self._lock(visit, correction.visit_id, context)
            return CorrectVisit(
                visit_id=correction.visit_id,
                rep_id=author if by_arbiter else context.actor.acting_for,
                corrects_event=await self._version(correction.visit_id, correction.corrects_event),
                field=correction.field,
                value=value,
                customer=customer,
                reason=correction.reason,
                text=correction.text,
                approval_id=correction.approval_id or context.approval_id,
                at=context.decided_at,
                locked_by=locked_by,
                by_arbiter=by_arbiter,
            )

        return await self._carry_out.afresh(ask, reporting, context, answer=_answer, disclosures=note.disclosures)

    async def void(
        self,
        visit_id: UUID,
        reason: CorrectionReason,
        context: Context,
        *,
        text: str | None = None,
        approval_id: UUID | None = None,
    ) -> Receipt:
        """Strike a visit out."""

        async def ask() -> VoidVisit:
            _, locked_by, by_arbiter = await self._lock(await self._visit(visit_id), visit_id, context)
            return VoidVisit(
                visit_id=visit_id,
                asked_by=context.actor.acting_for,
                auditor=context.actor.role == Role.AUDITOR,
                reason=reason,
                text=text,
                approval_id=approval_id or context.approval_id,
                at=context.decided_at,
                locked_by=locked_by,
                by_arbiter=by_arbiter,
            )

        return await self._carry_out.afresh(ask, reporting, context, answer=_answer)

    async def annotate(
        self, visit_id: UUID, text: str, context: Context, *, attachments: tuple[Attachment, ...] = ()
    ) -> Receipt:
        """Add words or photos to a visit."""
        role, asker = context.actor.role, context.actor.acting_for
        command = AnnotateVisit(
            visit_id=visit_id,
            asked_by=asker,
            role=role,
            may_read=role == Role.AUDITOR or await self._in_line(visit_id, asker, context.decided_at),
            text=text,
            attachments=in_utc(attachments),
            at=context.decided_at,
        )
        return await self._visiting(command, context)

    async def review(
        self, visit_id: UUID, disposition: Disposition, context: Context, *, comment: str | None = None
    ) -> Receipt:
        """Dispose of a visit that was read."""
        reviewer = context.actor.acting_for
        command = ReviewVisit(
            visit_id=visit_id,
            reviewer=reviewer,
            role=context.actor.role,
            in_line=await self._in_line(visit_id, reviewer, context.decided_at),
            disposition=disposition,
            comment=comment,
            at=context.decided_at,
        )
        return await self._visiting(command, context)

    async def evaluate(
        self, visit_id: UUID, at: datetime, context: Context, *, approval_id: UUID | None = None
    ) -> Receipt | None:
        """Judge a visit by the rules of its day; None where nothing was told yet, so there is nothing to judge.

        The table of visits must have come as far as the event that asks for this (the policy runner sees to it).
        """
        if (await self._visit(visit_id)).telling is None:
            return None

        async def ask() -> EvaluateVisit:
            visit = await self._visit(visit_id)
            rep_id, customer_id = known(visit, visit_id)
            telling = visit.tellings[-1]
            rep = await self._reps.rep(rep_id, telling.report.started_at)
            customer = await self._customers.facts(customer_id)
            return EvaluateVisit(
                visit_id=visit_id,
                rules=await self._rulebook.effective_visits(telling.biz_date, rep.team_id),
                calendar=await self._rulebook.calendar(),
                previous=await self._previous(visit_id, telling),
                key_contacts=customer.key_contact_ids,
                approval_id=approval_id,
                at=at,
            )

        return await self._carry_out.afresh(ask, reporting, context, answer=_judged)

    async def settle(self, at: datetime, zone: str) -> int:
        """Judge every undetermined visit whose last day has come; how many there were.

        The hour is the stored deadline, however late it is written; each deadline is one request, answered for ever.
        """
        where = {"settles_at": Between(None, at + timedelta(microseconds=1))}
        due: Sequence[Known[VisitRow]] = await self._store.select(visits, where, order=("settles_at", "visit_id"))
        for start in range(0, len(due), AT_ONCE):
            some = [one.row for one in due[start : start + AT_ONCE]]
            await asyncio.gather(*(self._settle(row, at, zone) for row in some))
        return len(due)

    async def visit(self, visit_id: UUID, at: int | None = None) -> VisitRow:
        """A visit as it stands now, or as it stood at a position. Raises `RefNotFound`."""
        rows: Sequence[Known[VisitRow]] = await self._store.select(visits, {"visit_id": visit_id}, at=at)
        if not rows:
            raise RefNotFound("visit", str(visit_id))
        return rows[0].row

    async def history(self, visit_id: UUID, at: int | None = None) -> Sequence[VisitVersion]:
        """Every version of a visit, oldest first. Raises `RefNotFound`."""
        rows: Sequence[VisitVersion] = await self._store.select(
            visit_history, {"visit_id": visit_id}, at=at, order=("version",)
        )
        if not rows:
            raise RefNotFound("visit", str(visit_id))
        return rows

    async def attachments(self, visit_id: UUID, at: int | None = None) -> Sequence[VisitAttachmentRow]:
        """The photos and documents that a visit refers to, in the order of their names."""
        rows: Sequence[Known[VisitAttachmentRow]] = await self._store.select(
            visit_attachments, {"visit_id": visit_id}, at=at, order=("sha256",)
        )
        return [known.row for known in rows]

    async def of_customer(
        self,
        customer_id: UUID,
        at: int | None = None,
        *,
        after: Sequence[object] = (),
        limit: int | None = None,
    ) -> Sequence[VisitVersion]:
        """Every version of every visit to a customer across owners, in the order of the log."""
        return await self._store.select(
            visit_history,
            {"customer_id": OneOf(await family_of(self._store, customer_id, at))},
            at=at,
            order=("position",),
            after=after,
            limit=limit,
        )

    async def personal_note(self, visit_id: UUID) -> str | None:
        """The note that the rep marked personal, opened; None where there is none, or where it was erased."""
        telling = (await self._visit(visit_id)).telling
        if telling is None or telling.report.personal_note is None:
            return None
        sealed = telling.report.personal_note
        return (await self._vault.open([sealed])).get(sealed.digest)

    async def _visiting(self, command: VisitCommand, context: Context) -> Receipt:
        return await self._carry_out(command, visiting, context, answer=_answer)

    async def _settle(self, row: VisitRow, at: datetime, zone: str) -> None:
        if row.settles_at is not None:
            await self.evaluate(row.visit_id, row.settles_at, _by_the_clock(row, row.settles_at, at, zone))

    async def _seen(self, kind: type[CheckIn] | type[CheckOut], sighting: Sighting, context: Context) -> Receipt:
        rep_id, at = context.actor.acting_for, in_utc(context.occurred_at)
        hour = context.attested_at or at
        sealed, disclosures = None, list[Disclosure]()
        if sighting.geo is not None and sighting.consent:
            sealed, disclosure = await self._vault.seal(f"rep:{rep_id}", "position", _position(sighting.geo))
            disclosures.append(disclosure)

        async def ask() -> VisitCommand:
            rep = await self._reps.rep(rep_id, hour)
            return kind(
                visit_id=sighting.visit_id,
                customer=await self._customers.facts(sighting.customer_id),
                rep_id=rep_id,
                line=sighting.line,
                geo=sighting.geo,
                position=sealed,
                consent=sighting.consent,
                rules=await self._rulebook.effective_visits(day_of(hour, rep.zone), rep.team_id),
                at=at,
                shown_at=context.attested_at or context.decided_at,
            )

        return await self._carry_out.afresh(ask, visiting, context, answer=_answer, disclosures=disclosures)

    async def _lateness(self, started_at: datetime, rep: RepFacts, context: Context, told_at: datetime) -> Lateness:
        """How late a visit was told at an hour. What was told on a clock that is known to be wrong is read on it."""
        rules = await self._rulebook.flags(day_of(told_at, rep.zone), rep.team_id)
        calendar = await self._rulebook.calendar()
        imported = "IMPORTED" in context.flags
        approved = imported or context.approval_id is not None
        if context.attested_at is not None and "CLOCK_SKEW" in context.flags:
            started_at -= context.occurred_at - context.attested_at
        late = lateness(started_at, told_at, rep.zone, rules, calendar, approved=approved)
        return Lateness(late.biz_date, ("IMPORTED",)) if imported else late

    async def _lateness_shown(self, started_at: datetime, rep: RepFacts, context: Context) -> tuple[str, ...] | None:
        """How late it was told to the device, as far as the device can show that."""
        if context.attested_at is None:
            return None
        return (await self._lateness(started_at, rep, context, context.attested_at)).flags

    async def _met_buyer_before(self, visit_id: UUID, customer_id: UUID, report: Report) -> bool:
        """Asked only where it matters: the buyer was met, and nothing is said about where the interest comes from."""
        if not report.met_buyer or report.interest_origin is not None:
            return False
        where = {"customer_id": customer_id, "met_buyer": True, "voided": False}
        rows: Sequence[Known[VisitRow]] = await self._store.select(visits, where, limit=2)
        return any(one.row.visit_id != visit_id for one in rows)

    async def _previous(self, visit_id: UUID, telling: Telling) -> Report | None:
        """What was told of the visit before this one to the same customer; struck out visits do not count."""
        where = {
            "customer_id": telling.customer_id,
            "voided": False,
            "stage": Stage.RECORDED,
            "started_at": Between(None, telling.report.started_at),
        }
        rows: Sequence[Known[VisitRow]] = await self._store.select(
            visits, where, order=("started_at", "visit_id"), descending=True, limit=2
        )
        earlier = next((one.row.visit_id for one in rows if one.row.visit_id != visit_id), None)
        if earlier is None:
            return None
        told_before = (await self._visit(earlier)).telling
        return told_before.report if told_before else None

    async def _note(self, note: str | None, about: UUID | None, rep_id: str, *, personal: bool) -> _Note:
        if note is None or not note.strip():
            return _Note(Value(note_characters=0))
        characters = len(" ".join(note.split()))
        if not personal:
            return _Note(Value(note=note, note_characters=characters))
        subject = f"contact:{about}" if about else f"rep:{rep_id}"
        sealed, disclosure = await self._vault.seal(subject, "note", note)
        return _Note(Value(personal_note=sealed, note_characters=characters), [disclosure])

    async def _corrected_note(self, correction: Correction, context: Context) -> _Note:
        if correction.field != "note":
            return _Note(in_utc(correction.value))
        telling = (await self._visit(correction.visit_id)).telling
        personal = correction.note_is_personal or (telling is not None and telling.report.personal_note is not None)
        rep_id = context.actor.acting_for
        return await self._note(correction.value.note, correction.note_about, rep_id, personal=personal)

    async def _version(self, visit_id: UUID, corrects_event: UUID | None) -> UUID:
        """The event whose word is replaced: the one named, or the latest that told something."""
        stream = visit_of(visit_id).name
        events = (await self._log.read({stream: 0})).get(stream, ())
        if corrects_event is None:
            tellings = [one for one in events if isinstance(one.event, VisitRecorded)]
            corrections = [one for one in events if one.envelope.name == "visit.visit_corrected"]
            latest = (corrections or tellings)[-1:]
            if not latest:
                raise NotRecorded(visit_id)
            return latest[0].envelope.event_id
        if corrects_event not in {one.envelope.event_id for one in events}:
            raise RefNotFound("event", str(corrects_event))
        return corrects_event

    async def _lock(self, visit: Visit, visit_id: UUID, context: Context) -> tuple[str, UUID | None, bool]:
        """Who wrote the visit, in which open case it is evidence, and whether the arbiter of that case asks."""
        author, customer_id = known(visit, visit_id)
        locking = await self._cases.locking(visit_id, customer_id, visit.line, author)
        if locking is None:
            return author, None, False
        case_id, arbiter_id = locking
        by_arbiter = context.actor.role == Role.ARBITER and arbiter_id in (None, context.actor.acting_for)
        return author, case_id, by_arbiter

    async def _in_line(self, visit_id: UUID, asker: str, at: datetime) -> bool:
        rep_id, _ = known(await self._visit(visit_id), visit_id)
        return await self._reps.manages(asker, rep_id, at)

    async def _visit(self, visit_id: UUID) -> Visit:
        return await self._pasts.of(visit_of(visit_id))


def _position(geo: Geo) -> str:
    raw = {
        "accuracy_m": geo.accuracy_m,
        "crs": geo.crs,
        "lat_e7": geo.lat_e7,
        "lon_e7": geo.lon_e7,
        "provider": geo.provider,
    }
    return json.dumps(raw, sort_keys=True, separators=(",", ":"))


def _by_the_clock(row: VisitRow, settles_at: datetime, at: datetime, zone: str) -> Context:
    request_id = f"{row.visit_id}:{settles_at.isoformat()}"
    return Context(
        asked="visit.evaluate",
        request=Request(CLOCK, request_id, sha256(request_id.encode()).digest()),
        actor=Actor(CLOCK, Role.SYSTEM),
        occurred_at=settles_at,
        occurred_tz=row.zone or zone,
        decided_at=at,
        biz_date=day_of(settles_at, row.zone or zone),
        correlation_id=f"{CLOCK}:{row.visit_id}",
    )


def _answer(events: Sequence[object]) -> Mapping[str, Json]:
    visit_events = [event for event in events if isinstance(event, VisitEvent)]
    if not visit_events:
        return {}
    event = visit_events[0]
    facts: dict[str, object] = {"visit_id": event.visit_id, "customer_id": event.customer_id, "rep_id": event.rep_id}
    if isinstance(event, VisitCheckedIn | VisitCheckedOut):
        facts |= {"presence": event.presence, "distance_m": event.distance_m}
    return told(facts)


def _told(events: Sequence[object]) -> Mapping[str, Json]:
    recorded = next((event for event in events if isinstance(event, VisitRecorded)), None)
    if recorded is None:
        return {}
    facts = {"biz_date": recorded.biz_date, "minutes": recorded.report.minutes}
    return {**_answer(events), **told(facts)}


def _judged(events: Sequence[object]) -> Mapping[str, Json]:
    judged = next((event for event in events if isinstance(event, VisitEvaluated)), None)
    if judged is None:
        return {}
    facts = {"verdict": judged.verdict, "failed": judged.failed, "rules_version": judged.rules_version}
    return {**_answer(events), **told(facts)}
