"""A claim that comes to a rep who has left goes to whoever stood above (PM9, A13).

It was made offline before and synchronised after, or handed to the rep, by an agreement, a ruling or a merge, that was
made before the rep left.
"""

from collections.abc import Sequence

from domain.envelope import Recorded
from domain.ownership.events import ClaimBasis, ClaimGranted
from domain.policies.policy import Ask, CustodyAsked, Policy

_NOT_BY_ASKING_NOW = (ClaimBasis.ATTESTED, ClaimBasis.TRANSFER, ClaimBasis.RULING, ClaimBasis.MERGE)
"""Whoever asks online works here at that hour; these may come later than the rep's last day."""


def _asks(recorded: Recorded) -> Sequence[Ask]:
    match recorded.event:
        case ClaimGranted() as granted if granted.basis in _NOT_BY_ASKING_NOW:
            return [CustodyAsked(granted.customer_id, granted.line, granted.rep_id)]
        case _:
            return []


place_a_late_claim_of_a_departed_rep_in_custody = Policy(
    name="place a late claim of a departed rep in custody", handles=frozenset({ClaimGranted}), asks=_asks
)
