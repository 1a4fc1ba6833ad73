"""Which numbers hold, held and will hold is there to read for everybody whom they bind."""

from collections.abc import AsyncIterator

import pytest

from tests.api.office import Office, opened


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    office = await opened()
    async with office.platform.started(clock=False):
        yield office
    await office.http.aclose()
    await office.platform.close()


async def test_every_published_rule_set_is_told_with_its_numbers_and_its_days(office: Office) -> None:
    new = {"kind": "FOCUS", "body": {"new_share_bp": 7_000}, "effective_from": "2026-04-01", "scope": "team:east"}
    assert (await office.post("otto", "/v1/rule-sets", new)).status_code == 201
    await office.settled()
    items = (await office.get("anna", "/v1/rule-sets?kind=FOCUS")).json()["items"]
    assert [(one["version"], one["scope"], one["effective_from"], one["body"]["new_share_bp"]) for one in items] == [
        (1, "organisation", "0001-01-01", 8_000), (2, "team:east", "2026-04-01", 7_000),
    ]  # fmt: skip
    await office.post("otto", "/v1/rule-sets/FOCUS/retirements", {"version": 2, "retired_from": "2026-05-01"})
    items = (await office.get("anna", "/v1/rule-sets?kind=FOCUS")).json()["items"]
    assert items[1]["retired_from"] == "2026-05-01"


async def test_without_a_kind_all_are_told(office: Office) -> None:
    items = (await office.get("anna", "/v1/rule-sets")).json()["items"]
    assert [one["kind"] for one in items] == ["PROT", "EFF", "FLAG", "RULE", "FOCUS"]
    assert (await office.get("anna", "/v1/rule-sets?kind=LUCK")).status_code == 422
