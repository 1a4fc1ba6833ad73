"""Many events at once: item by item, in order where it matters, or all or nothing."""

import asyncio
import base64
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.api.office import Office, customer, opened, visit
from tests.people import ACME, GLOBEX, an_id


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    office = await opened()
    yield office
    await office.http.aclose()
    await office.platform.close()


async def results(office: Office, who: str, events: list[Any]) -> list[dict[str, Any]]:
    answer = await office.batch(who, events)
    assert answer.status_code == 200
    return answer.json()["results"]


async def test_one_bad_item_stops_none_of_the_others(office: Office) -> None:
    await office.emit("bruno", "ownership.claim", {"customer_id": str(GLOBEX)})
    events = [
        office.event("visit.record", visit(1)),
        office.event("visit.record", {"visit_id": "no"}, id="bad"),
        "no event at all",
        office.event("nothing.known", {}),
        office.event("ownership.claim", {"customer_id": str(GLOBEX)}),
        office.event("ownership.claim", {"customer_id": str(an_id(99))}),
        office.event("org.add_team", {"team_id": "west", "zone": "Asia/Shanghai"}),
        office.event("visit.record", visit(2)),
    ]
    told = await results(office, "anna", events)
    assert [one["status"] for one in told] == [
        "accepted", "rejected", "rejected", "rejected", "refused", "rejected", "rejected", "accepted",
    ]  # fmt: skip
    assert told[1]["id"] == "bad"
    assert told[2]["id"] is None
    assert [one["problem"]["code"] for one in told if "problem" in one] == [
        "MALFORMED", "MALFORMED", "UNKNOWN_EVENT_TYPE", "ALREADY_CLAIMED", "REF_NOT_FOUND", "FORBIDDEN",
    ]  # fmt: skip
    assert [one["problem"]["status"] for one in told if "problem" in one] == [422, 422, 422, 409, 404, 403]
    assert "claimable_at" in told[4]["problem"]
    assert told[0]["flags"] == ["BLIND_VISIT"]


async def test_a_batch_says_what_state_of_the_log_it_left(office: Office) -> None:
    answer = await office.batch("anna", [office.event("visit.record", visit(n)) for n in range(1, 4)])
    basis = answer.json()["basis"]
    assert basis["position"] == max(one["position"] for one in answer.json()["results"])
    assert answer.headers["Log-Position"] == str(basis["position"])


async def test_the_same_batch_again_is_all_duplicates_and_adds_nothing(office: Office) -> None:
    events = [office.event("visit.record", visit(n)) for n in range(1, 6)]
    first = await results(office, "anna", events)
    before = await office.settled()
    again = await results(office, "anna", events)
    assert [one["status"] for one in again] == ["duplicate"] * 5
    assert [one["position"] for one in again] == [one["position"] for one in first]
    assert await office.settled() == before


async def test_the_same_event_twice_in_one_batch_is_recorded_once(office: Office) -> None:
    event = office.event("visit.record", visit())
    told = await results(office, "anna", [event, event])
    assert [one["status"] for one in told] == ["accepted", "duplicate"]


async def test_items_about_the_same_visit_are_carried_out_in_their_order(office: Office) -> None:
    geo = {"lat": 31, "lon": 121, "accuracy_m": 10, "crs": "WGS84"}
    seen = {"visit_id": str(an_id(1)), "customer_id": str(ACME), "geo": geo}
    events = [
        office.event("visit.check_in", seen),
        office.event("visit.check_out", seen),
        office.event("visit.record", visit(1)),
        office.event("visit.annotate", {"visit_id": str(an_id(1)), "text": "They called back."}),
        office.event("visit.void", {"visit_id": str(an_id(1)), "reason": "TYPO"}),
    ]
    told = await results(office, "anna", events)
    assert [one["status"] for one in told] == ["accepted"] * 5
    assert [one["events"][0]["version"] for one in told] == [1, 2, 3, 4, 5]


async def test_what_keeps_the_house_is_done_before_what_stands_on_it(office: Office) -> None:
    west = {"rep_id": "wei", "team_id": "west", "manager_id": "mei", "effective_at": "2026-02-27T09:00:00+08:00"}
    claim = office.event("ownership.claim", {"customer_id": str(ACME), "rep_id": "wei"})
    events = [
        office.event("org.add_team", {"team_id": "west", "zone": "Asia/Shanghai"}),
        office.event("org.add_rep", west),
        claim,
    ]
    told = await results(office, "otto", events)
    assert [one["status"] for one in told] == ["accepted"] * 3


async def test_what_a_device_sent_after_an_item_that_was_not_taken_is_not_taken_either(office: Office) -> None:
    phone = {"deviceid": "phone-17", "bootid": "b1"}
    events = [
        office.event("visit.record", visit(1), queueseq=1, **phone),
        office.event("visit.record", {"visit_id": "no"}, queueseq=2, id="bad", **phone),
        office.event("visit.record", visit(2), queueseq=3, **phone),
        office.event("visit.record", visit(3), queueseq=4, **phone),
        office.event("visit.record", visit(4), deviceid="phone-18"),
    ]
    told = await results(office, "anna", events)
    assert [one["status"] for one in told] == ["accepted", "rejected", "rejected", "rejected", "accepted"]
    assert [one["problem"]["code"] for one in told[1:4]] == ["MALFORMED", *["DEPENDS_ON_REJECTED"] * 2]
    assert told[2]["problem"]["earlier_id"] == "bad"


async def test_a_no_of_a_rule_is_taken_and_holds_up_no_queue(office: Office) -> None:
    await office.emit("bruno", "ownership.claim", {"customer_id": str(GLOBEX)})
    phone = {"deviceid": "phone-17"}
    events = [
        office.event("ownership.claim", {"customer_id": str(GLOBEX)}, queueseq=1, **phone),
        office.event("visit.record", visit(1), queueseq=2, **phone),
    ]
    told = await results(office, "anna", events)
    assert [one["status"] for one in told] == ["refused", "accepted"]


async def test_an_item_that_was_recorded_before_is_a_duplicate_whatever_stands_before_it(office: Office) -> None:
    event = office.event("visit.record", visit(1), deviceid="phone-17")
    await office.batch("anna", [event])
    told = await results(office, "anna", [office.event("visit.record", {}, deviceid="phone-17"), event])
    assert [one["status"] for one in told] == ["rejected", "duplicate"]


async def test_five_hundred_items_are_one_batch(office: Office) -> None:
    told = await results(office, "anna", [office.event("visit.record", visit(n)) for n in range(1, 501)])
    assert {one["status"] for one in told} == {"accepted"}
    assert len({one["position"] for one in told}) == 500


# ----------------------------------------------------------------------------------------------------- all or nothing


async def strict(office: Office, who: str, events: list[Any]) -> Any:  # noqa: ANN401 - a response
    return await office.batch(who, events, Prefer="handling=strict")


async def test_a_strict_batch_with_a_bad_item_records_nothing_at_all(office: Office) -> None:
    await office.emit("bruno", "ownership.claim", {"customer_id": str(GLOBEX)})
    before = await office.settled()
    good = office.event("visit.record", visit(1))
    refused = office.event("ownership.claim", {"customer_id": str(GLOBEX)}, id="late")
    for bad, status, code in (
        (refused, 409, "ALREADY_CLAIMED"),
        (office.event("visit.record", {"visit_id": "no"}), 422, "MALFORMED"),
        (office.event("org.add_team", {"team_id": "west", "zone": "Asia/Shanghai"}), 403, "FORBIDDEN"),
        (office.event("ownership.claim", {"customer_id": str(an_id(77))}), 404, "REF_NOT_FOUND"),
    ):
        answer = await strict(office, "anna", [good, bad])
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.json()["item"] == 1
        assert await office.settled() == before
    later = await office.batch("anna", [good])
    assert later.json()["results"][0]["status"] == "accepted"


async def test_a_strict_batch_is_recorded_in_one_piece(office: Office) -> None:
    new = str(an_id(500))
    events = [
        office.event("customer.register", customer("Initech Ltd", customer_id=new)),
        office.event("ownership.claim", {"customer_id": new}),
        office.event("visit.plan", {**plan(1), "customer_id": new}),
        office.event("visit.cancel", {"visit_id": str(an_id(1)), "reason": "They moved."}),
        office.event("visit.record", {**visit(2), "customer_id": new}),
    ]
    before = await office.settled()
    answer = await strict(office, "anna", events)
    assert answer.status_code == 200, answer.text
    told = answer.json()["results"]
    assert [one["status"] for one in told] == ["accepted"] * 5
    positions = [event["position"] for one in told for event in one["events"]]
    assert positions == list(range(before + 1, before + 1 + len(positions)))
    for one in told:
        for event in one["events"]:
            stored = (await office.get("iris", f"/v1/events/{event['position']}")).json()
            assert (stored["stream"], stored["stream_version"]) == (event["stream"], event["version"])
    assert [event["version"] for one in told[2:4] for event in one["events"]] == [1, 2]
    again = (await strict(office, "anna", events)).json()["results"]
    assert [one["status"] for one in again] == ["duplicate"] * 5
    assert [one["position"] for one in again] == [one["position"] for one in told]
    await office.settled()
    owned = await office.get("anna", f"/v1/customers/{new}/ownership")
    assert owned.json()["owner"]["rep_id"] == "anna"


async def test_the_chain_of_a_stream_holds_through_a_strict_batch(office: Office) -> None:
    events = [
        office.event("visit.plan", plan(1)),
        office.event("visit.cancel", {"visit_id": str(an_id(1)), "reason": "They moved."}),
    ]
    await strict(office, "anna", events)
    stored = await office.platform.log.read({f"visit-{an_id(1)}": 0})
    first, second = stored[f"visit-{an_id(1)}"]
    told = (await office.get("iris", f"/v1/events/{second.position}")).text
    assert first.body_hash.hex() in told or _b64(first.body_hash) in told


async def test_strict_batches_for_one_customer_at_once_end_with_one_owner(office: Office) -> None:
    batches = [
        strict(
            office,
            who,
            [office.event("ownership.claim", {"customer_id": str(customer_id)}) for customer_id in (ACME, GLOBEX)],
        )
        for who in ("anna", "bruno") * 4
    ]
    answers = await asyncio.gather(*batches)
    granted = [answer for answer in answers if answer.status_code == 200]
    assert len(granted) == 1
    assert {answer.json()["code"] for answer in answers if answer.status_code != 200} <= {
        "ALREADY_CLAIMED",
        "ALREADY_OWNED_BY_YOU",
    }


def plan(n: int) -> dict[str, Any]:
    return {
        "visit_id": str(an_id(n)),
        "customer_id": str(ACME),
        "planned_start": "2026-03-03T10:00:00+08:00",
        "planned_min": 45,
        "objective": "FIRST_CONTACT",
    }


def _b64(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
