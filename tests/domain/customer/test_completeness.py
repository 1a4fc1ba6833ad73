"""The completeness of a record is the share of what can be known of it."""

from dataclasses import replace

from hypothesis import given as for_any
from hypothesis import strategies as st

from domain.customer.completeness import DEFAULT_WEIGHTS, Weights, completeness
from domain.customer.events import ContactLeft, ContactRole, ContactRoleSet
from domain.customer.state import Registered, customer_of
from domain.values import Place
from tests.domain.customer.customers import CODE, LI, REGISTERED, li_added
from tests.people import ACME, MONDAY

NOTHING = {
    "uscc": False,
    "region": False,
    "domain": False,
    "phone": False,
    "place": False,
    "website_looked_for": False,
    "buyer_persona": False,
    "contact": False,
    "key_contact": False,
}


def score(*past: object) -> int:
    """The completeness after a past."""
    stream = customer_of(ACME)
    state = stream.empty
    for event in past:
        state = stream.evolve(state, event)
    assert isinstance(state, Registered)
    return state.completeness


def of(country: str, known: dict[str, bool], weights: Weights = DEFAULT_WEIGHTS) -> int:
    """The completeness where so much is known."""
    return completeness(country=country, **known, weights=weights)


def test_a_name_and_a_source_alone_are_worth_nothing() -> None:
    assert score(REGISTERED) == 0


def test_a_record_in_which_nothing_is_missing_has_a_hundred() -> None:
    full = replace(
        REGISTERED,
        uscc=CODE,
        region_code="310000",
        domain="acme.example",
        registrable="acme.example",
        phones=("+862150001234",),
        place=Place(312304000, 1214737000, "WGS84"),
        has_website=True,
        buyer_persona="owner of a workshop",
    )
    assert score(full, li_added(ContactRole.BUYER)) == 100


def test_that_there_is_no_website_is_known_as_well() -> None:
    assert score(replace(REGISTERED, has_website=False)) == 5


def test_a_person_counts_and_a_key_person_more_until_they_have_left() -> None:
    assert score(REGISTERED, li_added()) == 10
    buyer = ContactRoleSet(ACME, LI, ContactRole.USER, ContactRole.BUYER, MONDAY)
    assert score(REGISTERED, li_added(), buyer) == 25
    assert score(REGISTERED, li_added(), buyer, ContactLeft(ACME, LI, ContactRole.BUYER, MONDAY)) == 0


def test_outside_china_nobody_is_missing_a_chinese_company_code() -> None:
    known = {name: name != "uscc" for name in NOTHING}
    assert of("CN", known) == 80
    assert of("BR", known) == 100


@for_any(st.fixed_dictionaries({name: st.booleans() for name in NOTHING}), st.sampled_from(["CN", "BR"]))
def test_knowing_one_thing_more_never_lowers_the_score_and_it_stays_within_bounds(
    known: dict[str, bool], country: str
) -> None:
    before = of(country, known)
    assert 0 <= before <= 100
    for name in ("region", "domain", "phone", "place", "website_looked_for", "buyer_persona", "contact", "key_contact"):
        assert of(country, {**known, name: True}) >= before


def test_the_weights_are_the_organisations_own() -> None:
    only_domain = Weights(0, 0, 1, 0, 0, 0, 0, 0, 0)
    assert of("CN", {**NOTHING, "domain": True}, only_domain) == 100
