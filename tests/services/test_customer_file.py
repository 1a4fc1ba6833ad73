"""What is asked about customers is answered from the read models, now and as of then."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from domain.customer.events import ContactRole
from domain.customer.said import ContactSaid, DetailsSaid
from domain.reception import RefNotFound
from tests.domain.customer.customers import LI, WANG
from tests.people import ACME, GLOBEX, MONDAY, an_id, days
from tests.services.registry import OTHER, SAID, Registry, a_registry


@pytest.fixture
async def place() -> AsyncIterator[Registry]:
    """Acme with two people, and Globex, registered a day later."""
    async with a_registry() as registry:
        await registry.desk.register(SAID, registry.context(at=MONDAY - days(2)))
        await registry.desk.register(OTHER, registry.context(at=MONDAY - days(1)))
        li = ContactSaid("李雷", ContactRole.BUYER, LI, "+8613800138000", "li@acme.example", "patient")
        await registry.desk.add_contact(ACME, li, registry.context(at=MONDAY - days(1)))
        await registry.desk.add_contact(ACME, ContactSaid("王芳", contact_id=WANG), registry.context())
        await registry.projector.catch_up()
        yield registry


async def test_the_record_of_a_customer_is_found_by_its_id_and_nothing_else_is(place: Registry) -> None:
    row = await place.file.customer(ACME)
    assert (row.legal_name, row.contacts, row.key_contacts) == (SAID.legal_name, 2, 1)
    with pytest.raises(RefNotFound):
        await place.file.customer(an_id(9))


async def test_as_of_an_earlier_position_the_record_says_what_it_said_then(place: Registry) -> None:
    assert (await place.file.customer(ACME, at=place.begun + 2)).contacts == 0
    with pytest.raises(RefNotFound):
        await place.file.customer(GLOBEX, at=place.begun)


async def test_several_records_are_answered_at_once_and_unknown_ids_are_missing(place: Registry) -> None:
    assert set(await place.file.customers([ACME, GLOBEX, an_id(9)])) == {ACME, GLOBEX}
    assert await place.file.customers([]) == {}


async def test_the_list_begins_with_the_latest_and_goes_on_page_by_page(place: Registry) -> None:
    first = await place.file.listed({}, limit=1)
    assert [row.customer_id for row in first] == [GLOBEX]
    second = await place.file.listed({}, limit=1, after=(first[-1].registered_at, first[-1].customer_id))
    assert [row.customer_id for row in second] == [ACME]
    assert await place.file.listed({}, after=(second[-1].registered_at, second[-1].customer_id)) == []


async def test_the_list_is_asked_by_what_its_rows_say(place: Registry) -> None:
    await place.desk.record_details(GLOBEX, DetailsSaid(country="BR"), place.context())
    await place.projector.catch_up()
    assert [row.customer_id for row in await place.file.listed({"country": "BR"})] == [GLOBEX]
    assert [row.customer_id for row in await place.file.listed({"registered_by": "anna", "country": "CN"})] == [ACME]


@pytest.mark.parametrize("text", ["上海蓝海", "上海 蓝海", "蓝海", "蓝海贸易", "上海蓝海贸易有限公司"])
async def test_a_customer_is_found_by_how_its_name_or_its_trade_name_begins(place: Registry, text: str) -> None:
    assert [row.customer_id for row in await place.file.found(text)] == [ACME]


@pytest.mark.parametrize("text", ["", "。", "贸易", "蓝海贸易有限公司上海", "绿"])
async def test_a_text_with_which_no_name_begins_finds_nobody(place: Registry, text: str) -> None:
    assert await place.file.found(text) == []


async def test_all_who_are_found_come_in_the_order_of_their_names_each_once(place: Registry) -> None:
    third = replace(SAID, customer_id=an_id(9), legal_name="蓝海")
    await place.desk.register(third, place.context())
    await place.projector.catch_up()
    assert [row.customer_id for row in await place.file.found("上海")] == [ACME, GLOBEX]
    assert [row.customer_id for row in await place.file.found("蓝海")] == [ACME, an_id(9)]
    assert len(await place.file.found("蓝海", limit=1)) == 1


async def test_a_renamed_customer_is_still_found_under_its_old_name(place: Registry) -> None:
    await place.desk.rename(ACME, "Acme Ltd.", place.context())
    await place.projector.catch_up()
    assert [(row.name, row.borne) for row in await place.file.found("蓝海")] == [(SAID.legal_name, False)]
    assert [(row.name, row.borne) for row in await place.file.found("ACME")] == [("Acme Ltd.", True)]


async def test_who_may_see_the_people_sees_them_in_words(place: Registry) -> None:
    li, wang = await place.file.people(ACME, opened=True)
    assert (li.name, li.phone, li.email, li.persona, li.role) == (
        "李雷",
        "+8613800138000",
        "li@acme.example",
        "patient",
        ContactRole.BUYER,
    )
    assert (wang.contact_id, wang.name, wang.phone, wang.email) == (WANG, "王芳", None, None)


async def test_who_may_not_sees_their_parts_alone(place: Registry) -> None:
    people = await place.file.people(ACME, opened=False)
    assert [(one.contact_id, one.role, one.name, one.phone, one.email) for one in people] == [
        (LI, ContactRole.BUYER, None, None, None),
        (WANG, ContactRole.UNKNOWN, None, None, None),
    ]


async def test_a_person_whose_key_was_destroyed_is_there_without_a_name(place: Registry) -> None:
    del place.keys.keys[f"contact:{LI}"]
    people = await place.file.people(ACME, opened=True)
    assert [(one.contact_id, one.name) for one in people] == [(LI, None), (WANG, "王芳")]


async def test_a_customer_without_people_has_none(place: Registry) -> None:
    assert await place.file.people(GLOBEX, opened=True) == []
