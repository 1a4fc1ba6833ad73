"""What can be asked: by whom, as of when, in pages, as a table."""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from api.http.told import ANSWERS, example_told
from domain.envelope import Recorded
from domain.ownership.events import ClaimReleased
from projections.ownership_table import OwnershipSpan, ownership_table
from tests.api.office import PEOPLE, Office, customer, opened, visit
from tests.people import ACME, GLOBEX, SHANGHAI, an_id


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    office = await opened()
    yield office
    await office.http.aclose()
    await office.platform.close()


async def read(office: Office, who: str, path: str) -> dict[str, Any]:
    answer = await office.get(who, path)
    assert answer.status_code == 200, answer.text
    return answer.json()


# ------------------------------------------------------------------------------------------------------- own writes


async def test_a_write_can_be_read_at_once_by_its_position(office: Office) -> None:
    async with office.platform.started(clock=False):
        claim = await office.post("anna", f"/v1/customers/{ACME}/claims")
        position = claim.headers["Log-Position"]
        told = await read(office, "anna", f"/v1/customers/{ACME}/ownership?min_position={position}")
    assert told["owner"]["rep_id"] == "anna"
    assert told["basis"]["position"] >= int(position)


async def test_an_answer_that_is_behind_says_when_to_ask_again(office: Office) -> None:
    """The read models stand still here; nobody is told an answer that lacks the own write."""
    claim = await office.post("anna", f"/v1/customers/{ACME}/claims")
    answer = await office.get("anna", f"/v1/ownership?min_position={claim.headers['Log-Position']}")
    assert (answer.status_code, answer.json()["code"]) == (503, "PROJECTION_BEHIND")
    assert answer.headers["Retry-After"]


async def test_the_same_question_as_of_a_position_gives_the_same_bytes_later(office: Office) -> None:
    await office.post("anna", f"/v1/customers/{ACME}/claims")
    await office.post("anna", "/v1/visits", visit())
    position = await office.settled()
    paths = [
        f"/v1/customers?at={position}",
        f"/v1/customers/{ACME}?at={position}",
        f"/v1/customers/{ACME}/ownership?at={position}",
        f"/v1/customers/{ACME}/visits?at={position}",
        f"/v1/ownership?at={position}",
        f"/v1/visits/{an_id(1)}?at={position}",
        f"/v1/visits/{an_id(1)}/history?at={position}",
        f"/v1/reps/anna/timeline?at={position}",
        f"/v1/targets?at={position}",
    ]
    before = [(await office.get("anna", path)).content for path in paths]
    office.later(days=2)
    await office.post("anna", f"/v1/customers/{ACME}/renames", {"legal_name": "Acme Group Ltd"})
    await office.post("anna", f"/v1/visits/{an_id(1)}/void", {"reason": "TYPO"})
    await office.post("anna", f"/v1/customers/{GLOBEX}/claims")
    await office.post("mei", "/v1/targets", target())
    await office.settled()
    after = [(await office.get("anna", path)).content for path in paths]
    assert after == before


async def test_as_of_an_hour_is_as_of_the_last_event_until_then(office: Office) -> None:
    before = await office.settled()
    office.later(hours=1)
    await office.post("anna", f"/v1/customers/{ACME}/claims")
    await office.settled()
    told = await read(office, "anna", "/v1/ownership?at=2026-03-02T09:30:00%2B08:00")
    assert (told["basis"]["position"], told["items"]) == (before, [])
    told = await read(office, "anna", "/v1/ownership?at=2026-03-02T02:00:00Z")
    assert [item["rep_id"] for item in told["items"]] == ["anna"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("at=999999", 422),
        ("at=yesterday", 422),
        ("limit=0", 422),
        ("limit=501", 422),
        ("cursor=nonsense", 422),
        ("colour=red", 422),
        ("limit=1&limit=2", 422),
        ("state=LOST", 422),
        ("min_position=-1", 422),
    ],
)
async def test_a_question_that_cannot_be_read_says_which_parameter(office: Office, query: str, status: int) -> None:
    answer = await office.get("anna", f"/v1/ownership?{query}")
    assert answer.status_code == status
    if "at=9" not in query:
        assert answer.json()["errors"][0]["parameter"] == query.split("=")[0]


# ---------------------------------------------------------------------------------------------------------- ownership


async def test_both_dials_of_ownership(office: Office) -> None:
    claim = await office.post("anna", f"/v1/customers/{ACME}/claims")
    granted = await office.settled()
    office.later(days=1)
    await office.post("anna", f"/v1/claims/{claim.json()['claim_id']}/release")
    await office.settled()
    path = f"/v1/customers/{ACME}/ownership"
    assert (await read(office, "bruno", path))["owner"] is None
    told = await read(office, "bruno", f"{path}?valid_at=2026-03-02T12:00:00%2B08:00")
    assert told["owner"]["rep_id"] == "anna"
    assert [span["entitled"] for span in told["spans"]] == [False, True]
    later = await read(office, "bruno", f"{path}?valid_at=2026-03-05T12:00:00%2B08:00&known_at={granted}")
    assert later["owner"]["rep_id"] == "anna", "as was known then, it was still Anna's two days later"
    now = await read(office, "bruno", f"{path}?valid_at=2026-03-05T12:00:00%2B08:00")
    assert now["owner"] is None


async def test_claimability_tells_what_a_claim_would_be_answered_and_asks_for_nothing(office: Office) -> None:
    before = await office.settled()
    path = f"/v1/customers/{ACME}/claimability"
    free = await read(office, "anna", path)
    assert (free["claimable"], free["code"], free["rules_version"]) == (True, None, 1)
    assert all(check["passed"] for check in free["checks"])
    [capacity] = [check for check in free["checks"] if check["rule"] == "CAPACITY"]
    assert (capacity["value"], capacity["limit"]) == (0, 100)
    assert capacity["explanation"] == "The rep holds 0 customers; 100 is the most."
    assert free["clock"]["decided_at"] == "2026-03-02T01:00:00.000000Z"
    assert (free["clock"]["biz_date"], free["clock"]["zone"], free["calendar_version"]) == ("2026-03-02", SHANGHAI, 1)
    assert await office.settled() == before
    await office.post("bruno", f"/v1/customers/{ACME}/claims")
    await office.settled()
    taken = await read(office, "anna", path)
    assert (taken["claimable"], taken["code"]) == (False, "ALREADY_CLAIMED")
    assert taken["claimable_at"]
    assert [check["rule"] for check in taken["checks"] if not check["passed"]] == ["FREE"]
    other = await office.get("anna", f"{path}?rep=bruno")
    assert other.status_code == 403


async def test_claimability_speaks_both_languages_and_of_the_rival_tells_team_and_date_only(office: Office) -> None:
    claim = (await office.post("bruno", f"/v1/customers/{ACME}/claims")).json()
    path = f"/v1/customers/{ACME}/claimability"
    for language, word in (("en", "Somebody holds the customer: protected."), ("zh-CN", "该客户已有人持有：保护中。")):
        answer = await office.get("anna", path, Accept_Language=language)
        [free] = [check for check in answer.json()["checks"] if check["rule"] == "FREE"]
        assert free["explanation"] == word
        assert "east" in answer.json()["explanation"]
        assert answer.json()["claimable_at"]
        for private in ("bruno", claim["claim_id"], claim["protected_until"], claim["first_visit_due"]):
            assert private not in answer.text


# -------------------------------------------------------------------------------------------------------- explanations


async def explained(office: Office, who: str, claim_id: object) -> Any:  # noqa: ANN401 - any JSON value
    """The last decision under a claim's id."""
    await office.settled()
    return (await read(office, who, f"/v1/claims/{claim_id}/explain"))["decisions"][-1]


async def test_a_claim_is_explained_by_what_stood_in_the_log_when_it_was_decided(office: Office) -> None:
    await office.post("anna", f"/v1/customers/{GLOBEX}/claims", {"claim_id": str(an_id(70))})
    before = await explained(office, "anna", an_id(70))
    await office.post("anna", f"/v1/customers/{ACME}/claims", {"claim_id": str(an_id(71))})
    rules = {"kind": "PROT", "body": {"capacity": 1}}
    assert (await office.post("otto", "/v1/rule-sets", rules)).status_code == 201
    office.later(days=2)
    told = await explained(office, "anna", an_id(71))
    assert (told["answer"], told["code"], told["basis"], told["reproduced"]) == ("GRANTED", None, "ONLINE", True)
    checks = {check["rule"]: (check["value"], check["limit"], check["passed"]) for check in told["checks"]}
    assert checks["CAPACITY"] == (1, 100, True), "the slot of the day, under the rules of the day"
    assert checks["FREE"] == ("FREE", "FREE", True), "as it stood before this very claim"
    assert (told["rules_version"], told["clock"]["decided_at"]) == (1, "2026-03-02T01:00:00.000000Z")
    assert told["stood_on"] == told["position"] - 1
    assert await explained(office, "anna", an_id(70)) == before, "the same for ever"


async def test_a_refusal_is_explained_by_the_id_that_was_asked_with(office: Office) -> None:
    await office.post("bruno", f"/v1/customers/{ACME}/claims", {"claim_id": str(an_id(72))})
    await office.post("anna", f"/v1/customers/{ACME}/claims", {"claim_id": str(an_id(73))})
    await office.settled()
    assert (await office.emit("bruno", "ownership.release", {"claim_id": str(an_id(72))})).status_code == 200
    told = await explained(office, "anna", an_id(73))
    assert (told["answer"], told["code"], told["reproduced"]) == ("REFUSED", "ALREADY_CLAIMED", True)
    assert [check["rule"] for check in told["checks"] if not check["passed"]] == ["FREE"]
    assert "east" in told["explanation"]
    assert "blocking_claim_id" not in told, "of the rival only team and date"
    assert str(an_id(72)) not in str(told)
    auditors = await explained(office, "iris", an_id(73))
    assert auditors["blocking_claim_id"] == str(an_id(72))
    await office.post("anna", f"/v1/customers/{ACME}/claims", {"claim_id": str(an_id(73))}, Idempotency_Key="again")
    await office.settled()
    both = await read(office, "mei", f"/v1/claims/{an_id(73)}/explain")
    assert [one["answer"] for one in both["decisions"]] == ["REFUSED", "GRANTED"]


async def test_a_claim_is_explained_to_whoever_may_see_the_rep_and_to_nobody_else(office: Office) -> None:
    await office.post("anna", f"/v1/customers/{ACME}/claims", {"claim_id": str(an_id(74))})
    await office.settled()
    path = f"/v1/claims/{an_id(74)}/explain"
    seen = {who: (await office.get(who, path)).status_code for who in office.tokens}
    allowed = {"anna", "mei", "otto", "iris"}
    assert seen == {who: 200 if who in allowed else 404 for who in office.tokens}
    assert (await office.get("anna", f"/v1/claims/{an_id(99)}/explain")).status_code == 404


# ---------------------------------------------------------------------------------------------------------- customers


async def test_customers_are_found_by_name_owner_and_state(office: Office) -> None:
    await office.post("anna", f"/v1/customers/{ACME}/claims")
    await office.settled()
    names = [item["legal_name"] for item in (await read(office, "anna", "/v1/customers?q=glob"))["items"]]
    assert names == ["Globex Trading Ltd"]
    owned = (await read(office, "bruno", "/v1/customers?owner=anna"))["items"]
    assert [(item["legal_name"], item["state"]) for item in owned] == [("Acme Ltd", "PROTECTED")]
    free = (await read(office, "bruno", "/v1/customers?state=FREE"))["items"]
    assert [item["legal_name"] for item in free] == ["Globex Trading Ltd"]


async def test_who_the_people_at_a_customer_are_is_shown_to_the_owner_and_those_above(office: Office) -> None:
    await office.post("anna", f"/v1/customers/{ACME}/contacts", {"name": "Li Lei", "role": "BUYER"})
    await office.post("anna", f"/v1/customers/{ACME}/claims")
    await office.settled()
    for who, name in (("anna", "Li Lei"), ("mei", "Li Lei"), ("iris", "Li Lei"), ("bruno", None), ("app", None)):
        [person] = (await read(office, who, f"/v1/customers/{ACME}"))["people"]
        assert (person["name"], person["role"]) == (name, "BUYER"), who
        await office.settled()


async def test_pages_follow_each_other_and_stand_on_the_same_state(office: Office) -> None:
    for n in range(1, 8):
        office.later(minutes=1)
        await office.post("otto", "/v1/customers", customer(f"Company {n} Ltd", customer_id=str(an_id(n))))
    await office.settled()
    seen: list[str] = []
    path = "/v1/customers?limit=3"
    first = await read(office, "anna", path)
    while True:
        page = await read(office, "anna", path)
        seen += [item["legal_name"] for item in page["items"]]
        assert page["basis"] == first["basis"]
        if page["next"] is None:
            break
        path = f"/v1/customers?limit=3&cursor={page['next']}"
        await office.post("otto", "/v1/customers", customer(f"Later {len(seen)} Ltd"))
        await office.settled()
    assert len(seen) == len(set(seen)) == 9
    assert seen[0] == "Company 7 Ltd"


async def test_a_list_as_a_table_opens_in_a_spreadsheet_and_runs_nothing(office: Office) -> None:
    await office.post("otto", "/v1/customers", customer("=HYPERLINK(1) Ltd"))
    await office.settled()
    answer = await office.get("anna", "/v1/customers?limit=2", Accept="text/csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbfcustomer_id,")
    assert "'=HYPERLINK(1) Ltd" in answer.text
    assert 'rel="next"' in answer.headers["Link"]
    assert answer.headers["Log-Position"]


# ------------------------------------------------------------------------------------------------------------- visits


async def test_the_history_of_a_visit_tells_every_version(office: Office) -> None:
    await office.post("anna", "/v1/visits/plans", plan())
    await office.post("anna", "/v1/visits", visit())
    correction = {"field": "objection", "new_value": "Too dear.", "reason": "OTHER", "text": "Forgot it."}
    await office.post("anna", f"/v1/visits/{an_id(1)}/corrections", correction)
    await office.settled()
    items = (await read(office, "mei", f"/v1/visits/{an_id(1)}/history"))["items"]
    assert [item["version"] for item in items] == list(range(1, len(items) + 1))
    told = [item["type"] for item in items if item["type"] != "visit.visit_evaluated"]
    assert told == ["visit.visit_planned", "visit.visit_recorded", "visit.visit_corrected"]
    corrected = next(item for item in items if item["type"] == "visit.visit_corrected")
    assert corrected["changed"]["objection"] == [None, "Too dear."]
    assert corrected["actor"] == {"id": "anna", "role": "rep", "on_behalf_of": None}
    assert len(corrected["leaf_hash"]) == 64
    visits = (await read(office, "iris", f"/v1/customers/{ACME}/visits"))["items"]
    assert [item["version"] for item in visits] == [item["version"] for item in items]


async def test_a_rep_sees_the_own_visits_to_a_customer_and_an_auditor_all(office: Office) -> None:
    await office.post("anna", "/v1/visits", visit(1))
    await office.post("bruno", "/v1/visits", visit(2))
    await office.settled()
    path = f"/v1/customers/{ACME}/visits"
    assert {item["rep_id"] for item in (await read(office, "bruno", path))["items"]} == {"bruno"}
    assert {item["rep_id"] for item in (await read(office, "iris", path))["items"]} == {"anna", "bruno"}
    assert {item["rep_id"] for item in (await read(office, "mei", path))["items"]} == {"anna", "bruno"}
    assert (await office.get("bruno", f"/v1/visits/{an_id(1)}")).status_code == 404


# ----------------------------------------------------------------------------------------------------------- timeline


async def test_a_timeline_tells_each_event_in_a_sentence_of_the_language_asked_for(office: Office) -> None:
    await office.post("anna", f"/v1/customers/{ACME}/claims")
    await office.settled()
    path = "/v1/reps/anna/timeline?type=ownership.claim_granted"
    english = (await office.get("anna", path, Accept_Language="en")).json()["items"][0]
    chinese = (await office.get("anna", path, Accept_Language="zh")).json()["items"][0]
    assert english["type"] == "ownership.claim_granted"
    assert english["facts"]["rep_id"] == "anna"
    assert english["sentence"] != english["type"]
    assert english["sentence"] != chinese["sentence"]


async def test_a_timeline_goes_by_either_clock_in_pages_within_a_range(office: Office) -> None:
    office.later(hours=8)
    for n, hour in ((1, 16), (2, 10), (3, 13)):
        told = visit(n, started_at=f"2026-03-02T{hour}:00:00+08:00", ended_at=f"2026-03-02T{hour}:30:00+08:00")
        await office.emit("anna", "visit.record", told, time=f"2026-03-02T{hour}:30:00+08:00")
    await office.settled()
    path = "/v1/reps/anna/timeline?type=visit.visit_recorded"

    async def hours(query: str) -> list[str]:
        found: list[str] = []
        following = ""
        while True:
            page = await read(office, "anna", f"{path}&limit=2{query}{following}")
            found += [item["occurred_at"][11:13] for item in page["items"]]
            if page["next"] is None:
                return found
            following = f"&cursor={page['next']}"

    assert await hours("") == ["02", "05", "08"]
    assert await hours("&basis=recorded") == ["08", "02", "05"]
    assert await hours("&from=2026-03-02T11:00:00%2B08:00") == ["05", "08"]
    assert await hours("&from=2026-03-02&to=2026-03-02") == ["02", "05", "08"]
    assert await hours("&from=2026-03-03") == []


# ------------------------------------------------------------------------------------------------- targets and figures


async def test_targets_and_their_history_are_read_as_of_then(office: Office) -> None:
    made = await office.post("mei", "/v1/targets", target())
    before = await office.settled()
    change = {"qty": 6, "effective_from": "2026-03-05", "reason": "LEAVE", "calc": "Half a day.", "approver": "mei"}
    amended = await office.post("otto", f"/v1/targets/{an_id(1)}/amendments", change)
    await office.settled()
    [then] = (await read(office, "anna", f"/v1/targets?at={before}"))["items"]
    [now] = (await read(office, "anna", "/v1/targets?subject=rep:anna&metric=visits&period=DAY"))["items"]
    assert made.status_code == 201
    assert then["qty"] == 8
    assert (amended.status_code, now["qty"]) == (200, 6), amended.text
    history = (await read(office, "anna", f"/v1/targets/{an_id(1)}/history"))["items"]
    assert len(history) == 2
    assert (await office.get("bruno", "/v1/targets?subject=rep:anna")).status_code == 403
    assert (await office.get("anna", "/v1/targets?subject=team:east")).status_code == 200


async def test_a_figure_comes_with_its_formula(office: Office) -> None:
    told = await read(office, "mei", "/v1/metrics/lead_conversion?by=source")
    assert told["items"] == [{"source": None, "numerator": 0, "denominator": 2, "value_bp": 0, "n": 2, "excluded": {}}]
    assert told["definition"]["name"] == "lead_conversion"
    empty = await read(office, "mei", "/v1/metrics/deal_win_rate?to=2026-03-01")
    assert [item["value_bp"] for item in empty["items"]] in ([None], [])
    assert (await office.get("mei", "/v1/metrics/happiness")).status_code == 404
    assert (await office.get("mei", "/v1/metrics/lead_conversion?by=colour")).status_code == 422
    assert (await office.get("anna", "/v1/metrics/lead_conversion")).status_code == 403


# -------------------------------------------------------------------------------------------------------------- rights


@pytest.mark.parametrize(
    ("path", "may"),
    [
        ("/v1/customers", "anna bruno mei otto iris rex app"),
        (f"/v1/customers/{ACME}", "anna bruno mei otto iris rex"),  # the machine would have to say for whom it looks
        (f"/v1/customers/{ACME}/ownership", "anna bruno mei otto iris rex app"),
        ("/v1/ownership", "anna bruno mei otto iris rex app"),
        ("/v1/reps/anna/timeline", "anna mei otto iris"),
        ("/v1/events", "otto iris"),
        ("/v1/events/1", "otto iris"),
        ("/v1/projections", "otto iris"),
        ("/v1/metrics/lead_conversion", "mei otto iris rex"),
        ("/v1/targets?subject=rep:anna", "anna mei otto iris"),
    ],
)
async def test_whoever_may_read_reads_and_nobody_else(office: Office, path: str, may: str) -> None:
    for who in PEOPLE:
        await office.settled()
        answer = await office.get(who, path)
        assert (answer.status_code == 200) == (who in may.split()), (who, answer.status_code)
        assert answer.status_code in (200, 403)
    stranger = await office.http.get(path)
    assert (stranger.status_code, stranger.json()["code"]) == (401, "UNAUTHENTICATED")


async def test_a_token_that_was_taken_back_opens_nothing(office: Office) -> None:
    [token] = [one for one in await office.platform.access.all() if one.actor == "anna"]
    await office.platform.access.revoke(token.token_id)
    assert (await office.get("anna", "/v1/customers")).status_code == 401


# ------------------------------------------------------------------------------------------------- versions and repeats


async def test_what_is_one_stream_has_a_version_that_a_change_can_insist_on(office: Office) -> None:
    path = f"/v1/customers/{ACME}"
    seen = (await office.get("anna", path)).headers["ETag"]
    assert seen == '"v1"'
    first = await office.post("anna", f"{path}/renames", {"legal_name": "Acme One Ltd"}, If_Match=seen)
    assert (first.status_code, first.headers["ETag"]) == (200, '"v2"')
    second = await office.post("anna", f"{path}/renames", {"legal_name": "Acme Two Ltd"}, If_Match=seen)
    assert (second.status_code, second.json()["version"]) == (412, 2)
    await office.settled()
    assert (await office.get("anna", path)).headers["ETag"] == '"v2"'
    strange = await office.post("anna", f"{path}/renames", {"legal_name": "Acme Two Ltd"}, If_Match='"other"')
    assert strange.status_code == 412


async def test_a_repeated_change_is_answered_as_the_first_time_even_if_the_version_has_moved(office: Office) -> None:
    path = f"/v1/customers/{ACME}/renames"
    answers = [
        await office.post("anna", path, {"legal_name": "Acme One Ltd"}, If_Match='"v1"', Idempotency_Key="rename-1")
        for _ in range(5)
    ]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1


async def test_every_change_of_a_visit_a_target_or_a_deal_can_insist_on_a_version(office: Office) -> None:
    await office.post("anna", "/v1/visits", visit())
    await office.post("mei", "/v1/targets", target())
    await office.post("anna", "/v1/deals", {"deal_id": str(an_id(1)), "customer_id": str(ACME)})
    calls: list[tuple[str, str, dict[str, object]]] = [
        ("anna", f"/v1/visits/{an_id(1)}/void", {"reason": "TYPO"}),
        ("anna", f"/v1/visits/{an_id(1)}/annotations", {"text": "They called back."}),
        ("anna", f"/v1/visits/{an_id(1)}/corrections", {"field": "outcome", "new_value": "x", "reason": "TYPO"}),
        ("mei", f"/v1/visits/{an_id(1)}/reviews", {"disposition": "OK"}),
        ("mei", f"/v1/targets/{an_id(1)}/lock", {}),
        ("anna", f"/v1/targets/{an_id(1)}/acceptance", {}),
        ("anna", f"/v1/deals/{an_id(1)}/stages", {"stage": "PROPOSAL"}),
        ("anna", f"/v1/deals/{an_id(1)}/loss", {"lost_reason": "PRICE"}),
        ("anna", f"/v1/customers/{ACME}/details", {"has_website": True}),
        ("anna", f"/v1/customers/{ACME}/contacts", {"name": "Li Lei"}),
        ("mei", f"/v1/customers/{ACME}/decline", {"reason": "BAD_DATA"}),
    ]
    for who, path, body in calls:
        answer = await office.post(who, path, body, If_Match='"v77"')
        assert (answer.status_code, answer.json()["code"]) == (412, "PRECONDITION_FAILED"), path


async def test_a_key_tells_a_call_apart_for_ever(office: Office) -> None:
    path = f"/v1/customers/{ACME}/claims"
    answers = [await office.post("anna", path, Idempotency_Key="k-1") for _ in range(5)]
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    other = await office.post("anna", f"/v1/customers/{GLOBEX}/claims", Idempotency_Key="k-1")
    assert (other.status_code, other.json()["code"]) == (422, "IDEMPOTENCY_MISMATCH")
    again = await office.post("anna", path)
    assert again.json()["code"] == "ALREADY_OWNED_BY_YOU"
    bruno = await office.post("bruno", f"/v1/customers/{GLOBEX}/claims", Idempotency_Key="k-1")
    assert bruno.status_code == 201, "another actor's keys are their own"


async def test_the_address_and_the_body_may_not_contradict_each_other(office: Office) -> None:
    answer = await office.post("anna", f"/v1/customers/{ACME}/claims", {"customer_id": str(GLOBEX)})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/customer_id")


# ------------------------------------------------------------------------------------------------------ bytes, pages


async def test_an_event_is_given_out_byte_for_byte(office: Office) -> None:
    for position in range(1, (await office.settled()) + 1):
        answer = await office.get("iris", f"/v1/events/{position}")
        assert answer.content == await office.platform.log.bytes_at(position)
    assert (await office.get("iris", "/v1/events/9999")).status_code == 404


async def test_the_log_is_read_in_pages_by_type_and_by_stream(office: Office) -> None:
    head = await office.settled()
    seen: list[int] = []
    after: int | None = 0
    while after is not None:
        page = await read(office, "iris", f"/v1/events?after={after}&limit=3")
        seen += [item["position"] for item in page["items"]]
        after = page["next"]
    assert seen == list(range(1, head + 1))
    joined = (await read(office, "iris", "/v1/events?type=organisation.rep_joined"))["items"]
    assert [item["event"]["payload"]["rep_id"] for item in joined] == ["anna", "bruno"]
    acme = (await read(office, "iris", f"/v1/events?stream=customer-{ACME}"))["items"]
    assert {item["event"]["stream"] for item in acme} == {f"customer-{ACME}"}


@pytest.mark.parametrize("path", ["/about", "/docs", "/healthz", "/readyz", "/metrics", "/openapi.json"])
async def test_what_needs_no_token_is_there_for_everybody(office: Office, path: str) -> None:
    assert (await office.http.get(path)).status_code == 200


async def test_the_front_page_speaks_both_languages(office: Office) -> None:
    chinese = await office.http.get("/about", headers={"Accept-Language": "zh-CN"})
    english = await office.http.get("/about", headers={"Accept-Language": "en"})
    assert 'lang="zh-CN"' in chinese.text
    assert 'lang="en"' in english.text
    assert "/docs" in chinese.text


async def test_the_figures_of_the_service_tell_requests_refusals_and_lag(office: Office) -> None:
    await office.post("anna", f"/v1/customers/{ACME}/claims")
    await office.post("bruno", f"/v1/customers/{ACME}/claims")
    text = (await office.http.get("/metrics")).text
    assert 'fieldtrace_refusals_total{code="ALREADY_CLAIMED"} 1.0' in text
    assert 'route="/v1/customers/{customer_id}/claims",status="201"} 1.0' in text
    assert f"fieldtrace_log_position {float((await office.platform.log.head()).position)}" in text
    assert 'fieldtrace_projection_lag_events{projection="ownership_table"}' in text
    assert "fieldtrace_append_seconds_count" in text


async def test_a_refused_item_of_a_batch_is_counted_too(office: Office) -> None:
    await office.batch("anna", [office.event("visit.record", {}), office.event("visit.record", visit())])
    assert 'fieldtrace_refusals_total{code="MALFORMED"} 1.0' in (await office.http.get("/metrics")).text


async def test_a_conversation_keeps_its_name(office: Office) -> None:
    named = await office.post("anna", f"/v1/customers/{ACME}/claims", X_Correlation_Id="talk-7")
    assert named.headers["X-Correlation-Id"] == "talk-7"
    stored = await office.get("iris", f"/v1/events/{named.json()['position']}")
    assert stored.json()["correlation_id"] == "talk-7"
    problem = await office.get("anna", "/v1/nowhere")
    assert problem.json()["instance"] == problem.headers["X-Correlation-Id"]


async def test_every_request_leaves_one_line_that_tells_nothing_of_its_content(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "fieldtrace.http")
    answer = await office.post("anna", f"/v1/customers/{ACME}/contacts", {"name": "Li Lei"}, X_Correlation_Id="talk-8")
    [line] = [json.loads(record.message) for record in caplog.records if record.name == "fieldtrace.http"]
    assert answer.status_code == 201
    told = {name: line[name] for name in ("event", "method", "route", "status", "actor", "correlation_id")}
    assert told == {
        "event": "answered",
        "method": "POST",
        "route": "/v1/customers/{customer_id}/contacts",
        "status": 201,
        "actor": "anna",
        "correlation_id": "talk-8",
    }
    assert "Li Lei" not in caplog.text


async def test_the_unforeseen_is_written_down_and_told_without_details(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    async def boom() -> None:
        raise ZeroDivisionError("the secret of the house")

    office.app.add_api_route("/boom", boom)
    answer = await office.http.get("/boom")
    assert (answer.status_code, answer.json()["code"]) == (500, "INTERNAL")
    assert "secret" not in answer.text
    assert answer.json()["instance"] in answer.json()["detail"]
    assert "secret" not in caplog.text, "whatever a fault says may hold somebody's words"
    [line] = [json.loads(record.message) for record in caplog.records if "unforeseen" in record.message]
    assert (line["kind"], line["correlation_id"]) == ("ZeroDivisionError", answer.json()["instance"])
    assert line["where"][-1].endswith(" boom")


async def test_an_answer_behind_which_an_event_waits_is_marked_stale(office: Office) -> None:
    def faulty(rows: Sequence[OwnershipSpan], recorded: Recorded) -> Sequence[OwnershipSpan]:
        if isinstance(recorded.event, ClaimReleased):
            raise ValueError("a fault")
        return ownership_table.fold(rows, recorded)

    claims = [await office.post("anna", f"/v1/customers/{customer}/claims") for customer in (ACME, GLOBEX)]
    position = await office.settled()
    others = [one for one in office.platform.projector._projections if one.name != "ownership_table"]  # pyright: ignore[reportPrivateUsage] - a release with a fault
    office.platform.projector._projections = (*others, replace(ownership_table, fold=faulty))  # pyright: ignore[reportPrivateUsage] - as above
    released = await office.post("anna", f"/v1/claims/{claims[0].json()['claim_id']}/release")
    assert released.status_code == 200, released.text
    await office.settled()
    answers = [await read(office, "anna", f"/v1/customers/{one}/ownership") for one in (ACME, GLOBEX)]
    assert [one["stale"] for one in answers] == [True, False]
    table = (await read(office, "anna", "/v1/ownership"))["items"]
    assert {one["customer_id"]: one["stale"] for one in table} == {str(ACME): True, str(GLOBEX): False}
    then = await read(office, "anna", f"/v1/customers/{ACME}/ownership?at={position}")
    assert not then["stale"], "as of then nothing waited"


async def test_a_deal_is_read_by_its_rep_and_whoever_stands_above(office: Office) -> None:
    deal = f"/v1/deals/{an_id(7)}"
    money = {"minor": 90_000, "currency": "CNY"}
    body = {"deal_id": str(an_id(7)), "customer_id": str(ACME), "amount": money}
    opened_ = await office.post("anna", "/v1/deals", body)
    assert opened_.status_code == 201, opened_.text
    before = await office.settled()
    won = await office.post(
        "anna",
        f"{deal}/win",
        {"amount": money, "gross_margin": {"minor": 30_000, "currency": "CNY"}, "none_reason": "INBOUND"},
    )
    assert won.status_code == 200, won.text
    await office.settled()
    now = await read(office, "mei", deal)
    assert (now["standing"], now["amount"], now["lead_rep_id"]) == ("WON", money, "anna")
    assert now["credits"] == [{"rep_id": "anna", "share_bp": 10_000, "amount": money}]
    assert (await read(office, "anna", f"{deal}?at={before}"))["standing"] == "OPEN"
    assert (await office.get("bruno", deal)).json()["code"] == "REF_NOT_FOUND", "as if there were none"
    assert (await office.get("mei", f"/v1/deals/{an_id(8)}")).json()["code"] == "REF_NOT_FOUND"


async def test_a_replay_tells_what_each_event_changed(office: Office) -> None:
    await office.post("anna", f"/v1/customers/{ACME}/claims")
    await office.post("anna", "/v1/visits", visit())
    await office.settled()
    whole = await read(office, "anna", "/v1/reps/anna/replay?basis=recorded")
    assert len(whole["events"]) == len(whole["patches"])
    standing = dict(whole["zero"])
    assert set(standing.values()) == {0}
    for patch in whole["patches"]:
        standing |= patch
    assert (standing["held"], standing["visits"]) == (1, 1)
    claimed = [one["type"] for one in whole["events"]].index("ownership.claim_granted")
    assert whole["patches"][claimed] == {"held": 1}

    pages = [await read(office, "anna", "/v1/reps/anna/replay?basis=recorded&limit=2")]
    while pages[-1]["next"]:
        await office.post("anna", "/v1/visits", visit(20 + len(pages)))
        await office.settled()
        pages.append(
            await read(office, "anna", f"/v1/reps/anna/replay?basis=recorded&limit=2&cursor={pages[-1]['next']}")
        )
    assert [one for page in pages for one in page["events"]] == whole["events"], "pages stand on one position"
    assert pages[0]["patches"] == whole["patches"][:2]

    monday = await read(office, "anna", "/v1/reps/anna/replay?date=2026-03-02")
    assert {one["biz_date"] for one in monday["events"]} == {"2026-03-02"}
    assert (await office.get("anna", "/v1/reps/anna/replay?date=2026-03-02&to=2026-03-03")).status_code == 422
    assert (await office.get("bruno", "/v1/reps/anna/replay")).json()["code"] == "FORBIDDEN"


async def test_everything_of_a_kind_is_handed_out_to_auditors_and_ops_only(office: Office) -> None:
    await office.post("anna", f"/v1/customers/{ACME}/claims")
    position = await office.settled()
    events = await office.get("otto", "/v1/exports/events")
    assert events.headers["Log-Position"] == str(position)
    assert [json.loads(line)["position"] for line in events.text.splitlines()] == list(range(1, position + 1))
    await office.settled()
    table = await office.get("otto", "/v1/exports/ownership?format=csv")
    assert table.content.startswith(b"\xef\xbb\xbf")
    assert len(table.text.splitlines()) == 2
    assert (await office.get("otto", "/v1/exports/ownership?at=3")).text == ""
    assert (await office.get("mei", "/v1/exports/events")).json()["code"] == "FORBIDDEN"
    assert (await office.get("otto", "/v1/exports/secrets")).status_code == 422


async def test_answers_are_of_the_shape_that_the_document_tells(office: Office) -> None:
    await office.post("anna", f"/v1/customers/{ACME}/claims")
    await office.post("anna", "/v1/visits", visit())
    await office.post("mei", "/v1/targets", target())
    money = {"minor": 90_000, "currency": "CNY"}
    await office.post("anna", "/v1/deals", {"deal_id": str(an_id(7)), "customer_id": str(ACME), "amount": money})
    won = {"amount": money, "gross_margin": money, "none_reason": "INBOUND"}
    await office.post("anna", f"/v1/deals/{an_id(7)}/win", won)
    await office.post("otto", "/v1/projections/ownership_table/rebuild?check=true")
    await office.settled()
    names = {"rep_id": "anna", "deal_id": an_id(7), "target_id": an_id(1), "visit_id": an_id(1), "customer_id": ACME}
    for path, shape in ANSWERS.items():
        answer = await office.get("otto", path.format(**names))
        await office.settled()
        assert answer.status_code == 200, (path, answer.text)
        shape.model_validate_json(answer.content)
        assert answer.json().get("items") != [], f"{path} has something to tell"


def test_the_example_of_an_answer_is_of_its_shape() -> None:
    for shape in ANSWERS.values():
        shape.model_validate_json(json.dumps(example_told(shape)))


def plan() -> dict[str, Any]:
    return {
        "visit_id": str(an_id(1)),
        "customer_id": str(ACME),
        "planned_start": "2026-03-03T10:00:00+08:00",
        "planned_min": 45,
    }


def target() -> dict[str, Any]:
    return {
        "target_id": str(an_id(1)),
        "subject": "rep:anna",
        "metric": "visits",
        "period": "DAY",
        "from_day": "2026-03-05",
        "to_day": "2026-03-05",
        "qty": 8,
        "responsible_id": "anna",
    }
