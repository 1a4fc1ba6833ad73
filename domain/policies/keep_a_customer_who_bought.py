"""A customer who bought stays protected for its owner, for long (D23)."""

from collections.abc import Sequence

from domain.deal.events import DealWon
from domain.envelope import Recorded
from domain.policies.policy import Ask, Policy, WonAsked


def _asks(recorded: Recorded) -> Sequence[Ask]:
    match recorded.event:
        case DealWon(claim_id=claim_id) as won if claim_id is not None:
            return [WonAsked(claim_id, won.customer_id, won.line, won.deal_id, won.won_at)]
        case _:
            return []


keep_a_customer_who_bought = Policy(name="keep a customer who bought", handles=frozenset({DealWon}), asks=_asks)
