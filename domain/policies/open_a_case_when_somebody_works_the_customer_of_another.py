"""In-person visits to a customer that another rep holds, and deals with one, bring the two before an arbiter (PM8)."""

from collections.abc import Sequence

from domain.deal.events import DealWon
from domain.envelope import Recorded
from domain.policies.policy import Ask, CaseForDealAsked, CaseForVisitAsked, Policy
from domain.visit.events import VisitRecorded
from domain.visit.report import Mode


def _asks(recorded: Recorded) -> Sequence[Ask]:
    """A past that is brought in accuses nobody: who owned whom then is not known here."""
    if "IMPORTED" in recorded.envelope.flags:
        return []
    trigger = recorded.envelope.event_id
    match recorded.event:
        case VisitRecorded() as event if event.report.mode is Mode.IN_PERSON:
            return [CaseForVisitAsked(event.customer_id, event.line, event.rep_id, event.report.started_at, trigger)]
        case DealWon(owner_id=owner_id, flags=flags) as event if owner_id is not None and "NOT_OWNER" in flags:
            parties = (owner_id, event.rep_id)
            return [CaseForDealAsked(event.deal_id, event.customer_id, event.line, parties, trigger)]
        case _:
            return []


open_a_case_when_somebody_works_the_customer_of_another = Policy(
    name="open a case when somebody works the customer of another",
    handles=frozenset({VisitRecorded, DealWon}),
    asks=_asks,
)
