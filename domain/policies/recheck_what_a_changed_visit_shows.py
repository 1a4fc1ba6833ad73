"""A visit that is struck out, moved or without its people shows nothing any more; what stood on it falls (S69)."""

from collections.abc import Sequence

from domain.envelope import Recorded
from domain.policies.policy import Ask, Policy, RecheckAsked
from domain.visit.events import VisitCorrected, VisitVoided


def _asks(recorded: Recorded) -> Sequence[Ask]:
    at = recorded.envelope.decided_at
    match recorded.event:
        case VisitVoided() as voided:
            return [RecheckAsked(voided.customer_id, voided.visit_id, at)]
        case VisitCorrected(field="participants") as put_right:
            return [RecheckAsked(put_right.customer_id, put_right.visit_id, at)]
        case VisitCorrected(field="customer_id") as moved if moved.old_value.customer_id is not None:
            return [RecheckAsked(moved.old_value.customer_id, moved.visit_id, at)]
        case _:
            return []


recheck_what_a_changed_visit_shows = Policy(
    name="recheck what a changed visit shows", handles=frozenset({VisitVoided, VisitCorrected}), asks=_asks
)
