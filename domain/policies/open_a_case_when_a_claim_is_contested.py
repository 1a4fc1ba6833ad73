"""A claim made out of reach met a rival who was granted the customer meanwhile: the two are at odds (PM8, A1)."""

from collections.abc import Sequence

from domain.envelope import Recorded
from domain.ownership.events import ClaimContested
from domain.policies.policy import Ask, CaseForClaimAsked, Policy


def _asks(recorded: Recorded) -> Sequence[Ask]:
    """A past that is brought in accuses nobody."""
    match recorded.event:
        case ClaimContested() as event if "IMPORTED" not in recorded.envelope.flags:
            parties = (event.rep_id, event.rival_rep_id)
            return [CaseForClaimAsked(event.customer_id, event.line, parties, recorded.envelope.event_id)]
        case _:
            return []


open_a_case_when_a_claim_is_contested = Policy(
    name="open a case when a claim is contested",
    handles=frozenset({ClaimContested}),
    asks=_asks,
)
