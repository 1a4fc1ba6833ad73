"""The duplicate desk through the door: pointed out, held back, looked at, and nobody's owner given away."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest

from tests.api.office import Office, customer, opened
from tests.people import ACME, an_id


@pytest.fixture
async def office() -> AsyncGenerator[Office]:
    opening = await opened()
    yield opening
    await opening.platform.close()


async def registered(office: Office, who: str, name: str, **more: object) -> dict[str, Any]:
    answer = await office.post(who, "/v1/customers", customer(name, **more))
    assert answer.status_code == 201, answer.text
    await office.settled()
    return answer.json()


async def test_a_registration_names_the_records_that_it_may_double(office: Office) -> None:
    answer = await registered(office, "bruno", "ACME LTD.")
    assert answer["duplicates"] == [{"customer_id": str(ACME), "level": "STRONG"}]


async def test_a_double_is_claimed_when_somebody_has_found_it_to_be_another(office: Office) -> None:
    twice = (await registered(office, "bruno", "ACME LTD."))["customer_id"]
    refused = await office.post("bruno", f"/v1/customers/{twice}/claims", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "DUPLICATE_PENDING")
    seen = await office.get("bruno", f"/v1/customers/{twice}/claimability")
    assert seen.json()["code"] == "DUPLICATE_PENDING"
    verdict = {"verdict": "DIFFERENT", "reason": "another licence"}
    found = await office.post("mei", f"/v1/duplicates/{twice}/{ACME}/verdict", verdict)
    assert found.status_code == 200, found.text
    assert (await office.post("bruno", f"/v1/customers/{twice}/claims", {})).status_code == 201


async def test_the_earlier_record_stays_claimable(office: Office) -> None:
    await registered(office, "bruno", "ACME LTD.")
    assert (await office.post("anna", f"/v1/customers/{ACME}/claims", {})).status_code == 201


async def test_a_rep_gives_no_verdict(office: Office) -> None:
    twice = (await registered(office, "bruno", "ACME LTD."))["customer_id"]
    refused = await office.post("bruno", f"/v1/duplicates/{twice}/{ACME}/verdict", {"verdict": "DIFFERENT"})
    assert refused.status_code == 403


async def test_the_desk_shows_reps_the_team_and_the_date_and_managers_who_it_is(office: Office) -> None:
    claim = (await office.post("anna", f"/v1/customers/{ACME}/claims", {})).json()
    twice = (await registered(office, "bruno", "ACME LTD."))["customer_id"]
    (seen,) = (await office.get("bruno", "/v1/duplicates")).json()["items"]
    assert (seen["customer_id"], seen["other_id"], seen["state"]) == (twice, str(ACME), "OPEN")
    assert seen["signs"] == ["SAME_NAME_AND_REGION"]
    (held,) = seen["records"][1]["held"]
    assert (held["rep_id"], held["team_id"]) == (None, "east")
    assert held["claimable_at"] > claim["first_visit_due"]
    (known,) = (await office.get("mei", "/v1/duplicates")).json()["items"]
    assert known["records"][1]["held"][0]["rep_id"] == "anna"


async def test_a_double_that_shows_itself_later_is_pointed_out_then(office: Office) -> None:
    one = (await registered(office, "anna", "Initech Ltd", phones=["021 6234 5678"]))["customer_id"]
    other = (await registered(office, "bruno", "Initech Group Trading Ltd"))["customer_id"]
    assert (await office.get("mei", "/v1/duplicates?level=STRONG")).json()["items"] == []
    office.later(hours=1)
    await office.post("bruno", f"/v1/customers/{other}/renames", {"legal_name": "Initech Ltd"})
    await office.settled()
    (seen,) = (await office.get("mei", "/v1/duplicates?level=STRONG")).json()["items"]
    assert {seen["customer_id"], seen["other_id"]} == {one, other}


async def test_two_at_the_same_moment_who_did_not_see_each_other_are_found_afterwards(office: Office) -> None:
    batch = [office.event("customer.register", customer("Initech Ltd")) for _ in range(2)]
    await office.batch("anna", batch)
    await office.settled()
    assert len((await office.get("mei", "/v1/duplicates")).json()["items"]) == 1


async def test_members_of_a_group_stay_apart(office: Office) -> None:
    twice = (await registered(office, "bruno", "ACME LTD."))["customer_id"]
    linked = await office.post("mei", f"/v1/customers/{twice}/group", {"other_id": str(ACME), "reason": "sisters"})
    assert linked.status_code == 200, linked.text
    await office.settled()
    assert (await office.get("mei", "/v1/duplicates")).json()["items"] == []
    (settled,) = (await office.get("mei", "/v1/duplicates?state=DIFFERENT")).json()["items"]
    assert (settled["reason"], settled["resolved_by"]) == ("sisters", "mei")


async def _knows(office: Office, who: str, customer_id: object, n: int, **reached: str) -> None:
    said = {"contact_id": str(an_id(n)), "name": f"Somebody {n}", "role": "BUYER", **reached}
    answer = await office.post(who, f"/v1/customers/{customer_id}/contacts", said)
    assert answer.status_code == 201, answer.text
    await office.settled()


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ({"phone": "138 0013 8000"}, {"phone": "+8613800138000"}),
        ({"email": "Li.Na@mail.example"}, {"email": "li.na@mail.example"}),
    ],
    ids=["phone", "e-mail"],
)
async def test_two_records_at_which_somebody_has_the_same_personal_number_are_found(
    office: Office, here: dict[str, str], there: dict[str, str]
) -> None:
    one = (await registered(office, "anna", "Initech Ltd"))["customer_id"]
    other = (await registered(office, "bruno", "Hooli Trading Ltd"))["customer_id"]
    await _knows(office, "anna", one, 71, **here)
    assert (await office.get("mei", "/v1/duplicates")).json()["items"] == []
    await _knows(office, "bruno", other, 72, **there)
    seen = await office.get("mei", "/v1/duplicates")
    (pair,) = seen.json()["items"]
    assert {pair["customer_id"], pair["other_id"]} == {one, other}
    assert (pair["level"], pair["signs"]) == ("WEAK", ["SAME_CONTACT"])
    kept = b"".join(event.body for event in await office.platform.log.stored(0, 1_000))
    for value in ("13800138000", "li.na@mail.example"):
        assert value not in seen.text.casefold()
        assert value.encode() not in kept.lower()


async def test_who_was_erased_or_has_left_shows_no_duplicate(office: Office) -> None:
    one = (await registered(office, "anna", "Initech Ltd"))["customer_id"]
    gone = (await registered(office, "anna", "Globular Ltd"))["customer_id"]
    other = (await registered(office, "bruno", "Hooli Trading Ltd"))["customer_id"]
    await _knows(office, "anna", one, 71, phone="+8613800138000")
    await _knows(office, "anna", gone, 73, phone="+8613800138000")
    settled = (await office.get("mei", "/v1/duplicates")).json()["items"]
    assert len(settled) == 1  # these two share her
    await office.platform.vault.destroy(f"contact:{an_id(71)}")
    await office.post("anna", f"/v1/customers/{gone}/contacts/{an_id(73)}/departure", {})
    await office.settled()
    await _knows(office, "bruno", other, 72, phone="+8613800138000")
    assert (await office.get("mei", "/v1/duplicates")).json()["items"] == settled
