"""Claim a customer of the pool: one list of conditions, for the decision and for whoever asks beforehand."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple, assert_never
from uuid import UUID

from domain.claiming.offline import Then, as_if_free, dated_back, is_contested
from domain.claiming.overdue import standing
from domain.claiming.refusals import (
    AlreadyClaimed,
    AlreadyOwnedByYou,
    CapacityExceeded,
    ClaimGap,
    Contested,
    CoolingOff,
    DailyLimit,
    DuplicatePending,
    FrozenInPool,
    HarvestReserved,
    IcpX,
    InCustody,
    InGrace,
    MergedUseSurvivor,
    UnworkedLimit,
)
from domain.days import Calendar
from domain.decider import Past
from domain.facts import CustomerFacts, RepFacts
from domain.ownership.events import ClaimBasis, ClaimContested, ClaimRefused
from domain.ownership.protection import Terms, granted
from domain.ownership.state import Claimed, Free, Ownership, ownership_of
from domain.portfolio.events import SlotReleased, SlotReserved
from domain.portfolio.state import Portfolio, portfolio_of
from domain.reception import ActorInactive
from domain.refusal import Refusal
from domain.rulesets import ProtectionRules


@dataclass(frozen=True, slots=True)
class ClaimCustomer:
    """A rep wants a customer of the pool in one business line.

    `holders`: whose slots the claim that stands in the way takes (`slot_takers`), so that one that is over can be
    closed in the same append.
    `priority_at`: the hour that counts: `at` for whoever is online, the attested one for whoever was not; `then`: how
    the customer stood at that hour, None online; `unworked`: how many customers the rep holds without an effective
    visit, where the rules limit that. Rep, rules and date are those of the hour that counts.
    """

    claim_id: UUID
    customer: CustomerFacts
    line: str
    rep: RepFacts
    holders: tuple[str, ...]
    rules: ProtectionRules
    calendar: Calendar
    biz_date: date
    priority_at: datetime
    at: datetime
    basis: ClaimBasis = ClaimBasis.ONLINE
    then: Then | None = None
    unworked: int = 0

    @property
    def customer_id(self) -> UUID:
        """The customer asked for."""
        return self.customer.customer_id

    @property
    def rep_id(self) -> str:
        """The rep who asks."""
        return self.rep.rep_id


@dataclass(frozen=True, slots=True)
class Check:
    """One condition of a claim as it stands now: what is the case, against what it may be, and whether that holds."""

    rule: str
    value: str | int | None
    limit: str | int | None
    passed: bool


class Condition(NamedTuple):
    """One condition of a claim: `refusal` is the answer where it does not hold, None where it does."""

    rule: str
    value: str | int | None
    limit: str | int | None
    refusal: Refusal | None


def claim_customer(command: ClaimCustomer, past: Past) -> Sequence[object]:
    """Grant the claim where every condition holds; the first that does not is the answer, and is kept."""
    seen = _seen(command, past)
    for condition in _conditions(command, seen):
        if condition.refusal is not None:
            raise condition.refusal if condition.refusal.leaving else _refused(command, condition.refusal, seen)
    grant = granted(
        command.claim_id,
        command.customer_id,
        command.line,
        command.rep,
        command.basis,
        Terms(command.rules, command.calendar, command.priority_at),
    )
    grant = grant if command.then is None else dated_back(grant, command.at)
    slot = SlotReserved(
        command.rep_id, command.claim_id, command.customer_id, command.biz_date, reserved_at=command.priority_at
    )
    return [*seen.closing, grant, slot]


def checks(command: ClaimCustomer, past: Past) -> Sequence[Check]:
    """Every condition of a claim, in the order in which the decision asks; it is granted when all of them hold.

    FREE tells how the customer stands; COOLING_OFF until when this rep waits (and the present hour); CAPACITY (D6) and
    CLAIMS_TODAY (D7) count, a limit of None is none. The rep who holds the customer takes its slot already.
    """
    conditions = _conditions(command, _seen(command, past))
    return [Check(one.rule, one.value, one.limit, one.refusal is None) for one in conditions]


@dataclass(frozen=True, slots=True)
class _Seen:
    """How everything stands now; `closing`: what was still to be written of that.

    `then`: how the customer stood at the hour that counts; the same as `ownership` for whoever is online.
    """

    ownership: Ownership
    portfolio: Portfolio
    closing: Sequence[object]
    then: Ownership


def _seen(command: ClaimCustomer, past: Past) -> _Seen:
    ownership = past.of(ownership_of(command.customer_id, command.line))
    now = standing(command.customer_id, command.line, ownership, command.rules, command.at)
    slots = portfolio_of(command.rep_id)
    portfolio = past.of(slots)
    for event in now.unwritten:
        if isinstance(event, SlotReserved | SlotReleased) and event.rep_id == command.rep_id:
            portfolio = slots.evolve(portfolio, event)
    return _Seen(now.ownership, portfolio, now.unwritten, _then(command, now.ownership))


def _then(command: ClaimCustomer, now: Ownership) -> Ownership:
    if command.then is None:
        return now
    seen = standing(command.customer_id, command.line, command.then.ownership, command.rules, command.priority_at)
    return as_if_free(seen.ownership, now, command.priority_at, command.then.tie)


def _conditions(command: ClaimCustomer, seen: _Seen) -> Iterator[Condition]:
    """The conditions in the order of their refusals (domain §3.4)."""
    customer, rep, rules, at = command.customer, command.rep, command.rules, command.priority_at
    ownership, portfolio = seen.then, seen.portfolio
    yield Condition(
        "REP_ACTIVE",
        "ACTIVE" if rep.active else "INACTIVE",
        "ACTIVE",
        None if rep.active else ActorInactive(rep.rep_id),
    )
    survivor = customer.merged_into
    yield Condition(
        "NOT_MERGED",
        str(survivor) if survivor else None,
        None,
        MergedUseSurvivor(customer.customer_id, survivor) if survivor else None,
    )
    pending = customer.duplicate_pending
    yield Condition(
        "NO_DUPLICATE_PENDING",
        "PENDING" if pending else None,
        None,
        DuplicatePending(customer.customer_id) if pending else None,
    )
    yield Condition(
        "NOT_DECLINED",
        "DECLINED" if customer.declined else None,
        None,
        IcpX(customer.customer_id) if customer.declined else None,
    )
    yield from _free(customer.customer_id, rep.rep_id, ownership, at)
    if command.then is not None:
        yield from _free_meanwhile(command, command.then, seen.ownership)
    yield from _in_the_pool(customer.customer_id, ownership, rules, at)
    waits = ownership.cooling_off.get(rep.rep_id)
    yield Condition(
        "COOLING_OFF",
        waits.isoformat() if waits else None,
        at.isoformat(),
        CoolingOff(customer.customer_id, waits) if waits is not None and at < waits else None,
    )
    held, capacity = len(portfolio.claims), rules.capacity
    full = capacity is not None and held >= capacity
    yield Condition("CAPACITY", held, capacity, CapacityExceeded(rep.rep_id, held, capacity or 0) if full else None)
    unworked, few = command.unworked, rules.unworked_capacity
    if few is not None:
        idle = UnworkedLimit(rep.rep_id, unworked, few) if unworked >= few else None
        yield Condition("UNWORKED", unworked, few, idle)
    today, limit = portfolio.claimed(command.biz_date), rules.claims_per_day
    enough = limit is not None and today >= limit
    daily = DailyLimit(rep.rep_id, today, limit or 0, command.biz_date) if enough else None
    yield Condition("CLAIMS_TODAY", today, limit, daily)
    last, minutes = portfolio.last_claim_at, rules.claim_gap_minutes
    if minutes is not None:
        again = last + timedelta(minutes=minutes) if last else None
        soon = ClaimGap(rep.rep_id, again) if again is not None and at < again else None
        yield Condition("CLAIM_GAP", again.isoformat() if again else None, minutes, soon)


def _in_the_pool(customer_id: UUID, ownership: Ownership, rules: ProtectionRules, at: datetime) -> Iterator[Condition]:
    """That a customer has been in the pool for long enough; no edit of its record begins that anew (peers §2.2, 3)."""
    since = ownership.since if isinstance(ownership, Free) else None
    if rules.pool_freeze_days is None:
        return
    until = None if since is None else since + timedelta(days=rules.pool_freeze_days)
    frozen = FrozenInPool(customer_id, until) if until is not None and at < until else None
    yield Condition("POOL_FREEZE", until.isoformat() if until else None, rules.pool_freeze_days, frozen)


def _free(customer_id: UUID, rep_id: str, ownership: Ownership, at: datetime) -> Iterator[Condition]:
    """That nobody holds the customer, and no case does."""
    yours = ownership if isinstance(ownership, Claimed) and ownership.rep_id == rep_id else None
    already = AlreadyOwnedByYou(customer_id, yours.claim_id, yours.protected_until) if yours else None
    yield Condition("NOT_YOURS", str(yours.claim_id) if yours else None, None, already)
    cases = tuple(sorted(ownership.cases))
    contested = Contested(customer_id, cases) if cases else None
    yield Condition("NO_CASE", ", ".join(map(str, cases)) or None, None, contested)
    match ownership:
        case Free():
            yield Condition("FREE", "FREE", "FREE", None)
        case Claimed(in_custody=True):
            in_custody = InCustody(customer_id, ownership.team_id, ownership.release_at)
            yield Condition("FREE", "CUSTODY", "FREE", in_custody)
        case Claimed() if ownership.in_grace(at):
            in_grace = InGrace(customer_id, ownership.team_id, ownership.release_at)
            yield Condition("FREE", "GRACE", "FREE", in_grace)
        case Claimed():
            claimed = AlreadyClaimed(customer_id, ownership.team_id, ownership.release_at)
            yield Condition("FREE", "PROTECTED", "FREE", claimed)
        case _:
            assert_never(ownership)
    parked = ownership.parked if isinstance(ownership, Free) else None
    first = parked if parked is not None and parked.reserves(at) else None
    kept = first if first is not None and first.rep_id != rep_id else None
    reserved = HarvestReserved(customer_id, kept.team_id, kept.reserved_until) if kept else None
    yield Condition("NOT_RESERVED", "RESERVED" if first else None, None, reserved)


def _free_meanwhile(command: ClaimCustomer, then: Then, now: Ownership) -> Iterator[Condition]:
    """That nobody was granted the customer since the hour of an offline claim, or opened a case about it."""
    if is_contested(now, command.rep_id, command.priority_at, then.tie):
        contested = Contested(command.customer_id, tuple(sorted(now.cases)))
        contested.leaving = [
            ClaimContested(
                claim_id=command.claim_id,
                customer_id=command.customer_id,
                line=command.line,
                rep_id=command.rep_id,
                team_id=command.rep.team_id,
                rival_claim_id=now.claim_id,
                rival_rep_id=now.rep_id,
                rival_priority_at=now.priority_at,
                priority_at=command.priority_at,
                rules_version=command.rules.version,
                contested_at=command.at,
            )
        ]
        yield Condition("NOT_CONTESTED", str(now.claim_id), None, contested)
    yield from _free(command.customer_id, command.rep_id, now, command.at)


_OF_A_CLAIM = (AlreadyOwnedByYou, Contested, AlreadyClaimed, InGrace, InCustody)
"""The refusals that another claim stands behind."""


def _refused(command: ClaimCustomer, refusal: Refusal, seen: _Seen) -> Refusal:
    """The same no, leaving its trace: who asked for what, which rule said no, which claim stood in the way."""
    held = next((one for one in (seen.then, seen.ownership) if isinstance(one, Claimed)), None)
    blocking = held if isinstance(refusal, _OF_A_CLAIM) else None
    refusal.leaving = [
        ClaimRefused(
            claim_id=command.claim_id,
            customer_id=command.customer_id,
            line=command.line,
            rep_id=command.rep_id,
            reason=refusal.code(),
            blocking_claim_id=blocking.claim_id if blocking else None,
            claimable_at=getattr(refusal, "claimable_at", None),
            rules_version=command.rules.version,
            refused_at=command.at,
        )
    ]
    return refusal
