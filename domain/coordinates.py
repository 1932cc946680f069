"""Turning positions of the world (WGS-84) into those of Chinese maps (GCJ-02), and back.

What we keep is GCJ-02, as WeChat and the maps of the country have it; foreign programs speak WGS-84. The two
lie some 500 m apart. The shift is a published approximation; what it gives is right within about a metre.
"""

from math import cos, pi, sin, sqrt

# The ellipsoid of Krassowski, which the shift is reckoned on.
_SEMI_MAJOR = 6_378_245.0
_ECCENTRICITY = 0.00669342162296594323
# Beyond this frame maps are not shifted.
_SOUTH, _NORTH, _WEST, _EAST = 0.8293, 55.8271, 72.004, 137.8347
# Each round is some hundred times nearer; three are within a millimetre.
_ROUNDS = 3

Position = tuple[float, float]


def to_chinese_map(latitude: float, longitude: float) -> Position:
    """Give the position on a Chinese map of a position of the world, both in degrees."""
    if not (_SOUTH <= latitude <= _NORTH and _WEST <= longitude <= _EAST):
        return latitude, longitude
    north, east = _shift(latitude, longitude)
    return latitude + north, longitude + east


def to_world(latitude: float, longitude: float) -> Position:
    """Give the position of the world for one on a Chinese map, both in degrees."""
    found = latitude, longitude
    for _ in range(_ROUNDS):
        shown = to_chinese_map(*found)
        found = found[0] + latitude - shown[0], found[1] + longitude - shown[1]
    return found


def _shift(latitude: float, longitude: float) -> Position:
    x, y = longitude - 105.0, latitude - 35.0
    waves = (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + waves
    north += (20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    north += (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + waves
    east += (20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    east += (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    radians = latitude / 180.0 * pi
    curve = 1.0 - _ECCENTRICITY * sin(radians) ** 2
    metres_north = _SEMI_MAJOR * (1.0 - _ECCENTRICITY) / (curve * sqrt(curve)) * pi / 180.0
    metres_east = _SEMI_MAJOR / sqrt(curve) * cos(radians) * pi / 180.0
    return north / metres_north, east / metres_east
