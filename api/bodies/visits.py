"""Visits, as clients send them."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from api.bodies.emitted import AnyEmitted, Emitted
from api.bodies.parts import (
    Body,
    Day,
    GeoBody,
    Id,
    Instant,
    Label,
    Line,
    MoneyBody,
    Number,
    OurId,
    Text,
    metres,
    read_body,
)
from api.bodies.reading import pointer
from services.platform import Platform
from services.ports import Context, Receipt
from services.refusals import FieldFault, Malformed
from services.visits import (
    CORRECTABLE,
    Attachment,
    AttemptReason,
    ContactRole,
    Correction,
    CorrectionReason,
    Discovery,
    Disposition,
    Geo,
    InterestOrigin,
    Met,
    Mode,
    Money,
    NextStep,
    Objective,
    Participants,
    Plan,
    Report,
    Sighting,
    Travel,
    TravelMode,
    Value,
    VisitTold,
)

ModeName = Literal["IN_PERSON", "PHONE", "VIDEO"]
RoleName = Literal["BUYER", "INFLUENCER", "CHAMPION", "USER", "GATEKEEPER", "UNKNOWN"]
ObjectiveName = Literal[
    "FIRST_CONTACT", "LOCATE_BUYER", "MEET_BUYER", "CONFIRM_NEED", "CONFIRM_BUDGET", "PRESENT", "PROPOSE",
    "NEGOTIATE", "CLOSE", "ORDER", "SERVICE", "COLLECT", "OTHER",
]  # fmt: skip
OriginName = Literal[
    "COMPETITOR_RESULT", "ADVERTISEMENT", "FRIEND_REFERRAL", "EXISTING_NEED", "REP_PROSPECTING", "EVENT", "OTHER"
]
AttemptName = Literal["NO_ANSWER", "BUSY", "ABSENT", "CLOSED", "TURNED_AWAY", "WRONG_ADDRESS", "WRONG_NUMBER", "OTHER"]
CorrectionName = Literal["TYPO", "WRONG_CUSTOMER", "WRONG_TIME", "MISSING_PERSON", "OTHER", "FRAUD"]
TravelName = Literal["CAR", "PUBLIC_TRANSPORT", "TAXI", "BICYCLE", "FOOT", "RAIL", "AIR", "OTHER"]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$"), Field(description="Hexadecimal.")]
PersonalNote = Annotated[bool, Field(description="The note goes sealed into the record and can be erased.")]
NoteAbout = Annotated[Id | None, Field(description="The contact under whose key a personal note is sealed.")]


class PlanParts(Body):
    """When a visit is meant to be, and what for."""

    planned_start: Instant
    planned_min: int = Field(description="Minutes.", ge=1, le=960, examples=[45])
    objective: ObjectiveName | None = Field(default=None, description="Left out: the plan is flagged BLIND_VISIT.")
    objective_text: Text | None = None
    target_role: RoleName | None = Field(default=None, description="Whom to meet.")
    play: Label | None = None

    def plan(self) -> Plan:
        """The plan."""
        return Plan(
            planned_start=self.planned_start,
            planned_minutes=self.planned_min,
            objective=Objective(self.objective) if self.objective else None,
            objective_text=self.objective_text,
            target_role=ContactRole(self.target_role) if self.target_role else None,
            play=self.play,
        )


class PlanVisit(PlanParts):
    """A rep means to visit a customer."""

    visit_id: Id
    customer_id: Id
    line: Line = "default"


class ChangePlan(PlanParts):
    """The rep means it otherwise now."""

    visit_id: Id


class CancelVisit(Body):
    """The plan is off."""

    visit_id: Id
    reason: Text


class DeviceGeo(GeoBody):
    """A position as a device gave it."""

    accuracy_m: Number = Field(description="Metres, rounded up.", examples=[25])
    provider: Label | None = Field(default=None, examples=["gps"])
    mock: bool = Field(default=False, description="The device itself says that the position is made up.")

    def geo(self) -> Geo:
        """The position."""
        accuracy = -int(-self.accuracy_m // 1)
        return Geo(self.lat_e7, self.lon_e7, accuracy, self.crs, self.provider, self.mock)


class CheckIn(Body):
    """The device says where it is as the visit begins. Whether that is at the customer is derived."""

    visit_id: Id
    customer_id: Id
    line: Line = "default"
    geo: DeviceGeo | None = Field(default=None, description="Left out where the device has no fix.")
    consent: bool = Field(default=True, description="Whether the rep agrees to being located.")

    def sighting(self) -> Sighting:
        """What the device says."""
        geo = self.geo.geo() if self.geo else None
        return Sighting(self.visit_id, self.customer_id, geo, self.consent, self.line)


class CheckOut(CheckIn):
    """The device says where it is as the visit ends."""


class Met_(Body):  # noqa: N801 - `Met` is the value that it becomes
    """A contact of the customer who was there."""

    contact_id: Id
    role: RoleName = "UNKNOWN"


class ParticipantsBody(Body):
    """Who was there."""

    own: list[OurId] = Field(default=[], description="Colleagues by rep id, besides the rep who tells it.")
    customer: list[Met_] = Field(default=[], max_length=100)

    def participants(self) -> Participants:
        """Who was there."""
        return Participants(tuple(self.own), tuple(Met(met.contact_id, ContactRole(met.role)) for met in self.customer))


class DiscoveryBody(Body):
    """What was learnt about a purchase, in the customer's words; left out: not asked or not answered."""

    need: Text | None = None
    budget: Text | None = None
    buyer: Text | None = None
    timing: Text | None = None


class NextStepBody(Body):
    """What is to happen next, until when, and who sees to it."""

    what: Text
    due: Day
    responsible_id: Annotated[str, StringConstraints(max_length=64)] = Field(default="", examples=["r01"])


class TravelBody(Body):
    """The way there and back."""

    minutes: int = Field(description="0–1,440.", examples=[35])
    km: Number | None = Field(default=None, description="Kilometres; kept as whole metres.", examples=[12.5])
    mode: TravelName | None = None
    cost: MoneyBody | None = None

    def travel(self) -> Travel:
        """The way."""
        return Travel(
            minutes=self.minutes,
            metres=metres(self.km) if self.km is not None else None,
            mode=TravelMode(self.mode) if self.mode else None,
            cost=Money(self.cost.minor, self.cost.currency) if self.cost else None,
        )


class AttachmentBody(Body):
    """A photo or document, by what its bytes hash to."""

    sha256: Sha256
    bytes: int = Field(ge=0)
    mime: Annotated[str, StringConstraints(pattern=r"^[a-z]+/[A-Za-z0-9.+-]{1,80}$")] = Field(examples=["image/jpeg"])
    taken_at: Instant | None = Field(default=None, description="The device's own word for it.")

    def attachment(self) -> Attachment:
        """What is attached."""
        return Attachment(self.sha256, self.bytes, self.mime, self.taken_at)


class RecordVisit(Body):
    """A rep tells of one meeting with a customer. It is taken as told, and flagged where it is odd."""

    visit_id: Id
    customer_id: Id
    line: Line = "default"
    mode: ModeName = Field(description="Only IN_PERSON counts as a visit.")
    started_at: Instant
    ended_at: Instant
    participants: ParticipantsBody = ParticipantsBody()
    objective_met: bool | None = None
    discovery: DiscoveryBody | None = None
    objection: Text | None = Field(default=None, description="What the customer holds against it.")
    commitment: Text | None = Field(default=None, description="What the customer promised.")
    interest_origin: OriginName | None = Field(
        default=None, description="Why the customer is interested; expected when the buyer is met first."
    )
    outcome: Label | None = Field(default=None, description="The organisation's own short label.")
    note: Annotated[str, StringConstraints(max_length=4_000)] | None = None
    note_is_personal: PersonalNote = False
    note_about: NoteAbout = None
    next_step: NextStepBody | None = None
    none_reason: Text | None = Field(default=None, description="Why there is no next step.")
    travel: TravelBody | None = None
    attachments: list[AttachmentBody] = Field(default=[], description="At most 20.")
    practice_ids: list[Id] = Field(default=[], max_length=100)
    sales_method: Label | None = None

    def report(self) -> Report:
        """The meeting as it is told."""
        return Report(
            mode=Mode(self.mode),
            started_at=self.started_at,
            ended_at=self.ended_at,
            participants=self.participants.participants(),
            objective_met=self.objective_met,
            discovery=_discovery(self.discovery),
            objection=self.objection,
            commitment=self.commitment,
            interest_origin=InterestOrigin(self.interest_origin) if self.interest_origin else None,
            outcome=self.outcome,
            note=self.note,
            next_step=_next_step(self.next_step),
            none_reason=self.none_reason,
            travel=self.travel.travel() if self.travel else None,
            attachments=tuple(one.attachment() for one in self.attachments),
            practice_ids=tuple(self.practice_ids),
            sales_method=self.sales_method,
        )


class AttemptContact(Body):
    """Nobody was reached: an attempt, never a visit and never a follow-up."""

    visit_id: Id
    customer_id: Id
    line: Line = "default"
    mode: ModeName
    reason: AttemptName
    text: Text | None = None


class CorrectVisit(Body):
    """One field of a visit is put right by a new version; the old one stays readable."""

    visit_id: Id
    field: Label = Field(examples=["ended_at"])
    new_value: Any = Field(
        description="In the form that `visit.record` gives the field; null takes it away, where the visit can do "
        "without.",
        examples=["2026-03-17T10:35:00+08:00"],
    )
    reason: CorrectionName
    text: Text | None = Field(default=None, description="Needed with OTHER.")
    corrects_event: Id | None = Field(default=None, description="Whose word is replaced; left out: the latest.")
    approval_id: Id | None = Field(
        default=None, description="Needed for time, customer and people, and for whatever is older than 24 hours."
    )
    note_is_personal: PersonalNote = False
    note_about: NoteAbout = None

    def correction(self) -> Correction:
        """What is put right."""
        return Correction(
            visit_id=self.visit_id,
            field=self.field,
            value=_value(self.field, self.new_value),
            reason=CorrectionReason(self.reason),
            text=self.text,
            corrects_event=self.corrects_event,
            approval_id=self.approval_id,
            note_is_personal=self.note_is_personal,
            note_about=self.note_about,
        )


class VoidVisit(Body):
    """A visit is struck out: it counts no longer, from now on, and stays readable."""

    visit_id: Id
    reason: CorrectionName = Field(description="FRAUD: by auditors only, and their only reason.")
    text: Text | None = Field(default=None, description="Needed with OTHER and FRAUD.")
    approval_id: Id | None = Field(default=None, description="Needed for whatever is older than 24 hours.")


class AnnotateVisit(Body):
    """Words or photos are added; nothing that was said is changed by it."""

    visit_id: Id
    text: Text
    attachments: list[AttachmentBody] = Field(default=[], description="At most 20.")


class ReviewVisit(Body):
    """A manager read the visit and does something with it."""

    visit_id: Id
    disposition: Literal["OK", "FINDING", "FOLLOW_UP"]
    comment: Text | None = None


class _Corrected(Body):
    """Every field that can be put right, in its form."""

    customer_id: Id | None = None
    mode: ModeName | None = None
    started_at: Instant | None = None
    ended_at: Instant | None = None
    participants: ParticipantsBody | None = None
    objective_met: bool | None = None
    discovery: DiscoveryBody | None = None
    objection: Text | None = None
    commitment: Text | None = None
    interest_origin: OriginName | None = None
    outcome: Label | None = None
    note: Annotated[str, StringConstraints(max_length=4_000)] | None = None
    next_step: NextStepBody | None = None
    none_reason: Text | None = None
    travel: TravelBody | None = None
    practice_ids: list[Id] | None = Field(default=None, max_length=100)
    sales_method: Label | None = None


def _value(field: str, new_value: object) -> Value:
    """The new value in the field of its name; a field that nobody may correct has no form, and is refused later."""
    if field not in CORRECTABLE:
        return Value()
    try:
        new = read_body(_Corrected, {field: new_value})
    except Malformed as malformed:
        told = tuple(
            FieldFault(pointer("/data", "new_value") + fault.pointer.removeprefix(f"/{field}"), fault.detail)
            for fault in malformed.errors
        )
        raise Malformed(told) from malformed
    return Value(
        customer_id=new.customer_id,
        mode=Mode(new.mode) if new.mode else None,
        started_at=new.started_at,
        ended_at=new.ended_at,
        participants=new.participants.participants() if new.participants else None,
        objective_met=new.objective_met,
        discovery=_discovery(new.discovery),
        objection=new.objection,
        commitment=new.commitment,
        interest_origin=InterestOrigin(new.interest_origin) if new.interest_origin else None,
        outcome=new.outcome,
        note=new.note,
        next_step=_next_step(new.next_step),
        none_reason=new.none_reason,
        travel=new.travel.travel() if new.travel else None,
        practice_ids=tuple(new.practice_ids) if new.practice_ids is not None else None,
        sales_method=new.sales_method,
    )


def _discovery(body: DiscoveryBody | None) -> Discovery | None:
    return Discovery(body.need, body.budget, body.buyer, body.timing) if body else None


def _next_step(body: NextStepBody | None) -> NextStep | None:
    return NextStep(body.what, body.due, body.responsible_id) if body else None


async def _plan(platform: Platform, body: PlanVisit, context: Context) -> Receipt:
    return await platform.visits.plan(body.visit_id, body.customer_id, body.plan(), context, line=body.line)


async def _change_plan(platform: Platform, body: ChangePlan, context: Context) -> Receipt:
    return await platform.visits.change_plan(body.visit_id, body.plan(), context)


async def _cancel(platform: Platform, body: CancelVisit, context: Context) -> Receipt:
    return await platform.visits.cancel(body.visit_id, body.reason, context)


async def _check_in(platform: Platform, body: CheckIn, context: Context) -> Receipt:
    return await platform.visits.check_in(body.sighting(), context)


async def _check_out(platform: Platform, body: CheckOut, context: Context) -> Receipt:
    return await platform.visits.check_out(body.sighting(), context)


async def _record(platform: Platform, body: RecordVisit, context: Context) -> Receipt:
    told = VisitTold(
        visit_id=body.visit_id,
        customer_id=body.customer_id,
        report=body.report(),
        line=body.line,
        note_is_personal=body.note_is_personal,
        note_about=body.note_about,
    )
    return await platform.visits.record(told, context)


async def _attempt(platform: Platform, body: AttemptContact, context: Context) -> Receipt:
    return await platform.visits.attempt(
        body.visit_id,
        body.customer_id,
        Mode(body.mode),
        AttemptReason(body.reason),
        context,
        text=body.text,
        line=body.line,
    )


async def _correct(platform: Platform, body: CorrectVisit, context: Context) -> Receipt:
    return await platform.visits.correct(body.correction(), context)


async def _void(platform: Platform, body: VoidVisit, context: Context) -> Receipt:
    return await platform.visits.void(
        body.visit_id, CorrectionReason(body.reason), context, text=body.text, approval_id=body.approval_id
    )


async def _annotate(platform: Platform, body: AnnotateVisit, context: Context) -> Receipt:
    attachments = tuple(one.attachment() for one in body.attachments)
    return await platform.visits.annotate(body.visit_id, body.text, context, attachments=attachments)


async def _review(platform: Platform, body: ReviewVisit, context: Context) -> Receipt:
    return await platform.visits.review(body.visit_id, Disposition(body.disposition), context, comment=body.comment)


EMITTED: tuple[AnyEmitted, ...] = (
    Emitted("visit.plan", PlanVisit, _plan),
    Emitted("visit.change_plan", ChangePlan, _change_plan),
    Emitted("visit.cancel", CancelVisit, _cancel),
    Emitted("visit.check_in", CheckIn, _check_in),
    Emitted("visit.check_out", CheckOut, _check_out),
    Emitted("visit.record", RecordVisit, _record),
    Emitted("visit.attempt", AttemptContact, _attempt),
    Emitted("visit.correct", CorrectVisit, _correct),
    Emitted("visit.void", VoidVisit, _void),
    Emitted("visit.annotate", AnnotateVisit, _annotate),
    Emitted("visit.review", ReviewVisit, _review),
)
