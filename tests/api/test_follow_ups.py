"""Follow-ups without progress, through the door: a warning, a stop, and a manager's word to go on."""

from collections.abc import AsyncIterator

import pytest

from tests.api.office import Office, customer, opened, visit
from tests.people import ACME, an_id


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    office = await opened()
    async with office.platform.started(clock=False):
        yield office
    await office.http.aclose()
    await office.platform.close()


async def _names(office: Office, after: int) -> list[str]:
    return [one.envelope.name for one in await office.platform.log.page(after, 500)]


async def _telephones(office: Office, n: int, who: str = "anna", mode: str = "PHONE") -> None:
    """Somebody reaches Acme by telephone."""
    office.later(minutes=30)
    ends = office.platform.now()
    begins = office.later(minutes=-20)
    office.later(minutes=20)
    told = visit(n, mode=mode, started_at=begins.isoformat(), ended_at=ends.isoformat())
    answer = await office.post(who, "/v1/visits", told)
    assert answer.status_code == 201, answer.text
    await office.settled()


async def test_calls_of_anybody_count_and_a_manager_lets_the_owner_go_on(office: Office) -> None:
    claim = (await office.post("anna", f"/v1/customers/{ACME}/claims")).json()["claim_id"]
    after = await office.settled()
    for n in (1, 2):
        await _telephones(office, n)
    assert "ownership.follow_up_warned" not in await _names(office, after)
    await _telephones(office, 3, "bruno")
    assert (await _names(office, after)).count("ownership.follow_up_warned") == 1
    await _telephones(office, 4)
    await _telephones(office, 5)
    assert (await _names(office, after)).count("ownership.follow_up_stopped") == 1
    refused = await office.post("anna", f"/v1/claims/{claim}/continue", {"reason": "Please."})
    assert refused.json()["code"] == "FORBIDDEN"
    no_reason = await office.post("mei", f"/v1/claims/{claim}/continue")
    assert no_reason.json()["code"] == "REASON_REQUIRED"
    going_on = await office.post("mei", f"/v1/claims/{claim}/continue", {"reason": "They decide in April."})
    assert (going_on.status_code, going_on.json()["state"]) == (200, "CONTINUED")
    again = await office.post("mei", f"/v1/claims/{claim}/continue", {"reason": "They decide in May."})
    assert again.json()["code"] == "NOT_STOPPED"


async def test_an_attempt_is_no_follow_up_and_neither_is_a_call_that_was_struck_out(office: Office) -> None:
    await office.post("anna", f"/v1/customers/{ACME}/claims")
    after = await office.settled()
    for n in (1, 2):
        await _telephones(office, n)
    attempt = {"visit_id": str(an_id(8)), "customer_id": str(ACME), "mode": "PHONE", "reason": "NO_ANSWER"}
    tried = await office.post("anna", "/v1/visits/attempts", attempt)
    assert tried.status_code == 201, tried.text
    voided = await office.post("anna", f"/v1/visits/{an_id(2)}/void", {"reason": "TYPO"})
    assert voided.status_code == 200, voided.text
    await office.settled()
    await _telephones(office, 3)
    assert "ownership.follow_up_warned" not in await _names(office, after)
    await _telephones(office, 4)
    assert "ownership.follow_up_warned" in await _names(office, after)


async def test_a_deal_that_comes_a_stage_further_is_progress(office: Office) -> None:
    await office.post("anna", f"/v1/customers/{ACME}/claims")
    deal = {"deal_id": str(an_id(70)), "customer_id": str(ACME), "stage": "OFFER"}
    await office.post("anna", "/v1/deals", deal)
    after = await office.settled()
    for n in (1, 2):
        await _telephones(office, n)
    office.later(minutes=5)
    await office.post("anna", f"/v1/deals/{an_id(70)}/stages", {"stage": "PROPOSAL"})
    await office.settled()
    assert "ownership.progress_noted" in await _names(office, after)
    await _telephones(office, 3)
    assert "ownership.follow_up_warned" not in await _names(office, after)


async def test_a_customer_of_nobody_is_called_as_often_as_one_likes(office: Office) -> None:
    other = await office.post("anna", "/v1/customers", customer(customer_id=str(an_id(90))))
    assert other.status_code == 201
    after = await office.settled()
    for n in range(1, 7):
        await _telephones(office, n)
    assert not [name for name in await _names(office, after) if "follow_up" in name]
