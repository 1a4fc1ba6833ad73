"""Whatever becomes known of a lead may change its grade (S30)."""

from collections.abc import Sequence

from domain.customer.events import (
    ContactAdded,
    ContactLeft,
    ContactRoleSet,
    CustomerDetailsRecorded,
    CustomerRegistered,
)
from domain.envelope import Recorded
from domain.policies.policy import Ask, AssessAsked, Policy


def _asks(recorded: Recorded) -> Sequence[Ask]:
    match recorded.event:
        case (
            CustomerRegistered() | CustomerDetailsRecorded() | ContactAdded() | ContactRoleSet() | ContactLeft() as one
        ):
            return [AssessAsked(one.customer_id, recorded.envelope.decided_at)]
        case _:
            return []


assess_leads_when_they_become_known = Policy(
    name="assess leads when they become known",
    handles=frozenset({CustomerRegistered, CustomerDetailsRecorded, ContactAdded, ContactRoleSet, ContactLeft}),
    asks=_asks,
)
