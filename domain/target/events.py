"""What can have happened to a target; kept for good, the refused amendments included.

`subject`: `rep:<id>` or `team:<id>`; `from_day`, `to_day`: first and last day of the period; `qty`: whole, in the unit
of the metric; `currency`: for money alone; `responsible_id`: who answers for it (S24).
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

from domain.target.period import PeriodKind


class AmendmentReason(StrEnum):
    """Why a target may change (domain §3.3)."""

    TERRITORY = "TERRITORY"
    LEAVE = "LEAVE"
    ROLE = "ROLE"
    PRODUCT = "PRODUCT"
    MARKET_EVENT = "MARKET_EVENT"


@dataclass(frozen=True, slots=True)
class TargetProposed:
    """Somebody, as a rule the rep, says what could be reached; it binds nobody until it is set."""

    target_id: UUID
    subject: str
    metric: str
    period: PeriodKind
    from_day: date
    to_day: date
    qty: int
    currency: str | None
    iron: bool
    responsible_id: str
    parent_id: UUID | None
    proposed_by: str
    proposed_at: datetime


@dataclass(frozen=True, slots=True)
class TargetSet:
    """This is what shall be reached. `iron`: nobody changes it within its period (S38)."""

    target_id: UUID
    subject: str
    metric: str
    period: PeriodKind
    from_day: date
    to_day: date
    qty: int
    currency: str | None
    iron: bool
    responsible_id: str
    parent_id: UUID | None
    set_by: str
    set_at: datetime


@dataclass(frozen=True, slots=True)
class TargetAccepted:
    """The one whose target it is says yes to it."""

    target_id: UUID
    subject: str
    accepted_by: str
    accepted_at: datetime


@dataclass(frozen=True, slots=True)
class TargetLocked:
    """From now on only an approval of its own moves the target."""

    target_id: UUID
    subject: str
    locked_by: str
    locked_at: datetime


@dataclass(frozen=True, slots=True)
class TargetAmended:
    """From a day on, never an earlier one than the day of the asking, the quantity is another.

    `calc`: how the new quantity was worked out; `approval_id`: the approval that was used up, for a locked target.
    """

    target_id: UUID
    subject: str
    old_qty: int
    new_qty: int
    effective_from: date
    reason: AmendmentReason
    approver: str
    approval_id: UUID | None
    calc: str
    amended_by: str
    amended_at: datetime


@dataclass(frozen=True, slots=True)
class TargetAmendmentRefused:
    """Somebody wanted another quantity and a rule said no; kept, because it is part of the target's history."""

    target_id: UUID
    subject: str
    old_qty: int
    new_qty: int
    effective_from: date
    reason: AmendmentReason
    approver: str | None
    calc: str
    code: str
    asked_by: str
    refused_at: datetime


@dataclass(frozen=True, slots=True)
class TargetClosed:
    """The target is done with: its period is over, or it was taken back before it was locked."""

    target_id: UUID
    subject: str
    closed_by: str
    closed_at: datetime


TargetEvent: TypeAlias = (
    TargetProposed | TargetSet | TargetAccepted | TargetLocked | TargetAmended | TargetAmendmentRefused | TargetClosed
)
