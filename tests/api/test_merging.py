"""Two records of one customer become one, and two again, through the door; no history is lost (A9–A11, A34)."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.api.office import Office, customer, opened, visit
from tests.people import ACME, GLOBEX, an_id

CODE, OTHER_CODE = "91350100M000100Y43", "91310000MA1000018Y"


@pytest.fixture
async def office() -> AsyncGenerator[Office]:
    opening = await opened()
    yield opening
    await opening.platform.close()


async def done(office: Office, who: str, path: str, body: object) -> dict[str, Any]:
    answer = await office.post(who, path, body)
    assert answer.status_code in (200, 201), answer.text
    await office.settled()
    return answer.json()


async def twice(office: Office, **more: object) -> str:
    """Bruno registers Acme once more, four days after it was registered first."""
    office.later(days=4)
    return (await done(office, "bruno", "/v1/customers", customer("ACME LTD.", **more)))["customer_id"]


async def same(office: Office, one: str) -> None:
    await done(office, "mei", f"/v1/duplicates/{one}/{ACME}/verdict", {"verdict": "SAME"})


async def owner(office: Office, customer_id: object) -> dict[str, Any]:
    return (await office.get("mei", f"/v1/customers/{customer_id}/ownership")).json()


async def record(office: Office, customer_id: object) -> dict[str, Any]:
    return (await office.get("mei", f"/v1/customers/{customer_id}")).json()


async def test_found_to_be_the_same_the_later_record_goes_up_in_the_first_with_its_code(office: Office) -> None:
    claim = await done(office, "anna", f"/v1/customers/{ACME}/claims", {})
    later = await twice(office, uscc=CODE, domain="acme.cn")
    await same(office, later)
    for asked in (later, ACME):
        seen = await record(office, asked)
        assert (seen["customer_id"], seen["uscc"], seen["domain"]) == (str(ACME), CODE, "acme.cn")
        assert seen["merged_ids"] == [later]
    assert (await owner(office, later))["owner"]["claim_id"] == claim["claim_id"]
    again = await office.post("bruno", "/v1/customers", customer("Acme Group", uscc=CODE))
    assert (again.json()["code"], again.json()["customer_id"]) == ("DUPLICATE_HARD", str(ACME))


async def test_the_one_live_claim_goes_on_at_the_survivor_with_the_same_window(office: Office) -> None:
    later = (await done(office, "bruno", "/v1/customers", customer("Initech Ltd")))["customer_id"]
    claim = await done(office, "bruno", f"/v1/customers/{later}/claims", {})
    await same(office, later)
    held = await owner(office, ACME)
    assert (held["owner"]["rep_id"], held["owner"]["basis"]) == ("bruno", "MERGE")
    assert held["owner"]["protected_until"] == claim["protected_until"]
    assert {(span["origin"], span["rep_id"]) for span in held["spans"]} == {(later, "bruno"), (str(ACME), "bruno")}
    refused = await office.post("anna", f"/v1/customers/{later}/claims", {})
    assert (refused.json()["code"], refused.json()["survivor_id"]) == ("MERGED_USE_SURVIVOR", str(ACME))
    released = await office.post("bruno", f"/v1/claims/{held['owner']['claim_id']}/release", {})
    assert released.status_code == 200, released.text


async def test_both_histories_are_read_as_one_with_the_record_that_each_visit_named(office: Office) -> None:
    later = (await done(office, "bruno", "/v1/customers", customer("Initech Ltd")))["customer_id"]
    await done(office, "anna", "/v1/visits", visit(1))
    await done(office, "bruno", "/v1/visits", visit(2, customer_id=later))
    await same(office, later)
    for asked in (later, ACME):
        told = (await office.get("mei", f"/v1/customers/{asked}/visits")).json()["items"]
        assert {(one["visit_id"], one["customer_id"]) for one in told} == {
            (str(an_id(1)), str(ACME)),
            (str(an_id(2)), later),
        }


async def test_two_reps_who_hold_it_are_at_odds_first(office: Office) -> None:
    later = (await done(office, "bruno", "/v1/customers", customer("Initech Ltd")))["customer_id"]
    await done(office, "anna", f"/v1/customers/{ACME}/claims", {})
    await done(office, "bruno", f"/v1/customers/{later}/claims", {})
    await same(office, later)
    (case,) = (await office.get("mei", "/v1/conflicts")).json()["items"]
    assert case["kind"] == "DUPLICATE"
    refused = await office.post("mei", f"/v1/customers/{ACME}/merges", {"other_id": later})
    assert refused.json()["code"] == "CONTESTED"
    await office.settled()
    assert (await record(office, ACME))["merged_ids"] == []


@pytest.mark.parametrize(
    ("say", "why"), [("nothing", "NO_VERDICT"), ("different", "NO_VERDICT"), ("merged", "MERGED"), ("itself", "ITSELF")]
)
async def test_without_the_verdict_or_twice_nothing_is_merged(office: Office, say: str, why: str) -> None:
    later = await twice(office)
    if say == "different":
        await done(office, "mei", f"/v1/duplicates/{later}/{ACME}/verdict", {"verdict": "DIFFERENT"})
    if say == "merged":
        await same(office, later)
    other = str(ACME) if say == "itself" else later
    refused = await office.post("mei", f"/v1/customers/{ACME}/merges", {"other_id": other})
    assert (refused.json()["code"], refused.json()["why"]) == ("MERGE_INVALID", why)


async def test_two_valid_codes_are_two_customers_and_both_claims_stand(office: Office) -> None:
    await done(office, "otto", f"/v1/customers/{ACME}/details", {"uscc": CODE})
    registered = await done(office, "bruno", "/v1/customers", customer("ACME LTD.", uscc=OTHER_CODE))
    assert registered["duplicates"] == [{"customer_id": str(ACME), "level": "WEAK"}]
    await done(office, "anna", f"/v1/customers/{ACME}/claims", {})
    await done(office, "bruno", f"/v1/customers/{registered['customer_id']}/claims", {})


async def test_a_wrong_merge_is_undone_with_claims_longer_by_its_days_and_visits_where_they_were(
    office: Office,
) -> None:
    later = (await done(office, "bruno", "/v1/customers", customer("Initech Ltd", domain="initech.cn")))["customer_id"]
    await done(office, "bruno", "/v1/visits", visit(2, customer_id=later))
    claim = await done(office, "bruno", f"/v1/customers/{later}/claims", {})
    await same(office, later)
    office.later(days=2)
    refused = await office.post("mei", f"/v1/customers/{ACME}/unmerges", {"other_id": later})
    assert refused.json()["code"] == "REASON_REQUIRED"
    await done(office, "mei", f"/v1/customers/{ACME}/unmerges", {"other_id": later, "reason": "two shops"})
    parted = await record(office, later)
    assert (parted["customer_id"], parted["merged_into"], parted["domain"]) == (later, None, "initech.cn")
    first = await record(office, ACME)
    assert (first["merged_ids"], first["aliases"], first["domain"]) == ([], [], None)
    held = await owner(office, later)
    assert held["owner"]["rep_id"] == "bruno"
    until = datetime.fromisoformat(claim["protected_until"]) + timedelta(days=2)
    assert datetime.fromisoformat(held["owner"]["protected_until"]) == until
    assert (await owner(office, ACME))["owner"] is None
    named = (await office.get("mei", f"/v1/customers/{ACME}/visits")).json()["items"]
    assert named == []
    told = (await office.get("mei", f"/v1/customers/{later}/visits")).json()["items"]
    assert {one["visit_id"] for one in told} == {str(an_id(2))}
    settled = (await office.get("mei", "/v1/duplicates?state=DIFFERENT")).json()["items"]
    assert [one["reason"] for one in settled] == ["two shops"]
    again = await office.post("mei", f"/v1/customers/{ACME}/unmerges", {"other_id": later, "reason": "two shops"})
    assert (again.json()["code"], again.json()["why"]) == ("MERGE_INVALID", "NOT_MERGED")


async def test_as_of_before_the_merge_both_records_stand_as_they_stood(office: Office) -> None:
    later = await twice(office)
    before = (await office.platform.log.head()).position
    await same(office, later)
    seen = (await office.get("mei", f"/v1/customers/{later}?at={before}")).json()
    assert (seen["customer_id"], seen["merged_into"]) == (later, None)


async def test_a_group_keeps_both_owners(office: Office) -> None:
    await done(office, "anna", f"/v1/customers/{ACME}/claims", {})
    await done(office, "bruno", f"/v1/customers/{GLOBEX}/claims", {})
    await done(office, "mei", f"/v1/customers/{ACME}/group", {"other_id": str(GLOBEX), "reason": "bought"})
    assert (await owner(office, ACME))["owner"]["rep_id"] == "anna"
    assert (await owner(office, GLOBEX))["owner"]["rep_id"] == "bruno"


@pytest.mark.parametrize("who_first", ["claim", "merge"])
async def test_a_claim_in_the_instant_of_the_merge_goes_to_the_survivor_or_is_refused(
    office: Office, who_first: str
) -> None:
    later = (await done(office, "bruno", "/v1/customers", customer("Initech Ltd", domain="initech.cn")))["customer_id"]
    await office.settled()
    said = await office.post("mei", f"/v1/duplicates/{later}/{ACME}/verdict", {"verdict": "SAME"})
    assert said.status_code == 200, said.text
    claims = [office.post("anna", f"/v1/customers/{later}/claims", {}) for _ in range(3)]
    merge = office.post("mei", f"/v1/customers/{ACME}/merges", {"other_id": later})
    asked = [*claims, merge] if who_first == "claim" else [merge, *claims]
    answers = await asyncio.gather(*asked)
    codes = {one.json().get("code", "granted") for one in answers}
    assert codes <= {"granted", "MERGED_USE_SURVIVOR", "ALREADY_OWNED_BY_YOU"}
    known_at = await office.settled()
    now = office.platform.now()
    held = await office.platform.ownership_questions.live([UUID(later), ACME], valid_at=now, known_at=known_at)
    assert UUID(later) not in held
    claimed = any(one.status_code == 201 and "claim_id" in one.json() for one in answers)
    assert (ACME in held) == claimed


async def _telephones(office: Office, n: int, customer_id: object) -> None:
    """Bruno reaches somebody by telephone."""
    begins = office.later(minutes=30)
    ends = office.later(minutes=20)
    told = visit(n, mode="PHONE", started_at=begins.isoformat(), ended_at=ends.isoformat())
    await done(office, "bruno", "/v1/visits", told | {"customer_id": str(customer_id)})


async def test_m7_follow_ups_of_both_records_add_up_after_the_merge_and_the_count_does_not_begin_anew(
    office: Office,
) -> None:
    later = (await done(office, "bruno", "/v1/customers", customer("Initech Ltd")))["customer_id"]
    await done(office, "bruno", f"/v1/customers/{later}/claims", {})
    await _telephones(office, 1, later)
    await _telephones(office, 2, ACME)
    assert await _warned(office) == []
    await same(office, later)
    assert (await owner(office, ACME))["owner"]["rep_id"] == "bruno"
    await _telephones(office, 3, ACME)
    [warning] = await _warned(office)
    assert (warning["customer_id"], warning["follow_ups"]) == (str(ACME), 3)


async def _warned(office: Office) -> list[dict[str, Any]]:
    answer = await office.get("iris", "/v1/events?type=ownership.follow_up_warned")
    return [one["event"]["payload"] for one in answer.json()["items"]]


async def test_a_merge_that_waited_for_a_case_is_made_when_the_case_is_closed(office: Office) -> None:
    later = await twice(office)
    for who, record_id in (("anna", ACME), ("bruno", later)):
        other = {"verdict": "DIFFERENT", "reason": "a licence of its own"}
        if who == "bruno":
            await done(office, "mei", f"/v1/duplicates/{later}/{ACME}/verdict", other)
        await done(office, who, f"/v1/customers/{record_id}/claims", {})
    await same(office, later)
    [case] = (await office.get("iris", "/v1/conflicts")).json()["items"]
    assert (case["kind"], case["stage"]) == ("DUPLICATE", "OPEN")
    assert (await record(office, later))["customer_id"] == later
    for asked, data in (
        ("org.grant_role", {"actor_id": "rex", "role": "arbiter"}),
        ("org.grant_role", {"actor_id": "rex", "role": "manager"}),
        ("org.add_rep", {"rep_id": "mei", "team_id": "east", "manager_id": "rex", "effective_at": None}),
    ):
        assert (await office.emit("otto", asked, data)).status_code == 200
    await office.settled()
    for who in ("anna", "bruno"):
        await done(office, who, f"/v1/conflicts/{case['case_id']}/statements", {"text": "It is mine."})
    ruled = await done(office, "rex", f"/v1/conflicts/{case['case_id']}/rulings", {})
    assert ruled["position"]
    assert (await record(office, later))["customer_id"] == later  # a party may still appeal
    async with office.platform.started(clock=False):
        await office.platform.clockwork.tick(office.later(days=5, hours=16))
        await office.settled()
    await office.settled()
    assert (await record(office, later))["merged_ids"] == [later]  # whoever asks for it is told of the survivor
    held = await owner(office, ACME)
    assert held["owner"]["rep_id"] == "bruno"  # he found the firm; nobody had registered it for themselves before
    assert (await owner(office, later))["owner"]["rep_id"] == "bruno"
