"""Two records that were found to be one customer become one, as soon as no two reps hold it (PM8, A10, A11)."""

from collections.abc import Sequence

from domain.conflict.events import CaseClosed
from domain.customer.events import DuplicateResolved, Verdict
from domain.envelope import Recorded
from domain.policies.policy import Ask, MergeAsked, Policy, WaitingMergeAsked


def _asks(recorded: Recorded) -> Sequence[Ask]:
    match recorded.event:
        case DuplicateResolved() as event if event.verdict is Verdict.SAME:
            return [MergeAsked(event.customer_id, event.other_id, recorded.envelope.event_id)]
        case CaseClosed() as event:
            return [WaitingMergeAsked(event.customer_id)]
        case _:
            return []


merge_records_that_are_one_customer = Policy(
    name="merge records that are one customer",
    handles=frozenset({DuplicateResolved, CaseClosed}),
    asks=_asks,
)
