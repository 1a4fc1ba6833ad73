"""What can have happened to a visit; kept for good."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

from domain.values import Sealed
from domain.visit.integrity import IntegrityFlag
from domain.visit.report import Attachment, ContactRole, Mode, Report, Value


class Objective(StrEnum):
    """What a visit is for (S35); OTHER says it in words."""

    FIRST_CONTACT = "FIRST_CONTACT"
    LOCATE_BUYER = "LOCATE_BUYER"
    MEET_BUYER = "MEET_BUYER"
    CONFIRM_NEED = "CONFIRM_NEED"
    CONFIRM_BUDGET = "CONFIRM_BUDGET"
    PRESENT = "PRESENT"
    PROPOSE = "PROPOSE"
    NEGOTIATE = "NEGOTIATE"
    CLOSE = "CLOSE"
    ORDER = "ORDER"
    SERVICE = "SERVICE"
    COLLECT = "COLLECT"
    OTHER = "OTHER"


class Presence(StrEnum):
    """What the position of the device says about being there."""

    VERIFIED = "VERIFIED"
    UNVERIFIED = "UNVERIFIED"
    OUTSIDE = "OUTSIDE"
    NO_CONSENT = "NO_CONSENT"


class AttemptReason(StrEnum):
    """Why nobody was reached."""

    NO_ANSWER = "NO_ANSWER"
    BUSY = "BUSY"
    ABSENT = "ABSENT"
    CLOSED = "CLOSED"
    TURNED_AWAY = "TURNED_AWAY"
    WRONG_ADDRESS = "WRONG_ADDRESS"
    WRONG_NUMBER = "WRONG_NUMBER"
    OTHER = "OTHER"


class CorrectionReason(StrEnum):
    """Why a record is put right or struck out; OTHER says it in words, FRAUD is an auditor's word only."""

    TYPO = "TYPO"
    WRONG_CUSTOMER = "WRONG_CUSTOMER"
    WRONG_TIME = "WRONG_TIME"
    MISSING_PERSON = "MISSING_PERSON"
    OTHER = "OTHER"
    FRAUD = "FRAUD"


class Verdict(StrEnum):
    """Whether a visit is effective by the rules of its day (S13)."""

    EFFECTIVE = "EFFECTIVE"
    NOT = "NOT"
    UNDETERMINED = "UNDETERMINED"


class Disposition(StrEnum):
    """What a manager does with a visit that was read (S17)."""

    OK = "OK"
    FINDING = "FINDING"
    FOLLOW_UP = "FOLLOW_UP"


@dataclass(frozen=True, slots=True)
class Plan:
    """A visit as it is meant: when, for how many minutes, what for, whom to meet, by which play."""

    planned_start: datetime
    planned_minutes: int
    objective: Objective | None = None
    objective_text: str | None = None
    target_role: ContactRole | None = None
    play: str | None = None


@dataclass(frozen=True, slots=True)
class VisitPlanned:
    """A rep means to visit a customer. Without an objective `flags` holds BLIND_VISIT."""

    visit_id: UUID
    customer_id: UUID
    rep_id: str
    line: str
    plan: Plan
    planned_at: datetime
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VisitPlanChanged:
    """The rep means it otherwise now."""

    visit_id: UUID
    customer_id: UUID
    rep_id: str
    line: str
    old: Plan
    new: Plan
    changed_at: datetime
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VisitCancelled:
    """The plan is off."""

    visit_id: UUID
    customer_id: UUID
    rep_id: str
    line: str
    reason: str
    cancelled_at: datetime


@dataclass(frozen=True, slots=True)
class VisitCheckedIn:
    """The device says where it is as the visit begins.

    `position`: the raw position, sealed, None where there was none; `accuracy_m`, `distance_m`: metres, the latter to
    the customer's place, None where either place is not known; `rules_version`: of the EFF rules whose fence (D12)
    was applied; `checked_in_at`: by the wall clock of the device; `shown_at`: the hour that counts, which the device
    could show, else that of the arrival here. `flags`: MOCK_LOCATION, PLACE_UNKNOWN (of the customer),
    CHECKED_IN_AGAIN.
    """

    visit_id: UUID
    customer_id: UUID
    rep_id: str
    line: str
    position: Sealed | None
    crs: str | None
    accuracy_m: int | None
    distance_m: int | None
    presence: Presence
    mock: bool
    rules_version: int
    checked_in_at: datetime
    shown_at: datetime
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VisitCheckedOut:
    """The device says where it is as the visit ends; the fields are those of a check-in."""

    visit_id: UUID
    customer_id: UUID
    rep_id: str
    line: str
    position: Sealed | None
    crs: str | None
    accuracy_m: int | None
    distance_m: int | None
    presence: Presence
    mock: bool
    rules_version: int
    checked_out_at: datetime
    shown_at: datetime
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VisitRecorded:
    """The visit, as the rep tells it; taken as told, and flagged.

    `zone`: where the rep worked then; `biz_date`: the day of its start there; `lateness`: LATE or LATE_APPROVED by the
    distance between its start and the telling (to the device, where that hour is attested), IMPORTED for a past brought
    in; `attested_at`: the hour of the telling that the device could show; `approval_id`: the approval that an entry
    beyond D13 relies on. `flags`: BLIND_VISIT, ORIGIN_MISSING, CUSTOMER_DIFFERS (from the customer planned or checked
    in at), VISIT_DURING_CASE (by another than the owner), LATE… by the hour at which it reached us.
    """

    visit_id: UUID
    customer_id: UUID
    rep_id: str
    line: str
    report: Report
    approval_id: UUID | None
    zone: str
    biz_date: date
    lateness: tuple[str, ...]
    attested_at: datetime | None
    told_at: datetime
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ContactAttempted:
    """Nobody was reached: an attempt, never a visit and never a follow-up."""

    visit_id: UUID
    customer_id: UUID
    rep_id: str
    line: str
    mode: Mode
    reason: AttemptReason
    text: str | None
    attempted_at: datetime
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VisitCorrected:
    """One field of the record is put right by a new version; the old one stays readable.

    `customer_id`: the customer after the correction; `corrects_event`: the event whose word it replaces; `old_hash`:
    hex SHA-256 of the old value's canonical text, of a personal note its `mac`, which dies with its key.
    """

    visit_id: UUID
    customer_id: UUID
    rep_id: str
    line: str
    corrects_event: UUID
    field: str
    old_hash: str
    old_value: Value
    new_value: Value
    reason: CorrectionReason
    text: str | None
    approval_id: UUID | None
    corrected_at: datetime


@dataclass(frozen=True, slots=True)
class VisitVoided:
    """The record counts no longer, from now on; it stays readable."""

    visit_id: UUID
    customer_id: UUID
    rep_id: str
    line: str
    reason: CorrectionReason
    text: str | None
    voided_by: str
    approval_id: UUID | None
    voided_at: datetime


@dataclass(frozen=True, slots=True)
class VisitAnnotated:
    """Somebody adds words or photos to a visit; nothing that was said is changed by it."""

    visit_id: UUID
    customer_id: UUID
    rep_id: str
    line: str
    text: str
    attachments: tuple[Attachment, ...]
    annotated_by: str
    annotated_at: datetime


@dataclass(frozen=True, slots=True)
class VisitEvaluated:
    """The visit was judged by the EFF rules in force on its day; a later judgement adds, it never overwrites.

    `failed`: the criteria that are not met; `settles_at`: when an UNDETERMINED verdict becomes NOT unless something
    comes to light before; `approval_id`: the manager's confirmation of a photo that this judgement was the first to
    rely on; `visited_at`: when the visit began, as it was told; `shown_at`: when the device was seen there, by a clock
    that counts, None where presence does not stand on the device.
    """

    visit_id: UUID
    customer_id: UUID
    rep_id: str
    line: str
    verdict: Verdict
    failed: tuple[str, ...]
    previous_verdict: Verdict | None
    rules_version: int
    calendar_version: int
    approval_id: UUID | None
    visited_at: datetime
    settles_at: datetime | None
    evaluated_at: datetime
    shown_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class VisitReviewed:
    """A manager in the rep's line read the visit and did something with it."""

    visit_id: UUID
    customer_id: UUID
    rep_id: str
    line: str
    reviewer: str
    disposition: Disposition
    comment: str | None
    reviewed_at: datetime


@dataclass(frozen=True, slots=True)
class IntegrityFlagged:
    """Something about the visit does not fit together (PM16); it is shown, and decides nothing.

    `other_visit_id`: the visit of the same rep with which it does not fit, or which used the photo first; `metres`,
    `seconds`, `kmh`, `kmh_limit`: of a journey that nobody makes (D31), `seconds` also of an overlap, `metres` also
    of a made-up position from the customer; `sha256`: of the photo used again; `missing`: entries of the device's
    queue that never came; `rules_version`: of the FLAG rules of the visit's day.
    """

    visit_id: UUID
    customer_id: UUID
    rep_id: str
    line: str
    flag: IntegrityFlag
    other_visit_id: UUID | None
    metres: int | None
    seconds: int | None
    kmh: int | None
    kmh_limit: int | None
    sha256: str | None
    missing: int | None
    rules_version: int
    flagged_at: datetime

    @property
    def flags(self) -> tuple[str, ...]:
        """For the envelope, by which every list shows it."""
        return (self.flag,)


@dataclass(frozen=True, slots=True)
class IntegrityCleared:
    """A correction explained what did not fit: the flag stands in the history, and holds no longer."""

    visit_id: UUID
    customer_id: UUID
    rep_id: str
    line: str
    flag: IntegrityFlag
    other_visit_id: UUID | None
    cleared_at: datetime


VisitEvent: TypeAlias = (
    VisitPlanned
    | VisitPlanChanged
    | VisitCancelled
    | VisitCheckedIn
    | VisitCheckedOut
    | VisitRecorded
    | ContactAttempted
    | VisitCorrected
    | VisitVoided
    | VisitAnnotated
    | VisitEvaluated
    | VisitReviewed
    | IntegrityFlagged
    | IntegrityCleared
)
