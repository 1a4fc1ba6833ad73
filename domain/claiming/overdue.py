"""What the clock has decided already, whether or not it has been written (architecture §5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from uuid import UUID

from domain.ownership.protection import ended
from domain.ownership.state import Claimed, Ownership, evolve
from domain.portfolio.events import SlotReleased
from domain.rulesets import ProtectionRules


@dataclass(frozen=True, slots=True)
class Standing:
    """How an ownership stands at an hour, and the events that were still to be written for it."""

    ownership: Ownership
    unwritten: Sequence[object] = ()


def standing(customer_id: UUID, line: str, ownership: Ownership, rules: ProtectionRules, at: datetime) -> Standing:
    """The ownership with every deadline carried out that has come, each with its stored hour."""
    if not isinstance(ownership, Claimed) or not ownership.is_over(at):
        return Standing(ownership)
    closing = ended(customer_id, line, ownership, rules)
    slot = SlotReleased(ownership.rep_id, ownership.claim_id, customer_id)
    return Standing(reduce(evolve, closing, ownership), [*closing, slot])
