"""What a ruling stands on was put right or struck out: every party hears of it (PM15)."""

from collections.abc import Sequence

from domain.envelope import Recorded
from domain.policies.policy import Ask, BasisAsked, Policy
from domain.visit.events import VisitCorrected, VisitVoided


def _asks(recorded: Recorded) -> Sequence[Ask]:
    match recorded.event:
        case VisitCorrected() as event:
            return [BasisAsked(event.visit_id, recorded.envelope.event_id, event.corrected_at)]
        case VisitVoided() as event:
            return [BasisAsked(event.visit_id, recorded.envelope.event_id, event.voided_at)]
        case _:
            return []


tell_when_the_basis_of_a_ruling_changes = Policy(
    name="tell when the basis of a ruling changes",
    handles=frozenset({VisitCorrected, VisitVoided}),
    asks=_asks,
)
