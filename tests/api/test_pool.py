"""The pool, what is left to ripen, and many customers handed on at once: through the door."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from tests.api.office import Office, customer, opened
from tests.people import ACME, GLOBEX, an_id

HALF = [{"rep_id": "anna", "bp": 5_000}, {"rep_id": "bruno", "bp": 5_000}]


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    office = await opened()
    async with office.platform.started(clock=False):
        yield office
    await office.http.aclose()
    await office.platform.close()


async def _claimed(office: Office, who: str = "anna", *, of: UUID = ACME) -> str:
    answer = await office.post(who, f"/v1/customers/{of}/claims")
    assert answer.status_code == 201, answer.text
    await office.settled()
    return str(answer.json()["claim_id"])


async def _pool(office: Office, who: str = "bruno", **query: object) -> list[dict[str, Any]]:
    await office.settled()
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    answer = await office.get(who, f"/v1/pool?{asked}")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_whoever_is_held_is_not_in_the_pool_and_comes_back_with_a_history(office: Office) -> None:
    assert {item["customer_id"] for item in await _pool(office)} == {str(ACME), str(GLOBEX)}
    claim_id = await _claimed(office)
    assert [item["customer_id"] for item in await _pool(office)] == [str(GLOBEX)]
    await office.post("anna", f"/v1/claims/{claim_id}/release")
    [acme] = [item for item in await _pool(office) if item["customer_id"] == str(ACME)]
    [earlier] = acme["earlier"]
    assert (earlier["rep_id"], earlier["ended"], earlier["visited"]) == ("anna", "REP", False)


async def test_a_claim_whose_deadline_passed_is_in_the_pool_though_nobody_wrote_it(office: Office) -> None:
    await _claimed(office)
    office.later(days=5)
    [acme] = [item for item in await _pool(office) if item["customer_id"] == str(ACME)]
    assert acme["earlier"][0]["ended"] == "FIRST_VISIT_MISSED"


async def test_nobody_can_be_called_from_the_pool(office: Office) -> None:
    told = customer(customer_id=str(an_id(90)), phones=["+8613800138000"])
    await office.post("anna", "/v1/customers", told)
    contact = {"name": "Li Na", "role": "BUYER", "phone": "+8613900139000"}
    await office.post("anna", f"/v1/customers/{an_id(90)}/contacts", contact)
    answer = await office.get("bruno", f"/v1/pool?min_position={await office.settled()}")
    [one] = [item for item in answer.json()["items"] if item["customer_id"] == str(an_id(90))]
    assert one["phones"] == ["+86••••••••000"]
    assert one["contacts"] == 1
    assert "138001" not in answer.text
    assert "Li Na" not in answer.text


async def test_a_declined_lead_is_not_in_the_pool(office: Office) -> None:
    declined = await office.post("mei", f"/v1/customers/{ACME}/decline", {"reason": "NOT_ICP"})
    assert declined.status_code == 200, declined.text
    assert [item["customer_id"] for item in await _pool(office)] == [str(GLOBEX)]


async def test_the_pool_comes_in_pages_that_miss_nothing_and_repeat_nothing(office: Office) -> None:
    for n in range(100, 107):
        office.later(seconds=1)
        await office.post("otto", "/v1/customers", customer(f"Customer {n} Ltd", customer_id=str(an_id(n))))
    await office.settled()
    await _claimed(office, of=an_id(103))
    whole = [item["customer_id"] for item in await _pool(office)]
    found: list[str] = []
    cursor = ""
    while True:
        page = (await office.get("bruno", f"/v1/pool?limit=3{cursor}")).json()
        found += [item["customer_id"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert found == whole
    assert str(an_id(103)) not in whole
    assert len(whole) == 8


async def test_what_is_left_to_ripen_is_listed_by_its_day_and_leaves_the_list_when_claimed(office: Office) -> None:
    for of, day in ((ACME, "2026-03-20"), (GLOBEX, "2026-03-09")):
        claim_id = await _claimed(office, of=of)
        parking = {"harvest_on": day, "nurtured_by": "Initech", "trigger": "Their contract ends."}
        parked = await office.post("anna", f"/v1/claims/{claim_id}/park", parking)
        assert parked.json()["state"] == "PARKED", parked.text
    await office.settled()
    rows = (await office.get("anna", "/v1/harvest")).json()["items"]
    assert [(row["legal_name"], row["state"]) for row in rows] == [
        ("Globex Trading Ltd", "RIPENING"),
        ("Acme Ltd", "RIPENING"),
    ]
    assert rows[0]["nurtured_by"] == "Initech"
    assert (await office.get("bruno", "/v1/harvest")).json()["items"] == []
    assert len((await office.get("mei", "/v1/harvest?rep=anna")).json()["items"]) == 2
    office.later(days=7)
    rows = (await office.get("anna", "/v1/harvest")).json()["items"]
    assert [row["state"] for row in rows] == ["RIPE", "RIPENING"]
    [kept] = [item for item in await _pool(office) if item["customer_id"] == str(GLOBEX)]
    assert kept["reserved_for_team"] == "east"
    await _claimed(office, of=GLOBEX)
    assert [row["legal_name"] for row in (await office.get("anna", "/v1/harvest")).json()["items"]] == ["Acme Ltd"]


async def test_many_customers_are_handed_on_with_a_result_for_each(office: Office) -> None:
    held = [await _claimed(office), await _claimed(office, of=GLOBEX)]
    body = {"to_rep_id": "bruno", "claim_ids": [*held, str(an_id(99))], "credit_split": HALF}
    answer = await office.post("mei", "/v1/reassignments", body, Idempotency_Key="hand-over-1")
    assert answer.status_code == 200, answer.text
    results = answer.json()["results"]
    assert [one["status"] for one in results] == ["accepted", "accepted", "rejected"]
    assert results[2]["problem"]["code"] == "REF_NOT_FOUND"
    again = await office.post("mei", "/v1/reassignments", body, Idempotency_Key="hand-over-1")
    assert [one["status"] for one in again.json()["results"]] == ["duplicate", "duplicate", "rejected"]
    await office.settled()
    table = (await office.get("mei", "/v1/ownership?rep=bruno")).json()["items"]
    assert {row["customer_id"] for row in table} == {str(ACME), str(GLOBEX)}


async def test_all_that_a_rep_holds_is_handed_on_and_no_rule_is_passed_over(office: Office) -> None:
    await office.post("otto", "/v1/rule-sets", {"kind": "PROT", "body": {"capacity": 1}})
    await _claimed(office, "bruno")
    body = {"to_rep_id": "anna", "from_rep_id": "bruno", "credit_split": HALF}
    assert [one["status"] for one in (await office.post("mei", "/v1/reassignments", body)).json()["results"]] == [
        "accepted"
    ]
    await office.settled()
    await _claimed(office, "bruno", of=GLOBEX)
    [full] = (await office.post("mei", "/v1/reassignments", body)).json()["results"]
    assert (full["status"], full["problem"]["code"]) == ("refused", "CAPACITY_EXCEEDED")
    [by_a_rep] = (await office.post("anna", "/v1/reassignments", body)).json()["results"]
    assert by_a_rep["problem"]["code"] == "NOT_COMMON_MANAGER"
    [silent] = (await office.post("mei", "/v1/reassignments", {**body, "credit_split": None})).json()["results"]
    assert silent["problem"]["code"] in ("SPLIT_REQUIRED", "CAPACITY_EXCEEDED")


@pytest.mark.parametrize("body", [{"to_rep_id": "bruno"}, {"to_rep_id": "bruno", "claim_ids": [], "from_rep_id": "a"}])
async def test_a_reassignment_says_what_is_handed_on(office: Office, body: dict[str, Any]) -> None:
    answer = await office.post("mei", "/v1/reassignments", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "MALFORMED")


async def test_beside_each_customer_stands_until_when_it_is_protected_and_why(office: Office) -> None:
    claim_id = await _claimed(office)
    extended = await office.post("mei", f"/v1/claims/{claim_id}/extend", {"reason": "They decide in April."})
    assert extended.status_code == 200, extended.text
    await office.settled()
    items = (await office.get("bruno", "/v1/customers")).json()["items"]
    told = {item["customer_id"]: item["protection"] for item in items}
    assert told[str(GLOBEX)] is None
    held = told[str(ACME)]
    assert held["protected_until"] == "2026-04-16T16:00:00.000000Z"
    assert held["because"] == {"event": "ownership.protection_extended", "visit_id": None, "basis": "ONLINE"}
    assert held["rules_version"] == 1
    one = (await office.get("bruno", f"/v1/customers/{ACME}")).json()
    assert one["protections"] == [held]


async def test_the_owner_is_told_with_the_reason_the_rules_and_whoever_helps(office: Office) -> None:
    claim_id = await _claimed(office)
    linked = await office.post("anna", f"/v1/claims/{claim_id}/helpers", {"helper_id": "bruno", "split_bp": 3_000})
    assert (linked.status_code, linked.json()["state"]) == (200, "LINKED")
    position = await office.settled()
    owner = (await office.get("mei", f"/v1/customers/{ACME}/ownership?min_position={position}")).json()["owner"]
    assert owner["helpers"] == [{"rep_id": "bruno", "split_bp": 3_000}]
    assert owner["first_visit_due"] == owner["lapses_at"] == "2026-03-05T16:00:00.000000Z"
    assert (owner["because"]["event"], owner["rules_version"]) == ("ownership.claim_granted", 1)
    ended = await office.post("bruno", f"/v1/claims/{claim_id}/helpers/bruno/unlink")
    assert ended.json()["state"] == "UNLINKED"
    stranger = await office.post("bruno", f"/v1/claims/{claim_id}/helpers", {"helper_id": "bruno", "split_bp": 9_000})
    assert stranger.json()["code"] == "NOT_OWNER"


async def _looks(office: Office, who: str, *customer_ids: UUID, **headers: str) -> list[str]:
    """What each look at the details of a customer is answered."""
    answers = [await office.get(who, f"/v1/customers/{one}", **headers) for one in customer_ids]
    return [answer.json().get("code", "shown") for answer in answers]


async def _limited(office: Office, views: int) -> None:
    body = {"kind": "PROT", "body": {"pool_views_per_day": views}}
    assert (await office.post("otto", "/v1/rule-sets", body)).status_code in (200, 201)
    for n in (90, 91):
        told = customer(f"Hooli {n} Ltd", customer_id=str(an_id(n)), phones=["+8613800138000"])
        assert (await office.post("otto", "/v1/customers", told)).status_code == 201
    await office.settled()


async def test_a_rep_opens_so_many_customers_of_the_pool_a_day_and_each_look_is_on_record(office: Office) -> None:
    await _limited(office, 2)
    assert await _looks(office, "bruno", ACME, GLOBEX, an_id(90)) == ["shown", "shown", "POOL_VIEW_LIMIT"]
    refused = await office.get("bruno", f"/v1/customers/{an_id(90)}")
    assert (refused.status_code, refused.json()["viewed"], refused.json()["limit"]) == (409, 2, 2)
    assert "+8613800138000" not in refused.text
    assert await _looks(office, "bruno", ACME, GLOBEX) == ["shown", "shown"]
    await office.settled()
    seen = (await office.get("iris", "/v1/reps/bruno/timeline?type=pool.customer_viewed")).json()["items"]
    assert [one["customer_id"] for one in seen] == [str(ACME), str(GLOBEX)]
    office.later(hours=24)
    assert await _looks(office, "bruno", an_id(90)) == ["shown"]


async def test_looking_at_an_earlier_state_of_a_customer_of_the_pool_is_a_look_too(office: Office) -> None:
    await _limited(office, 1)
    then = await office.settled()
    assert await _looks(office, "bruno", ACME) == ["shown"]
    earlier = await office.get("bruno", f"/v1/customers/{GLOBEX}?at={then}")
    assert earlier.json()["code"] == "POOL_VIEW_LIMIT"


async def test_whom_somebody_holds_and_whom_the_rep_found_are_no_looks_into_the_pool(office: Office) -> None:
    await _limited(office, 0)
    await _claimed(office, "anna")
    await office.post("bruno", "/v1/customers", customer("Vandelay Ltd", customer_id=str(an_id(92))))
    await office.settled()
    assert await _looks(office, "anna", ACME) == ["shown"]
    assert await _looks(office, "bruno", ACME, an_id(92), GLOBEX) == ["shown", "shown", "POOL_VIEW_LIMIT"]
    assert await _looks(office, "mei", GLOBEX) == ["shown"]


async def test_a_machine_looks_into_the_pool_for_a_rep_whom_it_names(office: Office) -> None:
    await _limited(office, 1)
    assert await _looks(office, "app", ACME) == ["FORBIDDEN"]
    assert await _looks(office, "app", ACME, On_Behalf_Of="bruno") == ["shown"]
    assert await _looks(office, "bruno", GLOBEX) == ["POOL_VIEW_LIMIT"]


async def test_two_looks_at_once_are_not_both_the_last_one_of_the_day(office: Office) -> None:
    await _limited(office, 1)
    asked = [office.get("bruno", f"/v1/customers/{one}") for one in (ACME, GLOBEX, an_id(90), an_id(91))]
    answers = [answer.json().get("code", "shown") for answer in await asyncio.gather(*asked)]
    assert sorted(answers) == ["POOL_VIEW_LIMIT"] * 3 + ["shown"]


async def test_the_list_of_customers_is_no_way_round_the_limit(office: Office) -> None:
    await _limited(office, 0)
    listed = await office.get("bruno", "/v1/customers")
    assert "+8613800138000" not in listed.text
    assert "+86••••••••000" in listed.text
    assert "+8613800138000" in (await office.get("mei", "/v1/customers")).text
