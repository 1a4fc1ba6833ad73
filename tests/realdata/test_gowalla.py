"""73,610 check-ins of real people: the fence and the flag for journeys that nobody makes say what the data say."""

import csv
import gzip
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from uuid import UUID

import pytest

from domain.facts import CustomerFacts
from domain.rulesets import EffectiveVisitRules, FlagRules
from domain.values import Place
from domain.visit.events import Presence
from domain.visit.integrity import Fix, too_fast
from domain.visit.presence import Geo, seen
from tests.realdata.outside import data_set, facts_of

pytestmark = [pytest.mark.realdata, pytest.mark.slow]
NAME = "gowalla-nyc"


def _rows(name: str) -> Iterator[dict[str, str]]:
    with gzip.open(data_set(NAME) / name, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _e7(degrees: str) -> int:
    return round(float(degrees) * 10**7)


@pytest.fixture(scope="module")
def checkins() -> Mapping[int, Sequence[tuple[datetime, int, Place]]]:
    """Each person's check-ins in the order of their hours: when, at which venue, where."""
    found: dict[int, list[tuple[datetime, int, Place]]] = defaultdict(list)
    for row in _rows("checkins.csv.gz"):
        place = Place(_e7(row["lat"]), _e7(row["lon"]), "WGS84")
        hour = datetime.fromisoformat(row["checkin_time"])
        found[int(row["user_id"])].append((hour, int(row["venue_id"]), place))
    return {person: sorted(seen_there, key=lambda one: one[:2]) for person, seen_there in found.items()}


def test_all_of_them_are_read(checkins: Mapping[int, Sequence[object]]) -> None:
    facts = facts_of(data_set(NAME))
    assert (len(checkins), sum(map(len, checkins.values()))) == (facts["users"], facts["checkins"])


@pytest.mark.parametrize("metres", [100, 200, 500, 1_000, 5_000])
def test_a_fence_keeps_out_whom_the_data_say_were_further_off(
    checkins: Mapping[int, Sequence[tuple[datetime, int, Place]]], metres: int
) -> None:
    facts = facts_of(data_set(NAME))
    venues = {int(row["venue_id"]): (_e7(row["lat"]), _e7(row["lon"])) for row in _rows("venues.csv.gz")}
    rules = EffectiveVisitRules(fence_metres=metres)
    presence: Counter[Presence] = Counter()
    for _, venue, place in (one for some in checkins.values() for one in some):
        if venue in venues:
            outlet = CustomerFacts(UUID(int=venue), *venues[venue], "WGS84")
            geo = Geo(place.lat_e7, place.lon_e7, 0, "WGS84", "gps")
            presence[seen(geo, outlet, rules, consent=True).presence] += 1
    assert presence.total() == facts["checkins_at_known_venue"]
    outside = facts["known_venue_distance_over_m"][str(metres)]
    assert abs(presence[Presence.OUTSIDE] - outside) <= outside // 500, "we measure in whole metres"


def _flagged(
    checkins: Mapping[int, Sequence[tuple[datetime, int, Place]]], kmh: int, metres: int = 1_000
) -> Counter[int]:
    """How often each person is flagged; two check-ins within one second are apart in the data."""
    rules, found = replace(FlagRules(), impossible_kmh=kmh, impossible_metres=metres), Counter[int]()
    for person, some in checkins.items():
        fixes = [Fix(UUID(int=number), place, 0, hour) for number, (hour, _, place) in enumerate(some)]
        for here, there in pairwise(fixes):
            if here.at != there.at and too_fast(here, there, None, rules, there.visit_id) is not None:
                found[person] += 1
    return found


@pytest.mark.parametrize("kmh", [120, 200, 300, 900])
def test_journeys_that_nobody_makes_are_those_of_the_data(
    checkins: Mapping[int, Sequence[tuple[datetime, int, Place]]], kmh: int
) -> None:
    pairs = facts_of(data_set(NAME))["pairs_over_1km_faster_than_kmh"][str(kmh)]
    assert _flagged(checkins, kmh).total() <= pairs <= _flagged(checkins, kmh, 999).total(), (
        "we measure in whole metres"
    )


def test_whoever_is_flagged_most_often_is_whom_the_data_name(
    checkins: Mapping[int, Sequence[tuple[datetime, int, Place]]],
) -> None:
    facts, found = facts_of(data_set(NAME)), _flagged(checkins, 200)
    assert len(found) <= facts["users_with_pair_over_200kmh"] <= len(_flagged(checkins, 200, 999))
    ranked = sorted(found.items(), key=lambda one: (-one[1], one[0]))[:10]
    assert [list(one) for one in ranked] == facts["top10_users_over_200kmh"]
