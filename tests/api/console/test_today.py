"""A manager's day: whoever is behind comes first, and everybody leads to a replay."""

from tests.api.console.looking import look, read, rows_of
from tests.api.office import Office, visit
from tests.people import an_id

TARGET = {
    "metric": "visits",
    "period": "DAY",
    "from_day": "2026-03-02",
    "to_day": "2026-03-02",
    "qty": 4,
    "iron": False,
}


async def set_targets(office: Office) -> None:
    for n, rep in enumerate(("anna", "bruno"), 50):
        data = TARGET | {"target_id": str(an_id(n)), "subject": f"rep:{rep}", "responsible_id": rep}
        answer = await office.emit("mei", "target.set", data)
        assert answer.status_code == 200, answer.text


async def test_whoever_is_furthest_behind_comes_first(office: Office) -> None:
    await set_targets(office)
    await office.post("anna", "/v1/visits", visit())
    office.later(hours=9)
    await office.settled()
    words = await read(office, "mei", "/today")
    assert words.index("Bruno") < words.index("Anna")
    assert "0/4 4 behind" in words
    assert "1/4 3 behind" in words


async def test_pace_is_judged_by_the_hour(office: Office) -> None:
    await set_targets(office)
    await office.settled()
    assert "on pace" in await read(office, "mei", "/today")
    office.later(hours=4, minutes=30)
    assert "2 behind" in await read(office, "mei", "/today")


async def test_without_a_target_nobody_is_behind(office: Office) -> None:
    await office.settled()
    words = await read(office, "mei", "/today")
    assert "no target" in words
    assert "behind" not in words.replace("whoever is furthest behind", "")


async def test_every_row_leads_to_the_replay_of_its_day(office: Office) -> None:
    assert 'href="/reps/anna/replay"' in await look(office, "mei", "/today")
    assert 'href="/reps/anna/replay?date=2026-03-01"' in await look(office, "mei", "/today?date=2026-03-01")


async def test_today_moves_by_itself_and_the_past_stands_still(office: Office) -> None:
    assert "data-live" in await look(office, "mei", "/today")
    assert "data-live" not in await look(office, "mei", "/today?at=9")
    assert "data-live" not in await look(office, "mei", "/today?date=2026-02-27")


async def test_an_empty_team_says_what_was_asked_for(office: Office) -> None:
    assert "Nothing fits: team nowhere." in await read(office, "mei", "/today?team=nowhere")


async def test_who_leads_nobody_is_told_so_and_a_rep_has_another_page(office: Office) -> None:
    await office.emit("otto", "org.grant_role", {"actor_id": "lea", "role": "manager"})
    lea = (await office.platform.access.create("lea", "manager")).token
    answer = await office.http.get("/today", headers={"Authorization": f"Bearer {lea}", "Accept-Language": "en"})
    assert "Nobody is in your line yet." in answer.text
    assert "FORBIDDEN" in await read(office, "anna", "/today", status=403)


async def test_the_board_is_also_a_table(office: Office) -> None:
    rows = rows_of(await office.get("mei", "/today.csv?date=2026-03-02"))
    assert rows[0].startswith("rep_id,name,team,visits,expected,target")
    assert {row.split(",")[0] for row in rows[1:]} == {"anna", "bruno"}
