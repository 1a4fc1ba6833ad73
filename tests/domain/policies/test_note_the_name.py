"""A customer that was to be registered again under another name is found under that one too (A28)."""

import pytest

from domain.policies.note_the_name_of_a_customer_registered_again import (
    note_the_name_of_a_customer_registered_again as policy,
)
from domain.policies.policy import AliasAsked
from domain.submission.events import DecisionRefused
from tests.domain.customer.customers import REGISTERED
from tests.happened import happened
from tests.people import ACME, GLOBEX, MONDAY

FACTS = {"customer_id": str(ACME), "same_by": "USCC", "legal_name": "上海远洋贸易有限公司"}
REFUSED = DecisionRefused("customer.register", "DUPLICATE_HARD", FACTS, None, GLOBEX, MONDAY)


def test_the_name_that_was_given_is_noted_at_the_customer_that_is_there() -> None:
    assert policy.asks(happened(REFUSED)) == [AliasAsked(ACME, "上海远洋贸易有限公司")]


@pytest.mark.parametrize(
    "event",
    [
        DecisionRefused("customer.register", "DUPLICATE_HARD", {**FACTS, "same_by": "CUSTOMER_ID"}, None, ACME, MONDAY),
        DecisionRefused("customer.add_contact", "CONTACT_EXISTS", {"contact_id": str(ACME)}, None, ACME, MONDAY),
        DecisionRefused("customer.record_details", "DUPLICATE_HARD", FACTS, None, GLOBEX, MONDAY),
        REGISTERED,
    ],
)
def test_nothing_is_asked_for_where_no_company_code_says_that_it_is_the_same(event: object) -> None:
    assert policy.asks(happened(event)) == []


def test_it_listens_to_what_it_answers() -> None:
    assert type(REFUSED) in policy.handles
