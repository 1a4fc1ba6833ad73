"""What the past of a visit means now."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import assert_never
from uuid import UUID

from domain.days import day_of
from domain.decider import Stream
from domain.values import Sealed
from domain.visit.events import (
    ContactAttempted,
    IntegrityCleared,
    IntegrityFlagged,
    Plan,
    Presence,
    Verdict,
    VisitAnnotated,
    VisitCancelled,
    VisitCheckedIn,
    VisitCheckedOut,
    VisitCorrected,
    VisitEvaluated,
    VisitEvent,
    VisitPlanChanged,
    VisitPlanned,
    VisitRecorded,
    VisitReviewed,
    VisitVoided,
)
from domain.visit.integrity import IntegrityFlag
from domain.visit.report import Report, Value


@dataclass(frozen=True, slots=True)
class Sighting:
    """What the device saw at a customer's place; `seen_at`: by a clock that counts; `position`: sealed, if any."""

    customer_id: UUID
    presence: Presence
    distance_m: int | None
    accuracy_m: int | None
    mock: bool
    seen_at: datetime
    position: Sealed | None = None
    crs: str | None = None


@dataclass(frozen=True, slots=True)
class Telling:
    """What was told of the visit, as it stands after all corrections, and how it was told the first time."""

    customer_id: UUID
    report: Report
    zone: str
    biz_date: date
    lateness: tuple[str, ...]
    told_at: datetime

    @property
    def on_time(self) -> bool:
        """Told by the end of the next workday: to us, or to a device that can show when."""
        return not self.lateness


@dataclass(frozen=True, slots=True)
class Judgement:
    """The latest verdict and what it stood on."""

    verdict: Verdict
    failed: tuple[str, ...]
    rules_version: int
    settles_at: datetime | None


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit, from the plan to the verdict; each part is there once it happened, in whatever order it came.

    `tellings`: every version of what was told, oldest first. `photo_approval_id`: the manager's confirmation of a
    photo that a verdict has relied on. `noticed`: the flags that hold, each with the other visit.
    """

    rep_id: str | None = None
    customer_id: UUID | None = None
    line: str = "default"
    plan: Plan | None = None
    cancelled: bool = False
    check_in: Sighting | None = None
    check_out: Sighting | None = None
    attempted: bool = False
    tellings: tuple[Telling, ...] = ()
    annexed: frozenset[str] = frozenset()
    voided: bool = False
    reviewed: bool = False
    photo_approval_id: UUID | None = None
    judgement: Judgement | None = None
    noticed: frozenset[tuple[IntegrityFlag, UUID | None]] = frozenset()

    @property
    def telling(self) -> Telling | None:
        """What is told now."""
        return self.tellings[-1] if self.tellings else None

    @property
    def sighting(self) -> Sighting | None:
        """What the device saw at the customer who is told now: at check-in, else at check-out.

        What was seen at another customer's place says nothing about this one.
        """
        seen = self.check_in or self.check_out
        return seen if seen is not None and seen.customer_id == self.customer_id else None

    @property
    def mock(self) -> bool:
        """Whether the device admitted to a made-up position."""
        return any(seen is not None and seen.mock for seen in (self.check_in, self.check_out))

    @property
    def photos(self) -> frozenset[str]:
        """Hashes of everything attached to the report or added since."""
        if self.telling is None:
            return self.annexed
        return self.annexed | {attachment.sha256 for attachment in self.telling.report.attachments}


def evolve(visit: Visit, event: VisitEvent) -> Visit:
    """The visit after one more event."""
    visit = replace(visit, rep_id=visit.rep_id or event.rep_id, line=event.line)
    match event:
        case VisitPlanned():
            customer_id = visit.customer_id or event.customer_id
            return replace(visit, customer_id=customer_id, plan=event.plan, cancelled=False)
        case VisitPlanChanged():
            return replace(visit, plan=event.new)
        case VisitCancelled():
            return replace(visit, cancelled=True)
        case VisitCheckedIn() | VisitCheckedOut():
            return _seen(visit, event)
        case VisitRecorded():
            return replace(visit, customer_id=event.customer_id, tellings=(_told(event),))
        case ContactAttempted():
            return replace(visit, customer_id=event.customer_id, attempted=True)
        case VisitCorrected():
            return _corrected(visit, event)
        case VisitVoided():
            return replace(visit, voided=True)
        case VisitAnnotated():
            return replace(visit, annexed=visit.annexed | {added.sha256 for added in event.attachments})
        case VisitEvaluated():
            judgement = Judgement(event.verdict, event.failed, event.rules_version, event.settles_at)
            photo = event.approval_id or visit.photo_approval_id
            return replace(visit, judgement=judgement, photo_approval_id=photo)
        case VisitReviewed():
            return replace(visit, reviewed=True)
        case IntegrityFlagged():
            return replace(visit, noticed=visit.noticed | {(event.flag, event.other_visit_id)})
        case IntegrityCleared():
            return replace(visit, noticed=visit.noticed - {(event.flag, event.other_visit_id)})
        case _:
            assert_never(event)


def corrected(report: Report, field: str, value: Value) -> Report:
    """The report with another value in one field; the fields of a note go together, the customer is not in it."""
    match field:
        case "customer_id":
            return report
        case "note":
            characters = value.note_characters or 0
            return replace(report, note=value.note, personal_note=value.personal_note, note_characters=characters)
        case _:
            return replace(report, **{field: value.of(field)})


def _seen(visit: Visit, event: VisitCheckedIn | VisitCheckedOut) -> Visit:
    customer_id = visit.customer_id if visit.tellings else event.customer_id
    seen = Sighting(event.customer_id, event.presence, event.distance_m, event.accuracy_m, event.mock, event.shown_at)
    seen = replace(seen, position=event.position, crs=event.crs)
    if isinstance(event, VisitCheckedIn):
        return replace(visit, customer_id=customer_id, check_in=seen)
    return replace(visit, customer_id=customer_id, check_out=seen)


def _told(event: VisitRecorded) -> Telling:
    return Telling(
        customer_id=event.customer_id,
        report=event.report,
        zone=event.zone,
        biz_date=event.biz_date,
        lateness=event.lateness,
        told_at=event.told_at,
    )


def _corrected(visit: Visit, event: VisitCorrected) -> Visit:
    before = visit.telling
    if before is None:
        return visit
    report = corrected(before.report, event.field, event.new_value)
    biz_date = day_of(report.started_at, before.zone)
    after = replace(before, customer_id=event.customer_id, report=report, biz_date=biz_date)
    return replace(visit, customer_id=event.customer_id, tellings=(*visit.tellings, after))


def visit_of(visit_id: UUID) -> Stream[Visit]:
    """The history of one visit."""
    return Stream(f"visit-{visit_id}", Visit(), evolve)
