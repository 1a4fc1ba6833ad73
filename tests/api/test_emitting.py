"""One event through the door: structured, binary, asked twice, badly formed."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from api.bodies.reading import EXACT
from api.http.cloudevents import BATCH, JSON, STRUCTURED
from tests.api.office import Office, customer, opened, visit
from tests.people import ACME, an_id


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    office = await opened()
    yield office
    await office.http.aclose()
    await office.platform.close()


async def test_a_structured_event_is_recorded_and_says_where(office: Office) -> None:
    answer = await office.emit("anna", "visit.record", visit())
    told = answer.json()
    assert answer.status_code == 200
    assert told["status"] == "accepted"
    assert told["events"][0]["type"] == "visit.visit_recorded"
    assert told["events"][0]["stream"] == f"visit-{an_id(1)}"
    assert int(answer.headers["Log-Position"]) == told["position"]


async def test_a_binary_event_says_the_same_as_a_structured_one(office: Office) -> None:
    headers = {
        "ce-specversion": "1.0",
        "ce-id": "b-1",
        "ce-source": "/test",
        "ce-type": "visit.record",
        "ce-time": "2026-03-02T08:55:00+08:00",
        "ce-timezone": "Asia%2FShanghai",
    }
    body = json.dumps(visit()).encode()
    answer = await office.raw("anna", body, JSON, **headers)
    assert answer.json()["status"] == "accepted"
    again = await office.emit(
        "anna", "visit.record", visit(), id="b-1", time="2026-03-02T08:55:00+08:00", timezone="Asia/Shanghai"
    )
    assert again.json()["status"] == "duplicate"
    assert again.json()["position"] == answer.json()["position"]


async def test_the_same_event_five_times_is_answered_as_the_first_time(office: Office) -> None:
    event = office.event("ownership.claim", {"customer_id": str(ACME)})
    answers = [(await office.raw("anna", json.dumps(event).encode(), STRUCTURED)).json() for _ in range(5)]
    assert [answer["status"] for answer in answers] == ["accepted", *["duplicate"] * 4]
    assert len({json.dumps(answer["answer"]) for answer in answers}) == 1
    assert len({answer["position"] for answer in answers}) == 1


async def test_a_refused_event_is_refused_again_in_the_same_words_and_recorded_once(office: Office) -> None:
    await office.emit("anna", "ownership.claim", {"customer_id": str(ACME)})
    event = office.event("ownership.claim", {"customer_id": str(ACME)}, id="bruno-1")
    answers = [await office.raw("bruno", json.dumps(event).encode(), STRUCTURED) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {409}
    assert len({answer.json()["position"] for answer in answers}) == 1
    assert len({answer.json()["claimable_at"] for answer in answers}) == 1


async def test_the_same_id_of_another_person_is_another_request(office: Office) -> None:
    event = office.event("ownership.claim", {"customer_id": str(ACME)}, id="shared")
    await office.raw("anna", json.dumps(event).encode(), STRUCTURED)
    answer = await office.raw("bruno", json.dumps(event).encode(), STRUCTURED)
    assert answer.json()["code"] == "IDEMPOTENCY_MISMATCH"


async def test_nobody_asks_under_a_source_of_the_platform_itself(office: Office) -> None:
    for source in ("policy/renew", "clock", "actor/bruno", "/defaults"):
        answer = await office.emit("anna", "ownership.claim", {"customer_id": str(ACME)}, source=source)
        assert answer.json()["code"] == "FORBIDDEN", source


async def test_a_machine_speaks_for_a_named_rep(office: Office) -> None:
    without = await office.emit("app", "visit.record", visit())
    assert without.json()["code"] == "FORBIDDEN"
    answer = await office.emit("app", "visit.record", visit(), onbehalfof="anna")
    assert answer.json()["answer"]["rep_id"] == "anna"


async def test_nobody_but_a_machine_and_the_house_speaks_for_another(office: Office) -> None:
    for who in ("bruno", "mei"):
        answer = await office.emit(who, "visit.record", visit(), onbehalfof="anna")
        assert answer.json()["code"] == "FORBIDDEN", who


async def test_what_a_device_shows_stands_in_the_event(office: Office) -> None:
    answer = await office.emit(
        "anna",
        "visit.record",
        visit(),
        deviceid="phone-17",
        bootid="b1",
        lastsync="token",
        elapsedms=1000,
        sentms="2000",
        sequence="00000042",
        prevhash="abc",
    )
    stored = await office.get("iris", f"/v1/events/{answer.json()['position']}")
    assert stored.json()["device"] == {
        "device_id": "phone-17",
        "boot_id": "b1",
        "elapsed_ms": 1000,
        "sent_ms": 2000,
        "last_sync": "token",
        "queue_seq": 42,
        "prev_hash": "abc",
    }


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"note": "half \ud83d a smile"}, "TEXT_INVALID", "/data/note"),
        ({"note": "a bell \u0007 rings"}, "TEXT_INVALID", "/data/note"),
        ({"colour": "red"}, "UNKNOWN_FIELD", "/data/colour"),
        ({"verdict": "EFFECTIVE"}, "DERIVED_FIELD", "/data/verdict"),
        (
            {"participants": {"customer": [{"contact_id": "nobody"}]}},
            "MALFORMED",
            "/data/participants/customer/0/contact_id",
        ),
        ({"mode": "TELEPATHY"}, "MALFORMED", "/data/mode"),
        ({"started_at": "2026-03-02T08:30:00"}, "MALFORMED", "/data/started_at"),
        ({"started_at": 1772411400}, "MALFORMED", "/data/started_at"),
        ({"objective_met": "yes"}, "MALFORMED", "/data/objective_met"),
        ({"travel": {"minutes": EXACT + 1}}, "MALFORMED", "/data/travel/minutes"),
        ({"travel": {"minutes": 5, "km": "12"}}, "MALFORMED", "/data/travel/km"),
        ({"travel": {"minutes": 1500}}, "MALFORMED", "/data/travel/minutes"),
    ],
)
async def test_a_fault_is_told_with_a_pointer_to_its_place(
    office: Office, change: dict[str, Any], code: str, pointer: str
) -> None:
    answer = await office.emit("anna", "visit.record", visit(**change))
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == code
    assert pointer in [error["pointer"] for error in problem["errors"]]


@pytest.mark.parametrize(
    "text",
    [
        '{"specversion":"1.0","id":"1","id":"2","source":"/t","type":"visit.record","data":{}}',
        '{"specversion":"1.0","id":"1","source":"/t","type":"visit.record","data":{"note":"a","note":"b"}}',
        '{"specversion":"1.0","id":"1","source":"/t","type":"visit.record","data":{"travel":{"minutes":NaN}}}',
        '{"specversion":"1.0","id":"1","source":"/t","type":"visit.record","data":{"travel":{"minutes":1e999}}}',
        '{"specversion":"1.0","id":"1","source":"/t"',
        '["no","object"]',
        "[" * 2_000 + "]" * 2_000,
        '{"specversion":"1.0","id":"1","source":"/t","type":"visit.record","datacontenttype":"text/xml","data":{}}',
        '{"specversion":"1.0","id":"","source":"/t","type":"visit.record","data":{}}',
        '{"id":"1","source":"/t","type":"visit.record","data":{}}',
        '{"specversion":"1.0","id":"1","source":"/t","type":"visit.record","time":"yesterday","data":{}}',
    ],
)
async def test_what_two_readers_might_understand_differently_is_refused(office: Office, text: str) -> None:
    answer = await office.raw("anna", text.encode(), STRUCTURED)
    assert (answer.status_code, answer.json()["code"]) == (422, "MALFORMED")


async def test_bytes_that_are_no_utf_8_are_refused(office: Office) -> None:
    answer = await office.raw("anna", b'{"id":"\xff"}', STRUCTURED)
    assert answer.json()["code"] == "MALFORMED"


async def test_text_is_kept_in_normal_form(office: Office) -> None:
    decomposed = "Cafe\u0301 Ltd"
    answer = await office.post("otto", "/v1/customers", customer(decomposed))
    await office.settled()
    found = await office.get("otto", f"/v1/customers/{answer.json()['customer_id']}")
    assert found.json()["legal_name"] == "Café Ltd"


async def test_degrees_and_kilometres_are_kept_as_whole_numbers(office: Office) -> None:
    geo = '{"lat": 31.2304161, "lon": 121.473701, "crs": "GCJ02"}'
    body = json.dumps(customer("Wayne Ltd")).replace('"kind"', f'"geo": {geo}, "kind"')
    answer = await office.http.post(
        "/v1/customers", content=body, headers=office.headers("otto", Content_Type="application/json")
    )
    event = (await office.get("iris", f"/v1/events/{answer.json()['events'][0]['position']}")).json()
    assert event["payload"]["place"] == {"lat_e7": 312304161, "lon_e7": 1214737010, "crs": "GCJ02"}
    told = await office.emit("anna", "visit.record", visit(travel={"minutes": 20, "km": 12.3456}))
    stored = (await office.get("iris", f"/v1/events/{told.json()['position']}")).json()
    assert stored["payload"]["report"]["travel"]["metres"] == 12_346


async def test_another_version_of_the_contract_is_not_guessed(office: Office) -> None:
    for attributes in ({"specversion": "0.3"}, {"dataschema": "/schemas/visit.record/v2"}, {"dataschema": "urn:x"}):
        answer = await office.emit("anna", "visit.record", visit(), **attributes)
        assert answer.json()["code"] == "SCHEMA_VERSION_UNSUPPORTED", attributes
    right = await office.emit("anna", "visit.record", visit(), dataschema="/schemas/visit.record/v1")
    assert right.json()["status"] == "accepted"


async def test_an_attribute_that_nobody_reads_is_refused(office: Office) -> None:
    answer = await office.emit("anna", "visit.record", visit(), colour="red")
    assert answer.json()["code"] == "UNKNOWN_FIELD"
    assert answer.json()["errors"][0]["pointer"] == "/colour"


async def test_too_much_is_not_read(office: Office) -> None:
    before = await office.settled()
    large = await office.emit("anna", "visit.record", visit(note="x" * 70_000))
    assert (large.status_code, large.json()["code"]) == (413, "PAYLOAD_TOO_LARGE")
    huge = await office.raw("anna", b" " * (1024 * 1024 + 1), BATCH)
    assert (huge.status_code, huge.json()["code"]) == (413, "PAYLOAD_TOO_LARGE")
    many = await office.batch("anna", [office.event("visit.record") for _ in range(501)])
    assert (many.status_code, many.json()["code"]) == (413, "BATCH_TOO_LARGE")
    assert await office.settled() == before


async def test_another_kind_of_body_is_not_read(office: Office) -> None:
    for kind in ("text/plain", "application/json", "application/cloudevents+xml", f"{STRUCTURED}; charset=gbk"):
        answer = await office.raw("anna", b"{}", kind)
        assert (answer.status_code, answer.json()["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE"), kind


async def test_a_known_sender_leaves_a_trace_of_what_was_not_taken(office: Office) -> None:
    before = await office.settled()
    await office.emit("anna", "visit.record", {"visit_id": "no"})
    await office.raw("anna", b"{", STRUCTURED)
    log = await office.get("iris", f"/v1/events?after={before}&type=submission.submission_refused")
    kept = [item["event"] for item in log.json()["items"]]
    assert [event["payload"]["code"] for event in kept] == ["MALFORMED", "MALFORMED"]
    assert all(event["actor"]["id"] == "anna" for event in kept)


async def _rejections(office: Office) -> list[tuple[str, str]]:
    log = await office.get("iris", "/v1/events?type=submission.submission_refused")
    events = [item["event"] for item in log.json()["items"]]
    return [(event["actor"]["id"], event["payload"]["code"]) for event in events]


async def test_the_same_rejection_is_on_record_once_however_often_it_comes(office: Office) -> None:
    broken = office.event("visit.record", {"visit_id": "no"}, id="phone-1", source="/phone")
    raw = json.dumps(broken).encode()
    answers = [await office.raw("anna", raw) for _ in range(2)]
    answers += await asyncio.gather(*(office.raw("anna", raw) for _ in range(5)))
    assert {(one.status_code, one.json()["code"]) for one in answers} == {(422, "MALFORMED")}
    assert await _rejections(office) == [("anna", "MALFORMED")]
    other = office.event("visit.record", {"visit_id": "nor this"}, id="phone-1", source="/phone")
    await office.raw("anna", json.dumps(other).encode())
    await office.raw("bruno", raw)
    assert await _rejections(office) == [("anna", "MALFORMED"), ("anna", "MALFORMED"), ("bruno", "MALFORMED")]


async def test_what_was_rejected_is_judged_anew_and_another_reason_is_another_record(office: Office) -> None:
    claim = office.event("ownership.claim", {"customer_id": str(an_id(77))}, id="early", source="/phone")
    raw = json.dumps(claim).encode()
    for _ in range(2):
        assert (await office.raw("anna", raw)).json()["code"] == "REF_NOT_FOUND"
    assert await _rejections(office) == [("anna", "REF_NOT_FOUND")]
    registered = await office.post("otto", "/v1/customers", customer("Late Ltd", customer_id=str(an_id(77))))
    assert registered.status_code == 201, registered.text
    await office.settled()
    taken = await office.raw("anna", raw)
    assert taken.status_code == 200, taken.text
    assert await _rejections(office) == [("anna", "REF_NOT_FOUND")]


async def test_a_stranger_leaves_none(office: Office) -> None:
    before = await office.settled()
    answer = await office.http.post("/v1/events", json={}, headers={"Authorization": "Bearer stranger"})
    assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHENTICATED")
    assert "Bearer" in answer.headers["WWW-Authenticate"]
    assert await office.settled() == before
