"""The day sheet: plan, visits, result, and what the manager says of it, once."""

import re

from tests.api.console.looking import read
from tests.api.office import Office, visit
from tests.people import ACME

DAY = "2026-03-02"
PLAN = {
    "blocks": [{"kind": "VISIT", "from": "08:30", "to": "09:30", "customer_id": str(ACME), "objective": "Who pays?"}],
    "commitments": [{"metric": "visits", "qty": 8}],
}


async def told(office: Office) -> None:
    for path, said in (
        ("/v1/workdays/plans", PLAN),
        ("/v1/visits", visit(1)),
        ("/v1/workdays/closings", {"result": "One good visit.", "lesson": "Ask first."}),
    ):
        answer = await office.post("anna", path, said)
        assert answer.status_code in (200, 201), answer.text
    await office.settled()


async def test_a_day_stands_on_one_sheet(office: Office) -> None:
    await told(office)
    words = await read(office, "anna", f"/reps/anna/days/{DAY}")
    for said in (
        "08:30–09:30",
        "Acme Ltd",
        "Who pays?",
        "One good visit.",
        "Learnt: Ask first.",
        "To be looked at before",
    ):
        assert said in words
    assert "Record the verdict" not in words, "nobody judges their own day"


async def test_a_day_of_which_nothing_was_said_is_told_as_it_is(office: Office) -> None:
    words = await read(office, "mei", "/reps/anna/days/2026-03-03")
    assert "No plan was made for this day." in words
    assert "The day has not been closed." in words
    assert "No workday." in await read(office, "mei", "/reps/anna/days/2026-03-01")


async def test_a_verdict_is_recorded_once_and_a_concern_says_why(office: Office) -> None:
    await told(office)
    page = await office.get("mei", f"/reps/anna/days/{DAY}")
    found = re.search(r'name="request_id" value="([^"]+)"', page.text)
    assert found is not None
    address = f"/reps/anna/days/{DAY}/inspection"
    headers = office.headers("mei")
    without = await office.http.post(address, data={"request_id": "a", "verdict": "CONCERN"}, headers=headers)
    assert (without.status_code, "REASON_REQUIRED" in without.text) == (422, True)
    said = {"request_id": found.group(1), "verdict": "CONCERN", "comment": "Only one?"}
    for _ in range(2):
        answer = await office.http.post(address, data=said, headers=headers)
        assert answer.status_code == 303, answer.text
    await office.settled()
    names = [one.envelope.name for one in await office.platform.log.page(0, 500)]
    assert names.count("workday.day_inspected") == 1
    assert "Only one?" in await read(office, "anna", f"/reps/anna/days/{DAY}")
    assert "Inspected 1/1" in await read(office, "mei", f"/today?date={DAY}")


async def test_a_day_that_nobody_looked_at_names_whom_that_is_charged_to(office: Office) -> None:
    await told(office)
    async with office.platform.started(clock=False):
        await office.platform.clockwork.tick(office.later(days=2))
        await office.settled()
    assert "Nobody looked in time; charged to mei" in await read(office, "anna", f"/reps/anna/days/{DAY}")


async def test_nobody_reads_or_judges_the_day_of_a_colleague(office: Office) -> None:
    assert (await office.get("bruno", f"/reps/anna/days/{DAY}")).status_code in (403, 404)
    said = {"request_id": "b", "verdict": "OK"}
    answer = await office.http.post(f"/reps/anna/days/{DAY}/inspection", data=said, headers=office.headers("bruno"))
    assert answer.status_code == 403
