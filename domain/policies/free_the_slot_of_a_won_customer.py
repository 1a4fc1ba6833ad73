"""A customer who bought stays with its owner and takes none of the owner's capacity any more (D6)."""

from collections.abc import Sequence

from domain.deal.events import DealWon
from domain.envelope import Recorded
from domain.policies.policy import Ask, FreeSlotAsked, Policy


def _asks(recorded: Recorded) -> Sequence[Ask]:
    match recorded.event:
        case DealWon(claim_id=claim_id, owner_id=owner_id) as won if claim_id is not None and owner_id is not None:
            return [FreeSlotAsked(claim_id, won.customer_id, owner_id)]
        case _:
            return []


free_the_slot_of_a_won_customer = Policy(
    name="free the slot of a won customer", handles=frozenset({DealWon}), asks=_asks
)
