"""Whatever reps and managers do, in any order, on a whole platform with its policies and its clock: the rules hold.

A story is drawn, told line by line through the real commands, and after every line the log is looked at by hand.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as any_
from hypothesis import strategies as st

from api.scenario import AtTheDesks, StoryChance, StoryIds, Telling, read_scenario
from domain.envelope import Recorded
from services.platform import Platform, in_memory, told_time
from tests.naive_ownership import entitlements, owners
from tests.people import LINE, MONDAY, SHANGHAI, an_id

REPS = ("anna", "bruno", "carl")
CUSTOMERS = (an_id(801), an_id(802), an_id(803))
BUYERS = (an_id(811), an_id(812), an_id(813))
TIGHT: Mapping[str, int] = {
    "claims_per_day": 3,
    "cooling_off_days": 1,
    "protection_days": 4,
    "hard_cap_days": 9,
    "extension_days": 3,
}
Step = tuple[str, int, int, int, int]
"""What is done, by whom, about which customer, about which earlier claim, and how many hours later."""

steps = st.lists(
    st.tuples(
        st.sampled_from(
            [
                *["claim"] * 6,
                *["offline"] * 2,
                *["visit"] * 5,
                "release",
                "transfer",
                "park",
                "extend",
                "tick",
                "depart",
            ]
        ),
        st.integers(0, len(REPS) - 1),
        st.integers(0, len(CUSTOMERS) - 1),
        st.integers(0, 30),
        st.sampled_from([0, 0, 1, 3, 9, 24, 60]),
    ),
    min_size=1,
    max_size=22,
)
probes = st.lists(st.tuples(st.integers(-200, 300), st.integers(0, 1_000)), min_size=2, max_size=2)
"""Hours before or after the present, and places in the log in thousandths."""


def _line(hour: datetime, who: str, type: str, data: Mapping[str, Any], **attributes: str) -> dict[str, Any]:
    return {"now": hour.isoformat(), "as": who, "emit": {"type": type, "data": data, **attributes}}


def _beginning(capacity: int) -> list[dict[str, Any]]:
    hour = MONDAY - timedelta(hours=1)
    lines = [
        _line(hour, "ops", "rules.publish", {"kind": "PROT", "body": {**TIGHT, "capacity": capacity}}),
        _line(hour, "ops", "org.add_team", {"team_id": "east", "zone": SHANGHAI}),
        _line(hour, "ops", "org.add_rep", {"rep_id": "mei", "team_id": "east"}),
        _line(hour, "ops", "org.grant_role", {"actor_id": "mei", "role": "manager"}),
        _line(hour, "ops", "org.grant_role", {"actor_id": "mei", "role": "arbiter"}),
    ]
    lines += [
        _line(hour, "ops", "org.add_rep", {"rep_id": rep, "team_id": "east", "manager_id": "mei"}) for rep in REPS
    ]
    for number, (customer, buyer) in enumerate(zip(CUSTOMERS, BUYERS, strict=True)):
        said = {
            "customer_id": str(customer),
            "kind": "COMPANY",
            "legal_name": f"Customer {number} Ltd",
            "country": "CN",
            "source": {"method": "PROSPECTING"},
            "geo": {"lat": 31, "lon": 121, "crs": "WGS84"},
        }
        lines.append(_line(hour, "ops", "customer.register", said))
        contact = {"customer_id": str(customer), "contact_id": str(buyer), "name": "Li Na", "role": "BUYER"}
        lines.append(_line(hour, "ops", "customer.add_contact", contact))
    return lines


def the_story(drawn: Sequence[Step], capacity: int) -> list[dict[str, Any]]:
    """The lines of a drawn story. Claim ids count up, so that later steps can name earlier claims; mostly it is whoever
    asked for one that does something about it."""
    lines, hour = _beginning(capacity), MONDAY
    claims = cases = 0
    asked_by, claimant = dict[str, str](), dict[str, str]()
    for number, (what, who, which, earlier, hours) in enumerate(drawn, 1):
        hour += timedelta(hours=hours)
        rep, customer = REPS[who], str(CUSTOMERS[which])
        claim = str(an_id(max(1, claims - earlier % 4))) if claims else str(an_id(999))
        if what in ("release", "park") and earlier % 5:
            rep = asked_by.get(claim, rep)
        if what == "visit" and earlier % 4:
            rep = claimant.get(customer, rep)
        match what:
            case "claim" | "offline":
                claims += 1
                data = {"customer_id": customer, "claim_id": str(an_id(claims))}
                asked_by[data["claim_id"]] = rep
                claimant.setdefault(customer, rep)
                shown = _offline(rep, hour - timedelta(hours=1 + earlier % 9)) if what == "offline" else {}
                lines.append(_line(hour, rep, "ownership.claim", data, **shown))
            case "visit":
                lines += _visit(hour, rep, which, number)
            case "release":
                lines.append(_line(hour, rep, "ownership.release", {"claim_id": claim}))
            case "transfer":
                later = hour + timedelta(hours=earlier % 3 * 20)
                terms = {"to_rep_id": rep, "credit_split": [{"rep_id": rep, "bp": 10_000}], "reason": "They know them."}
                at = {"effective_at": later.isoformat()} if earlier % 3 else {}
                lines.append(_line(hour, "mei", "ownership.transfer", {"claim_id": claim, **terms, **at}))
            case "park":
                ripe = (hour + timedelta(days=2 + earlier % 4)).date().isoformat()
                lines.append(_line(hour, rep, "ownership.park", {"claim_id": claim, "harvest_on": ripe}))
            case "extend":
                lines.append(_line(hour, "mei", "ownership.extend", {"claim_id": claim, "reason": "They are away."}))
            case "dispute":
                cases += 1
                others = [REPS[(who + 1) % len(REPS)], rep]
                data = {
                    "customer_id": customer,
                    "parties": others,
                    "reason": "Mine.",
                    "case_id": str(an_id(7_000 + cases)),
                }
                lines.append(_line(hour, rep, "conflict.open", data))
            case "rule":
                case_id = str(an_id(7_000 + max(1, cases)))
                lines.append({**_line(hour, "mei", "conflict.rule", {"case_id": case_id}), "role": "arbiter"})
            case "depart":
                lines.append(_line(hour, "ops", "org.depart_rep", {"rep_id": rep}))
            case _:
                lines.append({"now": hour.isoformat(), "tick": True})
    return lines


def _offline(rep: str, hour: datetime) -> dict[str, str]:
    """What a device of the rep can show of an hour."""
    synced = hour - timedelta(minutes=10)
    return {
        "time": hour.isoformat(),
        "deviceid": f"phone-{rep}",
        "bootid": "b1",
        "lastsync": synced.isoformat(),
    }


def _visit(hour: datetime, rep: str, which: int, number: int) -> list[dict[str, Any]]:
    visit, customer = str(an_id(5_000 + number)), str(CUSTOMERS[which])
    place = {"lat": 31, "lon": 121, "crs": "WGS84", "accuracy_m": 20}
    told = {
        "visit_id": visit,
        "customer_id": customer,
        "mode": "IN_PERSON",
        "started_at": hour.isoformat(),
        "ended_at": (hour + timedelta(minutes=20)).isoformat(),
        "participants": {"customer": [{"contact_id": str(BUYERS[which]), "role": "BUYER"}]},
        "discovery": {"need": f"fact {number}"},
        "interest_origin": "EXISTING_NEED",
        "note": "They told us what they need next.",
        "next_step": {"what": "call", "due": (hour + timedelta(days=9)).date().isoformat(), "responsible_id": rep},
    }
    there = _line(hour, rep, "visit.check_in", {"visit_id": visit, "customer_id": customer, "geo": place})
    return [there, _line(hour + timedelta(minutes=25), rep, "visit.record", told)]


@pytest.mark.slow
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@any_(steps, probes, st.sampled_from([1, 2]))
def test_the_rules_hold_after_every_line_of_any_story(
    drawn: Sequence[Step], probed: list[tuple[int, int]], capacity: int
) -> None:
    asyncio.run(_told(the_story(drawn, capacity), probed, capacity))


async def _told(lines: Sequence[Mapping[str, Any]], probed: Sequence[tuple[int, int]], capacity: int) -> None:
    ordered = sorted(lines, key=lambda line: datetime.fromisoformat(line["now"]))
    telling = Telling(read_scenario(json.dumps(line).encode() for line in ordered))
    clock = told_time(telling.begins())
    platform = in_memory(now=clock, new_id=StoryIds(clock), chance=StoryChance())
    log: list[Recorded] = []
    asked: Counter[UUID] = Counter()
    try:
        async with platform.started(clock=False):
            number = 0
            async for answer in telling.told_on(AtTheDesks(platform, clock)):
                log += await platform.log.page(len(log), 5_000)
                if "final" not in answer:
                    _a_no_is_kept(answer)
                    emitted = ordered[number].get("emit")
                    if emitted is not None and emitted["type"] == "ownership.claim" and answer["status"] != "rejected":
                        asked[UUID(emitted["data"]["claim_id"])] += 1
                    number += 1
                _the_rules_hold(log, capacity)
                await _both_dials_agree(platform, log, probed)
    finally:
        await platform.close()
    answered = Counter[UUID](
        recorded.event.claim_id  # type: ignore[attr-defined] - each of them has one
        for recorded in log
        if recorded.envelope.name in ("ownership.claim_refused", "ownership.claim_contested")
        or (recorded.envelope.name == "ownership.claim_granted" and recorded.envelope.actor.role == "rep")
    )
    assert answered == asked, "every claim was granted, refused or contested, and that stands in the log"


def _a_no_is_kept(answer: Mapping[str, Any]) -> None:
    names = {event["type"] for event in answer["events"]}
    if answer["status"] == "refused":
        assert names & {"ownership.claim_refused", "ownership.claim_contested", "submission.decision_refused"}, answer
    if answer["status"] == "rejected":
        assert "submission.submission_refused" in names, answer


def _the_rules_hold(log: Sequence[Recorded], capacity: int) -> None:
    slots: dict[str, set[UUID]] = {rep: set() for rep in (*REPS, "mei")}
    caps: dict[UUID, datetime] = {}
    for recorded in log:
        event: Any = recorded.event
        match recorded.envelope.name:
            case "portfolio.slot_reserved":
                assert event.claim_id not in slots[event.rep_id], "a slot is taken once"
                slots[event.rep_id].add(event.claim_id)
                assert len(slots[event.rep_id]) <= capacity, "never over capacity"
            case "portfolio.slot_released":
                slots[event.rep_id].discard(event.claim_id)
            case "ownership.claim_granted":
                caps[event.claim_id] = event.hard_cap
            case "ownership.protection_extended":
                assert event.new_until >= event.old_until
                caps[event.claim_id] = event.hard_cap
            case "ownership.protection_renewed":
                assert event.old_until <= event.new_until <= caps[event.claim_id], "a renewal never shortens"
            case _:
                pass


async def _both_dials_agree(platform: Platform, log: Sequence[Recorded], probed: Sequence[tuple[int, int]]) -> None:
    now, head = platform.now(), len(log)
    places = [(now, head), *((now + timedelta(hours=hours), head * share // 1_000) for hours, share in probed)]
    for customer in CUSTOMERS:
        for valid_at, known_at in places:
            claims = entitlements(log, customer, LINE, known_at)
            true = owners(claims, valid_at)
            assert len(true) <= 1, "never two live claims"
            owned = await platform.ownership_questions.owned(customer, LINE, valid_at=valid_at, known_at=known_at)
            expected = true[0].claim_id if true else None
            assert (owned.owner.claim_id if owned.owner else None) == expected, (valid_at, known_at)
            entitled = {told.span.claim_id: told.span.valid_to for told in owned.spans if told.entitled}
            assert entitled == {claim.claim_id: claim.ends for claim in claims}
