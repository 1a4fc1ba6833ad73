"""A won customer takes no capacity of its owner."""

from dataclasses import replace

from domain.policies.free_the_slot_of_a_won_customer import free_the_slot_of_a_won_customer
from domain.policies.policy import FreeSlotAsked
from tests.domain.deal.test_deals import CLAIM, WON
from tests.happened import happened
from tests.people import ACME


def test_the_slot_of_whoever_owns_a_won_customer_is_freed() -> None:
    owned = replace(WON, owner_id="bruno", claim_id=CLAIM)
    assert list(free_the_slot_of_a_won_customer.asks(happened(owned))) == [FreeSlotAsked(CLAIM, ACME, "bruno")]


def test_nothing_is_asked_for_where_nobody_owned_the_customer() -> None:
    assert list(free_the_slot_of_a_won_customer.asks(happened(WON))) == []
