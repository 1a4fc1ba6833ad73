"""The gate for leads, through the door: a profile, grades, a suspended source, and what each source is worth."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.api.office import Office, customer, opened
from tests.people import an_id

SITE = {"label": "has a web site", "attribute": "HAS_WEBSITE", "any_of": ["true"], "weight": 60}
COMPANY = {"label": "a company", "attribute": "KIND", "any_of": ["COMPANY"], "weight": 40}
DIRECTORY = {"method": "DIRECTORY", "detail": "Yellow Pages", "seen_on": "2026-03-01"}


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    office = await opened()
    async with office.platform.started(clock=False):
        published = await office.post("otto", "/v1/icp-profiles", {"criteria": [SITE, COMPANY]})
        assert published.status_code == 201, published.text
        yield office
    await office.http.aclose()
    await office.platform.close()


async def _registers(office: Office, n: int, who: str = "anna", **more: object) -> str:
    body = customer(f"Lead {n} Trading Ltd", customer_id=str(an_id(n)), **more)
    answer = await office.post(who, "/v1/customers", body)
    assert answer.status_code == 201, answer.text
    await office.settled()
    return str(an_id(n))


async def _grade(office: Office, of: str) -> dict[str, Any] | None:
    return (await office.get("anna", f"/v1/customers/{of}")).json()["icp"]


async def test_a_lead_is_graded_as_it_comes_and_as_it_becomes_known(office: Office) -> None:
    lead = await _registers(office, 801)
    assert await _grade(office, lead) == {"grade": "C", "score": 40, "signals": ["a company"], "overridden": False}
    await office.post("anna", f"/v1/customers/{lead}/details", {"has_website": True})
    await office.settled()
    graded = await _grade(office, lead)
    assert graded is not None
    assert (graded["grade"], graded["score"]) == ("A", 100)


async def test_a_lead_without_a_web_site_is_claimed_only_if_a_manager_says_why(office: Office) -> None:
    lead = await _registers(office, 801, has_website=False)
    refused = await office.post("anna", f"/v1/customers/{lead}/claims")
    assert (refused.status_code, refused.json()["code"]) == (409, "ICP_X")
    nobody = await office.post("anna", f"/v1/customers/{lead}/grade", {"grade": "B", "reason": "I like them."})
    assert nobody.json()["code"] == "FORBIDDEN"
    said = await office.post("mei", f"/v1/customers/{lead}/grade", {"grade": "B", "reason": "They sell through shops."})
    assert (said.status_code, said.json()["grade"]) == (201, "B")
    assert (await office.post("anna", f"/v1/customers/{lead}/claims")).status_code == 201


async def test_no_leads_are_taken_from_a_suspended_source_until_it_is_resumed(office: Office) -> None:
    source = {"method": "DIRECTORY", "detail": "Yellow Pages"}
    await office.post("mei", "/v1/sources/suspensions", {**source, "reason": "Wrong numbers."})
    body = customer("Lead 801 Trading Ltd", source=DIRECTORY)
    refused = await office.post("anna", "/v1/customers", body)
    assert (refused.status_code, refused.json()["code"]) == (409, "SOURCE_IS_SUSPENDED")
    assert "Wrong numbers." in refused.json()["detail"]
    elsewhere = customer("Lead 802 Trading Ltd", source={**DIRECTORY, "detail": "White Pages"})
    assert (await office.post("anna", "/v1/customers", elsewhere)).status_code == 201
    await office.post("mei", "/v1/sources/resumptions", source)
    assert (await office.post("anna", "/v1/customers", body)).status_code == 201


async def test_what_each_source_is_worth_is_told_with_how_much_that_stands_on(office: Office) -> None:
    await _registers(office, 801, source=DIRECTORY, has_website=True, uscc="91310000MA1000018Y")
    lost = await _registers(office, 802, source=DIRECTORY, has_website=False)
    await office.post("mei", f"/v1/customers/{lost}/decline", {"reason": "NO_POWER"})
    await office.settled()
    items = (await office.get("mei", "/v1/sources?from=2026-03-01&to=2026-03-31")).json()["items"]
    found = next(one for one in items if one["detail"] == "Yellow Pages")
    assert {name: found[name] for name in ("registered", "right", "unfit", "declined", "won", "effective_new")} == {
        "registered": 2, "right": 1, "unfit": 1, "declined": 1, "won": 0, "effective_new": 0,
    }  # fmt: skip
    assert (found["right_bp"], found["low_n"], found["suspended"]) == (5_000, True, None)
    assert (await office.get("anna", "/v1/sources")).status_code == 403
    before = (await office.get("mei", "/v1/sources?to=2026-02-28")).json()["items"]
    assert [one for one in before if one["detail"] == "Yellow Pages"] == []


async def test_the_profiles_are_there_to_read(office: Office) -> None:
    items = (await office.get("anna", "/v1/icp-profiles")).json()["items"]
    assert [(one["version"], one["effective_from"], one["a_from"]) for one in items] == [(1, "2026-03-02", 80)]
