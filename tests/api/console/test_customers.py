"""A customer: who owned it when, whether one may claim it, and the claim; the pool from which it is taken."""

import pytest

from tests.api.console.looking import look, read, rows_of, words_of
from tests.api.office import Office, visit
from tests.people import ACME, GLOBEX

PAGE = f"/customers/{ACME}"


async def claimed(office: Office, who: str = "anna") -> None:
    answer = await office.post(who, f"/v1/customers/{ACME}/claims")
    assert answer.status_code == 201, answer.text
    await office.settled()


async def press(office: Office, who: str, request_id: str, path: str = f"{PAGE}/claim") -> tuple[int, str, str]:
    """What a browser does when the button is pressed: status, where it leads, what is read."""
    answer = await office.http.post(
        path, data={"request_id": request_id}, headers=office.headers(who, Accept="text/html", Accept_Language="en")
    )
    await office.settled()
    return answer.status_code, answer.headers.get("location", ""), words_of(answer.text)


async def test_a_customer_tells_its_owner_until_when_and_by_which_rules(office: Office) -> None:
    await claimed(office)
    words = await read(office, "mei", PAGE)
    assert "Protected held by Anna protected until Fri 6 Mar 2026 00:00 rules version 1" in words
    assert "Mon 2 Mar 2026 09:00" in words


async def test_a_rep_is_told_in_words_whether_a_claim_would_be_granted(office: Office) -> None:
    assert 'href="/customers/' in await look(office, "bruno", PAGE)
    assert "May I claim it?" in await read(office, "bruno", PAGE)
    await claimed(office)
    words = await read(office, "bruno", PAGE)
    assert "✕ Somebody holds the customer" in words
    assert "/claim" not in await look(office, "bruno", PAGE)
    assert "May I claim it?" not in await read(office, "mei", PAGE)


async def test_a_claim_by_the_button_leads_to_the_customer_that_is_now_ones_own(office: Office) -> None:
    status, where, _ = await press(office, "anna", "press-1")
    assert (status, where.startswith(f"{PAGE}?after=")) == (303, True)
    assert "held by Anna" in await read(office, "anna", where)


async def test_pressed_twice_it_is_one_claim(office: Office) -> None:
    first = await press(office, "anna", "press-1")
    head = (await office.platform.log.head()).position
    assert await press(office, "anna", "press-1") == first
    assert (await office.platform.log.head()).position == head


async def test_who_comes_second_is_told_why_and_the_no_is_on_record(office: Office) -> None:
    await press(office, "anna", "press-1")
    head = (await office.platform.log.head()).position
    status, _, words = await press(office, "bruno", "press-2")
    assert status == 409
    assert "ALREADY_CLAIMED" in words
    assert "See who owns it" in words
    assert (await office.platform.log.head()).position > head


async def test_only_reps_claim(office: Office) -> None:
    status, _, words = await press(office, "mei", "press-1")
    assert (status, "FORBIDDEN" in words) == (403, True)


async def test_nothing_is_claimed_while_one_looks_at_the_past(office: Office) -> None:
    then = await office.settled()
    past = await look(office, "anna", f"{PAGE}/claim?at={then}")
    assert "<button" not in past.split("<main")[1].split("</main>")[0]
    assert "/claim" not in await look(office, "anna", f"{PAGE}?at={then}")
    assert "/claim" in await look(office, "anna", PAGE)


async def test_as_of_an_earlier_position_the_owner_of_then_is_told(office: Office) -> None:
    before = await office.settled()
    await claimed(office)
    assert "Pool in the pool" in await read(office, "mei", f"{PAGE}?at={before}")
    assert "held by Anna" in await read(office, "mei", PAGE)


async def test_what_was_replaced_by_later_knowledge_is_told_as_recorded_only(office: Office) -> None:
    await claimed(office)
    office.later(hours=1)
    await office.post("anna", "/v1/visits", visit())
    await office.settled()
    entitled = rows_of(await office.get("mei", f"{PAGE}/owners.csv"))
    recorded = rows_of(await office.get("mei", f"{PAGE}/owners.csv?axis=recorded"))
    assert len(entitled) == 2
    assert len(recorded) >= len(entitled)
    assert entitled[1].startswith("anna,")


async def test_a_rep_sees_the_own_visits_and_not_those_of_others(office: Office) -> None:
    await office.post("anna", "/v1/visits", visit())
    await office.settled()
    assert "There is no visit that you may look at." in await read(office, "bruno", PAGE)
    assert "There is no visit" not in await read(office, "anna", PAGE)
    assert "There is no visit" not in await read(office, "mei", PAGE)


async def test_customers_are_found_by_how_their_names_begin(office: Office) -> None:
    words = await read(office, "anna", "/customers?q=acm")
    assert "Acme Ltd" in words
    assert "Globex" not in words
    assert "Nothing fits: nobody." in await read(office, "anna", "/customers?q=nobody")
    assert "Acme Ltd" in await read(office, "anna", "/find?q=acm")


async def test_a_rep_lists_the_own_ones(office: Office) -> None:
    assert "Nothing fits: My customers." in await read(office, "anna", "/customers?mine=true")
    await claimed(office)
    rows = rows_of(await office.get("anna", "/customers.csv?mine=true"))
    assert len(rows) == 2
    assert ",Acme Ltd," in rows[1]


async def test_the_pool_holds_whom_nobody_holds(office: Office) -> None:
    await claimed(office)
    words = await read(office, "bruno", "/pool")
    assert "Globex Trading Ltd" in words
    assert "Acme Ltd" not in words
    assert f'href="/customers/{GLOBEX}/claim"' in await look(office, "bruno", "/pool")
    assert "/claim" not in await look(office, "mei", "/pool")


async def test_a_rep_sees_the_own_endings_and_a_manager_everybodys(office: Office) -> None:
    await claimed(office)
    assert "Acme Ltd" in await read(office, "mei", "/pool?tab=ending")
    assert "Acme Ltd" in await read(office, "anna", "/pool?tab=ending")
    assert "No customer is under protection." in await read(office, "bruno", "/pool?tab=ending")


@pytest.mark.parametrize("tab", ["available", "ending", "harvest"])
async def test_each_list_of_the_pool_is_also_a_table(office: Office, tab: str) -> None:
    await claimed(office)
    rows = rows_of(await office.get("mei", f"/pool.csv?tab={tab}"))
    assert rows[0].startswith("customer_id,name,")


async def test_an_empty_list_says_what_makes_rows_appear(office: Office) -> None:
    assert "customers that are parked appear here" in await read(office, "mei", "/pool?tab=harvest")


async def test_an_unknown_customer_is_a_page_that_says_so(office: Office) -> None:
    assert "REF_NOT_FOUND" in await read(office, "mei", "/customers/01950000-0000-7000-8000-000000000000", status=404)
    assert "FORBIDDEN" in await read(office, "pia", PAGE, status=403)
