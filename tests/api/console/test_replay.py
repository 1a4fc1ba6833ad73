"""A rep's day as it happened: told to whom it concerns, step by step, by either clock, as of any position."""

import re

from tests.api.console.looking import look, read, rows_of
from tests.api.office import Office, visit
from tests.people import ACME

DAY = "/reps/anna/replay?date=2026-03-02"


async def a_morning(office: Office) -> None:
    """Anna claims Acme and tells of a visit there an hour and a half ago."""
    await office.post("anna", f"/v1/customers/{ACME}/claims")
    office.later(hours=2)
    await office.post("anna", "/v1/visits", visit())
    await office.settled()


def gauges(html: str) -> dict[str, str]:
    return dict(re.findall(r'id="gauge-(\w+)".*?<b data-value>(.*?)</b>', html, re.DOTALL))


def keys(html: str) -> list[str]:
    return re.findall(r'data-key-of="(\d+)"', html)


async def test_a_day_is_told_event_by_event_with_what_each_changed(office: Office) -> None:
    await a_morning(office)
    html = await look(office, "mei", DAY)
    assert gauges(html) == {"held": "1", "visits": "1", "effective": "0", "contacts": "0", "won": "0", "refused": "0"}
    claimed = next(key for key in keys(html) if "claimed Acme" in html.split(f'id="s{key}"')[1].split("</li>")[0])
    assert gauges(await look(office, "mei", f"{DAY}&step={claimed}"))["held"] == "1"
    assert gauges(await look(office, "mei", f"{DAY}&step=0")) | {"held": "0"} == dict.fromkeys(gauges(html), "0")


async def test_the_page_stands_where_the_replay_of_the_interface_does_at_every_event(office: Office) -> None:
    await a_morning(office)
    told = (await office.get("mei", "/v1/reps/anna/replay?date=2026-03-02")).json()
    standing = told["zero"]
    for event, patch in zip(told["events"], told["patches"], strict=True):
        standing = standing | patch
        html = await look(office, "mei", f"{DAY}&step={event['position']}")
        assert gauges(html) == {name: str(value) for name, value in standing.items()}


async def test_by_the_other_clock_the_same_events_stand_in_the_order_of_the_log(office: Office) -> None:
    await a_morning(office)
    occurred, recorded = keys(await look(office, "mei", DAY)), keys(await look(office, "mei", f"{DAY}&basis=recorded"))
    assert sorted(occurred, key=int) == recorded
    assert set(occurred) == set(recorded)


async def test_as_of_an_earlier_position_what_came_later_is_not_there(office: Office) -> None:
    await office.post("anna", f"/v1/customers/{ACME}/claims")
    before = await office.settled()
    office.later(hours=2)
    await office.post("anna", "/v1/visits", visit())
    await office.settled()
    assert gauges(await look(office, "mei", f"{DAY}&at={before}"))["visits"] == "0"
    assert gauges(await look(office, "mei", DAY))["visits"] == "1"


async def test_what_was_written_down_late_says_how_late(office: Office) -> None:
    office.later(hours=30)
    await office.emit("anna", "visit.record", visit(), time="2026-03-02T09:00:00+08:00")
    await office.settled()
    assert "recorded 30 hours later" in await read(office, "mei", DAY)


async def test_one_kind_of_events_can_be_looked_at_alone(office: Office) -> None:
    await a_morning(office)
    assert "Nothing fits: Coaching." in await read(office, "mei", f"{DAY}&type=coaching")
    html = await look(office, "mei", f"{DAY}&type=visit")
    assert gauges(html)["held"] == "1"


async def test_a_week_has_one_picture_a_day_and_ends_today(office: Office) -> None:
    await a_morning(office)
    words = await read(office, "mei", f"{DAY}&range=week")
    assert "Mon 2 Mar 2026 1 visits, 0 effective" in words
    assert "Tue 3 Mar 2026 0 visits" not in words


async def test_a_day_without_activity_is_a_fact_and_no_verdict(office: Office) -> None:
    words = await read(office, "mei", "/reps/anna/replay?date=2026-03-01")
    assert "No activity in this time. That is a fact and no verdict" in words


async def test_a_rep_sees_the_own_replay_and_nobody_elses(office: Office) -> None:
    assert "Day replay" in await read(office, "anna", DAY)
    assert "FORBIDDEN" in await read(office, "bruno", DAY, status=403)
    assert "REF_NOT_FOUND" in await read(office, "iris", "/reps/nobody/replay", status=404)


async def test_a_replay_is_also_a_table(office: Office) -> None:
    await a_morning(office)
    rows = rows_of(await office.get("mei", DAY.replace("replay?", "replay.csv?")))
    assert rows[0].startswith("position,type,occurred_at,recorded_at")
    assert any(",visit.visit_recorded," in row for row in rows)


async def test_words_of_people_are_shown_and_never_obeyed(office: Office) -> None:
    await office.emit(
        "otto", "org.add_rep", {"rep_id": "x1", "team_id": "east", "manager_id": "mei", "display_name": "<b>X</b>"}
    )
    await office.settled()
    html = await look(office, "mei", "/reps/x1/replay")
    assert "<b>X</b>" not in html
    assert "&lt;b&gt;X" in html


async def test_whoever_looks_at_anothers_day_is_seen_doing_so_and_the_rep_at_the_own_is_not(office: Office) -> None:
    await look(office, "anna", DAY)
    await office.settled()
    assert "Nobody has looked yet." in await read(office, "anna", "/me")
    before = (await office.platform.log.head()).position
    await look(office, "mei", DAY)
    await look(office, "mei", DAY)
    assert (await office.platform.log.head()).position == before + 1
    await office.settled()
    assert "mei Manager" in await read(office, "anna", "/me")
