"""What is done without the net: synced, queued, sent later, and dated by what the device can show."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.api.office import Office, opened, visit
from tests.api.phone import FIRST, Phone
from tests.people import ACME, GLOBEX, MONDAY, an_id


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    office = await opened()
    yield office
    await office.http.aclose()
    await office.platform.close()


@pytest.fixture
async def phone(office: Office) -> Phone:
    phone = Phone(office)
    await phone.sync()
    return phone


async def stored(office: Office, result: dict[str, Any]) -> dict[str, Any]:
    return (await office.get("iris", f"/v1/events/{result['position']}")).json()


def renamed(number: int = 1) -> dict[str, Any]:
    return {"customer_id": str(GLOBEX), "legal_name": f"Globex {number} Ltd"}


async def test_a_sync_hands_out_our_hour_and_where_the_queue_ends(office: Office) -> None:
    told = await Phone(office).sync()
    assert told["synced_at"] == "2026-03-02T01:00:00.000000Z"
    assert (told["next_queue_seq"], told["prev_hash"], told["registered"]) == (1, FIRST, True)
    assert (await Phone(office).sync())["registered"] is False


async def test_what_was_done_offline_has_the_hour_that_the_phone_can_show(office: Office, phone: Phone) -> None:
    office.later(hours=1)
    phone.does("customer.rename", renamed())
    office.later(hours=8)
    [result] = await phone.send()
    assert (result["status"], result["flags"]) == ("accepted", [])
    event = await stored(office, result)
    assert datetime.fromisoformat(event["attested_at"]) == MONDAY + timedelta(hours=1)
    assert datetime.fromisoformat(event["decided_at"]) == MONDAY + timedelta(hours=9)


@pytest.mark.parametrize("skew", [timedelta(days=-3650), timedelta(hours=-30), timedelta(hours=5), timedelta(days=900)])
async def test_a_wrong_clock_changes_neither_hour_nor_date_and_is_noticed(office: Office, skew: timedelta) -> None:
    phone = Phone(office, skew=skew)
    await phone.sync()
    office.later(hours=1)
    phone.does("customer.rename", renamed())
    office.later(hours=8)
    [result] = await phone.send()
    assert (result["status"], result["flags"]) == ("accepted", ["CLOCK_SKEW"])
    event = await stored(office, result)
    assert datetime.fromisoformat(event["attested_at"]) == MONDAY + timedelta(hours=1)
    assert event["biz_date"] == "2026-03-02"


async def test_a_queue_is_taken_in_its_order_and_the_same_again_is_a_duplicate(office: Office, phone: Phone) -> None:
    for number in range(1, 6):
        office.later(minutes=1)
        phone.does("customer.rename", renamed(number))
    again = list(phone.queue)
    told = await phone.send()
    assert [(one["status"], one["flags"]) for one in told] == [("accepted", [])] * 5
    phone.queue.extend(again)
    assert [one["status"] for one in await phone.send()] == ["duplicate"] * 5
    assert (await phone.sync())["next_queue_seq"] == 6


async def test_each_entry_may_come_alone(office: Office, phone: Phone) -> None:
    for number in range(1, 4):
        office.later(minutes=1)
        phone.does("customer.rename", renamed(number))
        [result] = await phone.send()
        assert (result["status"], result["flags"]) == ("accepted", [])


async def test_an_entry_that_never_came_is_a_gap_and_the_queue_goes_on_after_it(office: Office, phone: Phone) -> None:
    for number in range(1, 4):
        phone.does("customer.rename", renamed(number))
    del phone.queue[1]
    told = await phone.send()
    assert [one["flags"] for one in told] == [[], ["UNATTESTED", "QUEUE_GAP"]]
    phone.does("customer.rename", renamed(4))
    [after] = await phone.send()
    assert after["flags"] == []
    page = (await office.get("iris", "/v1/events?stream=device-phone-17&limit=50")).json()["items"]
    entries = [one["event"]["payload"] for one in page if one["event"]["type"] == "device.queue_entry_taken"]
    assert [(one["queue_seq"], one["flags"]) for one in entries] == [(1, []), (3, ["QUEUE_GAP"]), (4, [])]


async def test_what_builds_on_a_rejected_entry_is_not_taken_in_a_later_batch_either(phone: Phone) -> None:
    phone.does("customer.rename", {"customer_id": "no"}, id="bad")
    [bad] = await phone.send()
    assert bad["problem"]["code"] == "MALFORMED"
    phone.does("customer.rename", renamed())
    [after] = await phone.send()
    assert (after["problem"]["code"], after["problem"]["earlier_id"]) == ("DEPENDS_ON_REJECTED", "bad")
    phone.does("customer.rename", renamed())
    [further] = await phone.send()
    assert further["problem"]["code"] == "DEPENDS_ON_REJECTED", "and what builds on that"


async def test_a_queue_that_drops_its_rejected_entry_goes_on_without_a_gap(phone: Phone) -> None:
    phone.does("customer.rename", renamed(1))
    phone.does("customer.rename", {"customer_id": "no"})
    assert [one["status"] for one in await phone.send()] == ["accepted", "rejected"]
    assert (await phone.sync())["next_queue_seq"] == 2
    phone.does("customer.rename", renamed(2))
    [result] = await phone.send()
    assert (result["status"], result["flags"]) == ("accepted", [])


async def test_a_no_of_a_rule_is_an_answer_and_the_queue_goes_on(office: Office, phone: Phone) -> None:
    await office.emit("bruno", "ownership.claim", {"customer_id": str(GLOBEX)})
    office.later(hours=2)
    phone.does("ownership.claim", {"customer_id": str(GLOBEX)})
    phone.does("customer.rename", renamed())
    told = await phone.send()
    assert [one["status"] for one in told] == ["refused", "accepted"]
    assert told[1]["flags"] == []


async def test_a_phone_that_started_anew_shows_nothing_of_before(office: Office, phone: Phone) -> None:
    phone.does("customer.rename", renamed())
    office.later(hours=1)
    phone.queue[0]["bootid"] = "b2"
    [result] = await phone.send()
    assert result["flags"] == ["UNATTESTED"]
    assert "attested_at" not in await stored(office, result)


async def test_a_phone_that_started_anew_and_synced_since_shows_nothing_of_before(office: Office, phone: Phone) -> None:
    phone.does("customer.rename", renamed())
    office.later(hours=1)
    old = list(phone.queue)
    await office.post("anna", "/v1/devices/phone-17/sync", {"boot_id": "b2"})
    phone.queue[:] = old
    [result] = await phone.send()
    assert result["flags"] == ["UNATTESTED"]


async def test_nobody_moves_the_queue_of_another_ones_device(office: Office, phone: Phone) -> None:
    event = office.event("customer.rename", renamed(9), deviceid="phone-17", bootid="b1", lastsync=phone.last_sync)
    event |= {"elapsedms": 0, "sentms": 0, "queueseq": 1, "prevhash": FIRST}
    [theirs] = (await office.batch("bruno", [event])).json()["results"]
    assert theirs["flags"] == ["UNATTESTED"]
    phone.does("customer.rename", renamed())
    [ours] = await phone.send()
    assert ours["flags"] == []


async def test_a_machine_may_sync_the_device_of_the_rep_for_whom_it_speaks(office: Office) -> None:
    answer = await office.post("app", "/v1/devices/tablet-1/sync", {"boot_id": "b1"}, On_Behalf_Of="anna")
    assert answer.status_code == 200
    assert (await office.post("bruno", "/v1/devices/tablet-1/sync", {"boot_id": "b1"})).status_code == 403


async def test_those_who_keep_the_house_give_a_device_to_somebody_else(office: Office) -> None:
    await Phone(office).sync()
    answer = await office.post("otto", "/v1/devices/phone-17", {"rep_id": "bruno"})
    assert answer.status_code == 201, answer.text
    assert (await office.post("bruno", "/v1/devices/phone-17/sync", {"boot_id": "b1"})).status_code == 200
    assert (await office.post("anna", "/v1/devices/phone-17/sync", {"boot_id": "b1"})).status_code == 403
    assert (await office.post("anna", "/v1/devices/phone-17", {"rep_id": "anna"})).status_code == 403


async def test_an_answer_of_which_the_queue_did_not_hear_moves_it_when_the_entry_comes_again(office: Office) -> None:
    phone = Phone(office)
    entry = phone.does("customer.rename", renamed(), lastsync="not ours")
    [first] = await phone.send()
    assert first["flags"] == ["UNATTESTED"]
    await Phone(office).sync()
    phone.queue.append(entry)
    assert [one["status"] for one in await phone.send()] == ["duplicate"]
    assert (await Phone(office).sync())["next_queue_seq"] == 2


async def test_when_a_rep_s_devices_last_heard_from_us_is_seen_by_the_rep_and_those_above(office: Office) -> None:
    await Phone(office).sync()
    before = (await office.platform.log.head()).position
    office.later(hours=2)
    await Phone(office, boot_id="b2").sync()
    await Phone(office, device_id="tablet").sync()
    await office.settled()
    for who in ("anna", "mei", "iris", "otto"):
        items = (await office.get(who, "/v1/reps/anna/devices")).json()["items"]
        assert [(one["device_id"], one["boot_id"], one["synced_at"]) for one in items] == [
            ("phone-17", "b2", "2026-03-02T03:00:00.000000Z"),
            ("tablet", "b1", "2026-03-02T03:00:00.000000Z"),
        ]
    assert (await office.get("bruno", "/v1/reps/anna/devices")).status_code == 403
    [then] = (await office.get("mei", f"/v1/reps/anna/devices?at={before}")).json()["items"]
    assert then["synced_at"] == "2026-03-02T01:00:00.000000Z"


async def test_a_strict_batch_of_a_device_is_recorded_with_its_queue_or_not_at_all(
    office: Office, phone: Phone
) -> None:
    phone.does("customer.rename", renamed(1))
    phone.does("customer.rename", {"customer_id": "no"})
    entries = [event | {"sentms": 0} for event in phone.queue]
    before = (await office.platform.log.head()).position
    assert (await office.batch("anna", entries, Prefer="handling=strict")).status_code == 422
    assert (await office.platform.log.head()).position == before
    told = await office.batch("anna", entries[:1], Prefer="handling=strict")
    assert told.status_code == 200
    assert (await phone.sync())["next_queue_seq"] == 2


async def test_an_event_that_only_names_its_device_costs_and_claims_nothing(office: Office) -> None:
    answer = await office.emit("anna", "visit.record", visit(1), deviceid="phone-17")
    assert answer.json()["flags"] == ["BLIND_VISIT"]
    assert [one["stream"] for one in answer.json()["events"]] == [f"visit-{an_id(1)}"]


# ---------------------------------------------------------------------------------------------------- offline claims

CLAIM = {"customer_id": str(GLOBEX)}


async def holder(office: Office) -> Any:  # noqa: ANN401 - any JSON
    await office.settled()
    return (await office.get("iris", f"/v1/customers/{GLOBEX}/ownership")).json()["owner"]


@pytest.mark.parametrize("skew", [timedelta(), timedelta(days=-400), timedelta(hours=6)])
async def test_a_claim_that_was_first_offline_is_contested_whatever_the_clock_of_the_phone_says(
    office: Office, skew: timedelta
) -> None:
    phone = Phone(office, skew=skew)
    await phone.sync()
    phone.does("ownership.claim", CLAIM)
    office.later(hours=3)
    await office.emit("bruno", "ownership.claim", CLAIM)
    office.later(hours=6)
    [result] = await phone.send()
    assert (result["status"], result["problem"]["status"], result["problem"]["code"]) == ("refused", 409, "CONTESTED")
    contested = (await stored(office, result))["payload"]
    assert datetime.fromisoformat(contested["priority_at"]) == MONDAY
    assert datetime.fromisoformat(contested["rival_priority_at"]) == MONDAY + timedelta(hours=3)
    assert (contested["rep_id"], contested["rival_rep_id"]) == ("anna", "bruno")
    assert (await holder(office))["rep_id"] == "bruno"


async def test_the_answer_to_a_contested_claim_names_no_rival(office: Office, phone: Phone) -> None:
    phone.does("ownership.claim", CLAIM)
    office.later(hours=3)
    await office.emit("bruno", "ownership.claim", CLAIM)
    [result] = await phone.send()
    assert "bruno" not in str(result)


async def test_a_phone_whose_clock_is_set_back_wins_nothing(office: Office) -> None:
    """Bruno claims at nine; Anna claims at eleven and says it was eight."""
    phone = Phone(office, skew=timedelta(hours=-3))
    await office.emit("bruno", "ownership.claim", CLAIM)
    office.later(hours=1)
    await phone.sync()
    office.later(hours=1)
    phone.does("ownership.claim", CLAIM)
    [result] = await phone.send()
    assert result["problem"]["code"] == "ALREADY_CLAIMED"


async def test_a_claim_from_a_phone_that_was_restarted_is_an_ordinary_claim_of_its_arrival(
    office: Office, phone: Phone
) -> None:
    phone.does("ownership.claim", CLAIM, bootid="b2")
    office.later(hours=3)
    await office.emit("bruno", "ownership.claim", CLAIM)
    office.later(hours=6)
    [result] = await phone.send()
    assert result["problem"]["code"] == "ALREADY_CLAIMED"


async def test_an_offline_claim_of_a_free_customer_runs_from_its_own_hour(office: Office, phone: Phone) -> None:
    office.later(hours=14)  # 23:00
    phone.does("ownership.claim", CLAIM)
    office.later(hours=10)  # 09:00 the next day
    [result] = await phone.send()
    assert result["status"] == "accepted"
    assert datetime.fromisoformat(result["answer"]["protected_until"]) == datetime.fromisoformat(
        "2026-03-18T00:00:00+08:00"
    )
    page = (await office.get("iris", f"/v1/events?stream=ownership-{GLOBEX}:default")).json()["items"]
    grant = page[0]["event"]["payload"]
    assert grant["basis"] == "ATTESTED"
    assert datetime.fromisoformat(grant["priority_at"]) == MONDAY + timedelta(hours=14)
    assert datetime.fromisoformat(grant["granted_at"]) == MONDAY + timedelta(hours=24)


async def test_where_the_server_s_order_counts_an_offline_claim_is_one_of_its_arrival(
    office: Office, phone: Phone
) -> None:
    rules = {"kind": "PROT", "body": {"priority_mode": "SERVER_ORDER"}}
    assert (await office.emit("otto", "rules.publish", rules)).status_code == 200
    phone.does("ownership.claim", CLAIM)
    office.later(hours=3)
    await office.emit("bruno", "ownership.claim", CLAIM)
    [result] = await phone.send()
    assert result["problem"]["code"] == "ALREADY_CLAIMED"


async def test_a_mode_that_there_is_not_is_malformed(office: Office) -> None:
    answer = await office.emit("otto", "rules.publish", {"kind": "PROT", "body": {"priority_mode": "WALL_CLOCK"}})
    assert (answer.status_code, answer.json()["code"]) == (422, "MALFORMED")
    assert answer.json()["errors"][0]["detail"] == "ATTESTED or SERVER_ORDER"
    assert answer.json()["errors"][0]["pointer"] == "/data/body/priority_mode"


async def test_a_claim_made_before_leaving_counts_and_one_that_cannot_be_shown_does_not(
    office: Office, phone: Phone
) -> None:
    phone.does("ownership.claim", CLAIM)
    office.later(minutes=30)
    phone.does("ownership.claim", {"customer_id": str(ACME)})
    await office.emit("otto", "org.depart_rep", {"rep_id": "anna"})
    office.later(hours=15)
    first, second = list(phone.queue)
    phone.queue[:] = [first]
    assert [one["status"] for one in await phone.send()] == ["accepted"]
    office.later(hours=40)
    phone.queue[:] = [second]
    [late] = await phone.send()
    assert (late["status"], late["problem"]["code"]) == ("refused", "ACTOR_INACTIVE")
