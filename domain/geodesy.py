"""How far two places are apart, whatever coordinate systems they were given in; floats live in here only.

Chinese maps show WGS84 positions shifted by 100–700 m (GCJ02), one map maker shifts them once more (BD09).
Both are undone before anything is measured. The label of a place is believed (A33).
"""

from math import atan2, cos, floor, hypot, pi, radians, sin, sqrt

from domain.values import Place

EARTH_METRES = 6_371_008.8
"""Mean radius."""
_AXIS = 6_378_245.0
_ECCENTRICITY = 0.00669342162296594323
_BAIDU = pi * 3000.0 / 180.0
_ROUNDS = 6
"""The shift is smooth, so each round of undoing it gains two digits and more; six are far below a millimetre."""


def metres_between(here: Place, there: Place) -> int:
    """Distance along the surface in whole metres; spherical, so at most 0.6 % off."""
    lat1, lon1 = map(radians, wgs84(here))
    lat2, lon2 = map(radians, wgs84(there))
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return round(2 * EARTH_METRES * atan2(sqrt(half), sqrt(max(0.0, 1 - half))))


def wgs84(place: Place) -> tuple[float, float]:
    """Latitude and longitude in degrees of the system that satellites speak."""
    lat, lon = place.lat_e7 / 1e7, place.lon_e7 / 1e7
    if place.crs == "BD09":
        lat, lon = _baidu_undone(lat, lon)
    if place.crs == "WGS84":
        return lat, lon
    return _shift_undone(lat, lon)


_CELL_DEGREES = 0.001
"""The height of a cell: 111 m; its breadth is about the same on the ground, whatever the latitude."""


def cell_of(place: Place) -> str:
    """The cell of about 111 m by 111 m in which a place lies, by which neighbours are found without measuring."""
    lat, lon = wgs84(place)
    return _cell(_row(lat), lon)


def cells_around(place: Place) -> frozenset[str]:
    """That cell and those around it: whatever is within 100 m of the place lies in one of them."""
    lat, lon = wgs84(place)
    rows = (_row(lat) - 1, _row(lat), _row(lat) + 1)
    return frozenset(_cell(row, lon + step * _breadth(row)) for row in rows for step in (-1, 0, 1))


def _row(lat: float) -> int:
    return floor(lat / _CELL_DEGREES)


def _breadth(row: int) -> float:
    """How many degrees of longitude a cell of this row is broad; at the poles all of them."""
    middle = cos(radians((row + 0.5) * _CELL_DEGREES))
    return _CELL_DEGREES / max(middle, _CELL_DEGREES / 360)


def _cell(row: int, lon: float) -> str:
    breadth = _breadth(row)
    return f"{row}:{floor((lon + 180) % 360 / breadth)}"


def gcj02(lat: float, lon: float) -> tuple[float, float]:
    """A WGS84 position as Chinese maps show it; outside of China they show it as it is."""
    if not (0.8293 <= lat <= 55.8271 and 72.004 <= lon <= 137.8347):
        return lat, lon
    north, east = _north(lon - 105.0, lat - 35.0), _east(lon - 105.0, lat - 35.0)
    slope = 1 - _ECCENTRICITY * sin(radians(lat)) ** 2
    north = north * 180.0 / ((_AXIS * (1 - _ECCENTRICITY)) / (slope * sqrt(slope)) * pi)
    east = east * 180.0 / (_AXIS / sqrt(slope) * cos(radians(lat)) * pi)
    return lat + north, lon + east


def bd09(lat: float, lon: float) -> tuple[float, float]:
    """A GCJ02 position as BD09 gives it."""
    away = hypot(lon, lat) + 0.00002 * sin(lat * _BAIDU)
    turned = atan2(lat, lon) + 0.000003 * cos(lon * _BAIDU)
    return away * sin(turned) + 0.006, away * cos(turned) + 0.0065


def _baidu_undone(lat: float, lon: float) -> tuple[float, float]:
    y, x = lat - 0.006, lon - 0.0065
    for _ in range(_ROUNDS):
        again_lat, again_lon = bd09(y, x)
        y, x = y + lat - again_lat, x + lon - again_lon
    return y, x


def _shift_undone(lat: float, lon: float) -> tuple[float, float]:
    y, x = lat, lon
    for _ in range(_ROUNDS):
        again_lat, again_lon = gcj02(y, x)
        y, x = y + lat - again_lat, x + lon - again_lon
    return y, x


def _north(x: float, y: float) -> float:
    shift = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x))
    shift += (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
    shift += (20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    return shift + (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0


def _east(x: float, y: float) -> float:
    shift = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x))
    shift += (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
    shift += (20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    return shift + (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
