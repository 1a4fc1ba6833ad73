"""Keep a customer, give it back, or lose it to the clock (PM1–PM3)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from domain.claiming.follow_up import FollowUp, said, too_many
from domain.claiming.overdue import called_off, slot_given_up, standing
from domain.claiming.refusals import Contested, NotOwner
from domain.days import day_of, end_of_days
from domain.decider import Past
from domain.ownership.events import HarvestDue, ProtectionRenewed, ReleaseReason, ReturnReason
from domain.ownership.protection import lapsed, released, warned, warnings
from domain.ownership.state import Claimed, Free, Parked, ownership_of
from domain.portfolio.events import SlotReleased
from domain.portfolio.state import portfolio_of
from domain.reception import ReasonRequired
from domain.rulesets import ProtectionRules


@dataclass(frozen=True, slots=True)
class ReleaseClaim:
    """The owner, or a manager of the owner's line, gives a customer back to the pool."""

    claim_id: UUID
    customer_id: UUID
    line: str
    holders: tuple[str, ...]
    asked_by: str
    manages_holder: bool
    rules: ProtectionRules
    at: datetime
    because: ReturnReason | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class RenewProtection:
    """A visit was found effective: it keeps the customer for its owner.

    `holders`: whose slots its claim takes (`slot_takers`); `visited_at`: when the visit began; `rules`: those of the
    visit's day; `at`: when the verdict was recorded; `follow_ups`: those of the customer up to this one.
    """

    customer_id: UUID
    line: str
    holders: tuple[str, ...]
    rep_id: str
    visit_id: UUID
    visited_at: datetime
    rules: ProtectionRules
    at: datetime
    follow_ups: tuple[FollowUp, ...] = ()


@dataclass(frozen=True, slots=True)
class ExpireClaim:
    """A stored deadline has come: a warning is due, a protection lapsed or ended, a parked customer may be ripe."""

    claim_id: UUID
    customer_id: UUID
    line: str
    holders: tuple[str, ...]
    rules: ProtectionRules
    at: datetime


@dataclass(frozen=True, slots=True)
class FreeSlot:
    """The customer of this claim was won: it stays with its owner and takes no capacity any more (D6)."""

    claim_id: UUID
    customer_id: UUID
    rep_id: str


def release_claim(command: ReleaseClaim, past: Past) -> Sequence[object]:
    """Give the customer back; the rep who held it cools off, whoever asked for the release (peers §2.2, 5)."""
    ownership = past.of(ownership_of(command.customer_id, command.line))
    now = standing(command.customer_id, command.line, ownership, command.rules, command.at)
    claim = now.ownership
    if not isinstance(claim, Claimed) or claim.claim_id != command.claim_id:
        if isinstance(ownership, Claimed) and ownership.claim_id == command.claim_id and now.unwritten:
            return now.unwritten  # the clock was quicker: what was asked for is so
        raise NotOwner(command.claim_id)
    if command.asked_by != claim.rep_id and not command.manages_holder:
        raise NotOwner(command.claim_id)
    if claim.cases:
        raise Contested(command.customer_id, tuple(sorted(claim.cases)))
    unsaid = command.because is None or (command.because is ReturnReason.OTHER and not (command.text or "").strip())
    if command.rules.release_reason_required and unsaid:
        raise ReasonRequired("ownership.release")
    reason = ReleaseReason.FOLLOW_UP_STOP if claim.counting.stopped else ReleaseReason.REP
    return [
        *now.unwritten,
        *called_off(command.customer_id, command.line, claim, command.at),
        replace(
            released(command.customer_id, command.line, claim, reason, command.at, command.rules),
            because=command.because,
            text=command.text,
        ),
        *slot_given_up(command.customer_id, claim),
    ]


def renew_protection(command: RenewProtection, past: Past) -> Sequence[object]:
    """Move the protection to D1 days after the visit, never earlier than it stands and never past the hard cap.

    While a case holds the customer nothing is renewed: the days that were left come back when it ends. Nor does the
    visit that makes the follow-ups without progress too many (PM4), nor any after it.
    """
    now = standing(
        command.customer_id,
        command.line,
        past.of(ownership_of(command.customer_id, command.line)),
        command.rules,
        command.at,
    )
    ownership = now.ownership
    if not isinstance(ownership, Claimed) or ownership.rep_id != command.rep_id or ownership.cases:
        return []
    if command.visited_at >= ownership.lapses_at or ownership.in_custody:
        return []
    zone, rules = ownership.protection_tz, command.rules
    if too_many(ownership, command.follow_ups, rules):
        stopped = said(command.customer_id, command.line, ownership, command.follow_ups, rules, command.at)
        return [*now.unwritten, *stopped] if stopped else []
    wanted = end_of_days(day_of(command.visited_at, zone), rules.protection_days, zone)
    new_until = min(ownership.hard_cap, max(ownership.protected_until, wanted))
    if ownership.visited and new_until == ownership.protected_until:
        return []
    return [
        *now.unwritten,
        ProtectionRenewed(
            claim_id=ownership.claim_id,
            customer_id=command.customer_id,
            line=command.line,
            rep_id=ownership.rep_id,
            visit_id=command.visit_id,
            old_until=ownership.protected_until,
            new_until=new_until,
            release_at=new_until + timedelta(hours=rules.grace_hours),
            rules_version=rules.version,
            renewed_at=command.at,
            flags=("CAP_REACHED",) if wanted > ownership.hard_cap else (),
            warn_at=warnings(new_until, zone, rules.warning_days, command.at),
        ),
    ]


def expire_claim(command: ExpireClaim, past: Past) -> Sequence[object]:
    """Write what the clock has already decided, with the stored deadlines as its hours; once."""
    ownership = past.of(ownership_of(command.customer_id, command.line))
    if isinstance(ownership, Free):
        return _harvest(command, ownership.parked)
    if ownership.claim_id != command.claim_id or ownership.cases:
        return []
    over = standing(command.customer_id, command.line, ownership, command.rules, command.at).unwritten
    if over:
        return over
    due = (hour for hour in ownership.warn_at if hour <= command.at)
    written: list[object] = [warned(command.customer_id, command.line, ownership, hour) for hour in due]
    if ownership.in_grace(command.at) and not ownership.lapse_written:
        written.append(lapsed(command.customer_id, command.line, ownership))
    return written


def _harvest(command: ExpireClaim, parked: Parked | None) -> Sequence[object]:
    if parked is None or parked.claim_id != command.claim_id or parked.due_written or command.at < parked.harvest_at:
        return []
    return [
        HarvestDue(
            parked.claim_id,
            command.customer_id,
            command.line,
            parked.rep_id,
            parked.reserved_until,
            parked.harvest_at,
        )
    ]


def free_slot(command: FreeSlot, past: Past) -> Sequence[object]:
    """A won customer takes no capacity; freeing a slot twice changes nothing."""
    if command.claim_id not in past.of(portfolio_of(command.rep_id)).claims:
        return []
    return [SlotReleased(command.rep_id, command.claim_id, command.customer_id)]
