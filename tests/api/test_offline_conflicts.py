"""An offline claim against one that was granted meanwhile: who wins, and what the other one knew (A1, A4)."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.api.office import Office, customer, opened, visit
from tests.api.phone import Phone
from tests.people import MONDAY, an_id

INITECH, LI = str(an_id(300)), str(an_id(301))
GEO = {"lat": 31.2304, "lon": 121.4737, "crs": "WGS84"}
THERE = {**GEO, "accuracy_m": 20, "provider": "gps"}


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    """Mei, who leads Anna and Bruno, may rule; Initech is in the registry, with Li who can buy."""
    office = await opened()
    async with office.platform.started(clock=False):
        await office.emit("otto", "org.grant_role", {"actor_id": "mei", "role": "arbiter"})
        said = customer("Initech Ltd", customer_id=INITECH, geo=GEO)
        assert (await office.post("otto", "/v1/customers", said)).status_code == 201
        contact = {"customer_id": INITECH, "contact_id": LI, "name": "Li", "role": "BUYER"}
        assert (await office.emit("otto", "customer.add_contact", contact)).status_code == 200
        yield office
    await office.http.aclose()
    await office.platform.close()


def until(office: Office, hour: datetime) -> None:
    office.clock.hour = hour


def report(n: int, started_at: datetime) -> dict[str, Any]:
    return visit(
        n,
        customer_id=INITECH,
        started_at=started_at.isoformat(),
        ended_at=(started_at + timedelta(minutes=30)).isoformat(),
        participants={"customer": [{"contact_id": LI, "role": "BUYER"}]},
        discovery={"need": f"{n} lines"},
        interest_origin="EXISTING_NEED",
        next_step={"what": "Send a price", "due": "2026-12-31", "responsible_id": "anna"},
    )


async def is_there(office: Office, who: str, n: int, hour: datetime) -> None:
    """Somebody online is with Li for half an hour, and tells of it."""
    until(office, hour)
    sighting = {"visit_id": str(an_id(n)), "customer_id": INITECH, "geo": THERE}
    assert (await office.emit(who, "visit.check_in", sighting)).status_code == 200
    until(office, hour + timedelta(minutes=30))
    assert (await office.emit(who, "visit.record", report(n, hour))).status_code == 200


async def as_the_ladder_says(office: Office) -> tuple[str, str, dict[str, int]]:
    """Rung, winner and credit, as a dry run tells the arbiter."""
    await office.settled()
    token = (await office.platform.access.create("mei", "arbiter")).token
    arbiter = {"Authorization": f"Bearer {token}"}
    docket = (await office.http.get("/v1/conflicts", headers=arbiter)).json()["items"]
    [case] = [one for one in docket if one["customer_id"] == INITECH]
    assert case["kind"] == "OFFLINE_PRIORITY"
    for who in ("anna", "bruno"):
        said = await office.post(who, f"/v1/conflicts/{case['case_id']}/statements", {"text": "Mine."})
        assert said.status_code == 201, said.text
    answer = await office.http.post(f"/v1/conflicts/{case['case_id']}/rulings?dry_run=true", json={}, headers=arbiter)
    assert answer.status_code == 200, answer.text
    told = answer.json()["ruling"]
    return told["rung"], told["winner_id"], {one["rep_id"]: one["bp"] for one in told["credits"]}


NOON = MONDAY + timedelta(hours=3)
CLAIM = {"customer_id": INITECH}


@pytest.mark.parametrize("skew", [timedelta(), timedelta(hours=-9), timedelta(days=300)])
@pytest.mark.parametrize("visited", [True, False])
async def test_the_earlier_hour_wins_and_a_rival_in_good_faith_has_a_share(
    office: Office, skew: timedelta, *, visited: bool
) -> None:
    """A1."""
    phone = Phone(office, skew=skew)
    await phone.sync()
    phone.does("ownership.claim", CLAIM)
    until(office, NOON)
    assert (await office.emit("bruno", "ownership.claim", CLAIM)).status_code == 200
    if visited:
        await is_there(office, "bruno", 1, MONDAY + timedelta(hours=5))
    until(office, MONDAY + timedelta(hours=9))
    [result] = await phone.send()
    assert result["problem"]["code"] == "CONTESTED"
    credit = {"anna": 8_000, "bruno": 2_000} if visited else {"anna": 10_000}
    rung, winner, credits = await as_the_ladder_says(office)
    assert (rung, winner) == ("L2", "anna")
    assert {rep: bp for rep, bp in credits.items() if bp} == credit


@pytest.mark.parametrize("skew", [timedelta(), timedelta(hours=-9), timedelta(days=300)])
@pytest.mark.parametrize("synced", [None, "claim", "sync"])
async def test_in_a_tie_the_earlier_visit_wins_and_the_other_has_a_share_if_there_was_nothing_to_know(
    office: Office, skew: timedelta, synced: str | None
) -> None:
    """A4: forty seconds apart; Anna visits half an hour after Bruno; had she heard from us, she would have known."""
    phone = Phone(office, skew=skew)
    await phone.sync()
    until(office, NOON - timedelta(seconds=40))
    phone.does("ownership.claim", CLAIM)
    until(office, NOON)
    assert (await office.emit("bruno", "ownership.claim", CLAIM)).status_code == 200
    await is_there(office, "bruno", 1, NOON + timedelta(minutes=30))
    until(office, NOON + timedelta(minutes=105))
    if synced == "claim":
        [result] = await phone.send()
        assert result["problem"]["code"] == "CONTESTED"
    elif synced == "sync":
        await phone.office.post("anna", "/v1/devices/another/sync", {"boot_id": "b9"})
    until(office, NOON + timedelta(hours=2))
    told_at = NOON + timedelta(hours=2) + skew
    phone.does("visit.check_in", {"visit_id": str(an_id(2)), "customer_id": INITECH, "geo": THERE})
    until(office, NOON + timedelta(minutes=150))
    phone.does("visit.record", report(2, told_at))
    until(office, MONDAY + timedelta(hours=9))
    assert {one["status"] for one in await phone.send()} <= {"accepted", "refused"}
    rung, winner, credits = await as_the_ladder_says(office)
    assert (rung, winner) == ("L3", "bruno")
    expected = {"anna": 2_000, "bruno": 8_000} if synced is None else {"bruno": 10_000}
    assert {rep: bp for rep, bp in credits.items() if bp} == expected
