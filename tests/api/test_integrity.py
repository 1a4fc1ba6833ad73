"""Visits that do not fit together, through the door: each flag with its numbers in the history and on the timeline."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.api.office import Office, opened, visit
from tests.people import ACME, GLOBEX, an_id

BUND = {"lat": 31.2304, "lon": 121.4737, "accuracy_m": 20, "crs": "WGS84"}
SUZHOU = {"lat": 31.2990, "lon": 120.5853, "accuracy_m": 20, "crs": "WGS84"}


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    office = await opened()
    async with office.platform.started(clock=False):
        yield office
    await office.http.aclose()
    await office.platform.close()


async def _seen(office: Office, n: int, geo: dict[str, Any], customer: object = ACME) -> None:
    said = {"visit_id": str(an_id(n)), "customer_id": str(customer), "geo": geo}
    answer = await office.emit("anna", "visit.check_in", said)
    assert answer.status_code == 200, answer.text
    await office.settled()


async def _flags(office: Office, n: int) -> list[dict[str, Any]]:
    versions = (await office.get("mei", f"/v1/visits/{an_id(n)}/history")).json()["items"]
    return [one["changed"] for one in versions if one["type"] == "visit.integrity_flagged"]


async def _holds(office: Office, n: int) -> list[str]:
    return (await office.get("mei", f"/v1/visits/{an_id(n)}")).json()["flags"]


async def test_a_journey_that_nobody_makes_is_told_with_metres_seconds_and_speed(office: Office) -> None:
    await _seen(office, 1, BUND)
    office.later(minutes=20)
    await _seen(office, 2, SUZHOU, GLOBEX)
    (found,) = await _flags(office, 2)
    assert found["flag"] == [None, "IMPOSSIBLE_TRAVEL"]
    assert found["other_visit_id"] == [None, str(an_id(1))]
    assert found["seconds"] == [None, 1200]
    assert found["kmh_limit"] == [None, 150]
    assert 240 < found["kmh"][1] < 260
    assert "IMPOSSIBLE_TRAVEL" in await _holds(office, 1), "it takes two"


async def test_whoever_came_by_train_says_so_and_the_flag_is_cleared(office: Office) -> None:
    await _seen(office, 1, BUND)
    office.later(minutes=20)
    await _seen(office, 2, SUZHOU, GLOBEX)
    began = office.platform.now().isoformat()
    ended = office.later(minutes=20).isoformat()
    told = visit(2, customer_id=str(GLOBEX), started_at=began, ended_at=ended, travel={"minutes": 20, "mode": "RAIL"})
    assert (await office.post("anna", "/v1/visits", told)).status_code == 201
    await office.settled()
    assert "IMPOSSIBLE_TRAVEL" not in await _holds(office, 2)
    assert "IMPOSSIBLE_TRAVEL" not in await _holds(office, 1)
    assert len(await _flags(office, 2)) == 1, "what was noticed stays in the history"


async def test_two_visits_at_once_are_told_by_how_long_and_a_void_explains_it(office: Office) -> None:
    await office.post("anna", "/v1/visits", visit(1))
    again = visit(2, started_at="2026-03-02T08:50:00+08:00", ended_at="2026-03-02T08:58:00+08:00")
    await office.post("anna", "/v1/visits", again)
    await office.settled()
    (found,) = await _flags(office, 1)
    assert (found["flag"][1], found["seconds"][1], found["other_visit_id"][1]) == (
        "OVERLAPPING_VISITS", 300, str(an_id(2)),
    )  # fmt: skip
    assert "OVERLAPPING_VISITS" in await _holds(office, 2)
    await office.post("anna", f"/v1/visits/{an_id(2)}/void", {"reason": "TYPO"})
    await office.settled()
    assert "OVERLAPPING_VISITS" not in await _holds(office, 1)
    assert "OVERLAPPING_VISITS" not in await _holds(office, 2)


async def test_a_made_up_position_and_a_photo_used_before_are_told(office: Office) -> None:
    await _seen(office, 1, BUND | {"mock": True})
    photo = {"sha256": "ab" * 32, "bytes": 9_000, "mime": "image/jpeg"}
    await office.post("anna", "/v1/visits", visit(1, attachments=[photo]))
    later = visit(2, started_at="2026-03-02T08:56:00+08:00", ended_at="2026-03-02T08:59:00+08:00", attachments=[photo])
    await office.post("anna", "/v1/visits", later)
    await office.settled()
    assert [one["flag"][1] for one in await _flags(office, 1)] == ["MOCK_LOCATION"]
    (found,) = await _flags(office, 2)
    assert (found["flag"][1], found["sha256"][1], found["other_visit_id"][1]) == (
        "REUSED_ATTACHMENT", "ab" * 32, str(an_id(1)),
    )  # fmt: skip


async def test_the_timeline_says_it_in_a_sentence(office: Office) -> None:
    await _seen(office, 1, BUND | {"mock": True})
    told = (await office.get("anna", "/v1/reps/anna/timeline?type=visit.integrity_flagged")).json()["items"]
    assert [one["sentence"] for one in told if "a made-up position" in one["sentence"]]


async def test_what_a_queue_never_brought_is_counted(office: Office) -> None:
    said = {"visit_id": str(an_id(1)), "customer_id": str(ACME), "geo": BUND}
    line: dict[str, Any] = {"deviceid": "p1", "bootid": "b1"}
    synced = await office.post("anna", "/v1/devices/p1/sync", {"boot_id": "b1"})
    assert synced.status_code in (200, 201), synced.text
    answer = await office.emit("anna", "visit.check_in", said, **line, queueseq="00000004", prevhash="cd" * 32)
    assert "QUEUE_GAP" in answer.json()["flags"], answer.text
    await office.settled()
    (found,) = await _flags(office, 1)
    assert (found["flag"][1], found["missing"][1]) == ("QUEUE_GAP", 3)


async def test_the_flag_board_shows_it_with_how_grave_it_is_and_when_it_was_cleared(office: Office) -> None:
    await office.post("anna", "/v1/visits", visit(1))
    again = visit(2, started_at="2026-03-02T08:50:00+08:00", ended_at="2026-03-02T08:58:00+08:00")
    await office.post("anna", "/v1/visits", again)
    await office.settled()
    await office.post("anna", f"/v1/visits/{an_id(2)}/void", {"reason": "TYPO"})
    await office.settled()
    board = "/v1/reps/anna/flags?flag=OVERLAPPING_VISITS&from=2026-03-02&to=2026-03-02"
    items = (await office.get("mei", board)).json()["items"]
    assert [(one["severity"], one["cleared"]) for one in items] == [
        ("WARN", True), ("WARN", True), ("WARN", False), ("WARN", False),
    ]  # fmt: skip
    page = (await office.get("mei", f"{board}&limit=1")).json()
    following = (await office.get("mei", f"{board}&limit=1&cursor={page['next']}")).json()
    assert [page["items"][0]["position"], following["items"][0]["position"]] == [one["position"] for one in items[:2]]
    assert (await office.get("mei", "/v1/reps/anna/flags?severity=STOP")).json()["items"] == []
