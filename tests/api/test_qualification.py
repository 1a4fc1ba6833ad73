"""A purchase that may come, through the door: told with a visit, shown by it, counted once, and taken back."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.api.office import Office, opened, visit
from tests.people import ACME, an_id

OF = f"/v1/customers/{ACME}/qualification"
LI = str(an_id(601))
SHOWN = {"evidence": {"visit_id": str(an_id(1))}}


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    office = await opened()
    async with office.platform.started(clock=False):
        yield office
    await office.http.aclose()
    await office.platform.close()


async def _met(office: Office, n: int = 1, **more: object) -> None:
    """Anna tells of a visit at which Li, who pays, was there."""
    contact = {"contact_id": LI, "name": "Li Na", "role": "BUYER"}
    await office.post("anna", f"/v1/customers/{ACME}/contacts", contact)
    people = {"customer": [{"contact_id": LI, "role": "BUYER"}]}
    told = visit(n, participants=people, discovery={"need": "two lines", "timing": "May"}, **more)
    answer = await office.post("anna", "/v1/visits", told)
    assert answer.status_code == 201, answer.text
    await office.settled()


async def _say(office: Office, what: str, **body: object) -> dict[str, Any]:
    answer = await office.post("anna", f"{OF}/{what}", body)
    assert answer.status_code == 201, answer.text
    await office.settled()
    return answer.json()


async def _standing(office: Office) -> dict[str, Any]:
    return (await office.get("anna", OF)).json()


async def _counts(office: Office) -> list[tuple[int, str]]:
    items = (await office.get("anna", "/v1/reps/anna/effective-new-customers")).json()["items"]
    return [(one["count"], one["biz_date"]) for one in items]


async def _qualified(office: Office) -> None:
    await office.post("anna", f"/v1/customers/{ACME}/claims")
    await _met(office, interest_origin="FRIEND_REFERRAL")
    await _say(office, "needs", need="Two packaging lines.", **SHOWN)
    await _say(office, "budgets", at_least={"minor": 5_000_000, "currency": "CNY"}, **SHOWN)


async def test_what_was_told_with_the_visit_is_not_told_twice(office: Office) -> None:
    await _met(office, interest_origin="FRIEND_REFERRAL")
    found = await _standing(office)
    assert [(one["criterion"], one["question"]) for one in found["statements"]] == [
        ("ANSWER", "NEED"), ("ANSWER", "TIMING"), ("BUYER_MET", None),
    ]  # fmt: skip
    met = found["statements"][-1]
    assert (met["interest_origin"], met["confidence"], met["evidence"]["visit_id"]) == (
        "FRIEND_REFERRAL", "STATED", str(an_id(1)),
    )  # fmt: skip
    assert met["evidence"]["position"] < met["position"], "what shows it stands in the log before it"
    assert found["discovery"] == {"answered": 2, "questions": 4}
    assert found["missing"] == ["NEED", "BUDGET"]


async def test_once_everything_is_shown_it_counts_for_its_owner_and_once_only(office: Office) -> None:
    await _qualified(office)
    assert (await _standing(office))["missing"] == []
    assert await _counts(office) == [(1, "2026-03-02")]
    await _say(office, "needs", need="Three packaging lines.", **SHOWN)
    assert await _counts(office) == [(1, "2026-03-02")]


async def test_when_the_visit_is_struck_out_the_count_is_taken_back_on_that_day(office: Office) -> None:
    await _qualified(office)
    basis = (await _standing(office))["basis"]["position"]
    office.later(hours=20)
    await office.post("anna", f"/v1/visits/{an_id(1)}/void", {"reason": "WRONG_CUSTOMER"})
    await office.settled()
    assert await _counts(office) == [(1, "2026-03-02"), (-1, "2026-03-03")]
    assert (await _standing(office))["missing"] == ["NEED", "BUDGET", "BUYER_IDENTIFIED", "BUYER_MET"]
    earlier = (await office.get("anna", f"{OF}?at={basis}")).json()
    assert earlier["missing"] == [], "what was known then can still be read"


async def test_a_bare_assertion_stands_and_counts_for_nothing(office: Office) -> None:
    await office.post("anna", f"/v1/customers/{ACME}/claims")
    said = await _say(office, "needs", need="Anything.")
    assert said["confidence"] == "UNVERIFIED"
    assert "NEED" in (await _standing(office))["missing"]


async def test_a_confidence_is_derived_and_never_sent(office: Office) -> None:
    answer = await office.post("anna", f"{OF}/needs", {"need": "x", "confidence": "VERIFIED"})
    assert answer.json()["code"] == "DERIVED_FIELD"


async def test_a_step_forward_begins_the_count_of_follow_ups_anew(office: Office) -> None:
    await office.post("anna", f"/v1/customers/{ACME}/claims")
    office.later(minutes=1)
    await _met(office, interest_origin="EVENT")
    names = [one.envelope.name for one in await office.platform.log.page(0, 500)]
    assert "ownership.progress_noted" in names


async def test_three_workdays_after_an_effective_visit_somebody_asks_who_pays(office: Office) -> None:
    there = {"lat": 31.2304, "lon": 121.4737, "accuracy_m": 20, "crs": "WGS84"}
    details = {"geo": {"lat": 31.2304, "lon": 121.4737, "crs": "WGS84"}}
    assert (await office.post("otto", f"/v1/customers/{ACME}/details", details)).status_code in (200, 201)
    contact = {"contact_id": LI, "name": "Li Na", "role": "INFLUENCER"}
    await office.post("anna", f"/v1/customers/{ACME}/contacts", contact)
    await office.post("anna", f"/v1/customers/{ACME}/claims")
    seen = {"visit_id": str(an_id(1)), "customer_id": str(ACME), "geo": there}
    await office.emit("anna", "visit.check_in", seen)
    people = {"customer": [{"contact_id": LI, "role": "INFLUENCER"}]}
    await office.post("anna", "/v1/visits", visit(1, participants=people, discovery={"need": "two lines"}))
    await office.settled()
    assert (await _standing(office))["buyer"]["due_at"] == "2026-03-05T16:00:00.000000Z"
    office.later(days=3, hours=14)
    assert await office.platform.clockwork.tick(office.platform.now()) == 0
    office.later(hours=2)
    await office.platform.clockwork.tick(office.platform.now())
    await office.settled()
    assert (await _standing(office))["buyer"]["missed"] is True
    told = (await office.get("mei", "/v1/reps/anna/timeline?type=qualification.buyer_not_located")).json()["items"]
    assert [one["flags"] for one in told] == [["BUYER_NOT_LOCATED"]]
    assert told[0]["biz_date"] == "2026-03-05"


async def test_the_numbers_of_focus_are_published_like_any_others(office: Office) -> None:
    new = {"kind": "FOCUS", "body": {"new_days": 0}, "effective_from": "2026-03-02"}
    assert (await office.post("otto", "/v1/rule-sets", new)).status_code == 201
    wrong = {"kind": "FOCUS", "body": {"new_share_bp": 10_001}}
    assert (await office.post("otto", "/v1/rule-sets", wrong)).json()["code"] == "RULESET_INCONSISTENT"
    await _qualified(office)
    assert await _counts(office) == [(1, "2026-03-02")], "on the first day a customer is new even then"
