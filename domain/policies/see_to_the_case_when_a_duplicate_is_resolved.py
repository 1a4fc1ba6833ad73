"""Two records are one customer and two reps hold them: they are at odds (PM8, A11); or they are two after all (A9).

Which of the two is the owner is ruled before the records become one.
"""

from collections.abc import Sequence

from domain.customer.events import DuplicateResolved, Verdict
from domain.envelope import Recorded
from domain.policies.policy import Ask, CaseForDuplicateAsked, Policy


def _asks(recorded: Recorded) -> Sequence[Ask]:
    """A past that is brought in accuses nobody."""
    match recorded.event:
        case DuplicateResolved() as event if "IMPORTED" not in recorded.envelope.flags:
            same = event.verdict is Verdict.SAME
            return [CaseForDuplicateAsked(event.customer_id, event.other_id, same, recorded.envelope.event_id)]
        case _:
            return []


see_to_the_case_when_a_duplicate_is_resolved = Policy(
    name="see to the case when a duplicate is resolved",
    handles=frozenset({DuplicateResolved}),
    asks=_asks,
)
