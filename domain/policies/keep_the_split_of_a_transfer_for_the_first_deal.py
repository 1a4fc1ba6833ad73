"""A customer was handed over with an agreed split: the first deal soon after is credited by it (D27, A12)."""

from collections.abc import Sequence

from domain.envelope import Recorded
from domain.ownership.events import ClaimTransferred, TransferCalledOff
from domain.policies.policy import Ask, Policy, TermsAsked
from domain.values import Part


def _asks(recorded: Recorded) -> Sequence[Ask]:
    match recorded.event:
        case ClaimTransferred() as event:
            parts = tuple(Part(share.rep_id, share.bp) for share in event.credit_split)
            return [TermsAsked(event.customer_id, event.line, event.claim_id, parts, event.effective_at)]
        case TransferCalledOff() as event:
            return [TermsAsked(event.customer_id, event.line, event.claim_id, (), recorded.envelope.decided_at)]
        case _:
            return []


keep_the_split_of_a_transfer_for_the_first_deal = Policy(
    name="keep the split of a transfer for the first deal",
    handles=frozenset({ClaimTransferred, TransferCalledOff}),
    asks=_asks,
)
