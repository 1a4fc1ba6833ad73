"""The customer desk on a log in memory: what is asked, recorded, answered and kept."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import pytest

from domain.customer.events import ContactAdded, ContactRole, CustomerRegistered, DeclineReason
from domain.customer.said import KEEP, ContactSaid, DetailsSaid, GivenPlace, PhoneInvalid
from domain.envelope import Actor
from domain.facts import CustomerFacts
from domain.reception import RefNotFound
from domain.registering.decisions import DomainNotCompany, DuplicateHard
from domain.submission.events import DecisionRefused
from tests.domain.customer.customers import CODE, LI, OTHER_CODE
from tests.people import ACME, GLOBEX, MONDAY, an_id
from tests.services.registry import ANNA, OPS, OTHER, SAID, Registry, a_registry


@pytest.fixture
async def place() -> AsyncIterator[Registry]:
    async with a_registry() as registry:
        yield registry


async def test_a_customer_is_registered_with_its_identifiers_in_one_append(place: Registry) -> None:
    receipt = await place.desk.register(replace(SAID, uscc=CODE, domain="www.Acme.example"), place.context())
    assert receipt.answer == {"customer_id": str(ACME), "duplicates": []}
    assert await place.happened() == [
        "customer.customer_registered",
        "identifier.identifier_reserved",
        "identifier.identifier_reserved",
    ]


async def test_a_customer_without_an_id_gets_one_and_the_same_request_gets_it_again(place: Registry) -> None:
    said = replace(SAID, customer_id=None)
    first = await place.desk.register(said, place.context(request_id="once"))
    again = await place.desk.register(said, place.context(request_id="once"))
    assert UUID(str(first.answer["customer_id"]))
    assert (again.answer, again.repeated) == (first.answer, True)
    assert await place.happened() == ["customer.customer_registered"]


async def test_the_rep_who_asks_has_found_the_customer_and_the_house_has_not(place: Registry) -> None:
    await place.desk.register(SAID, place.context(ANNA))
    await place.desk.register(OTHER, place.context(OPS))
    third = replace(SAID, customer_id=an_id(9))
    await place.desk.register(third, place.context(Actor("crm", "client", on_behalf_of="bruno")))
    registered = await place.recorded()
    events = [one.event for one in registered if isinstance(one.event, CustomerRegistered)]
    assert [one.registered_by for one in events] == ["anna", None, "bruno"]
    assert [one.envelope.subjects for one in registered] == [
        ("rep:anna", f"customer:{ACME}"),
        (f"customer:{GLOBEX}",),
        ("rep:bruno", f"customer:{an_id(9)}"),
    ]


async def test_a_code_that_is_there_is_refused_with_who_has_it_and_the_no_is_kept(
    place: Registry,
) -> None:
    await place.desk.register(replace(SAID, uscc=CODE), place.context())
    with pytest.raises(DuplicateHard) as caught:
        await place.desk.register(replace(OTHER, uscc=CODE), place.context())
    assert caught.value.customer_id == ACME
    kept = (await place.recorded())[-1].event
    assert isinstance(kept, DecisionRefused)
    assert kept.facts == {"customer_id": str(ACME), "same_by": "USCC", "legal_name": OTHER.legal_name}


async def test_of_many_who_register_one_code_at_once_one_succeeds(place: Registry) -> None:
    async def register(n: int) -> object:
        try:
            return await place.desk.register(replace(SAID, customer_id=an_id(n), uscc=CODE), place.context())
        except DuplicateHard as refusal:
            return refusal

    outcomes = await asyncio.gather(*(register(n) for n in range(20)))
    refused = [one for one in outcomes if isinstance(one, DuplicateHard)]
    assert len(refused) == 19
    assert (await place.happened()).count("customer.customer_registered") == 1
    assert (await place.happened()).count("submission.decision_refused") == 19


async def test_a_domain_in_common_registers_both_and_names_the_first(place: Registry) -> None:
    await place.desk.register(replace(SAID, domain="acme.example"), place.context())
    receipt = await place.desk.register(replace(OTHER, domain="shop.ACME.example"), place.context())
    assert receipt.answer["duplicates"] == [{"customer_id": str(ACME), "level": "STRONG"}]


async def test_a_free_mail_domain_is_not_a_company_and_nothing_is_written(place: Registry) -> None:
    with pytest.raises(DomainNotCompany):
        await place.desk.register(replace(SAID, domain="qq.com"), place.context())
    assert await place.happened() == []


async def test_details_are_recorded_group_by_group_and_a_second_time_not_at_all(place: Registry) -> None:
    await place.desk.register(SAID, place.context())
    said = DetailsSaid(uscc=CODE, has_website=True, domain=KEEP)
    receipt = await place.desk.record_details(ACME, said, place.context())
    assert [one.type for one in receipt.events] == [
        "customer.customer_details_recorded",
        "customer.customer_details_recorded",
        "identifier.identifier_reserved",
    ]
    again = await place.desk.record_details(ACME, said, place.context())
    assert (again.outcome, again.events) == ("accepted", ())


async def test_a_code_that_was_replaced_is_free_for_another_customer(place: Registry) -> None:
    await place.desk.register(replace(SAID, uscc=CODE), place.context())
    await place.desk.record_details(ACME, DetailsSaid(uscc=OTHER_CODE), place.context())
    await place.desk.register(replace(OTHER, uscc=CODE), place.context())
    with pytest.raises(DuplicateHard):
        await place.desk.register(replace(SAID, customer_id=an_id(9), uscc=OTHER_CODE), place.context())


async def test_a_domain_learnt_later_names_those_who_have_it(place: Registry) -> None:
    await place.desk.register(replace(SAID, domain="acme.example"), place.context())
    await place.desk.register(OTHER, place.context())
    receipt = await place.desk.record_details(GLOBEX, DetailsSaid(domain="acme.example"), place.context())
    assert receipt.answer == {
        "customer_id": str(GLOBEX),
        "duplicates": [{"customer_id": str(ACME), "level": "STRONG"}],
    }


async def test_a_person_is_sealed_under_a_key_of_their_own(place: Registry) -> None:
    await place.desk.register(SAID, place.context())
    said = ContactSaid("李雷", ContactRole.BUYER, LI, "+8613800138000", "li@acme.example", "patient")
    receipt = await place.desk.add_contact(ACME, said, place.context())
    assert receipt.answer == {"customer_id": str(ACME), "contact_id": str(LI)}
    added = (await place.recorded())[-1].event
    assert isinstance(added, ContactAdded)
    assert added.phone is not None
    assert added.email is not None
    opened = await place.vault.open([added.name, added.phone, added.email])
    assert list(opened.values()) == ["李雷", "+8613800138000", "li@acme.example"]
    stored = (await place.log.bytes_at(place.begun + 2) or b"").decode()
    assert "patient" in stored
    for personal in ("李雷", "13800138000", "li@acme"):
        assert personal not in stored


async def test_the_same_person_again_is_no_news_though_every_sealing_is_another(place: Registry) -> None:
    await place.desk.register(SAID, place.context())
    said = ContactSaid("李雷", ContactRole.BUYER, LI, "+8613800138000")
    await place.desk.add_contact(ACME, said, place.context())
    receipt = await place.desk.add_contact(ACME, said, place.context())
    assert (receipt.events, receipt.answer["contact_id"]) == ((), str(LI))


async def test_a_person_with_a_bad_number_is_refused_before_anything_is_sealed(place: Registry) -> None:
    await place.desk.register(SAID, place.context())
    with pytest.raises(PhoneInvalid):
        await place.desk.add_contact(ACME, ContactSaid("李雷", phone="138"), place.context())
    assert await place.happened() == ["customer.customer_registered"]


async def test_others_are_told_where_a_customer_is_and_who_is_key_there(place: Registry) -> None:
    where = GivenPlace(312304000, 1214737000, "GCJ02")
    await place.desk.register(replace(SAID, place=where), place.context())
    assert await place.desk.facts(ACME) == CustomerFacts(ACME, 312304000, 1214737000, "GCJ02")
    await place.desk.add_contact(ACME, ContactSaid("李雷", ContactRole.USER, LI), place.context())
    assert (await place.desk.facts(ACME)).key_contact_ids == frozenset()
    await place.desk.set_contact_role(ACME, LI, ContactRole.CHAMPION, place.context())
    facts = await place.desk.facts(ACME)
    assert (facts.contact_ids, facts.key_contact_ids) == (frozenset({LI}), frozenset({LI}))
    await place.desk.contact_left(ACME, LI, place.context())
    facts = await place.desk.facts(ACME)
    assert (facts.contact_ids, facts.key_contact_ids) == (frozenset({LI}), frozenset())


async def test_others_are_told_that_a_lead_was_declined(place: Registry) -> None:
    await place.desk.register(SAID, place.context())
    assert not (await place.desk.facts(ACME)).declined
    await place.desk.decline(ACME, DeclineReason.NOT_ICP, place.context())
    assert (await place.desk.facts(ACME)).declined


async def test_a_renaming_and_another_name_are_recorded(place: Registry) -> None:
    await place.desk.register(SAID, place.context())
    await place.desk.rename(ACME, OTHER.legal_name, place.context())
    await place.desk.note_alias(ACME, "Blue Ocean", place.context())
    assert (await place.happened())[1:] == ["customer.customer_renamed", "customer.alias_noted"]


async def test_a_customer_whom_nobody_registered_is_unknown(place: Registry) -> None:
    with pytest.raises(RefNotFound):
        await place.desk.facts(ACME)
    with pytest.raises(RefNotFound):
        await place.desk.record_details(ACME, DetailsSaid(has_website=True), place.context())
    assert await place.happened() == []


async def test_what_happened_in_the_world_is_dated_by_the_worlds_clock(place: Registry) -> None:
    earlier = MONDAY.replace(day=1)
    await place.desk.register(SAID, place.context(at=earlier))
    registered = (await place.recorded())[0]
    assert isinstance(registered.event, CustomerRegistered)
    assert (registered.event.registered_at, registered.envelope.biz_date) == (earlier, earlier.date())
