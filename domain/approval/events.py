"""What can have happened to an approval; kept for good."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID


class Purpose(StrEnum):
    """What an approval can be for (domain §3.3)."""

    BACKDATE = "BACKDATE"
    CORRECTION = "CORRECTION"
    EXTENSION = "EXTENSION"
    AMENDMENT = "AMENDMENT"
    PRESENCE_PHOTO = "PRESENCE_PHOTO"
    PORTFOLIO_OVERRIDE = "PORTFOLIO_OVERRIDE"


@dataclass(frozen=True, slots=True)
class ApprovalGranted:
    """A manager in the line of a rep said yes to one thing.

    `rep_id`: who needs the yes; `ref`: the id of what it is for (a visit, a claim, a target); `content_hash`: hex
    SHA-256 of what was seen (of the photo, of the value corrected to), None where the reference says it all.
    """

    approval_id: UUID
    rep_id: str
    purpose: Purpose
    ref: str
    content_hash: str | None
    approver: str
    reason: str
    granted_at: datetime


@dataclass(frozen=True, slots=True)
class ApprovalDenied:
    """A manager in the line of a rep said no; the fields are those of a yes."""

    approval_id: UUID
    rep_id: str
    purpose: Purpose
    ref: str
    content_hash: str | None
    approver: str
    reason: str
    denied_at: datetime


@dataclass(frozen=True, slots=True)
class ApprovalUsed:
    """The yes was relied on, in the same append as what relies on it; it carries nothing else after that."""

    approval_id: UUID
    rep_id: str
    purpose: Purpose
    ref: str
    used_at: datetime


ApprovalEvent: TypeAlias = ApprovalGranted | ApprovalDenied | ApprovalUsed
