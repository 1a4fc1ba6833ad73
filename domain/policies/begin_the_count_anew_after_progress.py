"""A deal that comes a step further is progress, and so is what is shown of a purchase: follow-ups count anew (PM4)."""

from collections.abc import Mapping, Sequence

from domain.deal.events import DealStageAdvanced, DealWon
from domain.envelope import Recorded
from domain.ownership.events import Progress
from domain.policies.policy import Ask, Policy, ProgressAsked
from domain.qualification.events import BudgetConfirmed, BuyerIdentified, BuyerMet, Confidence, NeedConfirmed


def _asks(recorded: Recorded) -> Sequence[Ask]:
    match recorded.event:
        case DealStageAdvanced(customer_id=customer_id) as step if customer_id is not None:
            return [ProgressAsked(customer_id, step.deal_id, None, Progress.STAGE_ADVANCED, step.advanced_at)]
        case DealWon() as won:
            return [ProgressAsked(won.customer_id, won.deal_id, won.line, Progress.DEAL_WON, won.won_at)]
        case NeedConfirmed() | BudgetConfirmed() | BuyerIdentified() | BuyerMet() as shown:
            if shown.confidence is Confidence.UNVERIFIED:
                return []
            at = recorded.envelope.decided_at
            return [ProgressAsked(shown.customer_id, None, shown.line, _MARKERS[type(shown)], at)]
        case _:
            return []


_MARKERS: Mapping[type[object], Progress] = {
    NeedConfirmed: Progress.NEED_CONFIRMED,
    BudgetConfirmed: Progress.BUDGET_CONFIRMED,
    BuyerIdentified: Progress.BUYER_IDENTIFIED,
    BuyerMet: Progress.BUYER_MET,
}
"""As what each statement counts; a bare assertion counts for nothing (S69)."""


begin_the_count_anew_after_progress = Policy(
    name="begin the count anew after progress", handles=frozenset({DealStageAdvanced, DealWon, *_MARKERS}), asks=_asks
)
