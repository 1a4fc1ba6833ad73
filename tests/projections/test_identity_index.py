"""A customer is found under what tells it from others now, and under every name it ever had."""

from dataclasses import replace

from domain.customer.details import text_hash
from domain.customer.events import CustomerDetailsRecorded, CustomerKind, CustomerRenamed, DetailField
from domain.values import Place
from projections.identity_index import identity_index
from projections.projection import replay
from tests.domain.customer.customers import REGISTERED
from tests.happened import all_happened
from tests.people import ACME, MONDAY

PLACE = Place(312304000, 1214737000, "WGS84")
OUTLET = replace(REGISTERED, kind=CustomerKind.OUTLET, place=PLACE, address="南京西路100号", phones=("+862162345678",))


def keys(*events: object) -> set[str]:
    return {known.row.key for known in replay(identity_index, all_happened(events)) if known.known_to is None}


def learnt(field: DetailField, value: object) -> CustomerDetailsRecorded:
    return CustomerDetailsRecorded(ACME, field, None, value, MONDAY)  # pyright: ignore[reportArgumentType] - any value


def test_an_outlet_is_found_by_its_place_and_a_company_is_not() -> None:
    kinds = {key.split(":")[0] for key in keys(OUTLET)}
    assert {"cell", "street", "phone", "name", "trade", "gram"} == kinds
    assert {key.split(":")[0] for key in keys(replace(OUTLET, kind=CustomerKind.COMPANY))} == kinds - {"cell", "street"}


def test_a_number_that_was_given_up_leads_nowhere() -> None:
    before = keys(OUTLET)
    after = keys(OUTLET, learnt(DetailField.PHONES, ("+862150001234",)))
    assert (before - after, after - before) == ({"phone:+862162345678"}, {"phone:+862150001234"})
    assert before - keys(OUTLET, learnt(DetailField.PHONES, None)) == {"phone:+862162345678"}


def test_of_an_earlier_name_nothing_is_lost() -> None:
    renamed = CustomerRenamed(ACME, text_hash(REGISTERED.legal_name), "上海远洋科技有限公司", MONDAY)
    assert keys(REGISTERED) < keys(REGISTERED, renamed)
    assert "trade:远洋" in keys(REGISTERED, renamed)
