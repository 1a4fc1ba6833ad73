"""A position is taken only as a point on the earth in a coordinate system that is named."""

import pytest

from domain.reception import CrsRequired, GeoInvalid, known_place
from domain.values import Place


@pytest.mark.parametrize("crs", ["WGS84", "GCJ02", "BD09"])
def test_a_point_in_a_named_system_is_a_place(crs: str) -> None:
    assert known_place(312304000, 1214737000, crs) == Place(312304000, 1214737000, crs)


@pytest.mark.parametrize("crs", [None, "", "wgs84", "EPSG:4326"])
def test_a_position_without_a_known_coordinate_system_is_not_taken(crs: str | None) -> None:
    with pytest.raises(CrsRequired):
        known_place(312304000, 1214737000, crs)


@pytest.mark.parametrize(
    ("lat", "lon"), [(0, 0), (900_000_001, 10), (-900_000_001, 10), (10, 1_800_000_001), (10, -1_800_000_001)]
)
def test_a_position_that_is_nowhere_is_not_taken(lat: int, lon: int) -> None:
    with pytest.raises(GeoInvalid):
        known_place(lat, lon, "WGS84")


def test_a_point_on_the_equator_is_a_place() -> None:
    assert known_place(0, 1_015_000_000, "WGS84").lat_e7 == 0
