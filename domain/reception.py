"""What is checked of every submission before anything is decided: its hour, its zone, its sender (domain §3.1)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from domain.days import Calendar
from domain.refusal import Conflict, Invalid, NotAllowed, Unknown
from domain.rulesets import FlagRules
from domain.values import Place

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
DEGREE = 10_000_000
"""Ten-millionths of a degree in a degree."""
COORDINATE_SYSTEMS = ("WGS84", "GCJ02", "BD09")


@dataclass(eq=False)
class TzInvalid(Invalid):
    """The zone is not one of the IANA time zones."""

    zone: str


@dataclass(eq=False)
class FutureOccurredAt(Invalid):
    """The event claims to have happened later than now, beyond the tolerance for clocks (D28)."""

    occurred_at: datetime
    latest: datetime


@dataclass(eq=False)
class OccurredAtOutOfRange(Invalid):
    """The event claims to have happened before the year 2000."""

    occurred_at: datetime


@dataclass(eq=False)
class BackdateLimit(Invalid):
    """The event is dated further back than late entries are taken without a manager's approval (D13)."""

    occurred_on: date
    earliest: date


@dataclass(frozen=True, slots=True)
class FieldFault:
    """One fault in what was sent: `pointer` is a JSON pointer (RFC 6901) to the value, `detail` says what is wrong."""

    pointer: str
    detail: str


@dataclass(eq=False)
class Malformed(Invalid):
    """The request is not of the form that was agreed: a value is missing, of the wrong kind, or out of bounds."""

    errors: tuple[FieldFault, ...]


@dataclass(eq=False)
class UnknownField(Invalid):
    """The request has a field that nobody would read; it is refused rather than dropped."""

    errors: tuple[FieldFault, ...]


@dataclass(eq=False)
class DerivedField(Invalid):
    """The request brings a value that only the platform derives."""

    errors: tuple[FieldFault, ...]


@dataclass(eq=False)
class TextInvalid(Invalid):
    """A text holds control characters or half a character (a lone surrogate)."""

    errors: tuple[FieldFault, ...]


@dataclass(eq=False)
class UnknownEventType(Invalid):
    """There is no request of this type."""

    type: str


@dataclass(eq=False)
class SchemaVersionUnsupported(Invalid):
    """The request states a version of the contract that this release does not speak."""

    version: str


@dataclass(eq=False)
class PayloadTooLarge(Invalid):
    """One request may carry 64 KiB, one batch 500 of them and 1 MiB."""

    limit_bytes: int


@dataclass(eq=False)
class OrganisationMismatch(NotAllowed):
    """The request names another organisation than the one that this service keeps."""

    organisation: str


@dataclass(eq=False)
class RateLimited(NotAllowed):
    """More requests than this asker may send in this time."""

    retry_after_seconds: int


@dataclass(eq=False)
class DependsOnRejected(Invalid):
    """An earlier item of the same queue, on which this one builds, was not taken."""

    earlier_id: str


@dataclass(eq=False)
class ActorInactive(Conflict):
    """The rep had not joined yet, or had left, at the hour that counts."""

    rep_id: str


@dataclass(eq=False)
class RefNotFound(Unknown):
    """Something that the request refers to does not exist."""

    kind: str
    ref: str


@dataclass(eq=False)
class Forbidden(NotAllowed):
    """The role, or the place in the organisation, does not give this right."""

    asked: str
    role: str


@dataclass(eq=False)
class OutOfScope(NotAllowed):
    """The role would give this right, but the access token was made for other things."""

    asked: str
    scopes: tuple[str, ...]


@dataclass(eq=False)
class NoChange(Conflict):
    """What was asked for is so already; answered as a success, and no event is written."""


@dataclass(eq=False)
class VersionConflict(Conflict):
    """Others wrote to the same histories at the same time, more often than we were willing to try again."""

    streams: tuple[str, ...]


@dataclass(eq=False)
class IdempotencyMismatch(Invalid):
    """This id was used before by the same source, for something else."""

    source: str
    request_id: str


@dataclass(eq=False)
class PreconditionFailed(Invalid):
    """Somebody changed it since the asker looked; look again, and ask again if it is still what you want.

    `expected`: the version that the asker saw; `version`: the one there is.
    """

    stream: str
    expected: int
    version: int


@dataclass(eq=False)
class GeoInvalid(Invalid):
    """The position is no point on the earth, or the 0,0 that devices send when they have none."""

    lat_e7: int
    lon_e7: int


@dataclass(eq=False)
class CrsRequired(Invalid):
    """A position without its coordinate system (WGS84, GCJ02 or BD09) may be 700 m off, so it is not taken."""

    crs: str | None


@dataclass(eq=False)
class DateInPast(Invalid):
    """A date that should still be ahead lies behind the hour from which it counts."""

    field: str
    day: date
    earliest: date


@dataclass(eq=False)
class RetroactiveForbidden(Conflict):
    """What was in force on an earlier day stays as it was; a change takes effect today at the earliest."""

    effective_from: date
    earliest: date


@dataclass(eq=False)
class ReasonRequired(Invalid):
    """This may be asked for, but not without saying why."""

    asked: str


@dataclass(eq=False)
class ResponsibleRequired(Invalid):
    """Somebody answers for every target and every next step; here, nobody is named (S24)."""

    field: str


@dataclass(eq=False)
class ApprovalRequired(Conflict):
    """This needs the approval of a manager, given for exactly this and not used before; a bare name is none.

    `purpose`: what the approval must be for; `ref`: what it must name.
    """

    purpose: str
    ref: str


@dataclass(eq=False)
class SelfApproval(Conflict):
    """Nobody approves what they ask for themselves."""

    approver: str


@dataclass(frozen=True, slots=True)
class Lateness:
    """What the distance between the world's clock and ours means: the business date and what is noticed."""

    biz_date: date
    flags: tuple[str, ...]


def known_place(lat_e7: int, lon_e7: int, crs: str | None) -> Place:
    """The place, if it is one: in range, not the 0,0 of a device without a fix, in a named coordinate system."""
    if crs not in COORDINATE_SYSTEMS:
        raise CrsRequired(crs)
    if (lat_e7, lon_e7) == (0, 0) or abs(lat_e7) > 90 * DEGREE or abs(lon_e7) > 180 * DEGREE:
        raise GeoInvalid(lat_e7, lon_e7)
    return Place(lat_e7, lon_e7, crs)


def known_zone(zone: str) -> str:
    """The zone, if there is one of that name."""
    if zone not in _zones():
        raise TzInvalid(zone)
    return zone


@cache
def _zones() -> frozenset[str]:
    """The zones that there are; asked once, for finding them out takes milliseconds."""
    return frozenset(available_timezones())


def lateness(
    occurred_at: datetime, decided_at: datetime, zone: str, rules: FlagRules, calendar: Calendar, *, approved: bool
) -> Lateness:
    """Date a submission and judge how late it is; the first rule that matches speaks.

    On time until the end of the next workday; LATE up to D13 days back; further back only with an approval, as
    LATE_APPROVED. All days are those of the zone in which the rep worked.
    """
    if occurred_at > decided_at + timedelta(seconds=rules.future_seconds):
        raise FutureOccurredAt(occurred_at, decided_at + timedelta(seconds=rules.future_seconds))
    if occurred_at < EARLIEST:
        raise OccurredAtOutOfRange(occurred_at)
    place = ZoneInfo(zone)
    occurred_on, today = occurred_at.astimezone(place).date(), decided_at.astimezone(place).date()
    if today <= calendar.next_workday(occurred_on):
        return Lateness(occurred_on, ())
    if (today - occurred_on).days <= rules.backdate_days:
        return Lateness(occurred_on, ("LATE",))
    if not approved:
        raise BackdateLimit(occurred_on, today - timedelta(days=rules.backdate_days))
    return Lateness(occurred_on, ("LATE_APPROVED",))
