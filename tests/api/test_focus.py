"""Where the time of a rep goes, through the door, and what the clock says about it after the week."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from tests.api.office import Office, opened, visit
from tests.people import ACME, GLOBEX, an_id

MARCH = "/v1/reps/anna/time?from=2026-03-01&to=2026-04-30"


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    office = await opened()
    async with office.platform.started(clock=False):
        yield office
    await office.http.aclose()
    await office.platform.close()


async def _visits(office: Office, n: int, customer: object = ACME, minutes: int = 50, **more: Any) -> None:  # noqa: ANN401 - any field of a visit
    """Anna visits somebody now."""
    began = office.platform.now()
    ended = office.later(minutes=minutes)
    told = visit(n, customer_id=str(customer), started_at=began.isoformat(), ended_at=ended.isoformat(), **more)
    told["next_step"] = {
        "what": "Call.",
        "due": (ended + timedelta(days=3)).date().isoformat(),
        "responsible_id": "anna",
    }
    answer = await office.post("anna", "/v1/visits", told)
    assert answer.status_code == 201, answer.text
    await office.settled()


async def test_the_time_of_a_day_is_told_by_whom_it_went_to(office: Office) -> None:
    await office.post("anna", f"/v1/customers/{ACME}/claims")
    travel = {"minutes": 30, "mode": "CAR", "cost": {"minor": 2_000, "currency": "CNY"}}
    await _visits(office, 1, travel=travel)
    told = (await office.get("anna", MARCH)).json()
    (day,) = told["days"]
    assert (day["date"], day["minutes"], day["new_candidate"], day["travel"]) == ("2026-03-02", 80, 80, 30)
    assert (day["new_share_bp"], day["travel_share_bp"], day["travels_told"]) == (10_000, 3_750, 1)
    assert told["limits"] == {"new_share_bp": 8_000, "stale_share_bp": 2_000, "travel_share_bp": 4_000}
    assert (await office.get("bruno", MARCH)).status_code == 403


async def test_a_day_of_less_than_an_hour_tells_no_share_but_counts_in_the_sum(office: Office) -> None:
    await _visits(office, 1)
    told = (await office.get("mei", MARCH)).json()
    assert told["days"][0]["new_share_bp"] is None
    assert told["total"]["new_share_bp"] == 10_000


async def test_a_visit_struck_out_takes_its_time_along_and_what_was_known_then_stays_readable(office: Office) -> None:
    await _visits(office, 1, minutes=90)
    basis = (await office.get("anna", MARCH)).json()["basis"]["position"]
    await office.post("anna", f"/v1/visits/{an_id(1)}/void", {"reason": "TYPO"})
    await office.settled()
    assert (await office.get("anna", MARCH)).json()["total"]["minutes"] == 0
    assert (await office.get("anna", f"{MARCH}&at={basis}")).json()["total"]["minutes"] == 90


async def test_after_the_week_it_is_said_once_where_the_time_should_not_have_gone(office: Office) -> None:
    await office.post("anna", f"/v1/customers/{ACME}/claims")
    await office.post("otto", "/v1/rule-sets", {"kind": "FOCUS", "body": {"new_days": 0, "travel_share_bp": 100}})
    office.later(days=1)
    await _visits(office, 1, minutes=90, travel={"minutes": 10})
    await _visits(office, 2, GLOBEX, minutes=30)
    office.later(days=6, hours=12)
    await office.platform.clockwork.tick(office.platform.now())
    await office.settled()
    said = "/v1/reps/anna/timeline?type=focus.focus_flagged"
    assert (await office.get("anna", said)).json()["items"] == [], "Monday is the last day on which entries are in time"
    office.later(hours=3)
    await office.platform.clockwork.tick(office.platform.now())
    await office.platform.clockwork.tick(office.later(hours=2))
    await office.settled()
    items = (await office.get("anna", said)).json()["items"]
    assert [(one["facts"]["flag"], one["facts"]["minutes"], one["facts"]["of_minutes"]) for one in items] == [
        ("STALE_FOCUS", 100, 130), ("NEW_SHARE_LOW", 30, 130), ("TRAVEL_HIGH", 10, 130),
    ]  # fmt: skip
    assert {flag for one in items for flag in one["flags"]} == {"STALE_FOCUS", "NEW_SHARE_LOW", "TRAVEL_HIGH"}


async def test_what_drags_on_is_listed_and_said_once(office: Office) -> None:
    await office.post("anna", f"/v1/customers/{ACME}/claims")
    await office.post("otto", "/v1/rule-sets", {"kind": "FOCUS", "body": {"drag_days": 1}})
    office.later(days=2)
    (held,) = (await office.get("anna", "/v1/reps/anna/drag")).json()["items"]
    assert (held["age_days"], held["limit_days"], held["long"]) == (2, 1, True)


async def test_a_customer_that_cost_more_than_it_brought_is_no_good_one(office: Office) -> None:
    await office.post("otto", "/v1/rule-sets", {"kind": "FOCUS", "body": {"hour_cost_minor": 12_000}})
    cost = {"minutes": 30, "cost": {"minor": 2_000, "currency": "CNY"}}
    await _visits(office, 1, minutes=90, travel=cost)
    unknown = (await office.get("mei", f"/v1/customers/{ACME}/return")).json()
    assert (unknown["time_cost"], unknown["result"]) == ({"minor": 24_000, "currency": "CNY"}, None)
    deal = str(an_id(900))
    await office.post("anna", "/v1/deals", {"deal_id": deal, "customer_id": str(ACME)})
    won = {
        "amount": {"minor": 100_000, "currency": "CNY"},
        "gross_margin": {"minor": 25_000, "currency": "CNY"},
        "supporting_visits": [str(an_id(1))],
    }
    assert (await office.post("anna", f"/v1/deals/{deal}/win", won)).status_code == 200
    await office.settled()
    found = (await office.get("mei", f"/v1/customers/{ACME}/return")).json()
    assert found["result"] == {"minor": -1_000, "currency": "CNY"}
    assert (found["negative"], found["flags"]) == (True, ["NEGATIVE_RETURN"])
    assert (await office.get("anna", f"/v1/customers/{ACME}/return")).status_code == 403


async def test_a_span_of_time_is_asked_for_in_order(office: Office) -> None:
    wrong = await office.get("anna", "/v1/reps/anna/time?from=2026-03-02&to=2026-03-01")
    assert wrong.json()["code"] == "MALFORMED"
    week = (await office.get("anna", "/v1/reps/anna/time")).json()
    assert (week["from"], week["to"]) == ("2026-02-24", "2026-03-02"), "a week up to today"
