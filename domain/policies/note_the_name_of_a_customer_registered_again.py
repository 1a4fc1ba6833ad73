"""Who was refused because the customer is there already shall find it under the name that was given (A28)."""

from collections.abc import Sequence
from uuid import UUID

from domain.envelope import Recorded
from domain.policies.policy import AliasAsked, Ask, Policy
from domain.registering.decisions import DuplicateHard, SameBy
from domain.submission.events import DecisionRefused


def _asks(recorded: Recorded) -> Sequence[Ask]:
    """The company code says that it is the same customer; the same id alone says nothing about a name."""
    match recorded.event:
        case DecisionRefused(asked="customer.register") as event if event.code == DuplicateHard.code():
            if event.facts["same_by"] != SameBy.USCC:
                return []
            return [AliasAsked(UUID(event.facts["customer_id"]), event.facts["legal_name"])]
        case _:
            return []


note_the_name_of_a_customer_registered_again = Policy(
    name="note the name of a customer registered again",
    handles=frozenset({DecisionRefused}),
    asks=_asks,
)
