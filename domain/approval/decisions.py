"""Say yes or no to what a rule does not allow by itself (domain §3.3, approval)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, assert_never
from uuid import UUID

from domain.approval.events import ApprovalDenied, ApprovalGranted, Purpose
from domain.approval.state import Approval, Undecided, approval_of
from domain.decider import Decider, Past, Stream
from domain.reception import FieldFault, Forbidden, Malformed, ReasonRequired, SelfApproval
from domain.refusal import Conflict

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(eq=False)
class AlreadyDecided(Conflict):
    """This approval was granted or denied before; another question needs an approval of its own."""

    approval_id: UUID


@dataclass(frozen=True, slots=True)
class GrantApproval:
    """A manager says yes. `in_line`: whether the approver stands above the rep at this hour; the other fields are
    those of `ApprovalGranted`."""

    approval_id: UUID
    rep_id: str
    purpose: Purpose
    ref: str
    content_hash: str | None
    approver: str
    approver_role: str
    in_line: bool
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DenyApproval:
    """A manager says no; the fields are those of a yes."""

    approval_id: UUID
    rep_id: str
    purpose: Purpose
    ref: str
    content_hash: str | None
    approver: str
    approver_role: str
    in_line: bool
    reason: str
    at: datetime


ApprovalCommand: TypeAlias = GrantApproval | DenyApproval


def stands_on(command: ApprovalCommand) -> Sequence[Stream[Approval]]:
    """The approval itself."""
    return [approval_of(command.approval_id)]


def decide(command: ApprovalCommand, past: Past) -> Sequence[object]:
    """What happens when this is asked, or a refusal."""
    match command:
        case GrantApproval():
            return grant_approval(command, past)
        case DenyApproval():
            return deny_approval(command, past)
        case _:
            assert_never(command)


def grant_approval(command: GrantApproval, past: Past) -> Sequence[object]:
    """A yes of somebody in the line, with a reason, once; never to oneself."""
    _check("approval.grant", command)
    if not isinstance(past.of(approval_of(command.approval_id)), Undecided):
        raise AlreadyDecided(command.approval_id)
    return [
        ApprovalGranted(
            approval_id=command.approval_id,
            rep_id=command.rep_id,
            purpose=command.purpose,
            ref=command.ref,
            content_hash=command.content_hash,
            approver=command.approver,
            reason=command.reason,
            granted_at=command.at,
        )
    ]


def deny_approval(command: DenyApproval, past: Past) -> Sequence[object]:
    """A no of somebody in the line, with a reason, once."""
    _check("approval.deny", command)
    if not isinstance(past.of(approval_of(command.approval_id)), Undecided):
        raise AlreadyDecided(command.approval_id)
    return [
        ApprovalDenied(
            approval_id=command.approval_id,
            rep_id=command.rep_id,
            purpose=command.purpose,
            ref=command.ref,
            content_hash=command.content_hash,
            approver=command.approver,
            reason=command.reason,
            denied_at=command.at,
        )
    ]


def _check(asked: str, command: ApprovalCommand) -> None:
    if command.approver == command.rep_id:
        raise SelfApproval(command.approver)
    if not command.in_line:
        raise Forbidden(asked, command.approver_role)
    if not command.reason.strip():
        raise ReasonRequired(asked)
    photo = command.purpose is Purpose.PRESENCE_PHOTO
    if (photo and command.content_hash is None) or (
        command.content_hash is not None and not _SHA256.fullmatch(command.content_hash)
    ):
        detail = "The SHA-256 of what was seen, as 64 hexadecimal digits; for a photo, that of the photo."
        raise Malformed((FieldFault("/data/content_hash", detail),))


approving = Decider[ApprovalCommand](stands_on, decide)
