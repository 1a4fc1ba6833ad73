"""What a rep told of a visit need not be told twice: answers and met buyers go into the qualification (S47, S48)."""

from collections.abc import Sequence

from domain.envelope import Recorded
from domain.policies.policy import Ask, Policy, TakeUpAsked
from domain.visit.events import VisitCorrected, VisitRecorded


def _asks(recorded: Recorded) -> Sequence[Ask]:
    match recorded.event:
        case VisitRecorded() as visit if "IMPORTED" not in visit.lateness and (
            visit.report.discovery is not None or visit.report.met_buyer
        ):
            return [TakeUpAsked(visit.customer_id, visit.line, visit.rep_id, visit.visit_id, visit.told_at)]
        case VisitCorrected(field="participants" | "discovery" | "customer_id") as put_right:
            at = put_right.corrected_at
            return [TakeUpAsked(put_right.customer_id, put_right.line, put_right.rep_id, put_right.visit_id, at)]
        case _:
            return []


take_up_what_visits_told = Policy(
    name="take up what visits told", handles=frozenset({VisitRecorded, VisitCorrected}), asks=_asks
)
