"""A rep sees so many customers of the pool a day, and each look is on record."""

from dataclasses import replace
from datetime import timedelta

from domain.pool.decisions import PoolViewLimit, ViewPoolCustomer, viewing
from domain.pool.events import PoolCustomerViewed
from domain.rulesets import ProtectionRules
from tests.given import given
from tests.people import ACME, MONDAY, an_id

RULES = ProtectionRules(version=3, pool_views_per_day=2)
TODAY = MONDAY.date()
LOOK = ViewPoolCustomer("anna", ACME, RULES, TODAY, MONDAY)


def looked(n: int) -> PoolCustomerViewed:
    return PoolCustomerViewed("anna", an_id(n), TODAY, 3, MONDAY)


def test_a_look_is_on_record_with_the_rules_that_allowed_it() -> None:
    given().when(LOOK, viewing).then(PoolCustomerViewed("anna", ACME, TODAY, 3, MONDAY))


def test_the_same_customer_counts_once_a_day() -> None:
    given(looked(1)).when(replace(LOOK, customer_id=an_id(1)), viewing).then_nothing()


def test_one_more_than_the_rules_allow_is_refused_with_the_numbers() -> None:
    refusal = given(looked(1), looked(2)).when(LOOK, viewing).then_refused(PoolViewLimit)
    assert refusal.facts() == {"rep_id": "anna", "viewed": 2, "limit": 2, "biz_date": TODAY}


def test_what_was_opened_today_stays_open_when_the_limit_is_reached() -> None:
    given(looked(1), looked(2)).when(replace(LOOK, customer_id=an_id(2)), viewing).then_nothing()


def test_the_next_day_begins_at_nothing() -> None:
    tomorrow = replace(LOOK, biz_date=TODAY + timedelta(days=1))
    given(looked(1), looked(2)).when(tomorrow, viewing).then(
        PoolCustomerViewed("anna", ACME, tomorrow.biz_date, 3, MONDAY)
    )


def test_a_look_at_customers_of_earlier_days_takes_nothing_from_today() -> None:
    yesterday = replace(looked(1), biz_date=TODAY - timedelta(days=1))
    given(yesterday, looked(2)).when(LOOK, viewing).then(PoolCustomerViewed("anna", ACME, TODAY, 3, MONDAY))


def test_without_a_limit_each_look_is_still_on_record() -> None:
    off = replace(LOOK, rules=replace(RULES, pool_views_per_day=None))
    given(looked(1), looked(2)).when(off, viewing).then(PoolCustomerViewed("anna", ACME, TODAY, 3, MONDAY))


def test_zero_is_zero_and_not_off() -> None:
    none = replace(LOOK, rules=replace(RULES, pool_views_per_day=0))
    given().when(none, viewing).then_refused(PoolViewLimit)
