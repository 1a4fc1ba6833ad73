"""What a device says as a visit begins and ends: measured, judged, kept without the position."""

from dataclasses import replace

import pytest

from domain.facts import CustomerFacts
from domain.geodesy import gcj02
from domain.reception import CrsRequired, GeoInvalid, Malformed
from domain.visit.decisions import NotAuthor, visiting
from domain.visit.events import Presence, VisitCheckedIn, VisitCheckedOut
from domain.visit.presence import Geo
from domain.visit.state import visit_of
from tests.domain.visit.visits import (
    ACME_AT_HOME,
    DOOR,
    GLOBEX_AT_HOME,
    RULES,
    SEALED,
    TEN,
    VISIT,
    check_in,
    check_out,
    checked_in,
    recorded,
)
from tests.given import given
from tests.people import ACME, LINE


def north(metres: int, accuracy_m: int = 20) -> Geo:
    """A fix so many metres north of Acme's door."""
    return replace(DOOR, lat_e7=DOOR.lat_e7 + round(metres / 111_195 * 1e7), accuracy_m=accuracy_m)


def seen(geo: Geo | None, customer: CustomerFacts = ACME_AT_HOME, *, consent: bool = True) -> VisitCheckedIn:
    """What a check-in leaves."""
    (event,) = given().when(check_in(geo, customer, consent=consent), visiting).happens()
    assert isinstance(event, VisitCheckedIn)
    return event


def test_at_the_door_presence_is_verified_and_the_position_is_sealed() -> None:
    given().when(check_in(), visiting).then(
        VisitCheckedIn(
            VISIT, ACME, "anna", LINE, SEALED, "WGS84", 20, 0, Presence.VERIFIED, False, RULES.version, TEN, TEN
        )
    )


@pytest.mark.parametrize(
    ("metres", "accuracy", "presence"),
    [
        (319, 20, Presence.VERIFIED),
        (322, 20, Presence.OUTSIDE),
        (399, 100, Presence.VERIFIED),
        (402, 100, Presence.OUTSIDE),
        (10, 101, Presence.UNVERIFIED),
        (5_000, 101, Presence.UNVERIFIED),
        (300, 0, Presence.VERIFIED),
    ],
)
def test_the_fence_is_widened_by_the_accuracy_and_a_poor_fix_proves_nothing(
    metres: int, accuracy: int, presence: Presence
) -> None:
    assert seen(north(metres, accuracy)).presence is presence


def test_a_made_up_position_is_unverified_and_flagged_wherever_it_is() -> None:
    event = seen(replace(DOOR, mock=True))
    assert (event.presence, event.mock, event.flags) == (Presence.UNVERIFIED, True, ("MOCK_LOCATION",))


def test_without_a_fix_presence_is_unverified() -> None:
    event = seen(None)
    assert (event.presence, event.position, event.distance_m) == (Presence.UNVERIFIED, None, None)


def test_without_consent_nothing_about_the_place_is_kept() -> None:
    event = seen(DOOR, consent=False)
    assert (event.presence, event.position, event.distance_m, event.accuracy_m) == (
        Presence.NO_CONSENT,
        None,
        None,
        None,
    )


def test_a_customer_whose_place_is_not_known_leaves_presence_unverified_and_says_so() -> None:
    event = seen(DOOR, CustomerFacts(ACME))
    assert (event.presence, event.distance_m, event.flags) == (Presence.UNVERIFIED, None, ("PLACE_UNKNOWN",))


def test_a_fix_in_another_coordinate_system_is_measured_in_one() -> None:
    lat, lon = gcj02(31.2304, 121.4737)
    event = seen(Geo(round(lat * 1e7), round(lon * 1e7), 20, "GCJ02"))
    assert event.distance_m == 0
    assert event.crs == "GCJ02"


def test_a_wrong_label_is_believed_and_the_visit_is_outside() -> None:
    lat, lon = gcj02(31.2304, 121.4737)
    event = seen(Geo(round(lat * 1e7), round(lon * 1e7), 20, "WGS84"))
    assert event.presence is Presence.OUTSIDE
    assert event.distance_m is not None
    assert 400 < event.distance_m < 600


def test_no_event_of_a_check_in_holds_the_position() -> None:
    assert "1214737000" not in repr(seen(DOOR))


@pytest.mark.parametrize(("lat", "lon"), [(0, 0), (900_000_001, 1), (1, -1_800_000_001)])
def test_a_position_that_is_nowhere_is_refused(lat: int, lon: int) -> None:
    given().when(check_in(Geo(lat, lon, 10, "WGS84")), visiting).then_refused(GeoInvalid)


@pytest.mark.parametrize("crs", [None, "EPSG:4326"])
def test_a_position_without_a_coordinate_system_is_refused(crs: str | None) -> None:
    given().when(check_in(replace(DOOR, crs=crs)), visiting).then_refused(CrsRequired)


def test_an_accuracy_below_nothing_is_refused() -> None:
    given().when(check_in(replace(DOOR, accuracy_m=-1)), visiting).then_refused(Malformed)


def test_another_rep_cannot_check_in_to_this_visit() -> None:
    given(*checked_in()).when(replace(check_in(), rep_id="bruno"), visiting).then_refused(NotAuthor)


def test_a_second_check_in_is_kept_and_flagged() -> None:
    (event,) = given(*checked_in()).when(check_in(), visiting).happens()
    assert isinstance(event, VisitCheckedIn)
    assert event.flags == ("CHECKED_IN_AGAIN",)


def test_a_second_check_out_is_kept_and_flagged() -> None:
    once = given().when(check_out(), visiting).happens()
    (event,) = given(*once).when(check_out(), visiting).happens()
    assert isinstance(event, VisitCheckedOut)
    assert event.flags == ("CHECKED_OUT_AGAIN",)


def test_a_check_out_counts_where_there_was_no_check_in() -> None:
    visit = visit_of(VISIT).empty
    for event in given().when(check_out(), visiting).happens():
        visit = visit_of(VISIT).evolve(visit, event)
    assert visit.sighting is not None
    assert visit.sighting.presence is Presence.VERIFIED


def test_what_was_seen_at_another_customer_says_nothing_about_the_one_told() -> None:
    elsewhere = given().when(check_in(DOOR, GLOBEX_AT_HOME), visiting).happens()
    visit = visit_of(VISIT).empty
    for event in recorded(*elsewhere):
        visit = visit_of(VISIT).evolve(visit, event)
    assert visit.sighting is None
