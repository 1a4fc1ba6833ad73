"""Whoever looks at what is not their own is on record, and the person concerned reads it (V20)."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from domain.envelope import Actor
from services.looks import Looker
from tests.api.office import Office
from tests.bundles import an_office, take
from tests.people import ACME


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with an_office(tmp_path) as office:
        yield office


async def look(office: Office, who: str, path: str) -> httpx.Response:
    """A look, and read models that know of it."""
    answer = await office.get(who, path)
    await office.settled()
    return answer


async def looks(office: Office, who: str = "anna", query: str = "") -> list[dict[str, Any]]:
    await office.settled()
    answer = await office.get(who, f"/v1/accesses{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def test_a_rep_reads_who_replayed_which_days_and_what_for(office: Office) -> None:
    shown = await look(office, "mei", "/v1/reps/anna/replay?date=2026-03-02&purpose=COACHING")
    assert shown.status_code == 200
    [seen_by] = await looks(office)
    assert (seen_by["by"], seen_by["role"], seen_by["kind"], seen_by["purpose"]) == (
        "mei",
        "manager",
        "REPLAY",
        "COACHING",
    )
    assert (seen_by["rep_id"], seen_by["first"], seen_by["last"]) == ("anna", "2026-03-02", "2026-03-02")
    assert seen_by["as_of_position"] == shown.json()["basis"]["position"]


@pytest.mark.parametrize(("who", "purpose"), [("mei", "INSPECTION"), ("iris", "AUDIT"), ("otto", "SUPPORT")])
async def test_what_a_role_looks_for_is_told_where_nobody_says_more(office: Office, who: str, purpose: str) -> None:
    await look(office, who, "/v1/reps/anna/timeline?from=2026-03-02&to=2026-03-03")
    [seen_by] = await looks(office)
    assert (seen_by["by"], seen_by["kind"], seen_by["purpose"]) == (who, "TIMELINE", purpose)
    assert (seen_by["first"], seen_by["last"]) == ("2026-03-02", "2026-03-03")


async def test_a_page_that_is_loaded_again_is_seen_by_an_hour(office: Office) -> None:
    for _ in range(5):
        await look(office, "mei", "/v1/reps/anna/replay?date=2026-03-02")
    assert len(await looks(office)) == 1
    await look(office, "mei", "/v1/reps/anna/replay?date=2026-03-01")
    await look(office, "iris", "/v1/reps/anna/replay?date=2026-03-02")
    assert len(await looks(office)) == 3
    office.later(hours=1)
    await look(office, "mei", "/v1/reps/anna/replay?date=2026-03-02")
    assert len(await looks(office)) == 4


async def test_a_second_process_makes_no_second_event_of_the_same_look(office: Office) -> None:
    await look(office, "mei", "/v1/reps/anna/replay?date=2026-03-02")
    office.platform.looks.forget()
    await look(office, "mei", "/v1/reps/anna/replay?date=2026-03-02")
    assert len(await looks(office)) == 1


async def test_looking_does_not_change_what_is_looked_at(office: Office) -> None:
    first = (await look(office, "mei", "/v1/reps/anna/replay")).json()
    await office.settled()
    again = (await look(office, "iris", "/v1/reps/anna/replay")).json()
    assert again["events"] == first["events"]


async def test_ones_own_history_is_no_look(office: Office) -> None:
    await look(office, "anna", "/v1/reps/anna/replay")
    await look(office, "anna", f"/v1/customers/{ACME}")
    assert await looks(office) == []


async def test_who_may_not_look_leaves_no_look(office: Office) -> None:
    assert (await look(office, "bruno", "/v1/reps/anna/replay")).status_code == 403
    assert await looks(office, "iris") == []


async def test_every_export_is_a_look_of_its_own(office: Office) -> None:
    for _ in range(2):
        assert (await look(office, "iris", "/v1/exports/visits?format=csv")).status_code == 200
    kept = await looks(office, "iris", "?kind=EXPORT")
    assert [(one["by"], one["about"]) for one in kept] == [("iris", "visits.csv")] * 2


async def test_opened_names_of_people_are_a_look_unless_the_owner_reads_them(office: Office) -> None:
    await look(office, "mei", f"/v1/customers/{ACME}")
    [seen_by] = await looks(office, "iris", f"?customer_id={ACME}")
    assert (seen_by["by"], seen_by["kind"], seen_by["about"]) == ("mei", "VALUES", f"contact:{ACME}")


async def test_as_many_other_people_at_the_same_customer_are_another_look(office: Office) -> None:
    looker = Looker(Actor("mei", "manager"), "a conversation")
    for person in ("contact:li", "contact:wang", "contact:li"):
        await office.platform.looks.opened(looker, ACME, [person])
    kept = await looks(office, "iris", "?kind=VALUES")
    assert [one["about"] for one in kept] == ["contact:wang", "contact:li"]


async def test_a_dossier_is_a_look(office: Office) -> None:
    await take(office, rep_id="anna")
    [seen_by] = await looks(office)
    assert (seen_by["by"], seen_by["kind"], seen_by["about"]) == ("iris", "DOSSIER", "rep:anna")


async def test_both_parties_read_who_rehearsed_a_ruling_and_how_often(office: Office) -> None:
    said = {"customer_id": str(ACME), "parties": ["anna", "bruno"], "reason": "It is mine."}
    case_id = (await office.post("bruno", "/v1/conflicts", said)).json()["case_id"]
    await office.settled()
    office.later(days=4)
    for _ in range(2):
        tried = await office.post("rex", f"/v1/conflicts/{case_id}/rulings?dry_run=true")
        await office.settled()
        assert tried.status_code == 200, tried.text
    for party in ("anna", "bruno"):
        kept = await looks(office, party, "?kind=REHEARSAL")
        told = [(one["by"], one["about"], one["rep_id"], one["purpose"]) for one in kept]
        assert told == [("rex", f"case:{case_id}", party, "CASE")] * 2


@pytest.mark.parametrize("who", ["mei", "iris"])
async def test_whose_looks_one_may_read(office: Office, who: str) -> None:
    await look(office, "mei", "/v1/reps/anna/replay")
    await office.settled()
    answer = await office.get(who, "/v1/accesses?rep=anna")
    assert answer.status_code == (200 if who == "iris" else 403)


@pytest.mark.parametrize("who", ["bruno", "rex", "app", "pia"])
async def test_others_read_nothing_of_it(office: Office, who: str) -> None:
    assert (await office.get(who, "/v1/accesses?rep=anna")).status_code == 403


async def test_pages_of_looks_have_each_look_once(office: Office) -> None:
    for day in range(1, 8):
        await look(office, "mei", f"/v1/reps/anna/replay?date=2026-02-0{day}")
    await office.settled()
    whole, path = list[Any](), "/v1/accesses?limit=3"
    while path:
        page = (await office.get("anna", path)).json()
        whole += page["items"]
        path = f"/v1/accesses?limit=3&cursor={page['next']}" if page["next"] else ""
    assert [one["first"] for one in whole] == [f"2026-02-0{day}" for day in range(7, 0, -1)]
