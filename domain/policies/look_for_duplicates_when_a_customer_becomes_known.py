"""Whatever tells a customer from others may show that it is in the registry twice (PM10)."""

from collections.abc import Sequence

from domain.customer.events import (
    AliasNoted,
    ContactAdded,
    CustomerDetailsRecorded,
    CustomerRegistered,
    CustomerRenamed,
    DetailField,
)
from domain.envelope import Recorded
from domain.policies.policy import Ask, DuplicatesAsked, Policy

_TELLING = frozenset(
    {
        DetailField.USCC,
        DetailField.REGION,
        DetailField.DOMAIN,
        DetailField.PHONES,
        DetailField.PLACE,
        DetailField.ADDRESS,
    }
)


def _asks(recorded: Recorded) -> Sequence[Ask]:
    """A registration is looked at again: two at the same moment did not see each other."""
    match recorded.event:
        case CustomerRegistered() as event:
            return [DuplicatesAsked(event.customer_id, event.registered_at)]
        case CustomerRenamed() as event:
            return [DuplicatesAsked(event.customer_id, event.renamed_at)]
        case AliasNoted() as event:
            return [DuplicatesAsked(event.customer_id, event.noted_at)]
        case CustomerDetailsRecorded() as event if event.field in _TELLING:
            return [DuplicatesAsked(event.customer_id, event.learned_at)]
        case ContactAdded() as event if event.phone is not None or event.email is not None:
            return [DuplicatesAsked(event.customer_id, event.added_at)]
        case _:
            return []


look_for_duplicates_when_a_customer_becomes_known = Policy(
    name="look for duplicates when a customer becomes known",
    handles=frozenset({CustomerRegistered, CustomerRenamed, AliasNoted, CustomerDetailsRecorded, ContactAdded}),
    asks=_asks,
)
