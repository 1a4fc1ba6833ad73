"""A rep's day through the door: planned, closed, on one sheet, and looked at by the manager before her time is up."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.api.office import Office, opened, visit
from tests.people import ACME, an_id

DAY = "2026-03-02"
PLAN: dict[str, Any] = {
    "blocks": [
        {"kind": "VISIT", "from": "09:30", "to": "10:30", "customer_id": str(ACME), "objective": "Learn who pays."},
        {"kind": "ADMIN", "from": "17:00", "to": "24:00"},
    ],
    "commitments": [{"metric": "visits", "qty": 8}],
}


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    office = await opened()
    async with office.platform.started(clock=False):
        yield office
    await office.http.aclose()
    await office.platform.close()


async def test_a_day_is_planned_told_closed_and_looked_at(office: Office) -> None:
    planned = await office.post("anna", "/v1/workdays/plans", PLAN)
    assert (planned.status_code, planned.json()["day"]) == (201, DAY)
    told = await office.post("anna", "/v1/visits", visit(1))
    assert told.status_code == 201, told.text
    await office.post(
        "anna", "/v1/workdays/closings", {"result": "One visit.", "lesson": "Ask first.", "tags": ["budget"]}
    )
    await office.settled()
    queue = (await office.get("mei", "/v1/inspections")).json()["items"]
    assert [(one["rep_id"], one["day"]) for one in queue] == [("anna", DAY)]
    assert queue[0]["inspect_by"] == "2026-03-03T16:00:00.000000Z"
    looked = await office.post(
        "mei", "/v1/workdays/inspections", {"rep_id": "anna", "day": DAY, "verdict": "CONCERN", "items": ["One visit?"]}
    )
    assert looked.status_code == 200, looked.text
    await office.settled()
    assert (await office.get("mei", "/v1/inspections")).json()["items"] == []
    sheet = (await office.get("anna", f"/v1/reps/anna/days/{DAY}")).json()
    assert sheet["blocks"][0] == {**PLAN["blocks"][0]}
    assert sheet["commitments"] == PLAN["commitments"]
    assert [one["visit_id"] for one in sheet["visits"]] == [str(an_id(1))]
    assert (sheet["result"], sheet["inspection"], sheet["inspected_in_time"]) == ("One visit.", "CONCERN", True)
    assert sheet["figures"]["visits"] == 1


async def test_a_plan_counts_by_metrics_that_targets_know(office: Office) -> None:
    smiles = {"commitments": [{"metric": "smiles", "qty": 8}]}
    assert (await office.post("anna", "/v1/workdays/plans", smiles)).json()["code"] == "MALFORMED"


async def test_nobody_looks_into_the_day_of_a_colleague_and_only_who_leads_judges_it(office: Office) -> None:
    assert (await office.get("bruno", f"/v1/reps/anna/days/{DAY}")).status_code in (403, 404)
    await office.post("anna", "/v1/workdays/closings", {"result": "Done."})
    judged = {"rep_id": "anna", "day": DAY, "verdict": "OK"}
    assert (await office.post("bruno", "/v1/workdays/inspections", judged)).json()["code"] == "FORBIDDEN"
    assert (await office.get("anna", "/v1/inspections")).json()["code"] == "FORBIDDEN"


async def test_one_record_of_the_day_is_looked_at_and_a_record_of_another_day_is_not_found(office: Office) -> None:
    await office.post("anna", "/v1/visits", visit(1))
    await office.settled()
    timeline = (await office.get("mei", "/v1/reps/anna/timeline")).json()["items"]
    event = next(one["id"] for one in timeline if one["type"] == "visit.visit_recorded")
    seen = {"rep_id": "anna", "day": DAY, "event_id": event, "verdict": "OK"}
    assert (await office.post("mei", "/v1/workdays/record-inspections", seen)).status_code == 200
    other = await office.post("mei", "/v1/workdays/record-inspections", {**seen, "day": "2026-03-01"})
    assert other.json()["code"] == "REF_NOT_FOUND"


async def test_a_closed_day_that_nobody_looks_at_is_charged_once_when_its_hour_has_come(office: Office) -> None:
    await office.post("anna", "/v1/workdays/closings", {"result": "Done."})
    await office.settled()
    office.later(days=1)
    await office.platform.clockwork.tick(office.platform.now())
    await office.settled()
    assert len((await office.get("mei", "/v1/inspections")).json()["items"]) == 1
    office.later(days=1)
    await office.platform.clockwork.tick(office.platform.now())
    await office.platform.clockwork.tick(office.platform.now())
    await office.settled()
    sheet = (await office.get("mei", f"/v1/reps/anna/days/{DAY}")).json()
    assert (sheet["missed_managers"], sheet["missed_at"]) == (["mei"], "2026-03-03T16:00:00.000000Z")
    names = [one.envelope.name for one in await office.platform.log.page(0, 500)]
    assert names.count("workday.inspection_missed") == 1
    late = await office.post("mei", "/v1/workdays/inspections", {"rep_id": "anna", "day": DAY, "verdict": "OK"})
    await office.settled()
    assert late.status_code == 200
    assert (await office.get("mei", f"/v1/reps/anna/days/{DAY}")).json()["inspected_in_time"] is False


async def test_time_off_is_said_by_who_stands_above(office: Office) -> None:
    leave = {"rep_id": "anna", "from_day": "2026-03-05", "to_day": "2026-03-06", "kind": "LEAVE"}
    assert (await office.post("anna", "/v1/workdays/time-off", leave)).json()["code"] == "FORBIDDEN"
    assert (await office.post("mei", "/v1/workdays/time-off", leave)).status_code == 200
    turned = await office.post("mei", "/v1/workdays/time-off", {**leave, "to_day": "2026-03-04"})
    assert turned.json()["code"] == "MALFORMED"
    await office.settled()
    sheet = (await office.get("anna", "/v1/reps/anna/days/2026-03-06")).json()
    assert (sheet["off_kind"], sheet["is_workday"]) == ("LEAVE", True)
