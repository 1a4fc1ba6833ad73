"""What becomes of the customers of a rep who leaves or is suspended (PM9)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from uuid import UUID

from domain.claiming.overdue import called_off, slot_given_up, standing
from domain.days import Calendar
from domain.decider import Past
from domain.ownership.events import ClaimPlacedInCustody, ReleaseReason
from domain.ownership.protection import Terms, in_custody, paused, released
from domain.ownership.state import Claimed, evolve, ownership_of
from domain.rulesets import ProtectionRules


@dataclass(frozen=True, slots=True)
class PlaceInCustody:
    """A rep has left: who stood above holds the customer. `custodian`: None where nobody did; then it goes to the pool.

    `custody_claim_id`: under which the manager holds it; `left_at`: when the rep left, from which D24 counts.
    """

    customer_id: UUID
    line: str
    rep_id: str
    custodian: str | None
    custody_claim_id: UUID
    holders: tuple[str, ...]
    rules: ProtectionRules
    calendar: Calendar
    left_at: datetime
    at: datetime


def place_in_custody(command: PlaceInCustody, past: Past) -> Sequence[object]:
    """The customer passes to the manager for D24; one that has lapsed stays with the clock, and grace goes on.

    A case that is open holds it in the manager's hands too.
    """
    ownership = past.of(ownership_of(command.customer_id, command.line))
    now = standing(command.customer_id, command.line, ownership, command.rules, command.at)
    claim = now.ownership
    if not isinstance(claim, Claimed) or claim.rep_id != command.rep_id or claim.in_grace(command.at):
        return []
    customer_id, line, at = command.customer_id, command.line, command.at
    before = [*now.unwritten, *called_off(customer_id, line, claim, at)]
    slot = slot_given_up(customer_id, claim)
    if command.custodian is None:
        end = released(customer_id, line, claim, ReleaseReason.CUSTODY_END, at, command.rules)
        return [*before, end, *slot]
    terms = Terms(command.rules, command.calendar, at)
    held = in_custody(customer_id, line, claim, command.custodian, command.custody_claim_id, command.left_at, terms)
    placed = ClaimPlacedInCustody(
        claim_id=claim.claim_id,
        customer_id=customer_id,
        line=line,
        rep_id=claim.rep_id,
        to_rep_id=command.custodian,
        to_claim_id=held.claim_id,
        left_at=command.left_at,
        placed_at=at,
    )
    now_held = reduce(evolve, [placed, held], now.ownership)
    stopped = [paused(customer_id, line, now_held, case, at) for case in sorted(claim.cases)]
    return [*before, placed, held, *stopped, *slot]
