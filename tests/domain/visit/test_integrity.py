"""What does not fit together about a visit, each flag with its own numbers."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.rulesets import FlagRules
from domain.values import Place
from domain.visit.integrity import Fix, IntegrityFlag, Noticed, faster, overlap, strongest, too_fast
from domain.visit.report import Mode, TravelMode
from tests.domain.visit.visits import REPORT, TEN, VISIT
from tests.people import an_id

OTHER = an_id(501)
BUND = Place(312304000, 1214737000, "WGS84")
SUZHOU = Place(312990000, 1205853000, "WGS84")
"""84.8 km from the Bund."""
RULES = FlagRules()


def fix(place: Place, minutes: int, visit: int = 500, accuracy_m: int = 20) -> Fix:
    return Fix(an_id(visit), place, accuracy_m, TEN + timedelta(minutes=minutes))


def test_eighty_five_kilometres_in_half_an_hour_are_too_fast_and_in_an_hour_are_not() -> None:
    found = too_fast(fix(BUND, 0, 501), fix(SUZHOU, 30), None, RULES, VISIT)
    assert found is not None
    assert (found.flag, found.other_visit_id, found.seconds, found.kmh_limit) == ("IMPOSSIBLE_TRAVEL", OTHER, 1800, 150)
    assert found.metres is not None
    assert found.kmh == found.metres * 2 // 1_000
    assert too_fast(fix(BUND, 0, 501), fix(SUZHOU, 60), None, RULES, VISIT) is None


@pytest.mark.parametrize("by", [TravelMode.AIR, TravelMode.RAIL])
def test_whoever_flies_or_takes_the_train_may_be_faster(by: TravelMode) -> None:
    assert too_fast(fix(BUND, 0, 501), fix(SUZHOU, 30), by, RULES, VISIT) is None
    assert too_fast(fix(BUND, 0, 501), fix(SUZHOU, 30), TravelMode.CAR, RULES, VISIT) is not None


def test_what_two_fixes_may_be_off_is_no_journey() -> None:
    near = Place(BUND.lat_e7 + 100_000, BUND.lon_e7, "WGS84")  # 1,112 m
    assert too_fast(fix(BUND, 0, 501), fix(near, 0), None, RULES, VISIT) is not None
    assert too_fast(fix(BUND, 0, 501, accuracy_m=100), fix(near, 0, accuracy_m=100), None, RULES, VISIT) is None


def test_two_places_within_one_visit_name_no_other_visit() -> None:
    found = too_fast(fix(BUND, 0), fix(SUZHOU, 20), None, RULES, VISIT)
    assert found is not None
    assert found.other_visit_id is None


def test_where_the_limit_is_off_nobody_is_too_fast() -> None:
    rules = replace(RULES, impossible_kmh=None)
    assert too_fast(fix(BUND, 0, 501), fix(SUZHOU, 1), None, rules, VISIT) is None


def test_the_speed_is_compared_exactly() -> None:
    assert not faster(150_000, 3_600, 150)
    assert faster(150_001, 3_600, 150)


def test_two_meetings_in_person_at_once_overlap_by_so_many_seconds() -> None:
    later = replace(REPORT, started_at=REPORT.ended_at - timedelta(minutes=5), ended_at=REPORT.ended_at)
    assert overlap(REPORT, later, OTHER) == Noticed(IntegrityFlag.OVERLAPPING_VISITS, OTHER, seconds=300)


def test_a_meeting_may_begin_as_another_ends_and_a_call_may_be_taken_during_one() -> None:
    after = replace(REPORT, started_at=REPORT.ended_at, ended_at=REPORT.ended_at + timedelta(hours=1))
    assert overlap(REPORT, after, OTHER) is None
    assert overlap(REPORT, replace(REPORT, mode=Mode.PHONE), OTHER) is None


def test_of_two_journeys_to_one_visit_the_faster_is_told() -> None:
    slow = Noticed(IntegrityFlag.IMPOSSIBLE_TRAVEL, OTHER, kmh=160)
    fast = replace(slow, kmh=400)
    assert strongest([slow, fast]) == (fast,)
    assert strongest([fast, slow, replace(slow, other_visit_id=None)]) == (fast, replace(slow, other_visit_id=None))
