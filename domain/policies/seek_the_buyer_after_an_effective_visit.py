"""From the first effective visit on it is to be found out who pays (S34, PM17)."""

from collections.abc import Sequence

from domain.envelope import Recorded
from domain.policies.policy import Ask, Policy, SeekBuyerAsked
from domain.visit.events import Verdict, VisitEvaluated


def _asks(recorded: Recorded) -> Sequence[Ask]:
    match recorded.event:
        case VisitEvaluated(verdict=Verdict.EFFECTIVE) as event if "IMPORTED" not in recorded.envelope.flags:
            return [SeekBuyerAsked(event.customer_id, event.line, event.rep_id, event.visit_id, event.visited_at)]
        case _:
            return []


seek_the_buyer_after_an_effective_visit = Policy(
    name="seek the buyer after an effective visit", handles=frozenset({VisitEvaluated}), asks=_asks
)
