"""Once need, budget and a met buyer are shown, a new customer counts for its owner (S45, S46)."""

from collections.abc import Sequence

from domain.envelope import Recorded
from domain.ownership.events import ClaimGranted
from domain.policies.policy import Ask, CountNewAsked, Policy
from domain.qualification.events import BudgetConfirmed, BuyerMet, Confidence, NeedConfirmed


def _asks(recorded: Recorded) -> Sequence[Ask]:
    """Whatever may have been the last that was missing: a statement that is shown, or an owner."""
    at = recorded.envelope.decided_at
    match recorded.event:
        case NeedConfirmed() | BudgetConfirmed() | BuyerMet() as event if event.confidence != Confidence.UNVERIFIED:
            return [CountNewAsked(event.customer_id, event.line, at)]
        case ClaimGranted() as event if "IMPORTED" not in recorded.envelope.flags:
            return [CountNewAsked(event.customer_id, event.line, at)]
        case _:
            return []


count_effective_new_customers = Policy(
    name="count effective new customers",
    handles=frozenset({NeedConfirmed, BudgetConfirmed, BuyerMet, ClaimGranted}),
    asks=_asks,
)
