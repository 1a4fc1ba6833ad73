"""One event for each group of details that changed, none for what did not, and identifiers change hands with them."""

from dataclasses import replace

import pytest

from domain.customer.company_code import UsccInvalid
from domain.customer.details import hash_of
from domain.customer.events import (
    CompetitorRelation,
    CompetitorTie,
    CustomerDetailsRecorded,
    DetailField,
    DetailValue,
)
from domain.customer.said import CountryInvalid, DetailsSaid, GivenPlace, Keep, PhoneInvalid, RegionCodeInvalid
from domain.facts import DomainFacts
from domain.identifier.events import IdentifierKind, IdentifierReleased, IdentifierReserved
from domain.identifier.state import value_hash
from domain.reception import CrsRequired, RefNotFound
from domain.refusal import Refusal
from domain.registering.decisions import (
    DomainNotCompany,
    DuplicateHard,
    RecordDetails,
    duplicates,
    registering,
)
from domain.values import Place
from tests.domain.customer.customers import CODE, OTHER_CODE, REGISTERED, said_phone
from tests.given import given
from tests.people import ACME, GLOBEX, MONDAY, days

LATER = MONDAY + days(1)
DOMAIN = DomainFacts("acme.example", "acme.example", "acme.example", False, False)
RELATION = CompetitorRelation("Globex", CompetitorTie.ACTIVE)
FULL = replace(
    REGISTERED,
    uscc=CODE,
    region_code="310000",
    domain="acme.example",
    registrable="acme.example",
    phones=("+862150001234",),
    place=Place(312304000, 1214737000, "GCJ02"),
    competitor_relation=RELATION,
    has_website=True,
    buyer_persona="owner of a workshop",
    address="上海市黄浦区南京西路100号",
)


def learn(
    said: DetailsSaid,
    *,
    domain: DomainFacts | None = None,
    held_uscc: str | None = None,
    held_registrable: str | None = None,
) -> RecordDetails:
    phones = () if isinstance(said.phones, Keep) else tuple(said_phone(phone) for phone in said.phones)
    return RecordDetails(ACME, said, domain, phones, held_uscc, held_registrable, LATER)


def learned(field: DetailField, new: DetailValue, old: DetailValue = None) -> CustomerDetailsRecorded:
    return CustomerDetailsRecorded(ACME, field, hash_of(old), new, LATER)


def reserved(kind: IdentifierKind, value: str) -> IdentifierReserved:
    return IdentifierReserved(ACME, kind, value_hash(value))


def test_each_group_that_changed_has_an_event_of_its_own() -> None:
    said = DetailsSaid(
        uscc=CODE,
        region_code="310000",
        domain="acme.example",
        phones=("+862150001234",),
        place=GivenPlace(312304000, 1214737000, "GCJ02"),
        competitor_relation=RELATION,
        has_website=True,
        buyer_persona="owner of a workshop",
    )
    given(REGISTERED).when(learn(said, domain=DOMAIN), registering).then(
        learned(DetailField.USCC, CODE),
        learned(
            DetailField.REGION,
            {"country": "CN", "region_code": "310000"},
            {"country": "CN", "region_code": None},
        ),
        learned(DetailField.DOMAIN, {"domain": "acme.example", "registrable": "acme.example"}),
        learned(DetailField.PHONES, ("+862150001234",)),
        learned(DetailField.PLACE, {"lat_e7": 312304000, "lon_e7": 1214737000, "crs": "GCJ02"}),
        learned(
            DetailField.COMPETITOR_RELATION,
            {"competitor": "Globex", "tie": "ACTIVE", "evidence": None, "seen_on": None},
        ),
        learned(DetailField.HAS_WEBSITE, True),
        learned(DetailField.BUYER_PERSONA, "owner of a workshop"),
        reserved(IdentifierKind.USCC, CODE),
        reserved(IdentifierKind.DOMAIN, "acme.example"),
    )


def test_what_is_known_already_makes_no_event() -> None:
    said = DetailsSaid(
        uscc=f" {CODE.lower()}",
        country="CN",
        region_code="310000",
        domain="acme.example",
        phones=("+862150001234", "+862150001234"),
        place=GivenPlace(312304000, 1214737000, "GCJ02"),
        competitor_relation=RELATION,
        has_website=True,
        buyer_persona="owner of a workshop",
    )
    command = learn(said, domain=DOMAIN, held_uscc=CODE, held_registrable="acme.example")
    given(FULL).when(command, registering).then_nothing()


def test_what_is_not_spoken_of_stays() -> None:
    given(FULL).when(learn(DetailsSaid()), registering).then_nothing()


def test_a_value_that_turned_out_wrong_is_taken_away_and_its_identifier_given_up() -> None:
    given(FULL).when(learn(DetailsSaid(uscc=None), held_uscc=CODE), registering).then(
        learned(DetailField.USCC, None, CODE),
        IdentifierReleased(ACME, IdentifierKind.USCC, value_hash(CODE)),
    )


def test_a_code_that_is_replaced_changes_hands() -> None:
    given(FULL).when(learn(DetailsSaid(uscc=OTHER_CODE), held_uscc=CODE), registering).then(
        learned(DetailField.USCC, OTHER_CODE, CODE),
        IdentifierReleased(ACME, IdentifierKind.USCC, value_hash(CODE)),
        reserved(IdentifierKind.USCC, OTHER_CODE),
    )


def test_another_host_under_the_same_domain_changes_the_record_and_no_identifier() -> None:
    shop = DomainFacts("shop.acme.example", "shop.acme.example", "acme.example", False, False)
    command = learn(DetailsSaid(domain="shop.acme.example"), domain=shop, held_registrable="acme.example")
    given(FULL).when(command, registering).then(
        learned(
            DetailField.DOMAIN,
            {"domain": "shop.acme.example", "registrable": "acme.example"},
            {"domain": "acme.example", "registrable": "acme.example"},
        )
    )


def test_a_code_that_stands_for_another_is_a_hard_duplicate() -> None:
    held = IdentifierReserved(GLOBEX, IdentifierKind.USCC, value_hash(CODE))
    refusal = given(REGISTERED, held).when(learn(DetailsSaid(uscc=CODE)), registering).then_refused(DuplicateHard)
    assert refusal.facts()["customer_id"] == GLOBEX


def test_a_domain_that_others_have_names_them() -> None:
    held = IdentifierReserved(GLOBEX, IdentifierKind.DOMAIN, value_hash("acme.example"))
    command = learn(DetailsSaid(domain="acme.example"), domain=DOMAIN)
    events = given(REGISTERED, held).when(command, registering).happens()
    assert [one.customer_id for one in duplicates(events)] == [GLOBEX]


def test_a_code_that_was_given_up_may_be_taken_by_another() -> None:
    past = [
        IdentifierReserved(GLOBEX, IdentifierKind.USCC, value_hash(CODE)),
        IdentifierReleased(GLOBEX, IdentifierKind.USCC, value_hash(CODE)),
    ]
    events = given(REGISTERED, *past).when(learn(DetailsSaid(uscc=CODE)), registering).happens()
    assert events[-1] == reserved(IdentifierKind.USCC, CODE)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (DetailsSaid(uscc="0"), UsccInvalid),
        (DetailsSaid(place=GivenPlace(312304000, 1214737000)), CrsRequired),
        (DetailsSaid(phones=("138",)), PhoneInvalid),
        (DetailsSaid(country="cn"), CountryInvalid),
        (DetailsSaid(region_code=""), RegionCodeInvalid),
    ],
)
def test_what_cannot_be_taken_at_registration_cannot_be_taken_later(said: DetailsSaid, reason: type[Refusal]) -> None:
    given(REGISTERED).when(learn(said), registering).then_refused(reason)


def test_a_free_mail_domain_is_not_taken_later_either() -> None:
    free = DomainFacts("qq.com", "qq.com", "qq.com", False, True)
    command = learn(DetailsSaid(domain="qq.com"), domain=free)
    given(REGISTERED).when(command, registering).then_refused(DomainNotCompany)


def test_of_a_customer_whom_nobody_registered_nothing_can_be_learnt() -> None:
    given().when(learn(DetailsSaid(has_website=True)), registering).then_refused(RefNotFound)
