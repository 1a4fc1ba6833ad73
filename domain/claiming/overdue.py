"""What the clock has decided already, whether or not it has been written (architecture §5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from uuid import UUID

from domain.ownership.events import OwnershipEvent, TransferCalledOff
from domain.ownership.protection import ended
from domain.ownership.state import Claimed, Ownership, evolve
from domain.portfolio.events import PortfolioEvent, SlotReleased
from domain.rulesets import ProtectionRules


@dataclass(frozen=True, slots=True)
class Standing:
    """How an ownership stands at an hour, and the events that were still to be written for it."""

    ownership: Ownership
    unwritten: Sequence[object] = ()


def standing(customer_id: UUID, line: str, ownership: Ownership, rules: ProtectionRules, at: datetime) -> Standing:
    """The ownership with every deadline carried out that has come, each with its stored hour."""
    unwritten: list[object] = []
    while isinstance(ownership, Claimed) and (come := _come(customer_id, line, ownership, rules, at)):
        events, slots = come
        ownership = reduce(evolve, events, ownership)
        unwritten += [*events, *slots]
    return Standing(ownership, unwritten)


def _come(
    customer_id: UUID, line: str, claim: Claimed, rules: ProtectionRules, at: datetime
) -> tuple[Sequence[OwnershipEvent], Sequence[PortfolioEvent]] | None:
    """What the next hour that has come brings: the rep who was to follow follows, or the claim is over."""
    if claim.cases:
        return None
    slot = slot_given_up(customer_id, claim)
    if claim.heir is not None and claim.heir.granted_at <= at:
        return [claim.heir], slot
    if claim.is_over(at):
        return ended(customer_id, line, claim, rules), slot
    return None


def slot_given_up(customer_id: UUID, claim: Claimed) -> Sequence[SlotReleased]:
    """The slot that is free when a claim ends; what is in custody takes none."""
    return [] if claim.in_custody else [SlotReleased(claim.rep_id, claim.claim_id, customer_id)]


def called_off(customer_id: UUID, line: str, claim: Claimed, at: datetime) -> Sequence[object]:
    """A hand-over that was agreed for later does not happen, and the slot that was kept for it is free again."""
    if claim.heir is None:
        return []
    heir = claim.heir
    return [
        TransferCalledOff(claim.claim_id, customer_id, line, claim.rep_id, heir.rep_id, at),
        SlotReleased(heir.rep_id, heir.claim_id, customer_id),
    ]
