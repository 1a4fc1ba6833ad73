"""A customer is found under the name that it bears and under those that it bore."""

from collections.abc import Sequence

from domain.customer.details import text_hash
from domain.customer.events import AliasNoted, CustomerRenamed
from projections.customer_names import CustomerNameRow, customer_names
from projections.projection import Known, replay
from tests.domain.customer.customers import REGISTERED
from tests.happened import all_happened
from tests.people import ACME, MONDAY

OLD, NEW = REGISTERED.legal_name, "Acme Trading Co., Ltd."


def renamed(name: str, before: str) -> CustomerRenamed:
    return CustomerRenamed(ACME, text_hash(before), name, MONDAY)


def names(*past: object) -> Sequence[CustomerNameRow]:
    """The names under which it is found now."""
    rows: Sequence[Known[CustomerNameRow]] = replay(customer_names, all_happened(past))
    return [known.row for known in rows if known.known_to is None]


def test_a_new_customer_is_found_under_its_name_and_under_its_trade_name() -> None:
    assert names(REGISTERED) == [CustomerNameRow(ACME, OLD, True, OLD, "蓝海贸易")]


def test_a_renamed_customer_is_found_under_both_names() -> None:
    assert names(REGISTERED, renamed(NEW, OLD)) == [
        CustomerNameRow(ACME, OLD, False, OLD, "蓝海贸易"),
        CustomerNameRow(ACME, NEW, True, "acmetradingcoltd", "acmetrading"),
    ]


def test_a_name_that_it_goes_by_finds_it_too() -> None:
    rows = names(REGISTERED, AliasNoted(ACME, NEW, MONDAY))
    assert [(row.name, row.borne) for row in rows] == [(OLD, True), (NEW, False)]


def test_a_name_that_is_borne_again_stands_there_once() -> None:
    rows = names(REGISTERED, renamed(NEW, OLD), renamed(OLD, NEW))
    assert sorted((row.name, row.borne) for row in rows) == sorted([(OLD, True), (NEW, False)])


def test_as_of_before_the_renaming_the_old_name_was_the_one_it_bore() -> None:
    rows: Sequence[Known[CustomerNameRow]] = replay(customer_names, all_happened([REGISTERED, renamed(NEW, OLD)]))
    assert [(known.row.borne, known.known_to) for known in rows if known.known_from == 1] == [(True, 2)]
