"""Claim, release, renew, expire: one function per command (domain §3.4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeAlias, assert_never
from uuid import UUID

from domain.days import Calendar, day_of, end_of_days, start_of_day
from domain.decider import Decider, Past, Stream
from domain.facts import CustomerFacts, RepFacts
from domain.ownership.events import (
    ClaimBasis,
    ClaimGranted,
    ClaimRefused,
    ClaimReleased,
    ProtectionLapsed,
    ProtectionRenewed,
    ReleaseReason,
)
from domain.ownership.state import Claimed, Free, Ownership, ownership_of
from domain.portfolio.events import SlotReleased, SlotReserved
from domain.portfolio.state import Portfolio, portfolio_of
from domain.reception import ActorInactive
from domain.refusal import Conflict, Refusal
from domain.rulesets import ProtectionRules


@dataclass(eq=False)
class MergedUseSurvivor(Conflict):
    """This record was merged into another one, which is the one to claim."""

    customer_id: UUID
    survivor_id: UUID


@dataclass(eq=False)
class IcpX(Conflict):
    """The lead was declined or does not fit the customer profile; nobody spends effort on it (S27)."""

    customer_id: UUID


@dataclass(eq=False)
class AlreadyOwnedByYou(Conflict):
    """The rep holds this customer already; nothing needs to be done."""

    customer_id: UUID
    claim_id: UUID
    protected_until: datetime


@dataclass(eq=False)
class AlreadyClaimed(Conflict):
    """Another rep holds this customer and its protection runs; only the team and the date are told."""

    customer_id: UUID
    team_id: str
    claimable_at: datetime


@dataclass(eq=False)
class InGrace(Conflict):
    """The protection lapsed, but for the grace period (D4) a late visit can still save it."""

    customer_id: UUID
    team_id: str
    claimable_at: datetime


@dataclass(eq=False)
class CoolingOff(Conflict):
    """The rep gave this customer up lately and may not claim it again before the cooling-off (D5) is over."""

    customer_id: UUID
    claimable_at: datetime


@dataclass(eq=False)
class CapacityExceeded(Conflict):
    """The rep holds as many protected customers as the rules allow (D6)."""

    rep_id: str
    held: int
    capacity: int


@dataclass(eq=False)
class DailyLimit(Conflict):
    """The rep claimed as many customers today as the rules allow (D7)."""

    rep_id: str
    claimed: int
    limit: int
    biz_date: date


@dataclass(eq=False)
class NotOwner(Conflict):
    """Only the owner of the claim, or a manager in the owner's line, may do this."""

    claim_id: UUID


@dataclass(frozen=True, slots=True)
class ClaimCustomer:
    """A rep wants a customer of the pool in one business line.

    `holder`: who held it when the service looked, so that a claim that is over can be closed in the same append.
    `priority_at`: the hour that counts: `at` for whoever is online.
    """

    claim_id: UUID
    customer: CustomerFacts
    line: str
    rep: RepFacts
    holder: str | None
    rules: ProtectionRules
    calendar: Calendar
    biz_date: date
    priority_at: datetime
    at: datetime

    @property
    def customer_id(self) -> UUID:
        """The customer asked for."""
        return self.customer.customer_id

    @property
    def rep_id(self) -> str:
        """The rep who asks."""
        return self.rep.rep_id


@dataclass(frozen=True, slots=True)
class ReleaseClaim:
    """The owner, or a manager of the owner's line, gives a customer back to the pool."""

    claim_id: UUID
    customer_id: UUID
    line: str
    holder: str
    asked_by: str
    manages_holder: bool
    rules: ProtectionRules
    at: datetime


@dataclass(frozen=True, slots=True)
class RenewProtection:
    """A visit was found effective: it keeps the customer for its owner.

    `visited_at`: when the visit began; `rules`: those of the visit's day; `at`: when the verdict was recorded.
    """

    customer_id: UUID
    line: str
    rep_id: str
    visit_id: UUID
    visited_at: datetime
    rules: ProtectionRules
    at: datetime


@dataclass(frozen=True, slots=True)
class ExpireClaim:
    """A stored deadline has come: write that the protection lapsed, or that the customer is in the pool."""

    claim_id: UUID
    customer_id: UUID
    line: str
    holder: str
    rules: ProtectionRules
    at: datetime


@dataclass(frozen=True, slots=True)
class FreeSlot:
    """The customer of this claim was won: it stays with its owner and takes no capacity any more (D6)."""

    claim_id: UUID
    customer_id: UUID
    rep_id: str


ClaimCommand: TypeAlias = ClaimCustomer | ReleaseClaim | RenewProtection | ExpireClaim | FreeSlot


def stands_on(command: ClaimCommand) -> Sequence[Stream[Ownership] | Stream[Portfolio]]:
    """The ownership asked about and every portfolio whose slots may change."""
    match command:
        case ClaimCustomer():
            reps = {command.rep.rep_id} | ({command.holder} if command.holder else set[str]())
            return [ownership_of(command.customer_id, command.line), *(portfolio_of(rep) for rep in sorted(reps))]
        case ReleaseClaim() | ExpireClaim():
            return [ownership_of(command.customer_id, command.line), portfolio_of(command.holder)]
        case RenewProtection():
            return [ownership_of(command.customer_id, command.line)]
        case FreeSlot():
            return [portfolio_of(command.rep_id)]
        case _:
            assert_never(command)


def decide(command: ClaimCommand, past: Past) -> Sequence[object]:
    """What happens when this is asked, or a refusal."""
    match command:
        case ClaimCustomer():
            return claim_customer(command, past)
        case ReleaseClaim():
            return release_claim(command, past)
        case RenewProtection():
            return renew_protection(command, past)
        case ExpireClaim():
            return expire_claim(command, past)
        case FreeSlot():
            return free_slot(command, past)
        case _:
            assert_never(command)


def claim_customer(command: ClaimCustomer, past: Past) -> Sequence[object]:
    """Grant the claim where the customer is free, the rep may have it again, and a slot is left."""
    rep, at = command.rep, command.at
    if not rep.active:
        raise _refused(command, ActorInactive(rep.rep_id))
    if command.customer.merged_into is not None:
        raise _refused(command, MergedUseSurvivor(command.customer_id, command.customer.merged_into))
    if command.customer.declined:
        raise _refused(command, IcpX(command.customer_id))
    ownership = past.of(ownership_of(command.customer_id, command.line))
    closing: Sequence[object] = ()
    match ownership:
        case Claimed() if ownership.is_over(at):
            closing = _ended(command.customer_id, command.line, ownership, command.rules)
        case Claimed(rep_id=rep.rep_id):
            already = AlreadyOwnedByYou(command.customer_id, ownership.claim_id, ownership.protected_until)
            raise _refused(command, already, ownership)
        case Claimed() if ownership.in_grace(at):
            in_grace = InGrace(command.customer_id, ownership.team_id, ownership.release_at)
            raise _refused(command, in_grace, ownership)
        case Claimed():
            claimed = AlreadyClaimed(command.customer_id, ownership.team_id, ownership.release_at)
            raise _refused(command, claimed, ownership)
        case Free():
            pass
        case _:
            assert_never(ownership)
    cooling_off = _cooling_off(ownership, closing).get(rep.rep_id)
    if cooling_off is not None and at < cooling_off:
        raise _refused(command, CoolingOff(command.customer_id, cooling_off))
    portfolio = past.of(portfolio_of(rep.rep_id))
    freed = sum(isinstance(event, SlotReleased) and event.claim_id in portfolio.claims for event in closing)
    held, capacity, limit = len(portfolio.claims) - freed, command.rules.capacity, command.rules.claims_per_day
    if capacity is not None and held >= capacity:
        raise _refused(command, CapacityExceeded(rep.rep_id, held, capacity))
    if limit is not None and portfolio.claimed(command.biz_date) >= limit:
        claimed_today = portfolio.claimed(command.biz_date)
        raise _refused(command, DailyLimit(rep.rep_id, claimed_today, limit, command.biz_date))
    slot = SlotReserved(rep.rep_id, command.claim_id, command.customer_id, command.biz_date)
    return [*closing, _granted(command), slot]


@dataclass(frozen=True, slots=True)
class Check:
    """One condition of a claim as it stands now: what is the case, against what it may be, and whether that holds."""

    rule: str
    value: str | int | None
    limit: str | int | None
    passed: bool


def checks(command: ClaimCustomer, past: Past) -> Sequence[Check]:
    """Every condition of a claim, in the order in which the decision asks; it is granted when all of them hold.

    FREE tells how the customer stands; COOLING_OFF until when this rep waits (and the present hour); CAPACITY (D6) and
    CLAIMS_TODAY (D7) count, a limit of None is none. The rep who holds the customer takes its slot already.
    """
    at, rep, ownership = command.at, command.rep, past.of(ownership_of(command.customer_id, command.line))
    over = isinstance(ownership, Claimed) and ownership.is_over(at)
    closing = (
        _ended(command.customer_id, command.line, ownership, command.rules)
        if isinstance(ownership, Claimed) and over
        else ()
    )
    waits = _cooling_off(ownership, closing).get(rep.rep_id)
    portfolio = past.of(portfolio_of(rep.rep_id))
    freed = sum(isinstance(event, SlotReleased) and event.claim_id in portfolio.claims for event in closing)
    held, today = len(portfolio.claims) - freed, portfolio.claimed(command.biz_date)
    capacity, per_day = command.rules.capacity, command.rules.claims_per_day
    survivor = command.customer.merged_into
    return [
        Check("REP_ACTIVE", "ACTIVE" if rep.active else "INACTIVE", "ACTIVE", rep.active),
        Check("NOT_MERGED", str(survivor) if survivor else None, None, survivor is None),
        Check("NOT_DECLINED", "DECLINED" if command.customer.declined else None, None, not command.customer.declined),
        Check("FREE", _standing(ownership, at), "FREE", over or isinstance(ownership, Free)),
        Check("COOLING_OFF", waits.isoformat() if waits else None, at.isoformat(), waits is None or at >= waits),
        Check("CAPACITY", held, capacity, capacity is None or held < capacity),
        Check("CLAIMS_TODAY", today, per_day, per_day is None or today < per_day),
    ]


def _standing(ownership: Ownership, at: datetime) -> str:
    if isinstance(ownership, Free) or ownership.is_over(at):
        return "FREE"
    return "GRACE" if ownership.in_grace(at) else "PROTECTED"


def release_claim(command: ReleaseClaim, past: Past) -> Sequence[object]:
    """Give the customer back; the rep who held it cools off, whoever asked for the release (peers §2.2, 5)."""
    ownership = past.of(ownership_of(command.customer_id, command.line))
    if not isinstance(ownership, Claimed) or ownership.claim_id != command.claim_id:
        raise NotOwner(command.claim_id)
    if ownership.is_over(command.at):
        return _ended(command.customer_id, command.line, ownership, command.rules)
    if command.asked_by != ownership.rep_id and not command.manages_holder:
        raise NotOwner(command.claim_id)
    return _released(command.customer_id, command.line, ownership, ReleaseReason.REP, command.at, command.rules)


def renew_protection(command: RenewProtection, past: Past) -> Sequence[object]:
    """Move the protection to D1 days after the visit, never earlier than it stands and never past the hard cap."""
    ownership = past.of(ownership_of(command.customer_id, command.line))
    if not isinstance(ownership, Claimed) or ownership.rep_id != command.rep_id:
        return []
    too_late = command.visited_at >= ownership.lapses_at or ownership.is_over(command.at)
    if too_late:
        return []
    visit_day = day_of(command.visited_at, ownership.protection_tz)
    wanted = end_of_days(visit_day, command.rules.protection_days, ownership.protection_tz)
    new_until = min(ownership.hard_cap, max(ownership.protected_until, wanted))
    if ownership.visited and new_until == ownership.protected_until:
        return []
    return [
        ProtectionRenewed(
            claim_id=ownership.claim_id,
            customer_id=command.customer_id,
            line=command.line,
            rep_id=ownership.rep_id,
            visit_id=command.visit_id,
            old_until=ownership.protected_until,
            new_until=new_until,
            release_at=new_until + timedelta(hours=command.rules.grace_hours),
            rules_version=command.rules.version,
            renewed_at=command.at,
            flags=("CAP_REACHED",) if wanted > ownership.hard_cap else (),
        )
    ]


def expire_claim(command: ExpireClaim, past: Past) -> Sequence[object]:
    """Write what the clock has already decided, with the stored deadlines as its hours; once."""
    ownership = past.of(ownership_of(command.customer_id, command.line))
    if not isinstance(ownership, Claimed) or ownership.claim_id != command.claim_id:
        return []
    if ownership.is_over(command.at):
        return _ended(command.customer_id, command.line, ownership, command.rules)
    if ownership.in_grace(command.at) and not ownership.lapse_written:
        return [_lapsed(command.customer_id, command.line, ownership)]
    return []


def free_slot(command: FreeSlot, past: Past) -> Sequence[object]:
    """A won customer takes no capacity; freeing a slot twice changes nothing."""
    if command.claim_id not in past.of(portfolio_of(command.rep_id)).claims:
        return []
    return [SlotReleased(command.rep_id, command.claim_id, command.customer_id)]


def _granted(command: ClaimCustomer) -> ClaimGranted:
    rules, zone = command.rules, command.rep.team_zone
    today = day_of(command.at, zone)
    first_visit_due = start_of_day(
        command.calendar.workdays_after(today, rules.first_visit_workdays) + timedelta(days=1), zone
    )
    protected_until = end_of_days(today, rules.protection_days, zone)
    return ClaimGranted(
        claim_id=command.claim_id,
        customer_id=command.customer_id,
        line=command.line,
        rep_id=command.rep.rep_id,
        team_id=command.rep.team_id,
        basis=ClaimBasis.ONLINE,
        rules_version=rules.version,
        calendar_version=command.calendar.version,
        protection_tz=zone,
        first_visit_due=first_visit_due,
        protected_until=protected_until,
        hard_cap=end_of_days(today, rules.hard_cap_days, zone),
        release_at=min(first_visit_due, protected_until) + timedelta(hours=rules.grace_hours),
        priority_at=command.priority_at,
        granted_at=command.at,
    )


def _lapsed(customer_id: UUID, line: str, claim: Claimed) -> ProtectionLapsed:
    return ProtectionLapsed(
        claim.claim_id, customer_id, line, claim.rep_id, claim.lapse_reason, claim.lapses_at, claim.release_at
    )


def _ended(customer_id: UUID, line: str, claim: Claimed, rules: ProtectionRules) -> Sequence[object]:
    """The end that the clock brought: the lapse, where it was not written yet, and the release at its deadline."""
    lapse = [] if claim.lapse_written else [_lapsed(customer_id, line, claim)]
    reason = ReleaseReason(claim.lapse_reason.value)
    return [*lapse, *_released(customer_id, line, claim, reason, claim.release_at, rules)]


def _released(
    customer_id: UUID, line: str, claim: Claimed, reason: ReleaseReason, at: datetime, rules: ProtectionRules
) -> Sequence[object]:
    cooling_off = end_of_days(day_of(at, claim.protection_tz), rules.cooling_off_days, claim.protection_tz)
    return [
        ClaimReleased(claim.claim_id, customer_id, line, claim.rep_id, reason, at, cooling_off),
        SlotReleased(claim.rep_id, claim.claim_id, customer_id),
    ]


def _cooling_off(ownership: Ownership, closing: Sequence[object]) -> dict[str, datetime]:
    ended = {event.rep_id: event.cooling_off_until for event in closing if isinstance(event, ClaimReleased)}
    return {**ownership.cooling_off, **ended}


def _refused(command: ClaimCustomer, refusal: Refusal, blocking: Claimed | None = None) -> Refusal:
    """The same no, leaving its trace: who asked for what, which rule said no, which claim stood in the way."""
    refusal.leaving = [
        ClaimRefused(
            claim_id=command.claim_id,
            customer_id=command.customer_id,
            line=command.line,
            rep_id=command.rep.rep_id,
            reason=refusal.code(),
            blocking_claim_id=blocking.claim_id if blocking else None,
            claimable_at=getattr(refusal, "claimable_at", None),
            rules_version=command.rules.version,
            refused_at=command.at,
        )
    ]
    return refusal


claiming = Decider[ClaimCommand](stands_on, decide)
