"""Hand a customer from one rep to another, at once or at a later hour."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from domain.approval.events import ApprovalUsed, Purpose
from domain.approval.state import Granted, approval_of
from domain.claiming.overdue import called_off, slot_given_up, standing
from domain.claiming.refusals import (
    CapacityExceeded,
    Contested,
    CoolingOff,
    Lapsed,
    NotCommonManager,
    NotOwner,
    SplitRequired,
)
from domain.days import Calendar
from domain.deal.decisions import SplitInvalid
from domain.deal.split import WHOLE
from domain.decider import Past
from domain.facts import CustomerFacts, RepFacts
from domain.ownership.events import ClaimBasis, ClaimGranted, ClaimTransferred, SplitShare
from domain.ownership.protection import Terms, granted
from domain.ownership.state import Claimed, ownership_of
from domain.portfolio.events import SlotReserved
from domain.portfolio.state import portfolio_of
from domain.reception import ActorInactive, ApprovalRequired, NoChange, RetroactiveForbidden, SelfApproval
from domain.refusal import Refusal
from domain.rulesets import ProtectionRules


@dataclass(frozen=True, slots=True)
class TransferClaim:
    """A manager hands a customer on. A bulk hand-over is so many of these; none is let off a rule.

    `to`: the rep who gets it, as they are at `effective_at`; `to_claim_id`: the claim that they will have;
    `stands_above`: whether the asker stands above both reps (or holds the customer, in custody, and stands above the
    other one); `credit_split`: None where nothing was said; `biz_date`: the day in the zone of `to`; `rules` and
    `calendar`: those of the day on which it takes effect; `today`: the day of the asking.
    """

    claim_id: UUID
    customer: CustomerFacts
    line: str
    holders: tuple[str, ...]
    to: RepFacts
    to_claim_id: UUID
    asked_by: str
    stands_above: bool
    credit_split: tuple[SplitShare, ...] | None
    reason: str | None
    approval_id: UUID | None
    rules: ProtectionRules
    calendar: Calendar
    biz_date: date
    today: date
    effective_at: datetime
    at: datetime

    @property
    def customer_id(self) -> UUID:
        """The customer who is handed on."""
        return self.customer.customer_id


def transfer_claim(command: TransferClaim, past: Past) -> Sequence[object]:
    """The rep gets a fresh window under the same hard cap; where the hour is ahead, the slot is kept until then."""
    ownership = past.of(ownership_of(command.customer_id, command.line))
    now = standing(command.customer_id, command.line, ownership, command.rules, command.at)
    claim = now.ownership
    if not isinstance(claim, Claimed) or claim.claim_id != command.claim_id:
        raise NotOwner(command.claim_id)
    if not command.stands_above:
        raise NotCommonManager(command.claim_id)
    if command.to.rep_id == claim.rep_id:
        raise NoChange
    takes_slot = claim.in_custody or claim.claim_id in past.of(portfolio_of(claim.rep_id)).claims
    used = _allowed(command, claim, past, takes_slot=takes_slot)
    if command.credit_split is None:
        raise SplitRequired(command.claim_id)
    _whole(command.credit_split)
    if claim.cases:
        raise Contested(command.customer_id, tuple(sorted(claim.cases)))
    if command.effective_at < command.at:
        raise RetroactiveForbidden(command.biz_date, command.today)
    if claim.lapses_at <= command.effective_at:
        raise Lapsed(command.claim_id, claim.lapses_at)
    heir = _heir(command, claim)
    transferred = ClaimTransferred(
        claim_id=claim.claim_id,
        customer_id=command.customer_id,
        line=command.line,
        rep_id=claim.rep_id,
        to_rep_id=command.to.rep_id,
        credit_split=command.credit_split,
        heir=heir,
        reason=command.reason,
        approval_id=used[0].approval_id if used else None,
        transferred_by=command.asked_by,
        effective_at=command.effective_at,
        transferred_at=command.at,
    )
    taken = SlotReserved(heir.rep_id, heir.claim_id, command.customer_id, command.biz_date, claimed=False)
    before = [*now.unwritten, *called_off(command.customer_id, command.line, claim, command.at), *used]
    slots = [taken] if takes_slot else []
    if command.effective_at > command.at:
        return [*before, transferred, *slots]
    return [*before, transferred, heir, *slot_given_up(command.customer_id, claim), *slots]


def _heir(command: TransferClaim, claim: Claimed) -> ClaimGranted:
    return granted(
        command.to_claim_id,
        command.customer_id,
        command.line,
        command.to,
        ClaimBasis.TRANSFER,
        Terms(command.rules, command.calendar, command.effective_at),
        hard_cap=claim.hard_cap,
        continues=claim.claim_id,
    )


def _allowed(command: TransferClaim, claim: Claimed, past: Past, *, takes_slot: bool) -> Sequence[ApprovalUsed]:
    """The rep who gets the customer passes the rules of a claim, or a yes for exactly this lets them off (S68).

    What somebody hands to a rep does not count for the rep's day (D7).
    """
    if not command.to.active:
        raise ActorInactive(command.to.rep_id)
    in_the_way = next(_in_the_way(command, claim, past, takes_slot=takes_slot), None)
    if in_the_way is None:
        return []
    if command.approval_id is None:
        raise in_the_way
    purpose, ref = Purpose.PORTFOLIO_OVERRIDE, str(command.claim_id)
    approval = past.of(approval_of(command.approval_id))
    if not isinstance(approval, Granted) or not approval.covers(purpose, ref, command.to.rep_id, frozenset()):
        raise ApprovalRequired(purpose, ref)
    if approval.approver == command.asked_by:
        raise SelfApproval(command.asked_by)
    return [ApprovalUsed(command.approval_id, command.to.rep_id, purpose, ref, command.at)]


def _in_the_way(command: TransferClaim, claim: Claimed, past: Past, *, takes_slot: bool) -> Iterator[Refusal]:
    waits = claim.cooling_off.get(command.to.rep_id)
    if waits is not None and command.effective_at < waits:
        yield CoolingOff(command.customer_id, waits)
    held, capacity = len(past.of(portfolio_of(command.to.rep_id)).claims), command.rules.capacity
    if takes_slot and capacity is not None and held >= capacity:
        yield CapacityExceeded(command.to.rep_id, held, capacity)


def _whole(shares: Sequence[SplitShare]) -> None:
    total = sum(share.bp for share in shares)
    reps = {share.rep_id for share in shares}
    if total != WHOLE or len(reps) != len(shares) or any(share.bp < 0 for share in shares):
        raise SplitInvalid(total)
