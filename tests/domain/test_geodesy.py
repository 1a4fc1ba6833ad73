"""Distances are the same whatever coordinate system each place was given in."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.geodesy import bd09, gcj02, metres_between
from domain.values import Place

LUJIAZUI = (31.1774276, 121.5272106)


def place(lat: float, lon: float, crs: str) -> Place:
    """A place, from degrees."""
    return Place(round(lat * 1e7), round(lon * 1e7), crs)


def in_every_system(lat: float, lon: float) -> list[Place]:
    """One spot of the earth, as each coordinate system gives it."""
    shifted = gcj02(lat, lon)
    return [place(lat, lon, "WGS84"), place(*shifted, "GCJ02"), place(*bd09(*shifted), "BD09")]


def test_the_shift_of_chinese_maps_is_the_published_one() -> None:
    assert gcj02(*LUJIAZUI) == pytest.approx((31.17530398364597, 121.531541859215), abs=1e-9)


def test_a_degree_of_latitude_is_111_kilometres() -> None:
    assert metres_between(place(48.0, 11.0, "WGS84"), place(49.0, 11.0, "WGS84")) == pytest.approx(111_195, abs=1)


def test_halfway_round_the_earth_is_twenty_thousand_kilometres() -> None:
    assert metres_between(place(0.0, 1.0, "WGS84"), place(0.0, -179.0, "WGS84")) == pytest.approx(20_015_115, abs=1)


def test_outside_of_china_nothing_is_shifted() -> None:
    assert gcj02(48.137, 11.575) == (48.137, 11.575)


def test_a_shifted_position_with_the_wrong_label_is_believed_and_off() -> None:
    shifted = gcj02(*LUJIAZUI)
    assert 400 < metres_between(place(*LUJIAZUI, "WGS84"), place(*shifted, "WGS84")) < 550


@settings(max_examples=200)
@given(lat=st.floats(18.0, 50.0), lon=st.floats(75.0, 134.0))
def test_one_spot_is_no_distance_from_itself_in_any_system(lat: float, lon: float) -> None:
    spots = in_every_system(lat, lon)
    assert all(metres_between(here, there) <= 1 for here in spots for there in spots)


@settings(max_examples=200)
@given(
    here=st.tuples(st.floats(-85.0, 85.0), st.floats(-179.0, 179.0)),
    there=st.tuples(st.floats(-85.0, 85.0), st.floats(-179.0, 179.0)),
)
def test_a_distance_is_the_same_both_ways(here: tuple[float, float], there: tuple[float, float]) -> None:
    a, b = place(*here, "WGS84"), place(*there, "WGS84")
    assert metres_between(a, b) == metres_between(b, a)
