"""A claim made before its rep left, and synchronised after, goes to whoever stood above (PM9, A13)."""

from collections.abc import Sequence

from domain.envelope import Recorded
from domain.ownership.events import ClaimBasis, ClaimGranted
from domain.policies.policy import Ask, CustodyAsked, Policy


def _asks(recorded: Recorded) -> Sequence[Ask]:
    match recorded.event:
        case ClaimGranted(basis=ClaimBasis.ATTESTED) as granted:
            return [CustodyAsked(granted.customer_id, granted.line, granted.rep_id)]
        case _:
            return []


place_a_late_claim_of_a_departed_rep_in_custody = Policy(
    name="place a late claim of a departed rep in custody", handles=frozenset({ClaimGranted}), asks=_asks
)
