"""The docket and the case file over HTTP: what each may see, what a dry run answers, how the addresses fit together."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.api.office import Office, opened
from tests.people import ACME, an_id


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    office = await opened()
    yield office
    await office.http.aclose()
    await office.platform.close()


async def a_case(office: Office) -> str:
    """Anna holds Acme, Bruno says that it is his."""
    claimed = await office.post("anna", f"/v1/customers/{ACME}/claims")
    assert claimed.status_code == 201, claimed.text
    await office.settled()
    said = {"customer_id": str(ACME), "parties": ["anna", "bruno"], "reason": "I was there before."}
    made = await office.post("bruno", "/v1/conflicts", said)
    assert made.status_code == 201, made.text
    await office.settled()
    return str(made.json()["case_id"])


async def got(office: Office, who: str, path: str) -> dict[str, Any]:
    answer = await office.get(who, path)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_everybody_sees_the_cases_that_concern_them(office: Office) -> None:
    case_id = await a_case(office)
    for who in ("anna", "bruno", "mei", "iris", "otto", "rex"):
        (item,) = (await got(office, who, "/v1/conflicts"))["items"]
        assert (item["case_id"], item["stage"], item["parties"]) == (case_id, "OPEN", ["anna", "bruno"])
    await office.emit("otto", "org.add_rep", {"rep_id": "lena", "team_id": "east"})
    await office.settled()
    token = (await office.platform.access.create("lena", "rep")).token
    answer = await office.http.get(f"/v1/conflicts/{case_id}", headers={"Authorization": f"Bearer {token}"})
    assert answer.json()["code"] == "REF_NOT_FOUND"
    assert (await got(office, "iris", "/v1/conflicts?stage=CLOSED"))["items"] == []
    assert len((await got(office, "iris", f"/v1/conflicts?customer={ACME}&party=bruno"))["items"]) == 1


async def test_the_case_file_holds_the_story_and_hides_a_rivals_doings_from_a_party(office: Office) -> None:
    case_id = await a_case(office)
    plan = {"visit_id": str(an_id(5)), "customer_id": str(ACME), "planned_start": "2026-03-03T10:00:00+08:00"}
    await office.post("anna", "/v1/visits/plans", plan | {"planned_min": 45})
    await office.post("anna", f"/v1/conflicts/{case_id}/statements", {"text": "It is mine."})
    await office.settled()
    whole = await got(office, "iris", f"/v1/conflicts/{case_id}")
    assert [one["type"] for one in whole["events"]] == ["conflict.conflict_case_opened", "conflict.statement_filed"]
    assert whole["stated"] == ["anna"]
    assert {one["type"] for one in whole["history"]} >= {"ownership.claim_granted", "visit.visit_planned"}
    assert all({"trust", "leaf_hash", "position", "recorded_at"} <= one.keys() for one in whole["history"])
    assert whole["ownership"][0]["spans"][0]["rules_version"] == 1
    his = await got(office, "bruno", f"/v1/conflicts/{case_id}")
    assert "visit.visit_planned" not in {one["type"] for one in his["history"]}
    assert his["hidden"] == len(whole["history"]) - len(his["history"]) > 0
    before = await got(office, "iris", f"/v1/conflicts/{case_id}?at={whole['events'][0]['position']}")
    assert (before["stated"], len(before["events"])) == ([], 1)


async def test_a_dry_run_shows_the_arithmetic_and_records_only_that_somebody_asked(office: Office) -> None:
    case_id = await a_case(office)
    office.later(days=4)
    head = (await office.platform.log.head()).position
    dry = await office.post("rex", f"/v1/conflicts/{case_id}/rulings?dry_run=true")
    assert dry.status_code == 200, dry.text
    told = dry.json()
    assert (told["dry_run"], told["as_of_position"], told["ruling"]["winner_id"]) == (True, head, "anna")
    (rung,) = told["ruling"]["rungs"]
    assert (rung["name"], [entry["finding"] for entry in rung["entries"]]) == ("L0", ["CLAIM_STANDS", "NO_CLAIM"])
    assert [one["type"] for one in told["events"]] == ["conflict.ruling_issued", "ownership.protection_resumed"]
    recorded = await office.platform.log.page(head, 10)
    assert [one.envelope.name for one in recorded] == ["audit.ruling_rehearsed"]
    await office.settled()
    refused = await office.post("anna", f"/v1/conflicts/{case_id}/rulings?dry_run=true")
    assert refused.json()["code"] == "FORBIDDEN"
    real = await office.post("rex", f"/v1/conflicts/{case_id}/rulings")
    assert [one["type"] for one in real.json()["events"]] == [one["type"] for one in told["events"]]


async def test_evidence_is_named_by_its_position_and_weighed_by_how_it_was_recorded(office: Office) -> None:
    case_id = await a_case(office)
    whole = await got(office, "iris", f"/v1/conflicts/{case_id}")
    granted = next(one for one in whole["history"] if one["type"] == "ownership.claim_granted")
    evidence = {"kind": "EVENT", "position": granted["position"], "text": "Since Monday."}
    taken = await office.post("anna", f"/v1/conflicts/{case_id}/evidence", evidence)
    assert taken.status_code == 201, taken.text
    again = await office.post("anna", f"/v1/conflicts/{case_id}/evidence", evidence)
    assert again.json()["code"] == "NO_CHANGE"
    letter = {"kind": "CUSTOMER_LETTER", "sha256": "ab" * 32, "favours": "bruno"}
    assert (await office.post("bruno", f"/v1/conflicts/{case_id}/evidence", letter)).status_code == 201
    nobody = letter | {"favours": "mei"}
    assert (await office.post("bruno", f"/v1/conflicts/{case_id}/evidence", nobody)).json()["code"] == "MALFORMED"
    stray = {"kind": "EVENT", "position": 1}
    assert (await office.post("anna", f"/v1/conflicts/{case_id}/evidence", stray)).json()["code"] == "REF_NOT_FOUND"
    await office.settled()
    filed = (await got(office, "iris", f"/v1/conflicts/{case_id}"))["events"][1:]
    assert [one["facts"]["trust"] for one in filed] == ["E1", "E3"]
    assert filed[0]["facts"]["event_id"] == granted["event_id"]
