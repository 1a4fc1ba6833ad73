"""The call report: what a rep tells about one meeting, in closed lists wherever a list will do (S12, S16)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.days import day_of
from domain.reception import DateInPast, FieldFault, Malformed, ResponsibleRequired
from domain.refusal import Invalid
from domain.values import InterestOrigin as InterestOrigin
from domain.values import Money, Sealed

LONGEST = timedelta(hours=16)
TEXT = 4_000
"""Most characters of a free text."""
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(eq=False)
class IntervalInvalid(Invalid):
    """The visit ends before it begins."""

    started_at: datetime
    ended_at: datetime


@dataclass(eq=False)
class DurationInvalid(Invalid):
    """No visit lasts, and none is planned to last, this long, or no time at all."""

    minutes: int
    most: int


@dataclass(eq=False)
class ContactUnknown(Invalid):
    """Somebody was met who is no contact of this customer."""

    contact_id: UUID


class Mode(StrEnum):
    """How the customer was met; only IN_PERSON counts as a visit."""

    IN_PERSON = "IN_PERSON"
    PHONE = "PHONE"
    VIDEO = "VIDEO"


class ContactRole(StrEnum):
    """What a person can do for the purchase. BUYER can release the money (买单人)."""

    BUYER = "BUYER"
    INFLUENCER = "INFLUENCER"
    CHAMPION = "CHAMPION"
    USER = "USER"
    GATEKEEPER = "GATEKEEPER"
    UNKNOWN = "UNKNOWN"


KEY_ROLES = frozenset({ContactRole.BUYER, ContactRole.INFLUENCER, ContactRole.CHAMPION})
"""The roles of a key person (关键人)."""


class TravelMode(StrEnum):
    """How the rep came there (S72)."""

    CAR = "CAR"
    PUBLIC_TRANSPORT = "PUBLIC_TRANSPORT"
    TAXI = "TAXI"
    BICYCLE = "BICYCLE"
    FOOT = "FOOT"
    RAIL = "RAIL"
    AIR = "AIR"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class Met:
    """A contact of the customer who was there, in the role in which the rep saw them."""

    contact_id: UUID
    role: ContactRole = ContactRole.UNKNOWN


@dataclass(frozen=True, slots=True)
class Participants:
    """Who was there: colleagues by rep id, besides the rep who tells it, and contacts of the customer."""

    own: tuple[str, ...] = ()
    customer: tuple[Met, ...] = ()


@dataclass(frozen=True, slots=True)
class Discovery:
    """What was learnt about a purchase, in the customer's words; None where it was not asked or not answered."""

    need: str | None = None
    budget: str | None = None
    buyer: str | None = None
    timing: str | None = None


@dataclass(frozen=True, slots=True)
class NextStep:
    """What is to happen next, until when, and who is to see to it."""

    what: str
    due: date
    responsible_id: str


@dataclass(frozen=True, slots=True)
class Travel:
    """The way there and back: minutes 0–1,440, metres, how, and what it cost."""

    minutes: int
    metres: int | None = None
    mode: TravelMode | None = None
    cost: Money | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A photo or document, by what its bytes hash to; `taken_at`: the device's own word for it."""

    sha256: str
    bytes: int
    mime: str
    taken_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """One meeting as it was told.

    `outcome`: the organisation's own short label; `note`: in clear, or `personal_note` where the rep marked it
    personal; `note_characters`: its length, which stays known when a personal note is erased; `objection`,
    `commitment`: what the customer holds against it, and what the customer promised; `none_reason`: why there is no
    next step; `travel`, `practice_ids`, `sales_method`: the way there, and what the rep applied.
    """

    mode: Mode
    started_at: datetime
    ended_at: datetime
    participants: Participants = Participants()
    objective_met: bool | None = None
    discovery: Discovery | None = None
    objection: str | None = None
    commitment: str | None = None
    interest_origin: InterestOrigin | None = None
    outcome: str | None = None
    note: str | None = None
    personal_note: Sealed | None = None
    note_characters: int = 0
    next_step: NextStep | None = None
    none_reason: str | None = None
    travel: Travel | None = None
    attachments: tuple[Attachment, ...] = ()
    practice_ids: tuple[UUID, ...] = ()
    sales_method: str | None = None

    @property
    def minutes(self) -> int:
        """Whole minutes that the meeting lasted."""
        return int((self.ended_at - self.started_at) / timedelta(minutes=1))

    @property
    def met_buyer(self) -> bool:
        """Whether the person who can release the money was there."""
        return any(met.role is ContactRole.BUYER for met in self.participants.customer)


@dataclass(frozen=True, slots=True)
class Value:
    """The value of one field of a visit, in the field of that name; the others are empty.

    `customer_id` is the customer whom the visit was paid to; the rest are fields of the report.
    """

    customer_id: UUID | None = None
    mode: Mode | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    participants: Participants | None = None
    objective_met: bool | None = None
    discovery: Discovery | None = None
    objection: str | None = None
    commitment: str | None = None
    interest_origin: InterestOrigin | None = None
    outcome: str | None = None
    note: str | None = None
    personal_note: Sealed | None = None
    note_characters: int | None = None
    next_step: NextStep | None = None
    none_reason: str | None = None
    travel: Travel | None = None
    practice_ids: tuple[UUID, ...] | None = None
    sales_method: str | None = None

    def of(self, field: str) -> object:
        """The value itself."""
        return getattr(self, field)


CORRECTABLE = frozenset(field.name for field in fields(Value)) - {"personal_note", "note_characters"}
"""The fields that a correction may name; a personal note is corrected as the `note`."""
NEEDS_APPROVAL = frozenset({"customer_id", "started_at", "ended_at", "participants"})
"""Time, customer and people are corrected with a manager's approval only."""
SENSOR_FACTS = frozenset(
    {
        "accuracy_m",
        "attachments",
        "checked_in_at",
        "checked_out_at",
        "crs",
        "distance_m",
        "geo",
        "mock",
        "position",
        "presence",
        "provider",
    }
)
"""What a device saw; nobody corrects it (A33)."""


def checked(report: Report, contacts: frozenset[UUID] | None, zone: str) -> Report:
    """The report, if every value keeps its own rule; `zone`: where the rep works.

    `contacts`: those of the customer, None where the people were looked at before.
    """
    if report.ended_at < report.started_at:
        raise IntervalInvalid(report.started_at, report.ended_at)
    if report.ended_at - report.started_at > LONGEST:
        raise DurationInvalid(report.minutes, int(LONGEST / timedelta(minutes=1)))
    for met in report.participants.customer:
        if contacts is not None and met.contact_id not in contacts:
            raise ContactUnknown(met.contact_id)
    if report.next_step is not None:
        started_on = day_of(report.started_at, zone)
        if report.next_step.due < started_on:
            raise DateInPast("next_step.due", report.next_step.due, started_on)
        if not report.next_step.responsible_id:
            raise ResponsibleRequired("next_step.responsible_id")
    faults = tuple(_faults(report))
    if faults:
        raise Malformed(faults)
    return report


def _faults(report: Report) -> Iterable[FieldFault]:
    if max(report.note_characters, len(report.note or "")) > TEXT:
        yield FieldFault("/data/note", f"At most {TEXT} characters.")
    if report.travel is not None and not 0 <= report.travel.minutes <= 1_440:
        yield FieldFault("/data/travel/minutes", "From 0 to 1440.")
    if report.travel is not None and (report.travel.metres or 0) < 0:
        yield FieldFault("/data/travel/km", "Not less than 0.")
    yield from attachment_faults(report.attachments)


def attachment_faults(attachments: tuple[Attachment, ...]) -> Iterable[FieldFault]:
    """What is wrong with a list of photos and documents."""
    if len(attachments) > 20:
        yield FieldFault("/data/attachments", "At most 20.")
    for number, attachment in enumerate(attachments):
        if not _SHA256.fullmatch(attachment.sha256):
            yield FieldFault(f"/data/attachments/{number}/sha256", "The SHA-256, as 64 hexadecimal digits.")
        if attachment.bytes < 0:
            yield FieldFault(f"/data/attachments/{number}/bytes", "Not less than 0.")
