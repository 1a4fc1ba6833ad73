"""Give a claim more time, once (D3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.approval.events import ApprovalUsed, Purpose
from domain.approval.state import Granted, approval_of
from domain.claiming.refusals import Contested, ExtensionUsed, InCustody, Lapsed, NotOwner
from domain.days import day_of, start_of_day
from domain.decider import Past
from domain.ownership.events import ProtectionExtended
from domain.ownership.protection import warnings
from domain.ownership.state import Claimed, lapses_at, ownership_of
from domain.reception import ApprovalRequired, FieldFault, Malformed, ReasonRequired
from domain.rulesets import ProtectionRules


@dataclass(frozen=True, slots=True)
class ExtendProtection:
    """A manager of the owner's line gives a claim more days; or the owner asks, with a manager's approval.

    `days`: None for as many as the rules allow; `manages_holder`: whether the asker stands above the owner.
    """

    claim_id: UUID
    customer_id: UUID
    line: str
    asked_by: str
    manages_holder: bool
    days: int | None
    reason: str
    approval_id: UUID | None
    rules: ProtectionRules
    at: datetime


def extend_protection(command: ExtendProtection, past: Past) -> Sequence[object]:
    """So many local days more, and the hard cap later by as many; before the protection lapses, and once."""
    claim = past.of(ownership_of(command.customer_id, command.line))
    if not isinstance(claim, Claimed) or claim.claim_id != command.claim_id:
        raise NotOwner(command.claim_id)
    if command.asked_by != claim.rep_id and not command.manages_holder:
        raise NotOwner(command.claim_id)
    if claim.cases:
        raise Contested(command.customer_id, tuple(sorted(claim.cases)))
    if claim.in_custody:
        raise InCustody(command.customer_id, claim.team_id, claim.release_at)
    if claim.extended:
        raise ExtensionUsed(command.claim_id)
    if claim.lapses_at <= command.at:
        raise Lapsed(command.claim_id, claim.lapses_at)
    if not command.reason.strip():
        raise ReasonRequired("ownership.extend")
    days = command.rules.extension_days if command.days is None else command.days
    if not 1 <= days <= command.rules.extension_days:
        raise Malformed((FieldFault("/data/days", f"1 to {command.rules.extension_days}"),))
    used, approver = _allowed(command, claim, past)
    zone = claim.protection_tz
    new_until, hard_cap = (_later(hour, days, zone) for hour in (claim.protected_until, claim.hard_cap))
    lapse = lapses_at(new_until, claim.first_visit_due, visited=claim.visited)
    extended = ProtectionExtended(
        claim_id=claim.claim_id,
        customer_id=command.customer_id,
        line=command.line,
        rep_id=claim.rep_id,
        days=days,
        old_until=claim.protected_until,
        new_until=new_until,
        hard_cap=hard_cap,
        release_at=lapse + timedelta(hours=command.rules.grace_hours),
        reason=command.reason,
        approver=approver,
        approval_id=command.approval_id if used else None,
        rules_version=command.rules.version,
        extended_at=command.at,
        warn_at=warnings(lapse, zone, command.rules.warning_days, command.at),
    )
    return [*used, extended]


def _allowed(command: ExtendProtection, claim: Claimed, past: Past) -> tuple[Sequence[ApprovalUsed], str]:
    """Who says yes: the manager who asks, or the one whose approval the owner brings, which is used up."""
    if command.manages_holder:
        return [], command.asked_by
    purpose, ref = Purpose.EXTENSION, str(command.claim_id)
    if command.approval_id is None:
        raise ApprovalRequired(purpose, ref)
    approval = past.of(approval_of(command.approval_id))
    if not isinstance(approval, Granted) or not approval.covers(purpose, ref, claim.rep_id, frozenset()):
        raise ApprovalRequired(purpose, ref)
    return [ApprovalUsed(command.approval_id, claim.rep_id, purpose, ref, command.at)], approval.approver


def _later(hour: datetime, days: int, zone: str) -> datetime:
    return start_of_day(day_of(hour, zone) + timedelta(days=days), zone)
