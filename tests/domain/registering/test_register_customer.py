"""A customer is registered once, with its source; the first fault found is told (domain §3.4)."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import pytest

from domain.customer.company_code import UsccInvalid
from domain.customer.events import (
    CompetitorRelation,
    CompetitorTie,
    CustomerKind,
    CustomerRegistered,
    DuplicateSuspected,
    Sign,
    Source,
    SourceMethod,
)
from domain.customer.likeness import Identity
from domain.customer.names import NameInvalid
from domain.customer.said import (
    CountryInvalid,
    GivenPlace,
    PhoneInvalid,
    RegionCodeInvalid,
    Registration,
    SourceDetailInvalid,
)
from domain.facts import DomainFacts
from domain.identifier.events import IdentifierKind, IdentifierReserved
from domain.identifier.state import value_hash
from domain.reception import CrsRequired, GeoInvalid
from domain.refusal import Refusal
from domain.registering.decisions import (
    CANDIDATES_KEPT,
    DomainNotCompany,
    Duplicate,
    DuplicateHard,
    Level,
    NoCompanyDomain,
    RegisterCustomer,
    SameBy,
    SourceRequired,
    duplicates,
    registering,
)
from domain.rulesets import RulingRules
from domain.values import Place
from tests.domain.customer.customers import CODE, FAIR, OTHER_CODE, REGISTERED, said_name, said_phone
from tests.given import given
from tests.people import ACME, GLOBEX, MONDAY, an_id

SAID = Registration(CustomerKind.COMPANY, REGISTERED.legal_name, "CN", FAIR)
RULES = RulingRules()
DOMAIN = DomainFacts("Shop.Acme.example", "shop.acme.example", "acme.example", False, False)


def register(
    said: Registration = SAID,
    *,
    customer_id: UUID = ACME,
    domain: DomainFacts | None = None,
    lookalikes: Sequence[Identity] = (),
) -> RegisterCustomer:
    phones = tuple(said_phone(phone) for phone in said.phones)
    name = said_name(said.legal_name)
    return RegisterCustomer(customer_id, said, name, domain, phones, lookalikes, RULES, "anna", MONDAY)


def code_of(customer_id: UUID, code: str = CODE) -> IdentifierReserved:
    return IdentifierReserved(customer_id, IdentifierKind.USCC, value_hash(code))


def domain_of(customer_id: UUID, *shared_with: UUID) -> IdentifierReserved:
    return IdentifierReserved(customer_id, IdentifierKind.DOMAIN, value_hash("acme.example"), shared_with)


def test_a_name_and_a_source_are_enough() -> None:
    given().when(register(), registering).then(REGISTERED)


def test_everything_that_is_said_is_kept_and_the_identifiers_are_reserved_with_it() -> None:
    relation = CompetitorRelation("Globex", CompetitorTie.ACTIVE)
    said = replace(
        SAID,
        legal_name=f"  {SAID.legal_name} ",
        uscc=f" {CODE.lower()} ",
        region_code="310000",
        domain="Shop.Acme.example",
        phones=("+862150001234", "+862150001234"),
        place=GivenPlace(312304000, 1214737000, "GCJ02"),
        competitor_relation=relation,
        has_website=True,
        buyer_persona="owner of a workshop",
    )
    full = replace(
        REGISTERED,
        uscc=CODE,
        region_code="310000",
        domain="shop.acme.example",
        registrable="acme.example",
        phones=("+862150001234",),
        place=Place(312304000, 1214737000, "GCJ02"),
        competitor_relation=relation,
        has_website=True,
        buyer_persona="owner of a workshop",
    )
    given().when(register(said, domain=DOMAIN), registering).then(full, code_of(ACME), domain_of(ACME))


def test_a_customer_is_registered_under_its_id_once() -> None:
    refusal = given(REGISTERED).when(register(), registering).then_refused(DuplicateHard)
    assert refusal.facts() == {
        "customer_id": ACME,
        "same_by": SameBy.CUSTOMER_ID,
        "legal_name": SAID.legal_name,
    }


def test_a_company_code_that_stands_for_another_is_a_hard_duplicate_whatever_the_name() -> None:
    renamed = replace(SAID, legal_name="上海远洋贸易有限公司", uscc=f"{CODE} ".lower())
    refusal = given(code_of(GLOBEX)).when(register(renamed), registering).then_refused(DuplicateHard)
    assert refusal.facts() == {
        "customer_id": GLOBEX,
        "same_by": SameBy.USCC,
        "legal_name": "上海远洋贸易有限公司",
    }


def test_two_codes_are_two_customers_though_the_name_is_one() -> None:
    other = register(replace(SAID, uscc=OTHER_CODE), customer_id=GLOBEX)
    events = given(REGISTERED, code_of(ACME)).when(other, registering).happens()
    assert events == [replace(REGISTERED, customer_id=GLOBEX, uscc=OTHER_CODE), code_of(GLOBEX, OTHER_CODE)]


def test_a_shared_domain_registers_and_names_those_who_had_it_first() -> None:
    command = register(replace(SAID, domain="acme.example"), domain=DOMAIN)
    events = given(domain_of(GLOBEX), domain_of(an_id(9), GLOBEX)).when(command, registering).happens()
    assert domain_of(ACME, GLOBEX, an_id(9)) in events
    assert [one for one in events if isinstance(one, DuplicateSuspected)] == [
        DuplicateSuspected(ACME, other, Level.STRONG, 9_000, (Sign.SAME_DOMAIN,), 1, MONDAY)
        for other in sorted([GLOBEX, an_id(9)])
    ]
    assert duplicates(events) == [Duplicate(GLOBEX, Level.STRONG), Duplicate(an_id(9), Level.STRONG)]


def test_of_the_thousands_under_one_domain_the_earliest_twenty_are_named() -> None:
    many = [an_id(n) for n in range(100, 100 + CANDIDATES_KEPT + 5)]
    command = register(replace(SAID, domain="acme.example"), domain=DOMAIN)
    events = given(*(domain_of(one) for one in many)).when(command, registering).happens()
    assert [one.customer_id for one in duplicates(events)] == many[:20]


def test_without_others_there_are_no_duplicates() -> None:
    said = replace(SAID, uscc=CODE, domain="acme.example")
    assert duplicates(given().when(register(said, domain=DOMAIN), registering).happens()) == []


@pytest.mark.parametrize(
    ("domain", "why"),
    [
        (DomainFacts("not a domain", None, None, False, False), NoCompanyDomain.NOT_A_DOMAIN),
        (DomainFacts("com.cn", "com.cn", None, True, False), NoCompanyDomain.PUBLIC_SUFFIX),
        (DomainFacts("qq.com", "qq.com", "qq.com", False, True), NoCompanyDomain.FREE_MAIL),
    ],
)
def test_a_domain_that_is_not_of_one_company_is_refused(domain: DomainFacts, why: NoCompanyDomain) -> None:
    command = register(replace(SAID, domain=domain.text), domain=domain)
    refusal = given().when(command, registering).then_refused(DomainNotCompany)
    assert refusal.facts() == {"domain": domain.text, "why": why}


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (replace(SAID, source=None), SourceRequired),
        (replace(SAID, uscc="91350100M000100Y4Z"), UsccInvalid),
        (replace(SAID, legal_name="——"), NameInvalid),
        (replace(SAID, place=GivenPlace(312304000, 1214737000)), CrsRequired),
        (replace(SAID, place=GivenPlace(0, 0, "WGS84")), GeoInvalid),
        (replace(SAID, phones=("13800138000",)), PhoneInvalid),
        (replace(SAID, country="China"), CountryInvalid),
        (replace(SAID, region_code="上海"), RegionCodeInvalid),
        (replace(SAID, source=Source(SourceMethod.EVENT, "")), SourceDetailInvalid),
    ],
)
def test_what_cannot_be_taken_is_refused_by_its_name(said: Registration, reason: type[Refusal]) -> None:
    given().when(register(said), registering).then_refused(reason)


def test_of_several_faults_the_first_in_the_order_of_the_rule_book_is_told() -> None:
    nowhere = GivenPlace(312304000, 1214737000)
    bad_domain = DomainFacts("com.cn", "com.cn", None, True, False)
    worst = Registration(CustomerKind.COMPANY, "——", "CN", None, uscc=CODE, domain="com.cn", place=nowhere)
    told: list[type[Refusal]] = []
    for past, said in [
        ([code_of(GLOBEX)], worst),
        ([], worst),
        ([], replace(worst, source=FAIR, uscc="0")),
        ([], replace(worst, source=FAIR)),
        ([], replace(worst, source=FAIR, legal_name=SAID.legal_name)),
    ]:
        with pytest.raises(Refusal) as caught:
            given(*past).when(register(said, domain=bad_domain), registering).happens()
        told.append(type(caught.value))
    with pytest.raises(CrsRequired):
        given().when(register(replace(SAID, place=nowhere), domain=DOMAIN), registering).happens()
    assert told == [DuplicateHard, SourceRequired, UsccInvalid, NameInvalid, DomainNotCompany]


def test_who_found_it_may_be_nobody() -> None:
    command = RegisterCustomer(ACME, SAID, said_name(SAID.legal_name), None, (), (), RULES, None, MONDAY)
    registered = given().when(command, registering).happens()[0]
    assert isinstance(registered, CustomerRegistered)
    assert registered.registered_by is None
