"""What stands around every page: who looks, in which words, as of when; and what is told instead of a page."""

from pathlib import Path
from typing import Any

import pytest

from api.console import statics
from tests.api.console.looking import look, read, rows_of
from tests.api.office import Office
from tests.people import ACME

CONSOLE = Path(__file__).parents[3] / "api" / "console"
MOST_JAVASCRIPT = 800
MOST_ON_THE_WIRE = 60_000


@pytest.mark.parametrize(
    ("who", "home"), [("anna", "/me"), ("mei", "/today"), ("iris", "/today"), ("rex", "/customers"), ("pia", "/about")]
)
async def test_the_front_door_leads_to_ones_own_page(office: Office, who: str, home: str) -> None:
    answer = await office.get(who, "/")
    assert (answer.status_code, answer.headers["location"]) == (303, home)


async def test_a_page_may_load_nothing_from_elsewhere_and_nothing_inline(office: Office) -> None:
    answer = await office.get("mei", "/reps", Accept="text/html")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    assert " style=" not in answer.text
    assert "<style" not in answer.text
    assert "onclick" not in answer.text


async def test_a_page_speaks_the_language_that_was_chosen(office: Office) -> None:
    chosen = await office.get("mei", "/reps?lang=zh-CN", Accept_Language="en")
    assert '<html lang="zh-CN"' in chosen.text
    assert "lang=zh-CN" in chosen.headers["set-cookie"]
    assert "销售代表" in await read(office, "mei", "/reps", language="zh-CN")


async def test_all_links_of_a_page_about_the_past_stay_in_the_past(office: Office) -> None:
    html = await look(office, "mei", "/reps?at=8")
    assert 'href="/reps?at=8"' in html
    words = await read(office, "mei", "/reps?at=8")
    assert "You see the books as of Mon 2 Mar 2026 09:00 · #8" in words
    assert "◷ History" in words


async def test_an_hour_without_a_zone_is_one_of_the_pages_own_clocks(office: Office) -> None:
    ours = await read(office, "mei", "/reps?at=2026-03-02 09:00")
    theirs = await read(office, "mei", "/reps?at=2026-03-02T01:00Z")
    assert "as of Mon 2 Mar 2026 09:00" in ours
    assert "as of Mon 2 Mar 2026 09:00" in theirs


async def test_a_position_beyond_the_log_is_the_latest_and_says_so(office: Office) -> None:
    head = (await office.platform.log.head()).position
    words = await read(office, "mei", "/reps?at=99999")
    assert f"The log reaches to #{head}; there is no #99,999 yet." in words


async def test_who_wrote_something_is_told_when_a_view_has_not_come_that_far(office: Office) -> None:
    claim = await office.post("anna", f"/v1/customers/{ACME}/claims")
    position = claim.headers["Log-Position"]
    assert f"Recorded as #{position}; this view has not come that far yet." in await read(
        office, "anna", f"/me?after={position}"
    )


async def test_a_table_that_is_built_anew_is_said_so_on_every_page_and_stays_readable(office: Office) -> None:
    rebuild = office.platform.projector.rebuild("org_chart", compare=False)
    await anext(rebuild)
    words = await read(office, "mei", "/reps")
    assert "↻ Rebuilding" in words
    assert "org_chart is being rebuilt" in words
    assert "Anna" in words
    await rebuild.aclose()


async def test_what_is_not_for_a_visitor_says_who_can_grant_it(office: Office) -> None:
    words = await read(office, "anna", "/reps", status=403)
    assert "Rights are granted by the managers of the line or by operations" in words
    assert "FORBIDDEN" in words


async def test_a_problem_of_a_page_is_a_page_with_its_number(office: Office) -> None:
    html = await look(office, "mei", "/reps?at=yesterday", status=422)
    assert 'href="/problems/malformed"' in html
    assert "UNKNOWN_FIELD" in await read(office, "mei", "/reps?who=me", status=422)


async def test_the_unforeseen_is_a_page_too_and_offers_to_try_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def falls(*_: object, **__: object) -> Any:  # noqa: ANN401 - never returns
        raise RuntimeError("13812345678")

    monkeypatch.setattr(office.platform.directory, "teams", falls)
    words = await read(office, "mei", "/reps", status=500)
    assert "INTERNAL" in words
    assert "Try again" in words
    assert "13812345678" not in words


async def test_who_has_not_come_in_sees_no_page(office: Office) -> None:
    answer = await office.http.get("/reps", headers={"Accept": "text/html"})
    assert answer.status_code in (303, 401)
    assert "Anna" not in answer.text


async def test_a_list_is_also_a_table_for_a_spreadsheet(office: Office) -> None:
    answer = await office.get("mei", "/reps.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert rows_of(answer)[1:] == [
        "anna,Anna,east,mei,Asia/Shanghai",
        "bruno,Bruno,east,mei,Asia/Shanghai",
    ]


async def test_a_manager_sees_the_own_line_and_nobody_else(office: Office) -> None:
    await office.emit("otto", "org.add_team", {"team_id": "west", "name": "West", "zone": "Asia/Shanghai"})
    await office.emit("otto", "org.add_rep", {"rep_id": "carl", "team_id": "west", "display_name": "Carl"})
    await office.settled()
    assert "Carl" not in await read(office, "mei", "/reps")
    assert "Carl" in await read(office, "iris", "/reps")
    assert "Nothing fits: team West." in await read(office, "mei", "/reps?team=west")


@pytest.mark.parametrize("path", ["/today", "/today.csv", "/reps", "/reps.csv", "/reps/anna/replay"])
async def test_an_arbiter_without_a_case_looks_at_nobody(office: Office, path: str) -> None:
    assert "FORBIDDEN" in await read(office, "rex", path, status=403)
    assert "Anna" not in await read(office, "rex", "/find?q=ann")


async def test_people_are_found_by_name_and_pages_by_theirs(office: Office) -> None:
    assert "Anna" in await read(office, "mei", "/find?q=ann")
    assert 'href="/reps"' in await look(office, "mei", "/find?q=rep")
    assert "Nothing fits: nobody of this name." in await read(office, "mei", "/find?q=nobody of this name")
    assert (await office.get("mei", "/find?q=%2312")).headers["location"] == "/?at=12"


async def test_static_files_are_kept_for_ever_under_an_address_of_their_content(office: Office) -> None:
    for name in statics.kept():
        answer = await office.http.get(statics.address(name))
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert (await office.http.get("/static/000000000000/app.css")).status_code == 404


def test_what_is_written_in_javascript_stays_small() -> None:
    own = [path for path in CONSOLE.glob("static/*.js") if not path.name.endswith(".min.js")]
    assert all(path.read_text("utf-8").startswith("// @ts-check") for path in own)
    assert 0 < sum(len(path.read_text("utf-8").splitlines()) for path in own) <= MOST_JAVASCRIPT


async def test_a_page_with_all_that_it_loads_is_light(office: Office) -> None:
    html = (await office.get("mei", "/reps", Accept_Encoding="gzip")).headers
    loaded = sum(len(small) for _, small in statics.kept().values())
    assert int(html["content-length"]) + loaded <= MOST_ON_THE_WIRE


async def test_a_reps_own_page_tells_the_plan_what_ends_and_what_happened(office: Office) -> None:
    await office.post("anna", f"/v1/customers/{ACME}/claims")
    plan = {"visit_id": "01950000-0000-7000-8000-000000000077", "customer_id": str(ACME), "planned_min": 30}
    await office.emit("anna", "visit.plan", {**plan, "planned_start": "2026-03-02T14:00:00+08:00"})
    await office.settled()
    words = await read(office, "anna", "/me")
    assert "14:00 Acme Ltd" in words
    assert "first visit due by" in words
    assert "Anna claimed Acme Ltd" in words
    assert "You hold no customer yet" in await read(office, "bruno", "/me")
