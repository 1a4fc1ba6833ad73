"""An effective visit keeps the customer for its owner (PM3)."""

from collections.abc import Sequence

from domain.envelope import Recorded
from domain.policies.policy import Ask, Policy, RenewAsked
from domain.visit.events import Verdict, VisitEvaluated


def _asks(recorded: Recorded) -> Sequence[Ask]:
    """The hour that must lie before the release is that of what brought the verdict, not that of our judging it.

    The visit took place when the device was seen there; where a manager confirmed a photo instead, when it was told to
    have begun. So nobody keeps a customer by telling of an earlier hour.
    """
    match recorded.event:
        case VisitEvaluated(verdict=Verdict.EFFECTIVE) as event:
            return [
                RenewAsked(
                    customer_id=event.customer_id,
                    line=event.line,
                    rep_id=event.rep_id,
                    visit_id=event.visit_id,
                    visited_at=event.shown_at or event.visited_at,
                    at=event.evaluated_at,
                )
            ]
        case _:
            return []


renew_protection_after_an_effective_visit = Policy(
    name="renew protection after an effective visit",
    handles=frozenset({VisitEvaluated}),
    asks=_asks,
)
