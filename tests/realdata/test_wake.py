"""1,981 visits of real field staff to real premises: days, timelines and the way between them are those of the data."""

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from domain.geodesy import metres_between
from domain.values import Place
from tests.realdata.outside import Imported, an_organisation, data_set, facts_of, rows_of

pytestmark = [pytest.mark.realdata, pytest.mark.postgres, pytest.mark.slow]
NAME = "wake-visits"
YEARS = [("2017-10-01", "2018-10-31"), ("2018-11-01", "2019-11-30"), ("2019-12-01", "2020-12-31"),
         ("2021-01-01", "2021-12-31")]  # fmt: skip


@pytest.fixture(scope="module")
def county(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Imported]:
    """The premises that were visited and the visits, imported twice, and a server."""
    folder = data_set(NAME)
    cwd: Path = tmp_path_factory.mktemp("wake")
    visited = {row["place_id"] for row in rows_of(folder / "visits.csv")}
    listed = [row for row in rows_of(folder / "places.csv") if row["place_id"] in visited]
    with (cwd / "places.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(listed[0]))
        table.writeheader()
        table.writerows(listed)
    visits = folder / "visits.csv"
    files = [(cwd / "places.csv", "wake-places.toml"), (visits, "wake-unlisted.toml"), (visits, "wake-visits.toml")]
    with an_organisation(postgres_url, "wake", cwd, files) as imported:
        yield imported


@pytest.fixture(scope="module")
def days(county: Imported) -> Mapping[tuple[str, str], int]:
    """How many visits each inspector made on each day, as the platform tells it."""
    found: dict[tuple[str, str], int] = {}
    for inspector in facts_of(data_set(NAME))["by_inspector"]:
        for first, last in YEARS:
            told = county.served.get(f"/v1/reps/{inspector}/time", **{"from": first, "to": last})
            found |= {(inspector, one["date"]): one["visits"] for one in told["days"]}
    return found


def test_the_registry_knows_which_places_are_listed(county: Imported) -> None:
    facts = facts_of(data_set(NAME))
    places, unlisted, visits = county.told
    assert (places["accepted"], places["rejected"], places["refused"]) == (facts["places_in_register"], 0, 0)
    assert unlisted["refused"] == facts["places_in_register"], "those are told to be there already"
    assert (visits["rows"], visits["rejected"], visits["refused"]) == (facts["visits"], 0, 0)


def test_the_visits_of_every_inspector_are_those_of_the_data(days: Mapping[tuple[str, str], int]) -> None:
    by_inspector: dict[str, int] = defaultdict(int)
    for (inspector, _), visits in days.items():
        by_inspector[inspector] += visits
    facts = facts_of(data_set(NAME))
    assert by_inspector == {name: one["visits"] for name, one in facts["by_inspector"].items()}
    assert len(days) == facts["inspector_days"]
    most = max(days.items(), key=lambda one: one[1])
    assert [*most[0], most[1]] == facts["most_visits_inspector_day"]
    assert (min(day for _, day in days), max(day for _, day in days)) == (facts["first_date"], facts["last_date"])


def test_a_timeline_holds_the_visits_of_a_day(county: Imported) -> None:
    inspector, day, visits = facts_of(data_set(NAME))["most_visits_inspector_day"]
    asked = {"from": day, "to": day, "type": "visit.visit_recorded"}
    items = county.served.get(f"/v1/reps/{inspector}/timeline", **asked)["items"]
    assert len(items) == visits
    assert {one["biz_date"] for one in items} == {day}


def test_the_way_between_the_places_of_a_day_is_that_of_the_data(county: Imported) -> None:
    spread = _spreads(county)
    facts = facts_of(data_set(NAME))
    for limit, inspector_days in facts["inspector_days_with_spread_over_km"].items():
        assert sum(metres > int(limit) * 1_000 for metres in spread.values()) == inspector_days
    (inspector, day), metres = max(spread.items(), key=lambda one: one[1])
    widest = facts["widest_inspector_day"]
    assert [inspector, day] == widest[:2]
    assert abs(metres - widest[2] * 1_000) <= 1


def _spreads(county: Imported) -> Mapping[tuple[str, str], int]:
    """The greatest distance between two places that an inspector visited on a day, measured as check-ins are."""
    places = {one["customer_id"]: one["geo"] for one in _pages(county, "/v1/customers") if one["geo"]}
    visited: dict[tuple[str, str], list[Place]] = defaultdict(list)
    for inspector in facts_of(data_set(NAME))["by_inspector"]:
        for one in _pages(county, f"/v1/reps/{inspector}/timeline", type="visit.visit_recorded"):
            geo = places.get(one["customer_id"])
            if geo is not None:
                place = Place(round(geo["lat"] * 10**7), round(geo["lon"] * 10**7), geo["crs"])
                visited[inspector, one["biz_date"]].append(place)
    return {
        day: max((metres_between(here, there) for here, there in combinations(seen, 2)), default=0)
        for day, seen in visited.items()
    }


def _pages(county: Imported, path: str, **asked: str) -> Iterator[Mapping[str, Any]]:
    cursor: str | None = None
    while True:
        more = {"cursor": cursor} if cursor else {}
        page = county.served.get(path, limit="500", **asked, **more)
        yield from page["items"]
        cursor = page["next"]
        if cursor is None:
            return
