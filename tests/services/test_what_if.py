"""Other rules over a history: who would have kept or lost whom; and nothing of it is written."""

from collections.abc import AsyncIterator
from datetime import date

import pytest

from api.what_if import over_the_history, told
from services.ports import Stored
from services.rulebook import RuleKind
from services.what_if import Fate, Tried
from tests.api.office import Office, opened, visit
from tests.people import ACME, GLOBEX, an_id


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    office = await opened()
    async with office.platform.started(clock=False):
        yield office
    await office.http.aclose()
    await office.platform.close()


async def pass_days(office: Office, days: float) -> None:
    """Time passes, and what comes due is written."""
    office.later(days=days)
    await office.platform.clockwork.tick(office.platform.now())
    await office.settled()


async def a_history(office: Office) -> None:
    """Anna claims Acme, Bruno Globex; neither is ever visited, and when Globex is free again Anna claims it too."""
    await office.post("anna", f"/v1/customers/{ACME}/claims", {"claim_id": str(an_id(1))})
    await office.post("bruno", f"/v1/customers/{GLOBEX}/claims", {"claim_id": str(an_id(2))})
    await pass_days(office, 5.5)
    freed = await office.post("anna", f"/v1/customers/{GLOBEX}/claims", {"claim_id": str(an_id(3))})
    assert freed.status_code == 201, freed.text
    await pass_days(office, 20)


async def everything(office: Office) -> list[Stored]:
    """The log, byte for byte."""
    return [*await office.platform.log.stored(0, 5_000)]


async def what_if(office: Office, **parameters: int) -> dict[str, Fate]:
    """The fate of each claim under other protection rules."""
    found = await over_the_history(office.platform, [Tried(RuleKind.PROT, parameters)], lambda _, __: None)
    return {str(one.claim_id)[-2:]: one.fate for one in found.fates}


async def test_the_same_rules_give_the_same_history(office: Office) -> None:
    await a_history(office)
    await office.emit("anna", "visit.record", visit())
    await office.settled()
    assert set((await what_if(office)).values()) == {Fate.SAME}
    assert set((await what_if(office, claims_per_day=20)).values()) == {Fate.SAME}


async def test_more_days_for_the_first_visit_keep_customers_longer(office: Office) -> None:
    await a_history(office)
    fates = await what_if(office, first_visit_workdays=8)
    assert fates == {"01": Fate.KEPT_LONGER, "02": Fate.KEPT_LONGER, "03": Fate.REFUSED_INSTEAD}


async def test_fewer_days_lose_them_earlier_and_somebody_who_was_refused_is_granted(office: Office) -> None:
    await office.post("bruno", f"/v1/customers/{GLOBEX}/claims", {"claim_id": str(an_id(2))})
    await pass_days(office, 3)
    refused = await office.post("anna", f"/v1/customers/{GLOBEX}/claims", {"claim_id": str(an_id(3))})
    assert refused.json()["code"] == "ALREADY_CLAIMED"
    await office.settled()
    fates = await what_if(office, first_visit_workdays=1, grace_hours=24)
    assert fates == {"02": Fate.LOST_EARLIER, "03": Fate.GRANTED_INSTEAD}
    found = await over_the_history(
        office.platform, [Tried(RuleKind.PROT, {"first_visit_workdays": 1})], lambda _, __: None
    )
    [holder] = found.holders
    assert (holder.customer_id, holder.was, holder.would) == (GLOBEX, "bruno", "anna")


async def test_a_smaller_portfolio_refuses_what_was_granted(office: Office) -> None:
    await office.post("anna", f"/v1/customers/{ACME}/claims", {"claim_id": str(an_id(1))})
    await office.post("anna", f"/v1/customers/{GLOBEX}/claims", {"claim_id": str(an_id(2))})
    await office.settled()
    assert await what_if(office, capacity=1) == {"01": Fate.SAME, "02": Fate.REFUSED_INSTEAD}


async def test_rules_from_a_day_on_leave_what_was_before_it(office: Office) -> None:
    await office.post("anna", f"/v1/customers/{ACME}/claims", {"claim_id": str(an_id(1))})
    await pass_days(office, 1)
    await office.post("anna", f"/v1/customers/{GLOBEX}/claims", {"claim_id": str(an_id(2))})
    await office.settled()
    later = Tried(RuleKind.PROT, {"first_visit_workdays": 9}, effective_from=date(2026, 3, 3))
    found = await over_the_history(office.platform, [later], lambda _, __: None)
    assert {str(one.claim_id)[-2:]: one.fate for one in found.fates} == {"01": Fate.SAME, "02": Fate.KEPT_LONGER}


async def test_nothing_is_written_and_the_answer_is_told_as_json(office: Office) -> None:
    await a_history(office)
    before = await everything(office)
    found = await over_the_history(
        office.platform, [Tried(RuleKind.PROT, {"first_visit_workdays": 8})], lambda _, __: None
    )
    assert await everything(office) == before
    answer = told(found)
    assert (answer["counts"]["KEPT_LONGER"], answer["counts"]["REFUSED_INSTEAD"]) == (2, 1)
    assert {"fate", "rep_id", "customer_id", "was", "would_be"} <= set(answer["claims"][0])


async def test_customers_about_whom_there_was_a_case_are_left_out_and_named(office: Office) -> None:
    await a_history(office)
    dispute = {"customer_id": str(ACME), "parties": ["anna", "bruno"], "reason": "They were promised to me."}
    assert (await office.post("bruno", "/v1/conflicts", dispute)).status_code == 201
    await office.settled()
    found = await over_the_history(
        office.platform, [Tried(RuleKind.PROT, {"first_visit_workdays": 8})], lambda _, __: None
    )
    assert found.left_out == {ACME}
    assert {one.either.customer_id for one in found.fates} == {GLOBEX}
