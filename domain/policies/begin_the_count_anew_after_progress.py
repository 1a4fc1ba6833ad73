"""A deal that comes a step further is progress: follow-ups are counted anew (PM4)."""

from collections.abc import Sequence

from domain.deal.events import DealStageAdvanced, DealWon
from domain.envelope import Recorded
from domain.ownership.events import Progress
from domain.policies.policy import Ask, Policy, ProgressAsked


def _asks(recorded: Recorded) -> Sequence[Ask]:
    match recorded.event:
        case DealStageAdvanced(customer_id=customer_id) as step if customer_id is not None:
            return [ProgressAsked(customer_id, step.deal_id, None, Progress.STAGE_ADVANCED, step.advanced_at)]
        case DealWon() as won:
            return [ProgressAsked(won.customer_id, won.deal_id, won.line, Progress.DEAL_WON, won.won_at)]
        case _:
            return []


begin_the_count_anew_after_progress = Policy(
    name="begin the count anew after progress", handles=frozenset({DealStageAdvanced, DealWon}), asks=_asks
)
